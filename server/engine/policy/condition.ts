/** Conditions of documents made into tests of facts, and the values that a condition pins a signal to. */
import { type Condition, type Path, suggest } from '../documents/index.ts';
import { type Matcher, readBoolean, readEnum, readNumber, readTags, readText } from './matcher.ts';
import type { Report } from './problem.ts';
import { type SignalDeclaration, type SignalName, signalDeclarations, slotOf } from './signal.ts';
import { always, every, FALSE, negate, some, type Test, TRUE, type Truth, UNKNOWN } from './truth.ts';

/** The test that `condition` means; where it is faulty, `report` is told and the test is not to be used. */
export function compileCondition(condition: Condition, path: Path, report: Report): Test {
  const lines = Object.entries<unknown>({ ...condition });
  if (lines.length === 0) report('policy/empty-condition', path, 'the condition says nothing', 'name a signal to test');
  return every(lines.map(([key, value]) => compileLine(key, value, [...path, key], report)));
}

function compileLine(key: string, value: unknown, path: Path, report: Report): Test {
  if (key === 'all' || key === 'any') {
    const parts: unknown[] = Array.isArray(value) ? value : [];
    if (parts.length === 0)
      report('policy/empty-condition', path, `\`${key}\` lists no condition`, 'list at least one');
    const tests = parts.map((part, index) => compileNested(part, [...path, index], report));
    return key === 'all' ? every(tests) : some(tests);
  }
  if (key === 'not') return negate(compileNested(value, path, report));
  const slot = slotOf(key);
  const signal = slot === undefined ? undefined : signalDeclarations[slot];
  if (slot !== undefined && signal !== undefined) return compileTest(signal, slot, value, path, report);
  const near = suggest(
    key,
    signalDeclarations.map(({ name }) => name),
  );
  report('policy/unknown-signal', path, `there is no signal \`${key}\``, near ? `did you mean \`${near}\`` : undefined);
  return always;
}

function compileNested(value: unknown, path: Path, report: Report): Test {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return compileCondition(value, path, report);
  report('policy/wrong-type', path, 'a condition is expected here', 'write a signal and its test');
  return always;
}

function compileTest(signal: SignalDeclaration, slot: number, test: unknown, path: Path, report: Report): Test {
  const place = { signal, path, report };
  switch (signal.type) {
    case 'string':
      return textLeaf(signal.name, slot, readText(test, place));
    case 'enum':
      return textLeaf(signal.name, slot, readEnum(test, place));
    case 'tags':
      return tagsLeaf(signal.name, slot, readTags(test, place));
    case 'integer':
    case 'money':
      return numberLeaf(signal.name, slot, readNumber(test, place));
    case 'boolean':
      return booleanLeaf(signal.name, slot, readBoolean(test, place));
  }
}

// One leaf for each type, because the check of the type must be plain code to be fast. A value of another type than the
// registry says is as good as unknown.

const textLeaf = (name: SignalName, slot: number, matcher: Matcher<string> | null): Test =>
  leaf(name, matcher, (accepts, whenAbsent) => (facts) => {
    const fact = facts[slot];
    if (typeof fact === 'string') return accepts(fact) ? TRUE : FALSE;
    return fact === undefined ? whenAbsent : UNKNOWN;
  });

const numberLeaf = (name: SignalName, slot: number, matcher: Matcher<number> | null): Test =>
  leaf(name, matcher, (accepts, whenAbsent) => (facts) => {
    const fact = facts[slot];
    if (typeof fact === 'number') return accepts(fact) ? TRUE : FALSE;
    return fact === undefined ? whenAbsent : UNKNOWN;
  });

const booleanLeaf = (name: SignalName, slot: number, matcher: Matcher<boolean> | null): Test =>
  leaf(name, matcher, (accepts, whenAbsent) => (facts) => {
    const fact = facts[slot];
    if (typeof fact === 'boolean') return accepts(fact) ? TRUE : FALSE;
    return fact === undefined ? whenAbsent : UNKNOWN;
  });

const tagsLeaf = (name: SignalName, slot: number, matcher: Matcher<readonly string[]> | null): Test =>
  leaf(name, matcher, (accepts, whenAbsent) => (facts) => {
    const fact = facts[slot];
    if (Array.isArray(fact)) return accepts(fact) ? TRUE : FALSE;
    return fact === undefined ? whenAbsent : UNKNOWN;
  });

function leaf<T>(
  name: SignalName,
  matcher: Matcher<T> | null,
  truthBy: (accepts: (value: T) => boolean, whenAbsent: Truth) => Test['truth'],
): Test {
  if (matcher === null) return always;
  return {
    truth: truthBy(matcher.accepts, matcher.whenAbsent ? TRUE : FALSE),
    blame: (_, into) => {
      into.add(name);
    },
  };
}

/** The values outside which `condition` is surely false, when it names them one by one; null when it does not. */
export function pinned(condition: Condition, signal: 'action.type' | 'tool.kind' | 'tool.name'): Set<string> | null {
  const test = condition[signal];
  const bare = typeof test === 'string' || Array.isArray(test);
  const values = bare ? test : (test?.is ?? test?.anyOf);
  const list = typeof values === 'string' ? [values] : values;
  if (list?.every((value) => !value.includes('*'))) return new Set(list);
  for (const part of condition.all ?? []) {
    const inside = pinned(part, signal);
    if (inside !== null) return inside;
  }
  return null;
}
