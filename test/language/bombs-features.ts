/** What an editor may ask about a file, by name; those at a place ask at the beginning, in the middle and at the end. */
import {
  complete,
  diagnose,
  evaluationLenses,
  fixAll,
  fixes,
  folds,
  format,
  formatOnType,
  hints,
  hover,
  lenses,
  policyTestLenses,
  type SourceFile,
  selectionsAt,
  tokens,
} from '../../server/language/index.ts';
import {
  definition,
  highlights,
  linkedEditing,
  links,
  outline,
  prepareRename,
  referenceCounts,
  references,
  rename,
} from '../../server/language/navigation/index.ts';

type Ask = (file: SourceFile) => unknown;

const places: Readonly<Record<string, (length: number) => number>> = {
  'at the beginning': () => 0,
  'in the middle': (length) => Math.floor(length / 2),
  'at the end': (length) => length,
};

const atPlaces = (name: string, ask: (file: SourceFile, offset: number) => unknown): Readonly<Record<string, Ask>> =>
  Object.fromEntries(
    Object.entries(places).map(([place, at]) => [
      `${name} ${place}`,
      (file: SourceFile) => ask(file, at(file.text.length)),
    ]),
  );

export const features: Readonly<Record<string, Ask>> = {
  diagnose: (file) => diagnose(file),
  outline,
  folds,
  tokens: (file) => tokens(file),
  hints: (file) => hints(file),
  lenses: (file) => [lenses(file), evaluationLenses(file), policyTestLenses(file), referenceCounts(file)],
  links: (file) => links(file),
  format: (file) => format(file),
  fixAll: (file) => fixAll(file),
  ...atPlaces('tokens of a line', (file, offset) => tokens(file, { start: offset, end: offset })),
  ...atPlaces('hover', hover),
  ...atPlaces('complete', complete),
  ...atPlaces('fixes', (file, offset) => fixes(file, { start: offset, end: offset })),
  'fixes of all': (file) => fixes(file, { start: 0, end: file.text.length }),
  ...atPlaces('selection', (file, offset) => selectionsAt(file, offset)),
  ...atPlaces('definition', definition),
  ...atPlaces('references', references),
  ...atPlaces('highlights', highlights),
  ...atPlaces('linked editing', linkedEditing),
  ...atPlaces('rename', (file, offset) => [prepareRename(file, offset), rename(file, offset, 'other')]),
  'format a line': (file) => format(file, { start: file.text.length >> 1, end: file.text.length >> 1 }),
  ...atPlaces('format on type', (file, offset) => formatOnType(file.lines, offset, '\n')),
};
