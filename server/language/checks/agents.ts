/**
 * Whom policies are about: roles, nodes and variants that nothing in the workspace has, and tags in scopes that no tool has.
 * Policies may be written for agents of elsewhere, so a word is told only where another one was probably meant, or where
 * none of those beside it is known either.
 */
import {
  type Path,
  type SourceDocument,
  suggest,
  valueAt,
  type WorkspaceDocument,
  type WorkspaceView,
} from '../../engine/documents/index.ts';
import { fitsPattern } from '../navigation/symbols.ts';
import { conditionalLists, declaredInEnvironments } from './conditions.ts';
import { type Finding, isRecord, itemsAt, rememberedItems, under } from './finding.ts';

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

function wordsInCondition(condition: unknown): readonly Words[] {
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
}

const nounOfScope = [
  ['roles', 'role'],
  ['nodes', 'node'],
  ['tags', 'tag'],
] as const;

const wordsInScope = (scope: unknown): readonly Words[] =>
  isRecord(scope)
    ? nounOfScope.flatMap(([key, noun]) => ({ noun, words: wordsAt(scope[key], [key]), isNegated: false }))
    : [];

const wordsAt = (operand: unknown, path: Path): Words['words'] =>
  Array.isArray(operand)
    ? operand.flatMap((text: unknown, index) => (typeof text === 'string' ? { path: [...path, index], text } : []))
    : typeof operand === 'string'
      ? [{ path, text: operand }]
      : [];

/** The words of a rule, or of what else has a scope and conditions, from its own root. */
const wordsInPart = (part: unknown): readonly Words[] =>
  isRecord(part)
    ? [
        ...below('scope', wordsInScope(part.scope)),
        ...below('when', wordsInCondition(part.when)),
        ...below('unless', wordsInCondition(part.unless)),
      ]
    : [];

const below = (key: string, found: readonly Words[]): readonly Words[] =>
  found.map((each) => ({ ...each, words: each.words.map(({ path, text }) => ({ path: [key, ...path], text })) }));

type Declared = DeclaredAgents & { readonly tag: ReadonlySet<string> | null };

interface AgentChecks {
  /** From the part's own root. */
  part(part: unknown): readonly Finding[];
  /** From the list's own root. */
  list(parts: readonly unknown[]): readonly Finding[];
}

type Documents = readonly WorkspaceDocument[];

/** By the presets of a workspace: what was found is known until the list of one kind is another one. */
const known = new WeakMap<Documents, { readonly beside: readonly Documents[]; readonly checks: AgentChecks }>();

function checksFor(workspace: WorkspaceView): AgentChecks {
  const presets = workspace.documents('Preset');
  const beside = [workspace.documents('Experiment'), workspace.documents('Environment')];
  const before = known.get(presets);
  if (before?.beside.every((documents, index) => documents === beside[index])) return before.checks;
  const declared: Declared = {
    ...declaredAgents(workspace),
    tag: declaredInEnvironments(workspace)?.tag ?? null,
  };
  const part = (each: unknown) => wordsInPart(each).flatMap((words) => undeclared(words, declared[words.noun]));
  const checks = { part, list: rememberedItems(part) };
  known.set(presets, { beside, checks });
  return checks;
}

/** Findings in whom a document is about, from its root. */
export function checkAgents({ kind, value }: SourceDocument, workspace: WorkspaceView): readonly Finding[] {
  const own = kind === null ? undefined : conditionalLists[kind];
  if (own === undefined) return [];
  const checks = checksFor(workspace);
  return [
    // A policy has a scope like a rule.
    ...(kind === 'Policy' ? under(['spec'], checks.part({ scope: valueAt(value, ['spec', 'scope']) })) : []),
    ...own.flatMap((list) => under(['spec', list], checks.list(itemsAt(value, ['spec', list])))),
  ];
}

const nowhere: Readonly<Record<Words['noun'], string>> = {
  role: 'no preset or experiment of this workspace gives the role',
  node: 'no preset of this workspace has the node',
  variant: 'no experiment of this workspace has the variant',
  tag: 'no environment of this workspace declares the tag',
};

function undeclared({ noun, words, isNegated }: Words, declared: ReadonlySet<string> | null): readonly Finding[] {
  if (declared === null || (declared.size === 0 && noun !== 'tag')) return [];
  const strangers = words.filter(({ text }) => !declared.has(text) && !text.includes('*'));
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
