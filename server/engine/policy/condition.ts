/** Conditions of documents made into formulas. What is faulty is reported and becomes a formula that is not to be used. */
import { type Condition, type Path, suggest } from '../documents/index.ts';
import { all, always, any, type Constraint, type Formula, not } from './formula.ts';
import { readBoolean, readEnum, readNumber, readTags, readText } from './matcher.ts';
import type { Report } from './problem.ts';
import { type SignalDeclaration, signalDeclarations, slotOf } from './signal.ts';

/** What conditions of one policy are read with. */
export interface Reading {
  readonly report: Report;
  /** What is guarded: signals of observations are not known while an action is decided. */
  readonly on: 'action' | 'observation';
  /** Makes the name of a pattern unique among policies; null when the policy declares no such pattern. */
  readonly pattern: (id: string) => string | null;
}

/** The formula that `condition` means. */
export function readCondition(condition: Condition, path: Path, reading: Reading): Formula {
  const lines = Object.entries<unknown>({ ...condition });
  if (lines.length === 0)
    reading.report('policy/empty-condition', path, 'the condition says nothing', 'name a signal to test');
  return all(lines.map(([key, value]) => readLine(key, value, [...path, key], reading)));
}

function readLine(key: string, value: unknown, path: Path, reading: Reading): Formula {
  if (key === 'all' || key === 'any') {
    const parts: unknown[] = Array.isArray(value) ? value : [];
    if (parts.length === 0)
      reading.report('policy/empty-condition', path, `\`${key}\` lists no condition`, 'list at least one');
    const formulas = parts.map((part, index) => readNested(part, [...path, index], reading));
    return key === 'all' ? all(formulas) : any(formulas);
  }
  if (key === 'not') return not(readNested(value, path, reading));
  const slot = slotOf(key);
  const signal = slot === undefined ? undefined : signalDeclarations[slot];
  if (slot !== undefined && signal !== undefined) return readTest(signal, slot, value, path, reading);
  const near = suggest(
    key,
    signalDeclarations.map(({ name }) => name),
  );
  reading.report(
    'policy/unknown-signal',
    path,
    `there is no signal \`${key}\``,
    near ? `did you mean \`${near}\`` : undefined,
  );
  return always;
}

function readNested(value: unknown, path: Path, reading: Reading): Formula {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return readCondition(value, path, reading);
  reading.report('policy/wrong-type', path, 'a condition is expected here', 'write a signal and its test');
  return always;
}

const readers = {
  string: readText,
  enum: readEnum,
  tags: readTags,
  integer: readNumber,
  money: readNumber,
  boolean: readBoolean,
} as const;

function readTest(signal: SignalDeclaration, slot: number, test: unknown, path: Path, reading: Reading): Formula {
  const { report, on } = reading;
  const { name, origin } = signal;
  if (origin === 'observation' && on === 'action')
    report(
      'policy/signal-not-known-yet',
      path,
      `\`${name}\` is known only after the action is done`,
      'write `on: observation` to guard what comes back',
    );
  const constraints = readers[signal.type](test, { signal, path, report });
  if (constraints === null) return always;
  return all(
    constraints.map((constraint) => ({
      op: 'test',
      name,
      slot,
      constraint: name === 'observation.patterns' ? withPatterns(constraint, path, reading) : constraint,
    })),
  );
}

/** Patterns of the policy itself under names that are unique among policies. */
function withPatterns(constraint: Constraint, path: Path, { report, pattern }: Reading): Constraint {
  if (constraint.kind !== 'tags') return constraint;
  if (constraint.comparator === 'only')
    report(
      'policy/unknown-comparator',
      path,
      'patterns of other policies may be found too, so `only` says nothing',
      'use `anyOf`, `allOf`, `noneOf`, `present`',
    );
  const texts = constraint.texts.map((id) => {
    const unique = pattern(id);
    if (unique === null)
      report(
        'policy/unknown-pattern',
        path,
        `this policy declares no pattern \`${id}\``,
        'declare it under `spec.patterns`',
      );
    return unique ?? id;
  });
  return { ...constraint, texts };
}
