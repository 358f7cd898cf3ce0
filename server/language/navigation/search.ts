/** Finds what a workspace declares by parts of its name. Ranking beyond that is the editor's. */
import type { FileSummary } from '../workspace.ts';
import { type Declaration, isShared, nounInWords } from './facts.ts';
import type { Target } from './find.ts';

export interface FoundSymbol extends Target {
  readonly name: string;
  readonly noun: Declaration['noun'];
  /** What it stands in, for people: the document of an id, the noun of a document. */
  readonly container: string;
}

/** More than this is no answer that anybody reads. */
const maxFound = 500;

/** The declarations whose names hold the letters of `query` in their order, best first. An empty query finds all. */
export function searchSymbols(files: Iterable<FileSummary>, query: string): readonly FoundSymbol[] {
  const letters = fold(query);
  const found: { readonly rank: number; readonly symbol: FoundSymbol }[] = [];
  for (const { path, symbols } of files)
    for (const { kind, self, declarations } of symbols.documents) {
      const own = self.name === '' ? [] : [self];
      // What many places declare together is a word, and none of them is where it stands.
      for (const item of [...own, ...declarations.filter(({ noun }) => !isShared(noun))]) {
        const rank = rankOf(item.name, letters);
        if (rank === null) continue;
        const container = item === self ? nounInWords(kind) : self.name || nounInWords(kind);
        const { name, noun, span } = item;
        found.push({ rank, symbol: { path, lines: symbols.lines, span, item: item.item, name, noun, container } });
      }
    }
  return found
    .toSorted((a, b) => a.rank - b.rank || (a.symbol.name < b.symbol.name ? -1 : 1))
    .slice(0, maxFound)
    .map(({ symbol }) => symbol);
}

const fold = (text: string): string => text.toLowerCase().replace(/\s+/g, '');

/**
 * How badly a name fits, 0 for equal; null when it does not. Letters that follow one another or begin a word fit best.
 */
export function rankOf(name: string, letters: string): number | null {
  const folded = name.toLowerCase();
  if (folded === letters) return 0;
  const whole = folded.indexOf(letters);
  if (whole >= 0) return letters === '' ? 1 : 1 + (beginsWord(folded, whole) ? 0 : 1) + whole / 1_000;
  let rank = 10;
  let at = -1;
  for (const letter of letters) {
    const next = folded.indexOf(letter, at + 1);
    if (next < 0) return null;
    if (next !== at + 1 && !beginsWord(folded, next)) rank += 1 + (next - at) / 100;
    at = next;
  }
  return rank;
}

const beginsWord = (text: string, at: number): boolean => at === 0 || /[^\p{L}\p{N}]/u.test(text[at - 1] ?? '');
