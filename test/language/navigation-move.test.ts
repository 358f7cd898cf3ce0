/** What is written anew when files and folders move: every path must go on meaning the file that it meant. */
import { posix, win32 } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readSource, summarize } from '../../server/language/index.ts';
import { editsForMove } from '../../server/language/navigation/index.ts';
import { relocationBelow } from '../../server/lsp/moves.ts';
import { pathInUri } from '../../server/lsp/uris.ts';
import { head, office, workspaceOf } from './navigation-cases.ts';

type Files = Readonly<Record<string, string>>;
type Moves = Readonly<Record<string, string>>;

const root = '/work/office';

/** The files with the edits for these moves, by their new paths. */
function moved(files: Files, moves: Moves): Files {
  const absolute = Object.entries(moves).map(([from, to]) => ({
    from: posix.join(root, from),
    to: posix.join(root, to),
  }));
  const relocation = relocationBelow(root, absolute, posix);
  const after = { ...files };
  for (const { path, edits } of editsForMove(workspaceOf(files, 'x.yaml').workspace, relocation))
    after[path] = edits.reduceRight(
      (text, edit) => text.slice(0, edit.span.start) + edit.text + text.slice(edit.span.end),
      files[path] ?? '',
    );
  return Object.fromEntries(Object.entries(after).map(([path, text]) => [relocation.moved(path), text]));
}

/** The lines that differ, with the new path, and what they are now. */
const changes = (files: Files, moves: Moves) => {
  const lines = (all: Files) => Object.values(all).flatMap((text) => text.split('\n').map((line) => line.trim()));
  const before = new Set(lines(files));
  return Object.entries(moved(files, moves)).flatMap(([path, text]) =>
    text.split('\n').flatMap((line) => (before.has(line.trim()) ? [] : [`${path}: ${line.trim()}`])),
  );
};

describe('paths that are written anew', () => {
  test.each<[string, Moves, string[]]>([
    ['a file that others name', { 'lib/open.yaml': 'lib/free.yaml' }, ['e.yaml: policies: [./lib/free.yaml]']],
    ['a file that moves up', { 'lib/open.yaml': 'open.yaml' }, ['e.yaml: policies: [./open.yaml]']],
    [
      'a module',
      { 'agent.mjs': 'agents/plain.mjs' },
      ['e.yaml: - { id: first, agent: { module: ./agents/plain.mjs }, preset: "clerk", policies: [strict] }'],
    ],
    [
      'a file with paths in it',
      { 'e.yaml': 'runs/e.yaml' },
      [
        'runs/e.yaml: - { id: first, agent: { module: ../agent.mjs }, preset: "clerk", policies: [strict] }',
        'runs/e.yaml: policies: [../lib/open.yaml]',
      ],
    ],
    ['a folder that others look into', { lib: 'shared/policies' }, ['e.yaml: policies: [./shared/policies/open.yaml]']],
    [
      'what needs quotes then, and what has them',
      { 'clerk.yaml': 'the: clerk.yaml', 'strict.yaml': 'a, b.yaml' },
      [
        'capsule.yaml: - { id: answer, preset: "./the: clerk.yaml", needs: ["triage"] }',
        'capsule.yaml: policies: [{ path: "./a, b.yaml" }]',
      ],
    ],
    [
      'a folder and, apart from it, a file in it',
      { lib: 'free', 'lib/open.yaml': 'open.yaml' },
      ['e.yaml: policies: [./open.yaml]'],
    ],
    ['out of the root', { 'lib/open.yaml': '../open.yaml' }, ['e.yaml: policies: [../open.yaml]']],
    ['what nobody names by path', { 'tasks.yaml': 'lib/tasks.yaml' }, []],
    ['a folder whose name only begins alike', { li: 'x' }, []],
    ['the root itself', { '': '../mail' }, []],
    ['a folder around the root', { '..': '../../elsewhere' }, []],
  ])('%s', (_name, moves, expected) => {
    expect(changes(office, moves)).toEqual(expected);
  });

  test('a file that moves together with what it names keeps its paths', () => {
    const files = {
      'a/e.yaml': `${head('Experiment')}  policies: [./p.yaml, ../q.yaml]\n`,
      'a/p.yaml': head('Policy', 'p'),
      'q.yaml': head('Policy', 'q'),
    };
    expect(changes(files, { a: 'b/c' })).toEqual(['b/c/e.yaml: policies: [./p.yaml, ../../q.yaml]']);
  });

  test('a path without a dot gets one only where it would be read as a name', () => {
    const files = {
      'e.yaml': `${head('Experiment')}  policies: [lib/p.yaml]\n  variants: [{ agent: { module: lib/a.mjs } }]\n`,
      'lib/p.yaml': head('Policy', 'p'),
    };
    expect(changes(files, { 'lib/p.yaml': 'p.yaml', 'lib/a.mjs': 'a.mjs' })).toEqual([
      'e.yaml: policies: [p.yaml]',
      'e.yaml: variants: [{ agent: { module: a.mjs } }]',
    ]);
    expect(changes(files, { 'lib/p.yaml': 'p' })).toEqual(['e.yaml: policies: [./p]']);
  });
});

test('on Windows drives are one letter in any spelling, and no path leads from one to another', () => {
  const at = (uri: string) => pathInUri(uri, true) ?? '';
  const files = { 'e.yaml': `${head('Experiment')}  policies: [./lib/open.yaml]\n` };
  const summaries = Object.entries(files).map(([path, text]) => summarize(path, readSource(text)));
  const folder = at('file:///c%3A/mail%20r%C3%B6%C3%B6m');
  const textsAfter = (oldUri: string, newUri: string) => {
    const relocation = relocationBelow(folder, [{ from: at(oldUri), to: at(newUri) }], win32);
    const resolve = (from: string, reference: string) =>
      win32
        .relative(folder, win32.resolve(folder, win32.dirname(from), reference))
        .split('\\')
        .join('/');
    const workspace = { ...workspaceOf(files, 'e.yaml').workspace, files: () => summaries, resolve };
    return editsForMove(workspace, relocation).flatMap(({ edits }) => edits.map(({ text }) => text));
  };
  const oldUris = [
    'file:///c%3A/mail%20r%C3%B6%C3%B6m/lib/open.yaml',
    'file:///C:/mail%20r%c3%b6%c3%b6m/lib/open.yaml',
  ];
  for (const oldUri of oldUris) {
    expect(textsAfter(oldUri, 'file:///C:/mail%20r%C3%B6%C3%B6m/lib/free.yaml')).toEqual(['./lib/free.yaml']);
    expect(textsAfter(oldUri, 'file:///c%3A/shared/free.yaml')).toEqual(['../shared/free.yaml']);
    expect(textsAfter(oldUri, 'file:///d%3A/free.yaml')).toEqual([]);
  }
  expect(textsAfter('file:///c%3A/mail%20r%C3%B6%C3%B6m/lib', 'file:///c%3A/mail%20r%C3%B6%C3%B6m/rules')).toEqual([
    './rules/open.yaml',
  ]);
});

test('whatever moves where, each path means the file that it meant', () => {
  const places = ['a/e.yaml', 'a/b/p.yaml', 'c/q.yaml', 'r.yaml'];
  const segment = fc.constantFrom('a', 'b', 'c', 'new');
  const file = fc.tuple(fc.array(segment, { maxLength: 3 }), fc.constantFrom('n.yaml', 'm.yaml'));
  const goal = file.map(([folders, name]) => [...folders, name].join('/'));
  fc.assert(
    fc.property(fc.constantFrom(...places, 'a', 'a/b', 'c'), goal, (from, to) => {
      const texts = Object.fromEntries(
        places.map((path) => {
          const between = places.map((target) => posix.relative(posix.dirname(path), target));
          const paths = between.map((each) => (each.startsWith('.') ? each : `./${each}`)).join(', ');
          return [path, `${head('Experiment', 'x')}  policies: [${paths}]\n`];
        }),
      );
      const relocation = relocationBelow(root, [{ from: `${root}/${from}`, to: `${root}/${to}` }], posix);
      const after = moved(texts, { [from]: to });
      for (const path of places) {
        const [, list = ''] = /policies: \[(.*)\]/.exec(after[relocation.moved(path)] ?? '') ?? [];
        const means = list.split(', ').map((each) => posix.join(posix.dirname(relocation.moved(path)), each));
        expect(means).toEqual(places.map((target) => relocation.moved(target)));
      }
    }),
    { numRuns: 300 },
  );
});
