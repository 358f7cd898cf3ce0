/** Markdown as plain text, for clients that show no other. */
import { expect, test } from 'vitest';
import { markup } from '../../server/lsp/markup.ts';

test.each<[string, string, string]>([
  ['bold text and code', '**limit** · a number, as in `5`', 'limit · a number, as in 5'],
  ['signs that are escaped', 'a \\*star\\*, \\[no link\\] and \\<b\\>', 'a *star*, [no link] and <b>'],
  ['signs in code, which mean themselves', '`*` stands for `a_b`, `**` and `\\d`', '* stands for a_b, ** and \\d'],
  ['code with backticks in it', 'write `` a`b `` or `` `c` ``', 'write a`b or `c`'],
  ['blocks', 'rule `a`\n```yaml\n- name: **x**\n  say: "`y`"\n```\nend', 'rule a\n- name: **x**\n  say: "`y`"\nend'],
  ['blocks with blocks in them', '````yaml\na: |\n  ```yaml\n````', 'a: |\n  ```yaml'],
  ['lists', '- role: `x`\n- tools: none', '- role: x\n- tools: none'],
  ['links', 'see [the page](https://assay.example/a)', 'see the page'],
  ['a backtick alone', 'it`s\n\nwhat`s', 'it`s\n\nwhat`s'],
  ['several lines', 'one\n\ntwo', 'one\n\ntwo'],
])('%s', (_name, markdown, plain) => {
  expect(markup(markdown, ['plaintext'])).toEqual({ kind: 'plaintext', value: plain });
});

test('the format that a client likes best is used', () => {
  const kindFor = (formats: ('markdown' | 'plaintext')[] | undefined) => markup('`a`', formats).kind;
  expect(kindFor(undefined)).toBe('markdown');
  expect(kindFor(['markdown', 'plaintext'])).toBe('markdown');
  expect(kindFor(['plaintext', 'markdown'])).toBe('plaintext');
  expect(kindFor([])).toBe('plaintext');
});
