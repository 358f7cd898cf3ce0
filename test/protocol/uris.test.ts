/** Paths and URIs as editors of all platforms write them. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pathInUri, uriOf } from '../../server/lsp/uris.ts';

describe('on Windows', () => {
  test.each<[string, string, string | null]>([
    ['a drive with its colon encoded, as VS Code writes it', 'file:///c%3A/Users/me/a.yaml', 'C:\\Users\\me\\a.yaml'],
    ['a drive as others write it', 'file:///C:/Users/me/a.yaml', 'C:\\Users\\me\\a.yaml'],
    ['spaces and letters beyond ASCII', 'file:///d%3A/mail%20r%C3%B6%C3%B6m/a.yaml', 'D:\\mail rööm\\a.yaml'],
    ['characters that mean something in URIs', 'file:///c%3A/a%23b%3Fc%25d/e.yaml', 'C:\\a#b?c%d\\e.yaml'],
    ['a share of another machine', 'file://server/share/a.yaml', '\\\\server\\share\\a.yaml'],
    ['a scheme in capitals', 'FILE:///c%3A/a.yaml', 'C:\\a.yaml'],
    ['a path without a drive', 'file:///a.yaml', null],
    ['a slash that is encoded', 'file:///c%3A/a%2Fb.yaml', null],
  ])('%s', (_name, uri, path) => {
    expect(pathInUri(uri, true)).toBe(path);
    if (path !== null) expect(pathInUri(uriOf(path, true), true)).toBe(path);
  });
});

describe('elsewhere', () => {
  test.each<[string, string, string | null]>([
    ['a path', 'file:///home/me/a.yaml', '/home/me/a.yaml'],
    ['spaces and letters beyond ASCII', 'file:///mail%20r%C3%B6%C3%B6m/a.yaml', '/mail rööm/a.yaml'],
    ['what looks like a drive', 'file:///c%3A/a.yaml', '/c:/a.yaml'],
    ['a backslash in a name', 'file:///a%5Cb.yaml', '/a\\b.yaml'],
    ['another scheme', 'untitled:Untitled-1', null],
    ['a virtual workspace', 'vscode-vfs://github/a/b.yaml', null],
    ['no URI', 'a.yaml', null],
    ['broken encoding', 'file:///a%ZZ.yaml', null],
  ])('%s', (_name, uri, path) => {
    expect(pathInUri(uri, false)).toBe(path);
    if (path !== null) expect(pathInUri(uriOf(path, false), false)).toBe(path);
  });
});

test('any path comes back from its URI', () => {
  const part = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
    .filter((text) => !/[/\\\0:]|^\.{1,2}$|[. ]$/u.test(text));
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (parts) => {
      const [unix, windows] = [`/${parts.join('/')}`, `C:\\${parts.join('\\')}`];
      expect(pathInUri(uriOf(unix, false), false)).toBe(unix);
      expect(pathInUri(uriOf(windows, true), true)).toBe(windows);
    }),
  );
});
