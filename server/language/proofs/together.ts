/**
 * Which policies apply together, as experiments and constitutions of the workspace say: what is proved is proved of such a
 * set. It reads what files say of themselves, and no policy.
 */
import { referredDocuments, type WorkspaceDocument } from '../../engine/documents/index.ts';
import type { DocumentSummary, LanguageWorkspace } from '../workspace.ts';

/** A document by its file and name. */
export interface Named {
  /** In the form of the workspace's view. */
  readonly path: string;
  readonly name: string | null;
}

export interface PolicySet {
  /** Those that apply by themselves; what they include comes with them. */
  readonly policies: readonly Named[];
  /** Null where none is named. */
  readonly environment: Named | null;
  /** The experiments in which they apply together; none for a policy that no variant has. */
  readonly experiments: readonly string[];
  /** Files that would make it another set if they said something else. */
  readonly files: readonly string[];
}

/** The sets that the policies of one file are in, with the constitutions; each policy that is in none is one of its own. */
export function policySetsOf(
  file: string,
  names: readonly (string | null)[],
  workspace: LanguageWorkspace,
): PolicySet[] {
  const constitutions = documentsOf('Policy', workspace).filter(({ constitution }) => constitution);
  const found = documentsOf('Experiment', workspace).flatMap((experiment) =>
    setsOf(experiment, constitutions, workspace),
  );
  const own: readonly Named[] = names.map((name) => ({ path: file, name }));
  const sets = found.filter(({ policies }) => own.some((each) => isAmong(each, withIncluded(policies, workspace))));
  const alone = own.filter((each) => !sets.some(({ policies }) => isAmong(each, withIncluded(policies, workspace))));
  return [
    ...merged(sets),
    ...alone.map((each) => ({
      policies: distinct([each, ...constitutions]),
      environment: null,
      experiments: [],
      files: [],
    })),
  ].map((set) => ({
    ...set,
    files: [...new Set([...set.files, ...withIncluded(set.policies, workspace).map(({ path }) => path)])],
  }));
}

/** One for each variant. */
function setsOf(
  { path, name, references, words }: DocumentSummary,
  constitutions: readonly Named[],
  workspace: LanguageWorkspace,
): PolicySet[] {
  const meant = (to: 'Policy' | 'Environment', text: string) => referredDocuments(to, text, path, workspace);
  const listed = references.filter(({ to }) => to === 'Policy');
  const common = listed.filter((each) => each.path[1] === 'policies').flatMap(({ text }) => meant('Policy', text));
  const environment = references
    .filter(({ to }) => to === 'Environment')
    .flatMap(({ text }) => meant('Environment', text));
  const byVariant = Map.groupBy(
    listed.filter((each) => each.path[1] === 'variants'),
    (each) => each.path[2],
  );
  const variants = [...byVariant.values()].map((some) => some.flatMap(({ text }) => meant('Policy', text)));
  // Variants that list none themselves are under those of the experiment alone.
  const isOneWithout = (words.variant ?? []).length !== variants.length;
  return [...variants, ...(isOneWithout ? [[]] : [])].map((some) => ({
    policies: distinct([...common, ...some, ...constitutions]),
    environment: environment[0] ?? null,
    experiments: name === null ? [] : [name],
    files: [path],
  }));
}

/** Equal sets once, with all experiments that they are of. */
function merged(sets: readonly PolicySet[]): PolicySet[] {
  const alike = Map.groupBy(sets, ({ policies, environment }) =>
    JSON.stringify([policies.map(keyOf).sort(), environment && keyOf(environment)]),
  );
  return [...alike.values()].flatMap((some) => {
    const [first] = some;
    if (first === undefined) return [];
    const all = <T>(of: (set: PolicySet) => readonly T[]) => [...new Set(some.flatMap(of))];
    return [{ ...first, experiments: all((set) => set.experiments), files: all((set) => set.files) }];
  });
}

/** Those, and the policies whose rules become part of them. */
function withIncluded(policies: readonly Named[], workspace: LanguageWorkspace): readonly Named[] {
  const found = new Map(policies.map((each) => [keyOf(each), each]));
  for (const each of found.values()) {
    const summary = workspace
      .file?.(each.path)
      ?.documents.find(({ kind, name }) => kind === 'Policy' && name === each.name);
    for (const { to, text, path } of summary?.references ?? [])
      if (to === 'Policy' && path[1] === 'include')
        for (const other of referredDocuments('Policy', text, each.path, workspace))
          if (!found.has(keyOf(other))) found.set(keyOf(other), other);
  }
  return [...found.values()];
}

const keyOf = ({ path, name }: Named): string => `${path}\0${name}`;
const isAmong = (one: Named, others: readonly Named[]): boolean => others.some((other) => keyOf(other) === keyOf(one));
const distinct = (all: readonly Named[]): Named[] => [
  ...new Map(all.map(({ path, name }) => [keyOf({ path, name }), { path, name }])).values(),
];

const documentsOf = (kind: WorkspaceDocument['kind'], workspace: LanguageWorkspace): readonly DocumentSummary[] =>
  [...new Set(workspace.documents(kind).map(({ path }) => path))].flatMap(
    (path) => workspace.file?.(path)?.documents.filter((document) => document.kind === kind) ?? [],
  );
