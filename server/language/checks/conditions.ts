/**
 * Conditions of rules, budgets and nodes: tests of one signal that no value can pass, and tools and tags that nothing
 * declares. What does not compile is for `policy.ts`; whether rules overlap is for the prover.
 */
import {
  type DocumentKind,
  type Path,
  suggest,
  type WorkspaceDocument,
  type WorkspaceView,
} from '../../engine/documents/index.ts';
import { signalDeclarations } from '../../engine/policy/index.ts';
import { type Finding, isRecord, remembered, rememberedItems, under } from './finding.ts';

const declarations = new Map<string, (typeof signalDeclarations)[number]>(
  signalDeclarations.map((declared) => [declared.name, declared]),
);

/** The lists under `spec` whose items have conditions. */
export const conditionalLists: Partial<Readonly<Record<DocumentKind, readonly string[]>>> = {
  Policy: ['rules', 'budgets'],
  Preset: ['budgets', 'nodes'],
};

/** Where conditions stand in items of lists. */
const conditionKeys = ['when', 'unless'] as const;

/** What `check` finds in the conditions of an item, from the item's own root. */
const inConditions =
  (check: (condition: unknown) => readonly Finding[]) =>
  (item: unknown): readonly Finding[] =>
    isRecord(item)
      ? conditionKeys.flatMap((key) => (Object.hasOwn(item, key) ? under([key], check(item[key])) : []))
      : [];

/** Tests in the conditions of rules, budgets or nodes that no value can pass, from the list's own root. */
export const impossibleIn = rememberedItems(inConditions(walk));

function walk(condition: unknown): readonly Finding[] {
  if (!isRecord(condition)) return [];
  return Object.entries(condition).flatMap(([key, test]) => {
    if (key === 'not') return under([key], walk(test));
    if (key === 'all' || key === 'any')
      return Array.isArray(test) ? test.flatMap((part, index) => under([key, index], walk(part))) : [];
    const reason = isRecord(test) ? contradictionIn(key, test) : null;
    if (reason === null) return [];
    const message = `\`${key}\` ${reason}; this never holds`;
    return [{ code: 'meaning/impossible-condition', severity: 'warning', path: [key], message }];
  });
}

type Test = Readonly<Record<string, unknown>>;

/** Why no value passes the comparators of one test together, as what follows the signal's name; null when one may. */
function contradictionIn(name: string, test: Test): string | null {
  const signal = declarations.get(name);
  if (signal === undefined) return null;
  if (test.present === false && Object.keys(test).some((key) => !['present', 'not', 'noneOf'].includes(key)))
    return 'cannot be absent and pass another test';
  switch (signal.type) {
    case 'integer':
    case 'money':
      return numbersApart(test);
    case 'tags':
      return tagsApart(test);
    default:
      return textsApart(test);
  }
}

function numbersApart(test: Test): string | null {
  let low = { bound: Number.NEGATIVE_INFINITY, words: '' };
  let high = { bound: Number.POSITIVE_INFINITY, words: '' };
  const atLeast = (bound: unknown, words: string) => {
    if (typeof bound === 'number' && bound > low.bound) low = { bound, words };
  };
  const atMost = (bound: unknown, words: string) => {
    if (typeof bound === 'number' && bound < high.bound) high = { bound, words };
  };
  const [from, to]: unknown[] = Array.isArray(test.between) ? test.between : [];
  // A range that is reversed in itself is told by the compiler.
  if (typeof from === 'number' && typeof to === 'number' && from > to) return null;
  atLeast(test.atLeast, `${test.atLeast} or more`);
  atMost(test.atMost, `${test.atMost} or less`);
  atLeast(from, `${from} or more`);
  atMost(to, `${to} or less`);
  atLeast(test.is, `${test.is}`);
  atMost(test.is, `${test.is}`);
  if (low.bound > high.bound) return `cannot be ${low.words} and ${high.words} at once`;
  return test.is !== undefined && test.is === test.not ? `cannot be ${test.is} and not be it` : null;
}

const texts = (operand: unknown): readonly string[] =>
  (Array.isArray(operand) ? operand : [operand]).filter((text) => typeof text === 'string');
const quoted = (text: string): string => `\`${text}\``;

function tagsApart(test: Test): string | null {
  const [any, all, none, only] = [texts(test.anyOf), texts(test.allOf), texts(test.noneOf), texts(test.only)];
  const forbidden = all.find((tag) => none.includes(tag));
  if (forbidden !== undefined) return `cannot hold ${quoted(forbidden)} and not hold it`;
  if (any.length > 0 && any.every((tag) => none.includes(tag)))
    return `cannot hold one of ${any.map(quoted).join(', ')} and none of them`;
  if (only.length === 0 || only.some((pattern) => pattern.includes('*'))) return null;
  const outside = all.find((tag) => !only.includes(tag));
  if (outside !== undefined) return `cannot hold ${quoted(outside)} and only ${only.map(quoted).join(', ')}`;
  return any.length > 0 && !any.some((tag) => only.includes(tag))
    ? `cannot hold ${any.map(quoted).join(' or ')} and only ${only.map(quoted).join(', ')}`
    : null;
}

function textsApart(test: Test): string | null {
  const not = texts(test.not);
  const wanted = [texts(test.is), texts(test.anyOf)].filter((list) => list.length > 0);
  if (wanted.some((list) => list.every((text) => not.includes(text)))) return 'cannot be a value and not be it';
  const [first, second] = wanted;
  const literal = [...(first ?? []), ...(second ?? [])].every((text) => !text.includes('*'));
  return first !== undefined && second !== undefined && literal && !first.some((text) => second.includes(text))
    ? `cannot be ${first.map(quoted).join(' or ')} and ${second.map(quoted).join(' or ')} at once`
    : null;
}

/** A tool or tag that a condition names literally. */
interface Named {
  readonly path: Path;
  readonly noun: 'tool' | 'tag';
  readonly text: string;
}

const nouns = new Map<string, Named['noun']>([
  ['tool.name', 'tool'],
  ['tool.tags', 'tag'],
]);

const namesIn = remembered<Named>((condition) => {
  const named: Named[] = [];
  const read = (here: unknown, path: Path): void => {
    if (!isRecord(here)) return;
    for (const [key, test] of Object.entries(here)) {
      const noun = nouns.get(key);
      if (noun !== undefined) readTexts(test, noun, [...path, key]);
      else if (key === 'not') read(test, [...path, key]);
      else if ((key === 'all' || key === 'any') && Array.isArray(test))
        for (const [index, part] of test.entries()) read(part, [...path, key, index]);
    }
  };
  const readTexts = (test: unknown, noun: Named['noun'], path: Path): void => {
    if (typeof test === 'string') {
      if (!test.includes('*')) named.push({ path, noun, text: test });
    } else if (Array.isArray(test)) for (const [index, text] of test.entries()) readTexts(text, noun, [...path, index]);
    else if (isRecord(test))
      for (const [key, operand] of Object.entries(test)) readTexts(operand, noun, [...path, key]);
  };
  read(condition, []);
  return named;
});

/** What the environments of a workspace declare. */
interface Declared {
  readonly tool: ReadonlySet<string>;
  readonly tag: ReadonlySet<string>;
}

/** Null where there is no environment, or one that was not read: then nothing can be said to be missing. */
export const declaredInEnvironments = (workspace: WorkspaceView): Declared | null =>
  declaredBy(workspace.documents('Environment'));

function declaredBy(environments: readonly WorkspaceDocument[]): Declared | null {
  if (environments.length === 0 || environments.some(({ ids }) => ids?.tool === undefined)) return null;
  return {
    tool: new Set(environments.flatMap(({ ids }) => ids?.tool ?? [])),
    tag: new Set(environments.flatMap(({ tags }) => tags ?? [])),
  };
}

type CheckItems = (items: readonly unknown[]) => readonly Finding[];
const nothingMissing: CheckItems = () => [];
const checksAgainst = new WeakMap<readonly WorkspaceDocument[], CheckItems>();

/**
 * Finds tools and tags in the conditions of rules, budgets or nodes that no environment of the workspace declares, from the
 * list's own root. What was found is remembered as long as the environments are the same.
 */
export function undeclaredIn(workspace: WorkspaceView): CheckItems {
  const environments = workspace.documents('Environment');
  const known = checksAgainst.get(environments) ?? checkAgainst(declaredBy(environments));
  checksAgainst.set(environments, known);
  return known;
}

const checkAgainst = (declared: Declared | null): CheckItems =>
  declared === null ? nothingMissing : rememberedItems(inConditions((condition) => undeclared(condition, declared)));

function undeclared(condition: unknown, declared: Declared): readonly Finding[] {
  return namesIn(condition).flatMap(({ path, noun, text }) => {
    if (declared[noun].has(text)) return [];
    const near = suggest(text, declared[noun]);
    const message = `no environment of this workspace declares the ${noun} \`${text}\`${near === null ? '' : `; did you mean \`${near}\`?`}`;
    return [{ code: `reference/undeclared-${noun}`, severity: 'warning', path, message }];
  });
}
