/**
 * What other files need to know of a file, kept small enough to be held for every file of a workspace, and the
 * workspace as features see it. Broken documents give the facts that they still show.
 */
import {
  describeDocument,
  durationMs,
  type Path,
  type PathStep,
  placesMatching,
  referencesOf,
  type SourceDocument,
  valueAt,
  type WorkspaceDocument,
  type WorkspaceView,
} from '../engine/documents/index.ts';
import type { SourceFile } from './file.ts';
import { type SymbolFacts, symbolFacts } from './navigation/facts.ts';

export interface BudgetSummary {
  readonly id: string;
  readonly unit: string;
  readonly limit: number;
  readonly per: string;
  /** Left out where the limit is for good. */
  readonly windowMs?: number;
  readonly onExhausted: string;
  /** The id of the budget that it draws on. */
  readonly parent?: string;
}

export interface ToolSummary {
  readonly name: string;
  readonly description: string;
  readonly kind: string | null;
  /** 0 to 5. */
  readonly risk: number | null;
  /** US dollars a call. */
  readonly costUsd: number | null;
  readonly tags: readonly string[];
  /** JSON Schema of the input, as it is written. */
  readonly input: unknown;
}

/** Words that are written once and meant again elsewhere. */
export type WordKind = 'tag' | 'domain' | 'target' | 'role' | 'variant';

/** Left out is what the document does not say. */
export interface DocumentSummary extends WorkspaceDocument {
  readonly budgets?: readonly BudgetSummary[];
  /** Of a policy. */
  readonly default?: string;
  /** Whether it only adds to others, and so has no default. */
  readonly overlay?: true;
  /** Of an environment, each tool; of a preset, `toolNames`. */
  readonly tools?: readonly ToolSummary[];
  /** Of a preset. */
  readonly role?: string;
  /** Of a task set. */
  readonly taskCount?: number;
  readonly words: Readonly<Partial<Record<WordKind, readonly string[]>>>;
  /** References to other documents, as written. */
  readonly references: readonly { readonly to: string; readonly text: string; readonly path: Path }[];
}

/** A file as others need to know it. */
export interface FileSummary {
  /** In the form that `resolve` gives. */
  readonly path: string;
  /** Its documents by name, with what most checks of references need. */
  readonly names: readonly WorkspaceDocument[];
  readonly documents: readonly DocumentSummary[];
  readonly symbols: SymbolFacts;
}

/** A folder's entry, for the completion of paths. */
export interface FolderEntry {
  readonly name: string;
  readonly isFolder: boolean;
}

/** A file or folder that may hold a constitution and is not understood, so that no run would begin. */
export interface DoubtfulFile {
  /** In the form that `resolve` gives. */
  readonly path: string;
  /** In words that name it, and say what to do. */
  readonly message: string;
}

/** A workspace as editor features see it; what is optional is not offered where it is missing. */
export interface LanguageWorkspace extends WorkspaceView {
  /** It is only the folder around a file of no workspace: what stands there may be used, and nothing is said to be missing. */
  readonly isLoose?: boolean;
  files?(): readonly FileSummary[];
  /** Null for a file that holds no documents or does not belong to the workspace. */
  file?(path: string): FileSummary | null;
  /** What may hold a constitution beside those that are known; nothing counts as proved or decided while there is any. */
  doubts?(): readonly DoubtfulFile[];
  /** What stands in a folder, in the form that `resolve` gives; nothing outside the workspace. */
  entries?(folder: string): readonly FolderEntry[];
}

/** What other files need to know of the file at `path`. What is costly is found when it is first asked for. Never throws. */
export function summarize(path: string, file: SourceFile): FileSummary {
  let names: readonly WorkspaceDocument[] | null = null;
  let documents: readonly DocumentSummary[] | null = null;
  return {
    path,
    get names() {
      names ??= file.documents.flatMap((document) => describeDocument(document, path) ?? []);
      return names;
    },
    get documents() {
      documents ??= file.documents.flatMap((document) => summaryOf(document, path) ?? []);
      return documents;
    },
    get symbols() {
      return symbolFacts(file);
    },
  };
}

function summaryOf(document: SourceDocument, path: string): DocumentSummary | null {
  const named = describeDocument(document, path);
  if (named === null) return null;
  let words: DocumentSummary['words'] | null = null;
  let references: DocumentSummary['references'] | null = null;
  return {
    ...named,
    ...ownSummary(document),
    get words() {
      words ??= wordsOf(document);
      return words;
    },
    get references() {
      references ??= referencesOf(document);
      return references;
    },
  };
}

type OwnSummary = Omit<DocumentSummary, keyof WorkspaceDocument | 'words' | 'references'>;

function ownSummary({ kind, value }: SourceDocument): OwnSummary {
  const spec = valueAt(value, ['spec']);
  switch (kind) {
    case 'Policy':
      return {
        default: textAt(spec, ['default']) ?? 'deny',
        budgets: budgetSummaries(spec),
        ...(valueAt(spec, ['overlay']) === true && { overlay: true }),
      };
    case 'Preset': {
      const role = textAt(spec, ['role']);
      return { budgets: budgetSummaries(spec), ...(role !== undefined && { role }) };
    }
    case 'Environment':
      return { tools: listAt(spec, ['tools']).flatMap(toolOf) };
    case 'TaskSet':
      return { taskCount: listAt(spec, ['tasks']).length };
    default:
      return {};
  }
}

/** The budgets of a document's `spec` that say what they limit. */
export const budgetSummaries = (spec: unknown): readonly BudgetSummary[] =>
  listAt(spec, ['budgets']).flatMap((budget) => {
    const [id, unit, limit] = [textAt(budget, ['id']), textAt(budget, ['unit']), valueAt(budget, ['limit'])];
    if (id === undefined || unit === undefined || typeof limit !== 'number') return [];
    const [per, onExhausted] = [textAt(budget, ['per']), textAt(budget, ['onExhausted'])];
    const parent = textAt(budget, ['parent']);
    const windowMs = durationMs(textAt(budget, ['window']) ?? '');
    return [
      {
        id,
        unit,
        limit,
        per: per ?? 'trial',
        ...(windowMs !== null && { windowMs }),
        onExhausted: onExhausted ?? 'deny',
        ...(parent !== undefined && { parent }),
      },
    ];
  });

function toolOf(tool: unknown): readonly ToolSummary[] {
  const name = textAt(tool, ['name']);
  if (name === undefined) return [];
  const [risk, cost] = [valueAt(tool, ['risk']), valueAt(tool, ['cost'])];
  return [
    {
      name,
      description: textAt(tool, ['description']) ?? '',
      kind: textAt(tool, ['kind']) ?? null,
      risk: typeof risk === 'number' ? risk : null,
      costUsd: typeof cost === 'number' ? cost : null,
      tags: textsIn(tool, ['tags', '*']),
      input: valueAt(tool, ['input']) ?? null,
    },
  ];
}

/** Signals whose operands are such words. */
const wordsOfSignal: Readonly<Record<string, WordKind>> = {
  'tool.tags': 'tag',
  'target.domains': 'domain',
  'target.ids': 'target',
  'agent.role': 'role',
  'agent.id': 'variant',
};

/** Which words a signal takes; null for signals that take none. */
export const wordKindOf = (signal: string): WordKind | null =>
  Object.hasOwn(wordsOfSignal, signal) ? (wordsOfSignal[signal] ?? null) : null;

function wordsOf({ kind, value }: SourceDocument): DocumentSummary['words'] {
  const found = new Map<WordKind, Set<string>>();
  const add = (word: WordKind, texts: readonly string[]) => {
    if (texts.length === 0) return;
    const known = found.get(word) ?? new Set();
    found.set(word, known);
    for (const text of texts) known.add(text);
  };
  const spec = valueAt(value, ['spec']);
  if (kind === 'Environment') add('tag', textsIn(spec, ['tools', '*', 'tags', '*']));
  if (kind === 'TaskSet') add('tag', textsIn(spec, ['tasks', '*', 'tags', '*']));
  if (kind === 'Preset') add('role', textsIn(spec, ['role']));
  if (kind === 'Experiment') {
    add('role', textsIn(spec, ['variants', '*', 'role']));
    add('variant', textsIn(spec, ['variants', '*', 'id']));
  }
  if (kind === 'Policy' || kind === 'Preset')
    for (const condition of conditionsIn(spec)) collectOperands(condition, add);
  return Object.fromEntries([...found].map(([word, texts]) => [word, [...texts]]));
}

function conditionsIn(spec: unknown): readonly unknown[] {
  const at = [
    ['rules', '*', 'when'],
    ['rules', '*', 'unless'],
    ['budgets', '*', 'when'],
    ['nodes', '*', 'when'],
  ];
  return at.flatMap((pattern) => placesMatching(spec, pattern).map((place) => place.value));
}

function collectOperands(condition: unknown, add: (word: WordKind, texts: readonly string[]) => void, depth = 0): void {
  if (typeof condition !== 'object' || condition === null || depth > 20) return;
  for (const [key, value] of Object.entries(condition)) {
    const word = wordKindOf(key);
    if (word !== null) add(word, textsDeepIn(value));
    else if (key === 'all' || key === 'any' || key === 'not')
      for (const inner of Array.isArray(value) ? value : [value]) collectOperands(inner, add, depth + 1);
  }
}

/** The texts of a test: one, a list, or the operands of comparators. Patterns with `*` are no words. */
function textsDeepIn(test: unknown): readonly string[] {
  if (typeof test === 'string') return test === '' || test.includes('*') ? [] : [test];
  if (typeof test !== 'object' || test === null) return [];
  return Object.values(test)
    .flat()
    .filter((each) => typeof each === 'string' && each !== '' && !each.includes('*'));
}

const textAt = (value: unknown, path: readonly PathStep[]): string | undefined => {
  const found = valueAt(value, path);
  return typeof found === 'string' ? found : undefined;
};

const listAt = (value: unknown, path: readonly PathStep[]): readonly unknown[] => {
  const found = valueAt(value, path);
  return Array.isArray(found) ? found : [];
};

const textsIn = (value: unknown, pattern: readonly string[]): readonly string[] =>
  placesMatching(value, pattern).flatMap((place) => (typeof place.value === 'string' ? [place.value] : []));
