/** How often the things that a file declares are referred to, for the lenses above them. */
import { asSource, type LanguageContext, type SourceFile } from '../file.ts';
import type { Noun } from './facts.ts';
import { type Target, targetOf } from './find.ts';
import { Symbols } from './symbols.ts';

export interface ReferenceCount {
  /** Where the declaration's name stands. */
  readonly target: Target;
  readonly noun: Noun;
  /** At least one. */
  readonly references: readonly Target[];
}

/** What people look up before they change it. Nothing refers to tasks and cases, and words such as roles are given in many places. */
const counted: ReadonlySet<Noun> = new Set<Noun>([
  'Policy',
  'Preset',
  'Environment',
  'TaskSet',
  'rule',
  'budget',
  'pattern',
  'tool',
  'node',
  'step',
  'variant',
]);

/** The documents and ids of a file that are referred to, in the order of the text. */
export function referenceCounts(file: SourceFile | string, context: LanguageContext = {}): readonly ReferenceCount[] {
  const symbols = new Symbols(asSource(file), context);
  const declarations = symbols.facts.documents
    .flatMap((document) =>
      [document.self, ...document.declarations].map((item) => ({
        path: symbols.path,
        facts: symbols.facts,
        document,
        item,
      })),
    )
    .filter(({ item }) => counted.has(item.noun));
  const found = symbols.referencesTo(declarations.map(({ item }) => item));
  return declarations.flatMap((declaration) => {
    const references = (found.get(declaration.item) ?? []).map(targetOf);
    if (references.length === 0) return [];
    return [{ target: targetOf(declaration), noun: declaration.item.noun, references }];
  });
}
