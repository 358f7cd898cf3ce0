/**
 * Whom policies are about: roles, nodes and variants that nothing in the workspace has, and tags in scopes that no tool has.
 * Policies may be written for agents of elsewhere, so a word is told only where another one was probably meant, or where
 * none of those beside it is known either.
 */
import {
  type DocumentKind,
  type Path,
  type Pattern,
  type SourceDocument,
  suggest,
  visitPlaces,
  type WorkspaceView,
} from '../../engine/documents/index.ts';
import { fitsPattern } from '../navigation/symbols.ts';
import { declaredInEnvironments } from './conditions.ts';
import { type Finding, isRecord, remembered, under } from './finding.ts';

export type AgentNoun = 'role' | 'node' | 'variant';

/** What agents are called in a workspace, by noun; empty where nothing says so. */
export type DeclaredAgents = Readonly<Record<AgentNoun, ReadonlySet<string>>>;

export function declaredAgents(workspace: WorkspaceView): DeclaredAgents {
  const [presets, experiments] = [workspace.documents('Preset'), workspace.documents('Experiment')];
  return {
    role: new Set([...presets, ...experiments].flatMap(({ roles }) => roles ?? [])),
    node: new Set(presets.flatMap(({ ids }) => ids?.node ?? [])),
    variant: new Set(experiments.flatMap(({ ids }) => ids?.variant ?? [])),
  };
}

/** The words of one test, some of them patterns. */
interface Words {
  readonly noun: AgentNoun | 'tag';
  readonly words: readonly { readonly path: Path; readonly text: string }[];
  /** Whether the test holds for all others. */
  readonly isNegated: boolean;
}

const nounOfSignal: ReadonlyMap<string, AgentNoun> = new Map([
  ['agent.role', 'role'],
  ['agent.node', 'node'],
  ['agent.id', 'variant'],
]);

const wordsInCondition = remembered<Words>((condition) => {
  const found: Words[] = [];
  const read = (here: unknown, path: Path, isNegated: boolean): void => {
    if (!isRecord(here)) return;
    for (const [key, test] of Object.entries(here)) {
      const noun = nounOfSignal.get(key);
      if (noun !== undefined) readTest(noun, test, [...path, key], isNegated);
      else if (key === 'not') read(test, [...path, key], !isNegated);
      else if ((key === 'all' || key === 'any') && Array.isArray(test))
        for (const [index, part] of test.entries()) read(part, [...path, key, index], isNegated);
    }
  };
  const readTest = (noun: AgentNoun, test: unknown, path: Path, isNegated: boolean): void => {
    if (!isRecord(test)) found.push({ noun, words: wordsAt(test, path), isNegated });
    else
      for (const [key, operand] of Object.entries(test))
        found.push({ noun, words: wordsAt(operand, [...path, key]), isNegated: isNegated !== (key === 'not') });
  };
  read(condition, [], false);
  return found;
});

const nounOfScope = [
  ['roles', 'role'],
  ['nodes', 'node'],
  ['tags', 'tag'],
] as const;

const wordsInScope = remembered<Words>((scope) =>
  isRecord(scope)
    ? nounOfScope.flatMap(([key, noun]) => ({ noun, words: wordsAt(scope[key], [key]), isNegated: false }))
    : [],
);

const wordsAt = (operand: unknown, path: Path): Words['words'] =>
  Array.isArray(operand)
    ? operand.flatMap((text: unknown, index) => (typeof text === 'string' ? { path: [...path, index], text } : []))
    : typeof operand === 'string'
      ? [{ path, text: operand }]
      : [];

type Reading = readonly [at: Pattern, wordsIn: (part: unknown) => readonly Words[]];

const readings: Partial<Readonly<Record<DocumentKind, readonly Reading[]>>> = {
  Policy: [
    [['spec', 'scope'], wordsInScope],
    [['spec', 'rules', '*', 'scope'], wordsInScope],
    [['spec', 'rules', '*', 'when'], wordsInCondition],
    [['spec', 'rules', '*', 'unless'], wordsInCondition],
    [['spec', 'budgets', '*', 'when'], wordsInCondition],
  ],
  Preset: [
    [['spec', 'budgets', '*', 'when'], wordsInCondition],
    [['spec', 'nodes', '*', 'when'], wordsInCondition],
  ],
};

/** Findings in whom a document is about, from its root. */
export function checkAgents({ kind, value }: SourceDocument, workspace: WorkspaceView): readonly Finding[] {
  const read = kind === null ? undefined : readings[kind];
  if (read === undefined) return [];
  const declared = { ...declaredAgents(workspace), tag: declaredInEnvironments(workspace)?.tag ?? null };
  const findings: Finding[] = [];
  for (const [at, wordsIn] of read)
    visitPlaces(value, at, (part, path) => {
      for (const words of wordsIn(part)) {
        const found = undeclared(words, declared[words.noun]);
        if (found.length > 0) findings.push(...under(path(), found));
      }
    });
  return findings;
}

const nowhere: Readonly<Record<Words['noun'], string>> = {
  role: 'no preset or experiment of this workspace gives the role',
  node: 'no preset of this workspace has the node',
  variant: 'no experiment of this workspace has the variant',
  tag: 'no environment of this workspace declares the tag',
};

function undeclared({ noun, words, isNegated }: Words, declared: ReadonlySet<string> | null): readonly Finding[] {
  if (declared === null || (declared.size === 0 && noun !== 'tag')) return [];
  const strangers = words.filter(({ text }) => !text.includes('*') && !declared.has(text));
  if (strangers.length === 0) return [];
  const isKnown = ({ text }: { readonly text: string }) =>
    declared.has(text) || (text.includes('*') && [...declared].some((each) => fitsPattern(each, text)));
  // All tags are declared in the workspace, and agents need not be.
  const mayBeOfElsewhere = noun !== 'tag' && (isNegated || words.some(isKnown));
  return strangers.flatMap(({ path, text }): readonly Finding[] => {
    const near = suggest(text, declared);
    if (near === null && mayBeOfElsewhere) return [];
    const message = `${nowhere[noun]} \`${text}\`${near === null ? '' : `; did you mean \`${near}\`?`}`;
    return [{ code: `reference/undeclared-${noun}`, severity: 'warning', path, message }];
  });
}
