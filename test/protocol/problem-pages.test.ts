/** Where the links of problems' codes lead: to a page that is shipped, at the heading of the right section. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { problemCodes, problemPage } from '../../server/language/checks/index.ts';
import { ProblemPages } from '../../server/lsp/problem-pages.ts';
import { pathInUri } from '../../server/lsp/uris.ts';

const folder = join(import.meta.dirname, '../../docs/problems');

test.each([...problemCodes])('%s leads to its heading', (code) => {
  const [address = '', line] = new ProblemPages(folder).addressOf(code)?.split('#L') ?? [];
  const lines = readFileSync(pathInUri(address) ?? '', 'utf8').split('\n');
  expect(lines[Number(line) - 1]).toBe(`## ${problemPage(code)?.section}`);
});

test('a code without a section leads to its page, and one of no document nowhere', () => {
  const pages = new ProblemPages(folder);
  expect(pages.addressOf('yaml/something-new')).toMatch(/\/docs\/problems\/yaml\.md$/);
  expect(pages.addressOf('run/no-experiment')).toBeNull();
});

test('pages elsewhere are named by their headings, and pages that are not there are still named', () => {
  const pages = new ProblemPages(folder);
  pages.use('https://example.org/problems/');
  expect(pages.addressOf('schema/value')).toBe('https://example.org/problems/schema.md#value');
  pages.use('file:///nowhere');
  expect(pages.addressOf('schema/value')).toBe('file:///nowhere/schema.md');
});

test('what an extension ships holds the pages where the server looks for them', () => {
  const kept = readFileSync(join(folder, '../../.vscodeignore'), 'utf8').split('\n');
  expect(kept).toContain('!docs/problems/*.md');
  const main = readFileSync(join(folder, '../../server/lsp/main.ts'), 'utf8');
  expect(main).toContain("join(import.meta.dirname, '../docs/problems')");
});
