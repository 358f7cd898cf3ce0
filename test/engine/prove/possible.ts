/**
 * All actions that matter to conditions of a small vocabulary, one by one, and what is true of rules over them: the plain way
 * to compute findings, which shares nothing with the prover.
 */
import type { Effect } from '../../../server/engine/documents/index.ts';
import {
  type CompiledPolicy,
  factsOf,
  obligationsOf,
  readTarget,
  type SignalRecord,
  strengthOf,
} from '../../../server/engine/policy/index.ts';

const lost = { unknown: 'lost' };
type Values = readonly (SignalRecord[string] | undefined)[];

/** Patterns and texts that between them fall into every part that the patterns cut texts into. */
export const patterns = ['a', 'ab', 'a*', '*b', '*b*', 'c'];
const texts = ['a', 'ab', 'ax', 'axb', 'abx', 'xb', 'xbx', 'x', 'c'];
export const words = ['a', 'ab', 'c'];
/** Patterns of tags are fewer, because every combination of tags counts. */
export const tagPatterns = ['a*', '*b', 'c'];
const tagSets = ['a', 'ab', 'ax', 'axb', 'xb', 'x', 'c'].reduce<string[][]>(
  (sets, tag) => sets.flatMap((set) => [set, [...set, tag]]),
  [[]],
);

/** The values of one signal that stand for all; `undefined` is "does not apply". */
export const representatives: Readonly<Record<string, Values>> = {
  'tool.name': [...texts, lost],
  'tool.kind': ['read', 'write', 'execute', lost],
  'tool.risk': [0, 1, 2, 3, 4, 5, lost],
  'tool.tags': [...tagSets, lost],
  'agent.role': [...texts, lost],
  'agent.node': [...texts, lost, undefined],
  'target.domains': [...tagSets.filter((tags) => tags.length > 0), lost, undefined],
  'trial.consecutiveFailures': [0, 1, 2, 3, 4, lost],
  'trial.failures': [0, 1, 2, 3, 4, lost],
  'trial.steps': [0, 1, 2, 3, 4, 5, lost],
};

/** None is free of the others. */
export const counters = ['trial.consecutiveFailures', 'trial.failures', 'trial.steps'];

const fresh: SignalRecord = {
  'agent.id': 'v',
  'agent.role': 'x',
  'trial.consecutiveFailures': 0,
  'trial.failures': 0,
  'trial.steps': 6,
  'trial.denials': 0,
};

/** Every possible action that differs in the signals of `names`. */
export function actionsOver(tested: readonly string[]): SignalRecord[] {
  const isCounting = tested.some((name) => counters.includes(name));
  const names = [...new Set(isCounting ? [...tested, ...counters] : tested)];
  const call = {
    'action.type': 'tool',
    'tool.name': 'x',
    'tool.kind': 'read',
    'tool.risk': 0,
    'tool.tags': [],
    ...fresh,
  };
  return [call, { 'action.type': 'model', ...fresh }].flatMap((base) => {
    const isCall = base['action.type'] === 'tool';
    const free = names.filter((name) => isCall || !/^(tool|target)\./.test(name));
    return free
      .reduce<SignalRecord[]>(
        (records, name) =>
          records.flatMap((record) =>
            (representatives[name] ?? []).map((value) => {
              const { [name]: _, ...rest } = record;
              return value === undefined ? rest : { ...rest, [name]: value };
            }),
          ),
        [base],
      )
      .filter((record) => inOrder(record) && knownTogether(record, tested));
  });
}

/** What declares a tool says all of it or nothing. */
function knownTogether(record: SignalRecord, tested: readonly string[]): boolean {
  const said = tested.filter((name) => name.startsWith('tool.')).map((name) => record[name]);
  return said.every((value) => (value === lost) === (said[0] === lost));
}

/** Consecutive failures ≤ failures ≤ steps, as far as they are known. */
function inOrder(record: SignalRecord): boolean {
  const known = counters.map((name) => record[name]).filter((value) => typeof value === 'number');
  return known.every((value, index) => index === 0 || (known[index - 1] ?? 0) <= value);
}

/** Texts and domains that conditions name, and others that stand for all that these do not tell apart. */
export const ids = ['u@a', 'v@b', 'w'];
export const domains = ['a', 'b'];
const otherIds = ['z@a', 'z@b', 'z@c', 'z@ax', 'x', 'https:/y'];

/** Every possible action that differs in its targets. */
export function actionsAimed(): SignalRecord[] {
  const sets = [...ids, ...otherIds].reduce<string[][]>((all, id) => all.flatMap((set) => [set, [...set, id]]), [[]]);
  const call = {
    'action.type': 'tool',
    'tool.name': 'x',
    'tool.kind': 'read',
    'tool.risk': 0,
    'tool.tags': [],
    ...fresh,
  };
  return [
    { 'action.type': 'model', ...fresh },
    { ...call, 'target.ids': lost, 'target.domains': lost },
    ...sets.map((set): SignalRecord => {
      if (set.length === 0) return call;
      const read = set.map((id) => readTarget(id).domain);
      const found = [...new Set(read.flatMap((domain) => domain || []))];
      if (read.includes(null)) return { ...call, 'target.ids': set, 'target.domains': lost };
      return { ...call, 'target.ids': set, ...(found.length > 0 && { 'target.domains': found }) };
    }),
  ];
}

/** All that `policies` decide together: the effect, who is asked and for how long, what has to be done besides. */
export function decisionOf(policies: readonly CompiledPolicy[], record: SignalRecord): string {
  const said = policies.map((policy) => policy.evaluate(factsOf(record)));
  const [causes, undecided] = [said.flatMap((one) => one.causes), said.flatMap((one) => one.undecided)];
  const strength = Math.max(-1, ...causes.map(({ effect }) => strengthOf(effect)));
  const asking = strength === 1 ? causes.filter(({ effect }) => effect === 'ask') : [];
  const { log, redact = [], notify = [] } = obligationsOf({ causes, undecided });
  const who = new Set(asking.map(({ ask }) => `${[...(ask?.who ?? [])].sort()}`));
  const waitMs = Math.min(...asking.map(({ ask }) => ask?.waitMs ?? Number.POSITIVE_INFINITY));
  return JSON.stringify([strength, [...who].sort(), waitMs, log, [...redact].sort(), [...notify].sort()]);
}

/** The strength of what `policies` decide together. */
export function decide(policies: readonly CompiledPolicy[], record: SignalRecord): number {
  const causes = policies.flatMap((policy) => policy.evaluate(factsOf(record)).causes);
  return Math.max(-1, ...causes.map(({ effect }) => strengthOf(effect)));
}

/** How each rule of `policies` stands to an action: 0 not matching, 1 for want of knowledge, 2 for sure. */
export function matchesOf(policy: CompiledPolicy, record: SignalRecord): Map<string, 1 | 2> {
  return new Map(
    policy
      .evaluate(factsOf(record))
      .causes.flatMap(({ kind, id = '', unknown }) =>
        kind === 'rule' ? [[id, unknown === undefined ? 2 : 1] as const] : [],
      ),
  );
}

/** Rules of `policy` that let an action through, of which nobody knows whether they match, and that oblige all the same. */
export function obligingUnsure(policy: CompiledPolicy, record: SignalRecord): Map<string, 1> {
  const { undecided } = policy.evaluate(factsOf(record));
  return new Map(undecided.map(({ id = '' }) => [id, 1] as const));
}

export const isStronger = (decided: number, effect: Effect): boolean => decided > strengthOf(effect);
