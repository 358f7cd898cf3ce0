/**
 * A recorded step as a case of a policy test that passes: the action, what was known of it as far as policies read it, and the
 * decision that they come to. What a case cannot say, such as what other trials had spent, it refuses instead of guessing.
 */
import { type CaseResult, readCases, runCase, type TestedPolicy } from '../engine/backtest/index.ts';
import type { Effect, PolicyTest } from '../engine/documents/index.ts';
import type { ToolDeclaration } from '../engine/kernel/index.ts';
import type { SignalRecord } from '../engine/policy/index.ts';
import { type CaseSituation, caseOf, type PolicyCase } from './cases.ts';

export interface RecordedStep {
  readonly action: CaseSituation['action'];
  /** All that it was decided on. */
  readonly signals: SignalRecord;
  /** What the trial had proposed before, in order; what was malformed is left out. */
  readonly before: readonly { readonly action: CaseSituation['action']; readonly failed: boolean }[];
  /** Makes the case one about what came back. */
  readonly observation?: PolicyCase['observation'];
}

export interface CaseTarget {
  /** By name, as the test lists them. */
  readonly references: readonly string[];
  /** All that apply, constitutions with them. */
  readonly policies: readonly TestedPolicy[];
  /** Of the test's environment; null where it names none. */
  readonly tools: ReadonlyMap<string, ToolDeclaration> | null;
  /** What the case must come to; left out, whatever the policies decide. */
  readonly wanted?: Effect;
}

export type CaseMade =
  | { readonly written: PolicyCase; readonly decision: Effect }
  /** Why there is no such case; for people. */
  | { readonly refused: string };

/** The plainest case that comes to what is wanted: without what was before, where it does without. */
export function recordedCase(name: string, step: RecordedStep, target: CaseTarget): CaseMade {
  const plain = tried(name, step, [], target);
  if ('refused' in plain || target.wanted === undefined || plain.decision === target.wanted) return plain;
  const full = tried(name, step, beforeOf(step, target), target);
  if ('refused' in full || full.decision === target.wanted) return full;
  return {
    refused: `the action by itself is decided as \`${full.decision}\`, and was shown as \`${target.wanted}\`: that hangs on what other trials have done or spent, which a case cannot say`,
  };
}

function tried(name: string, step: RecordedStep, before: PastSteps, target: CaseTarget): CaseMade {
  const { action, signals } = step;
  const isDeclared = action.type !== 'tool' || (action.tool != null && target.tools?.has(action.tool) !== false);
  const situation = (byHand: readonly string[]): CaseSituation => ({
    action,
    signals,
    byHand,
    ...(before.length > 0 && { before: before as NonNullable<PolicyCase['before']> }),
    ...(step.observation && { observation: step.observation }),
  });
  const described = isDeclared ? [] : Object.keys(signals).filter((signal) => /^(tool|target)\./.test(signal));
  const expected = { decision: 'deny', rules: [] } as const;
  const blank = run(caseOf(name, situation(described), expected), target);
  if (blank.outcome === null) return { refused: blank.failures.join('; ') };
  const itself = blank.outcome.signals;
  const read = readBy(target.policies).filter(
    (signal) => !described.includes(signal) && JSON.stringify(itself[signal]) !== JSON.stringify(signals[signal]),
  );
  const { outcome, failures } = run(caseOf(name, situation([...described, ...read]), expected), target);
  if (outcome === null) return { refused: failures.join('; ') };
  const { effect: decision, causes } = outcome.decision;
  const rules = causes.flatMap(({ kind, id, effect }) =>
    effect === decision && (kind === 'rule' || kind === 'budget') && id !== undefined ? [id] : [],
  );
  const written = caseOf(name, situation([...described, ...read]), { decision, rules: [...new Set(rules)] });
  const { passed, failures: wrong } = run(written, target);
  return passed ? { written, decision } : { refused: wrong.join('; ') };
}

function run(written: PolicyCase, { references, policies, tools }: CaseTarget): CaseResult {
  const test: PolicyTest = {
    apiVersion: 'assay/v1',
    kind: 'PolicyTest',
    metadata: { name: 'recorded' },
    spec: { policies: [...references] as PolicyTest['spec']['policies'], cases: [written] },
  };
  const [read] = readCases(test, tools);
  const all = policies.map(({ compiled }) => compiled);
  const nothing = { name: written.name, path: [], passed: false, failures: ['there is no case'], outcome: null };
  return read === undefined ? nothing : runCase(read, all);
}

/** The signals that rules and budgets of these policies read, by name and in order. */
function readBy(policies: readonly TestedPolicy[]): string[] {
  const read = new Set<string>();
  for (const { source, compiled } of policies) {
    for (const { cause } of compiled.rules) for (const signal of cause.reads ?? []) read.add(signal);
    for (const { when } of source.policy.spec.budgets ?? []) addKeys(when, read);
  }
  return [...read].sort();
}

/** Keys with a dot are signals; what stands between them puts conditions together. */
function addKeys(condition: unknown, into: Set<string>): void {
  if (typeof condition !== 'object' || condition === null) return;
  for (const [key, value] of Object.entries(condition)) {
    if (key.includes('.')) into.add(key);
    addKeys(value, into);
  }
}

type PastSteps = NonNullable<PolicyCase['before']>[number][];

/** Equal proposals in a row are one item. Tools that the environment does not declare cannot be told of. */
function beforeOf({ before }: RecordedStep, { tools }: CaseTarget): PastSteps {
  const items: PastSteps = [];
  for (const { action, failed } of before) {
    if (action.type === 'tool' && tools?.has(action.tool ?? '') === false) continue;
    const { action: written } = caseOf('', { action, signals: {}, byHand: [] }, { decision: 'deny', rules: [] });
    const item = { action: written, ...(failed && { status: 'failed' as const }) };
    const last = items.at(-1);
    const isAgain =
      last !== undefined && JSON.stringify({ ...last, times: 1 }) === JSON.stringify({ ...item, times: 1 });
    if (isAgain) items[items.length - 1] = { ...item, times: (last.times ?? 1) + 1 };
    else items.push(item);
  }
  return items;
}
