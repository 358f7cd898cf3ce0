/**
 * Policy tests: each case of a document put through the kernel under the policies that it names, and held against what it
 * expects. Reads no files; policies and tools come in.
 */
import { durationMs, type Effect, type Path, type PolicyTest, suggest } from '../documents/index.ts';
import type { ProposedAction, ToolDeclaration } from '../kernel/index.ts';
import { type CompiledPolicy, obligationsOf } from '../policy/index.ts';
import { readGiven } from './given.ts';
import { decideIn, type Outcome, type PastAction, type Situation } from './situation.ts';

export type PolicyCase = PolicyTest['spec']['cases'][number];
type WrittenAction = PolicyCase['action'];

/** A case that is ready to be decided, or why it is not. */
export interface ReadCase {
  readonly name: string;
  /** From the root of the document. */
  readonly path: Path;
  readonly expect: PolicyCase['expect'];
  /** Null when the case itself is at fault. */
  readonly situation: Situation | null;
  readonly faults: readonly CaseFault[];
}

/** What is wrong with a case, whatever the policies say. */
export interface CaseFault {
  readonly path: Path;
  readonly message: string;
  readonly help?: string;
}

export interface CaseResult {
  readonly name: string;
  readonly path: Path;
  readonly passed: boolean;
  /** Why it did not pass; empty when it did. */
  readonly failures: readonly string[];
  /** Null when the case itself is at fault. */
  readonly outcome: Outcome | null;
}

/** Reads the cases of `test`. `tools` are those of its environment; null when it names none. */
export function readCases(test: PolicyTest, tools: ReadonlyMap<string, ToolDeclaration> | null): ReadCase[] {
  return test.spec.cases.map((one, index) => {
    const path = ['spec', 'cases', index];
    const faults: CaseFault[] = [];
    const { signals = {} } = one;
    const { type = 'tool', tool, input = {} } = one.action;
    const isDescribed = type === 'tool' && tool === undefined && Object.hasOwn(signals, 'tool.name');
    const action = isDescribed ? { type, input } : readAction(one.action, [...path, 'action'], tools, faults);
    const before = (one.before ?? []).flatMap(({ action, times = 1, status }, at): PastAction[] => {
      const past = readAction(action, [...path, 'before', at, 'action'], tools, faults);
      return past === null ? [] : new Array(times).fill({ action: past, failed: status === 'failed' });
    });
    const given = readGiven({
      ...(isDescribed && leftOut),
      ...(tools === null && type === 'tool' && tool && { 'tool.name': tool }),
      ...signals,
    });
    for (const { signal, ...fault } of given.problems) faults.push({ path: [...path, 'signals', signal], ...fault });
    const { observation } = one;
    const situation: Situation | null =
      action === null || faults.length > 0
        ? null
        : {
            action,
            given: given.value,
            ...(before.length > 0 && { before }),
            ...(observation && {
              observation: { failed: observation.status === 'failed', output: observation.output },
            }),
          };
    return { name: one.name, path, expect: one.expect, situation, faults };
  });
}

/** What a declaration of a tool may leave out means this; it is the same for a tool that a case describes by hand. */
const leftOut = { 'tool.tags': [], 'tool.cost': 0, 'target.ids': null, 'target.domains': null };

function readAction(
  { type = 'tool', tool: name, input = {} }: WrittenAction,
  path: Path,
  tools: ReadonlyMap<string, ToolDeclaration> | null,
  faults: CaseFault[],
): ProposedAction | null {
  if (type !== 'tool') return { type, input };
  if (name === undefined) {
    faults.push({
      path,
      message: 'the action names no tool',
      help: 'write `tool:`, or describe one by `tool.name` and other signals',
    });
    return null;
  }
  // Of a tool that nothing declares, all but its name is unknown, unless the case gives it by hand.
  if (tools === null) return { type, input };
  const tool = tools.get(name);
  if (tool !== undefined) return { type, tool, input };
  const near = suggest(name, [...tools.keys()]);
  const help = near === null ? {} : { help: `did you mean \`${near}\`` };
  faults.push({ path: [...path, 'tool'], message: `the environment has no tool \`${name}\``, ...help });
  return null;
}

/** Decides one case under `policies` that apply together, and compares. */
export function runCase(
  { name, path, expect, situation, faults }: ReadCase,
  policies: readonly CompiledPolicy[],
): CaseResult {
  if (situation === null) {
    const failures = faults.map(({ message, help }) => (help === undefined ? message : `${message}; ${help}`));
    return { name, path, passed: false, failures, outcome: null };
  }
  const outcome = decideIn(situation, policies);
  const failures = failuresOf(outcome, expect, policies);
  return { name, path, passed: failures.length === 0, failures, outcome };
}

function failuresOf(
  { decision }: Outcome,
  expect: PolicyCase['expect'],
  policies: readonly CompiledPolicy[],
): string[] {
  const failures: string[] = [];
  const { effect, causes } = decision;
  const said = causes.filter((cause) => cause.effect === effect && cause.kind !== 'approver');
  if (effect !== expect.decision) {
    const by = said.map(({ kind, policy, id }) =>
      id === undefined ? `the ${kind} of \`${policy ?? 'the kernel'}\`` : `\`${id}\``,
    );
    failures.push(`expected \`${expect.decision}\`, but it is \`${effect}\` by ${[...new Set(by)].join(', ')}`);
  }
  for (const reference of expect.rules ?? []) {
    if (said.some((cause) => isNamed(reference, cause.policy, cause.id))) continue;
    const weaker = causes.find((cause) => isNamed(reference, cause.policy, cause.id));
    failures.push(
      weaker !== undefined
        ? `rule \`${reference}\` matches, but its \`${weaker.effect}\` did not decide`
        : (strangerIn(reference, policies) ?? `rule \`${reference}\` does not match`),
    );
  }
  return [
    ...failures,
    ...duties(expect)
      .filter(({ isMet }) => !isMet(decision))
      .map(({ failure }) => failure(decision)),
  ];
}

type Decided = Pick<Outcome['decision'], 'causes' | 'undecided'>;
type Causes = Decided['causes'];

/** Something that is expected besides the effect and its rules. */
interface Duty {
  readonly isMet: (decided: Decided) => boolean;
  readonly failure: (decided: Decided) => string;
}

/** Whom a case expects to be asked and for how long, and what has to be done: each by itself. */
function duties({ ask, obligations }: PolicyCase['expect']): Duty[] {
  const found: Duty[] = [];
  const add = <T>(wanted: T | undefined, of: (decided: Decided) => T | undefined, failure: Told<T>): void => {
    if (wanted === undefined) return;
    const isMet = (decided: Decided) => isSame(wanted, of(decided));
    found.push({ isMet, failure: (decided) => failure(wanted, of(decided)) });
  };
  add(ask?.who, whoIsAsked, (wanted, is) =>
    is === undefined
      ? `expected that ${listed(wanted)} are asked, but nobody is`
      : `expected that ${listed(wanted)} are asked, but it is ${is.length === 0 ? 'anybody' : listed(is)}`,
  );
  add(ask?.wait === undefined ? undefined : (durationMs(ask.wait) ?? undefined), waitOf, (_, is) =>
    is === undefined
      ? `expected that the question waits for \`${ask?.wait}\`, but nobody is asked`
      : `expected that the question waits for \`${ask?.wait}\`, but it waits for \`${durationText(is)}\``,
  );
  for (const key of ['log', 'redact', 'notify'] as const)
    add<string | string[]>(
      obligations?.[key],
      (decided) => obligationsOf(decided)[key],
      (wanted, is) => {
        const but = is === undefined ? 'nothing' : listed([is].flat());
        return `expected ${listed([wanted].flat())} under \`${key}\` of the obligations, but there is ${but}`;
      },
    );
  return found;
}

type Told<T> = (wanted: T, is: T | undefined) => string;

const asking = (causes: Causes): Causes => causes.filter(({ effect }) => effect === 'ask');

/** All together; none stands for anybody. Undefined where no rule asks. */
function whoIsAsked({ causes }: Decided): string[] | undefined {
  const asked = asking(causes).map(({ ask }) => ask?.who);
  if (asked.length === 0) return undefined;
  return asked.includes(undefined) ? [] : asked.flatMap((who) => who ?? []);
}

/** The shortest, after which the question is over. */
function waitOf({ causes }: Decided): number | undefined {
  const waits = asking(causes).flatMap(({ ask }) => ask?.waitMs ?? []);
  return waits.length === 0 ? undefined : Math.min(...waits);
}

/** Lists in whatever order, each item once. */
function isSame(one: unknown, other: unknown): boolean {
  if (!Array.isArray(one) || !Array.isArray(other)) return one === other;
  const [some, others] = [new Set(one), new Set(other)];
  return some.size === others.size && [...some].every((item) => others.has(item));
}

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** As documents write it, in the largest unit that says it exactly. */
function durationText(ms: number): string {
  const [unit, length] = units.find(([, length]) => ms % length === 0) ?? ['ms', 1];
  return `${ms / length}${unit}`;
}

const listed = (items: readonly string[]): string => [...new Set(items)].map((item) => `\`${item}\``).join(', ');

/** By its id, or by its policy's name, `/` and its id. */
const isNamed = (reference: string, policy: string | undefined, id: string | undefined): boolean =>
  id !== undefined && (reference === id || reference === `${policy}/${id}`);

function strangerIn(reference: string, policies: readonly CompiledPolicy[]): string | null {
  const all = policies.flatMap(({ rules, budgets }) => [
    ...rules.map(({ id, cause }) => ({ id, policy: cause.policy })),
    ...budgets.map(({ id, policy }) => ({ id, policy })),
  ]);
  if (all.some(({ id, policy }) => isNamed(reference, policy, id))) return null;
  const near = suggest(
    reference,
    all.map(({ id }) => id),
  );
  return `there is no rule \`${reference}\` in these policies${near === null ? '' : `; did you mean \`${near}\``}`;
}

/** Whether it is decided as the case expects, without words: for many policies in a row. */
export function passes({ expect, situation }: ReadCase, policies: readonly CompiledPolicy[]): boolean {
  if (situation === null) return false;
  const { decision } = decideIn(situation, policies);
  const { effect, causes } = decision;
  if (effect !== expect.decision) return false;
  return (
    (expect.rules ?? []).every((reference) => decidedBy(reference, effect, causes)) &&
    duties(expect).every(({ isMet }) => isMet(decision))
  );
}

const decidedBy = (reference: string, effect: Effect, causes: Outcome['decision']['causes']): boolean =>
  causes.some((cause) => cause.effect === effect && isNamed(reference, cause.policy, cause.id));
