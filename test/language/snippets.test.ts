/** Every snippet, written out with its defaults where it belongs, is a valid document. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { documentKinds, readDocuments } from '../../server/engine/documents/index.ts';
import { withoutStops } from '../../server/language/index.ts';

interface Snippet {
  readonly prefix: string;
  readonly body: readonly string[];
  readonly kind: string;
  readonly at: readonly string[];
}

const folder = join(import.meta.dirname, '../../snippets');
const snippets = readdirSync(folder).flatMap((file) =>
  Object.values(JSON.parse(readFileSync(join(folder, file), 'utf8')) as Record<string, Snippet>),
);
const wholeOf = (kind: string) => snippets.find((snippet) => snippet.kind === kind && snippet.at.length === 0);

test('there is a whole document for each kind', () => {
  expect(
    snippets
      .filter(({ at }) => at.length === 0)
      .map(({ kind }) => kind)
      .sort(),
  ).toEqual([...documentKinds].sort());
});

test.each(snippets.map((snippet) => [snippet.prefix, snippet] as const))('%s', (_prefix, { kind, at, body }) => {
  expect(documentKinds).toContain(kind);
  if (at.length === 0) {
    expect(readDocuments(withoutStops(body.join('\n'))).flatMap(({ problems }) => problems)).toEqual([]);
    return;
  }
  // A part goes into the list that it belongs to, in a valid document of its kind.
  const whole = readDocuments(withoutStops(wholeOf(kind)?.body.join('\n') ?? ''))[0]?.value as Record<
    string,
    Record<string, unknown>
  >;
  const part = readDocuments(withoutStops(body.join('\n')))[0]?.value;
  const [section, list] = at;
  expect(at).toEqual(['spec', list, '*']);
  const filled = { ...whole, [section ?? '']: { ...whole[section ?? ''], [list ?? '']: [part] } };
  expect(readDocuments(JSON.stringify(filled)).flatMap(({ problems }) => problems)).toEqual([]);
});
