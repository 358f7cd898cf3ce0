/**
 * Cases of policy tests made from a situation, such as a recorded step or a witness of the prover, and the decision expected
 * in it: as values, as YAML, and put into a document. It does not decide whether the decision is the right one.
 */
import { type Effect, type PolicyTest, type SourceDocument, valueAt } from '../engine/documents/index.ts';
import { type SignalRecord, type SignalValue, signalDeclarations, type Unknown } from '../engine/policy/index.ts';
import { asSource, type SourceFile } from './file.ts';
import { appendItem } from './fixes/edit.ts';
import { nodeAt, type TextEdit } from './fixes/fix.ts';
import { flowText, scalarText } from './fixes/yaml-text.ts';

export type PolicyCase = PolicyTest['spec']['cases'][number];

/** An action with what was known when it was decided. */
export interface CaseSituation {
  readonly action: { readonly type: string; readonly tool?: string | null; readonly input?: unknown };
  /** Money in micro-dollars, time in milliseconds; what is not in it does not apply. */
  readonly signals: SignalRecord;
  /**
   * The signals that the case gives by hand; the action itself and a fresh trial must yield the others. With `tool.name`
   * among them the tool is described instead of called.
   */
  readonly byHand: readonly string[];
  /** What the trial did before, as documents have it. */
  readonly before?: PolicyCase['before'];
  /** Makes it a case about what came back. */
  readonly observation?: PolicyCase['observation'];
}

/** What must be decided, and rules or budgets that must be among those that decide. */
export interface CaseExpectation {
  readonly decision: Effect;
  readonly rules: readonly string[];
}

/** A case as documents have it: money in dollars, `time.utc` as a moment, `null` for what does not apply. */
export function caseOf(name: string, situation: CaseSituation, { decision, rules }: CaseExpectation): PolicyCase {
  const { action, signals, byHand, before, observation } = situation;
  const { type, tool, input } = action;
  const isCalled = type === 'tool' && tool != null && !byHand.includes('tool.name');
  const given = Object.fromEntries(byHand.map((signal) => [signal, writtenSignal(signal, signals[signal])]));
  const isMapping = typeof input === 'object' && input !== null && !Array.isArray(input);
  return {
    name,
    ...(before !== undefined && before.length > 0 && { before }),
    action: {
      ...(isCalled ? { tool } : { type: type as NonNullable<PolicyCase['action']['type']> }),
      ...(isMapping && Object.keys(input).length > 0 && { input: { ...input } }),
    },
    ...(observation !== undefined && { observation }),
    ...(byHand.length > 0 && { signals: given }),
    expect: { decision, ...(rules.length > 0 && { rules: [...rules] }) },
  };
}

function writtenSignal(name: string, value: SignalValue | Unknown | undefined): unknown {
  if (value === undefined) return null;
  if (typeof value !== 'number') return value;
  if (name === 'time.utc') return momentOf(value);
  const isMoney = signalDeclarations.some((signal) => signal.name === name && signal.type === 'money');
  return isMoney ? value / 1_000_000 : value;
}

/** Milliseconds as people write a moment; the number itself where no calendar has it. */
function momentOf(atMs: number): string | number {
  const date = new Date(atMs);
  return Number.isNaN(date.getTime()) ? atMs : date.toISOString().replace('.000Z', 'Z');
}

const widest = 120;

/** A case as one item of a YAML list, its dash indented by `indent` spaces. */
export function caseText(written: PolicyCase, indent = 0): string {
  const lines = Object.entries(written).flatMap(([key, value]) => entryLines(key, value, indent + 2));
  return lines.map((line, at) => (at === 0 ? `${' '.repeat(indent)}- ${line.trimStart()}` : line)).join('\n');
}

/** On one line where that fits, else one line for each part. */
function entryLines(key: string, value: unknown, indent: number): string[] {
  const head = `${' '.repeat(indent)}${scalarText(key)}:`;
  const line = `${head} ${flowText(value)}`;
  if (line.length <= widest || typeof value !== 'object' || value === null) return [line];
  if (!Array.isArray(value))
    return [head, ...Object.entries(value).flatMap(([name, part]) => entryLines(name, part, indent + 2))];
  return [head, ...value.map((item: unknown) => `${' '.repeat(indent + 2)}- ${flowText(item)}`)];
}

/** The edit that puts a case at the end of a policy test's cases, under a name that no other has; null where it has no list of them. */
export function addCase(given: SourceFile | string, test: SourceDocument, written: PolicyCase): TextEdit | null {
  const file = asSource(given);
  const list = nodeAt(test, ['spec', 'cases']);
  if (list?.type !== 'sequence') return null;
  const unique = { ...written, name: freeCaseName(test, written.name) };
  return appendItem(file, list, unique, (column) => caseText(unique, column).split('\n'));
}

/** The name, with a number where a case of the test has it already. */
export function freeCaseName(test: SourceDocument, wanted: string): string {
  const cases = valueAt(test.value, ['spec', 'cases']);
  const taken = new Set((Array.isArray(cases) ? cases : []).map((_, index) => valueAt(cases, [index, 'name'])));
  let name = wanted;
  for (let count = 2; taken.has(name); count++) name = `${wanted} ${count}`;
  return name;
}

/** The text of a policy test that holds these cases. */
export function policyTestText(
  name: string,
  { policies, environment }: { readonly policies: readonly string[]; readonly environment?: string | undefined },
  cases: readonly PolicyCase[],
): string {
  return [
    'apiVersion: assay/v1',
    'kind: PolicyTest',
    'metadata:',
    `  name: ${scalarText(name)}`,
    'spec:',
    `  policies: ${flowText(policies)}`,
    ...(environment === undefined ? [] : [`  environment: ${scalarText(environment)}`]),
    '  cases:',
    ...cases.map((one) => caseText(one, 4)),
    '',
  ].join('\n');
}
