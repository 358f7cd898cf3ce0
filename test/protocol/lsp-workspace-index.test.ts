/** What the server knows of a workspace: which files count, and that it stays right however files come and go. */
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { IgnoredPaths, searchDocuments } from '../../server/io/workspace/index.ts';
import { diagnose, fixes, hints } from '../../server/language/index.ts';
import { OpenDocument } from '../../server/lsp/open-documents.ts';
import { RootIndex } from '../../server/lsp/root-index.ts';
import { settingsIn } from '../../server/lsp/settings.ts';
import { realPathOf, uriOf } from '../../server/lsp/uris.ts';
import { Workspaces } from '../../server/lsp/workspaces.ts';

let folder: string;
const put = (name: string, text: string) => {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
};
const policy = (name: string) =>
  `apiVersion: assay/v1\nkind: Policy\nmetadata: { name: ${name} }\nspec: { default: deny }\n`;

beforeEach(() => {
  folder = realpathSync.native(mkdtempSync(join(tmpdir(), 'assay-index-')));
  mkdirSync(join(folder, '.assay'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a file that is gone keeps its name in its real folder', () => {
  mkdirSync(join(folder, 'real'));
  symlinkSync(join(folder, 'real'), join(folder, 'link'));
  expect(realPathOf(join(folder, 'link/gone/a.yaml'))).toBe(join(folder, 'real/gone/a.yaml'));
});

describe('settings', () => {
  test.each([
    [{ host: { nodePath: '/usr/bin/node' } }, '/usr/bin/node'],
    [{ 'host.nodePath': '/usr/bin/node' }, '/usr/bin/node'],
    [{ host: { nodePath: ' ' } }, null],
    [{ host: 3 }, null],
    [null, null],
    ['assay', null],
  ])('%j', (section, hostNodePath) => {
    expect(settingsIn(section)).toMatchObject({ hostNodePath });
  });
});

describe('a search', () => {
  const found = async (root = folder) => {
    const names: string[] = [];
    for await (const { path } of searchDocuments(root)) names.push(path.slice(root.length + 1));
    return names;
  };

  test('leaves out what git ignores, packages, build output, dot folders and other workspaces', async () => {
    for (const name of [
      'a.yaml',
      'deep/er/b.yml',
      'ignored/c.yaml',
      'deep/d.tmp.yaml',
      'deep/kept.tmp.yaml',
      'node_modules/e/e.yaml',
      'dist/f.yaml',
      '.hidden/g.yaml',
      'inner/h.yaml',
    ])
      put(name, policy('x'));
    put('.gitignore', 'ignored/\n*.tmp.yaml\n');
    put('deep/.gitignore', '!kept.tmp.yaml\n');
    put('inner/.assay/x', '');
    put('other.yaml', 'apiVersion: apps/v1\nkind: Deployment\n');
    expect(await found()).toEqual(['a.yaml', 'deep/er/b.yml', 'deep/kept.tmp.yaml']);
    expect(await found(join(folder, 'inner'))).toEqual(['h.yaml']);
  });

  test('respects what stands above the root, unless that ignores the root itself', async () => {
    put('.git/HEAD', '');
    put('.gitignore', 'app/drafts/\nscratch/\n');
    for (const name of ['app/.assay/x', 'scratch/.assay/x']) put(name, '');
    for (const name of ['app/a.yaml', 'app/drafts/b.yaml', 'scratch/c.yaml']) put(name, policy('x'));
    expect(await found(join(folder, 'app'))).toEqual(['a.yaml']);
    expect(await found(join(folder, 'scratch'))).toEqual(['c.yaml']);
  });

  test('ends in spite of links that go in circles, and finds no file twice', async () => {
    put('a/b.yaml', policy('x'));
    symlinkSync(folder, join(folder, 'a/loop'));
    symlinkSync(join(folder, 'a/b.yaml'), join(folder, 'again.yaml'));
    symlinkSync(join(folder, 'nowhere.yaml'), join(folder, 'broken.yaml'));
    expect(await found()).toEqual(['a/b.yaml']);
  });

  test('paths outside of the root are left out', () => {
    expect(new IgnoredPaths(folder).hasFile('../a.yaml')).toBe(true);
  });
});

/** A workspace as the server keeps it, with what it would have told the editor last. */
class Desk {
  readonly open = new Map<string, OpenDocument>();
  readonly told = new Map<string, string>();
  readonly workspaces: Workspaces;
  /** How often each file was checked. */
  readonly checks = new Map<string, number>();
  #version = 1;

  constructor() {
    this.workspaces = new Workspaces({
      open: () => this.open.values(),
      recheck: (documents) => {
        for (const document of documents) this.check(document);
      },
    });
    this.workspaces.addFolder(folder);
  }

  edit(name: string, text: string): void {
    const uri = uriOf(join(folder, name));
    const document = new OpenDocument(uri, this.#version++, text, 'utf-16');
    this.open.set(name, document);
    this.workspaces.hold(document);
    this.check(document);
  }

  close(name: string): void {
    const document = this.open.get(name);
    if (document === undefined) return;
    this.open.delete(name);
    this.told.delete(name);
    this.workspaces.release(document);
  }

  check(document: OpenDocument): void {
    const name = [...this.open].find(([, each]) => each === document)?.[0];
    if (name === undefined) return;
    this.checks.set(name, (this.checks.get(name) ?? 0) + 1);
    this.told.set(name, problemsOf(document, this.workspaces));
  }

  refresh = (names: readonly string[]) => this.workspaces.refresh(names.map((name) => join(folder, name)));
}

const problemsOf = (document: OpenDocument, workspaces: Workspaces) =>
  JSON.stringify(diagnose(document.source, workspaces.contextOfCheck(document)));

const experiment = (policies: readonly string[]) =>
  `apiVersion: assay/v1\nkind: Experiment\nmetadata: { name: e }\nspec:\n  environment: x\n  tasks: x\n  variants:\n    - { id: a, agent: { module: ./agent.mjs }, policies: [${policies.join(', ')}] }\n`;

describe('an index', () => {
  test('what the editor holds wins over the disk, until it is closed', async () => {
    put('p.yaml', policy('on-disk'));
    const desk = new Desk();
    await desk.workspaces.ready(folder);
    desk.edit('e.yaml', experiment(['on-disk', 'unsaved']));
    expect(desk.told.get('e.yaml')).toContain('`unsaved`');
    desk.edit('p.yaml', policy('unsaved'));
    expect(desk.told.get('e.yaml')).toContain('called `on-disk`');
    desk.close('p.yaml');
    expect(desk.told.get('e.yaml')).not.toContain('called `on-disk`');
  });

  test('an edit that says nothing new to others checks no other file again', async () => {
    const desk = new Desk();
    await desk.workspaces.ready(folder);
    desk.edit('p.yaml', policy('p'));
    desk.edit('e.yaml', experiment(['p']));
    const before = desk.checks.get('e.yaml') ?? 0;
    desk.edit('p.yaml', policy('p').replace('deny', 'allow'));
    desk.edit('p.yaml', policy('p').replace('{ name: p }', '{ name: p, description: What it is for }'));
    expect(desk.checks.get('e.yaml')).toBe(before);
    desk.edit('p.yaml', policy('q'));
    expect(desk.checks.get('e.yaml')).toBe(before + 1);
  });

  test('a file is checked again for what it refers to and for what is called like it, and for no other', async () => {
    const desk = new Desk();
    await desk.workspaces.ready(folder);
    desk.edit('p.yaml', policy('p'));
    desk.edit('e.yaml', experiment(['p', './sub/q.yaml', 'missing']));
    desk.edit('f.yaml', experiment(['p', './sub/q.yaml']).replace('{ name: e }', '{ name: f }'));
    put('sub/q.yaml', policy('q'));
    await desk.refresh(['sub/q.yaml']);
    const checksOf = (run: () => void): readonly string[] => {
      const before = new Map(desk.checks);
      run();
      return ['e.yaml', 'f.yaml'].filter((name) => desk.checks.get(name) !== before.get(name));
    };
    desk.edit('other.yaml', policy('other'));
    // One that refers to nothing tells what there is.
    expect(checksOf(() => desk.edit('other.yaml', policy('another')))).toEqual(['e.yaml']);
    desk.edit('e.yaml', experiment(['p', './sub/q.yaml']));
    expect(checksOf(() => desk.edit('other.yaml', policy('other')))).toEqual([]);
    expect(checksOf(() => desk.edit('other.yaml', policy('p')))).toEqual(['e.yaml', 'f.yaml']);
    expect(checksOf(() => desk.edit('sub/q.yaml', policy('r')))).toEqual(['e.yaml', 'f.yaml']);
    expect(checksOf(() => desk.edit('other.yaml', experiment(['p'])))).toEqual(['e.yaml', 'f.yaml']);
    expect(checksOf(() => desk.edit('other.yaml', experiment(['p']).replace('name: e', 'name: g')))).toEqual([
      'e.yaml',
    ]);
  });

  test('what may be a constitution and is not understood is known, on disk and as the editor holds it', async () => {
    const workspaces = new Workspaces({ open: () => [], recheck: () => undefined });
    put('.gitignore', 'old.policy.yaml\n');
    put('old.policy.yaml', 'apiVersion: assa\n');
    put('a.policy.yaml', policy('a').replace('default: deny', 'constitution: yes'));
    put('sub/b.policy.yaml', 'apiVersion: assa\n');
    put('c.yaml', 'kind: Policy\nconstitution: true\n');
    put('d.yaml', policy('d').replace('kind: Policy', 'kind: policy'));
    put('fine.yaml', policy('fine'));
    workspaces.addFolder(folder);
    const doubted = async () => {
      const { view } = await workspaces.viewAround(join(folder, 'fine.yaml'));
      return view.doubts?.().map(({ path }) => path);
    };
    expect(await doubted()).toEqual(['a.policy.yaml', 'c.yaml', 'd.yaml', 'sub/b.policy.yaml']);

    const edited = new OpenDocument(uriOf(join(folder, 'a.policy.yaml')), 1, policy('a'), 'utf-16');
    const broken = new OpenDocument(uriOf(join(folder, 'fine.yaml')), 1, 'apiVersion: assay/v1\nkind: [', 'utf-16');
    for (const document of [edited, broken]) workspaces.hold(document);
    for (const name of ['c.yaml', 'd.yaml']) rmSync(join(folder, name));
    rmSync(join(folder, 'sub'), { recursive: true });
    await workspaces.refresh(['c.yaml', 'd.yaml', 'sub'].map((name) => join(folder, name)));
    expect(await doubted()).toEqual(['fine.yaml']);
    for (const document of [edited, broken]) workspaces.release(document);
    expect(await doubted()).toEqual(['a.policy.yaml']);
  });

  test('1,000 files that change at once, and their folder that is then deleted', async () => {
    const names = Array.from({ length: 1000 }, (_, index) => `many/p${index}.yaml`);
    const desk = new Desk();
    await desk.workspaces.ready(folder);
    desk.edit('e.yaml', experiment(['p0', 'p999']));
    for (const [index, name] of names.entries()) put(name, policy(`p${index}`));
    const before = desk.checks.get('e.yaml') ?? 0;
    await desk.refresh(names);
    expect(desk.told.get('e.yaml')).not.toContain('unknown-policy');
    expect(desk.checks.get('e.yaml')).toBe(before + 1);
    renameSync(join(folder, 'many'), join(folder, 'moved'));
    await desk.refresh(['many', 'moved']);
    expect(desk.told.get('e.yaml')).not.toContain('unknown-policy');
    rmSync(join(folder, 'moved'), { recursive: true });
    await desk.refresh(['moved']);
    expect(desk.told.get('e.yaml')).toContain('unknown-policy');
  });

  /** Files that take long to read, and an index of them that is half made: some are read and not yet taken in. */
  const halfMade = async (names: readonly string[]) => {
    const rules = Array.from({ length: 1000 }, (_, index) => `    - { id: r${index}, effect: deny }\n`).join('');
    for (const name of names)
      put(name, policy(name.replaceAll(/\W/g, '-')).replace('spec: { default: deny }', `spec:\n  rules:\n${rules}`));
    const underWay = Promise.withResolvers<void>();
    const index = new RootIndex(folder, { deep: true, changed: () => undefined, progress: () => underWay.resolve() });
    await underWay.promise;
    expect(index.isReady).toBe(false);
    return index;
  };
  const pathsOf = (index: RootIndex) => index.files().map(({ path }) => path);

  test('files that are deleted or moved while the index is made are not in it', async () => {
    const names = Array.from({ length: 30 }, (_, index) => `many/p${String(index).padStart(2, '0')}.yaml`);
    const index = await halfMade(names);
    const [first = '', ...others] = names;
    renameSync(join(folder, first), join(folder, 'moved.yaml'));
    for (const name of others) rmSync(join(folder, name));
    await index.refresh([...names, 'moved.yaml']);
    await index.ready;
    expect(pathsOf(index)).toEqual(['moved.yaml']);
  });

  test('a folder that is moved while the index is made is where it went', async () => {
    const names = Array.from({ length: 30 }, (_, index) => `many/p${String(index).padStart(2, '0')}.yaml`);
    const index = await halfMade(names);
    renameSync(join(folder, 'many'), join(folder, 'moved'));
    await index.refresh(['many', 'moved']);
    await index.ready;
    expect(pathsOf(index).toSorted()).toEqual(names.map((name) => name.replace('many', 'moved')));
  });

  test('files that refer to each other in a circle', async () => {
    const preset = (name: string, other: string) =>
      `apiVersion: assay/v1\nkind: PolicyTest\nmetadata: { name: ${name} }\nspec:\n  policies: [./${other}.yaml]\n  cases: []\n`;
    put('a.yaml', preset('a', 'b'));
    put('b.yaml', preset('b', 'a'));
    const desk = new Desk();
    await desk.workspaces.ready(folder);
    desk.edit('a.yaml', preset('a', 'b'));
    expect(desk.told.get('a.yaml')).toContain('reference/wrong-kind');
  });

  test('policies that include each other in a circle', async () => {
    const including = (name: string, ...others: readonly string[]) =>
      policy(name).replace('{ default: deny }', `{ default: deny, include: [${others.join(', ')}] }`);
    put('a.yaml', including('a', 'b'));
    put('b.yaml', including('b', './c.yaml'));
    put('c.yaml', including('c', 'a', 'c'));
    const desk = new Desk();
    await desk.workspaces.ready(folder);
    for (const [name, others] of [
      ['a', ['b']],
      ['b', ['./c.yaml']],
      ['c', ['a', 'c']],
    ] as const)
      desk.edit(`${name}.yaml`, including(name, ...others));
    desk.edit('e.yaml', experiment(['a']));
    for (const name of ['a.yaml', 'b.yaml', 'c.yaml']) expect(desk.told.get(name)).not.toContain('reference/');
    const before = new Map(desk.checks);
    desk.edit('b.yaml', including('other', './c.yaml'));
    const checked = [...desk.checks].flatMap(([name, count]) => (count > (before.get(name) ?? 0) ? name : []));
    // The circle is told of each that is in it, and so is its end.
    expect(checked.toSorted()).toEqual(['a.yaml', 'b.yaml', 'c.yaml']);
    expect(desk.told.get('c.yaml')).not.toContain('`b`');
    expect(desk.told.get('a.yaml')).toContain('called `b`');
    const { view } = await desk.workspaces.viewAround(join(folder, 'a.yaml'));
    for (const [name, { source }] of desk.open)
      expect(hints(source, null, { path: name, workspace: view }).length).toBeLessThan(100);
  });

  test('a file that stands alone does not have the folders below it searched, nor its references judged', async () => {
    rmSync(join(folder, '.assay'), { recursive: true });
    put('beside.yaml', policy('beside'));
    put('below/deep.yaml', policy('deep'));
    const open = new OpenDocument(uriOf(join(folder, 'e.yaml')), 1, experiment(['beside', 'deep']), 'utf-16');
    const workspaces = new Workspaces({ open: () => [open], recheck: () => undefined });
    workspaces.hold(open);
    await workspaces.ready(join(folder, 'e.yaml'));
    const { view } = await workspaces.viewAround(join(folder, 'e.yaml'));
    expect(view.documents('Policy').map(({ name }) => name)).toEqual(['beside']);
    expect(problemsOf(open, workspaces)).not.toContain('reference/');
    expect(fixes(open.source, { start: 0, end: open.source.text.length }, workspaces.contextOf(open))).toEqual([]);
  });

  const names = ['a.yaml', 'b.yaml', 'sub/c.yaml', 'sub/d.yaml', 'sub/deep/e.yaml', 'dist/f.yaml'];
  const texts = [
    policy('one'),
    policy('two'),
    experiment(['one', 'two']),
    experiment(['./a.yaml', './sub/c.yaml']),
    policy('law').replace('default: deny', 'constitution: yes'),
    'apiVersion: assa\nkind: Policy\nspec: { constitution: true }\n',
    'kind: [',
    '',
  ];
  const step = fc.oneof(
    fc.record({ do: fc.constant('write' as const), name: fc.constantFrom(...names), text: fc.constantFrom(...texts) }),
    fc.record({ do: fc.constant('delete' as const), name: fc.constantFrom(...names, 'sub', 'sub/deep') }),
    fc.record({
      do: fc.constant('move' as const),
      name: fc.constantFrom('sub', 'sub/deep', 'a.yaml'),
      to: fc.constantFrom('moved', 'b.yaml'),
    }),
    fc.record({ do: fc.constant('edit' as const), name: fc.constantFrom(...names), text: fc.constantFrom(...texts) }),
    fc.record({ do: fc.constant('close' as const), name: fc.constantFrom(...names) }),
    fc.record({ do: fc.constant('ignore' as const), text: fc.constantFrom('', 'sub/\n', '*.yaml\n!b.yaml\n') }),
    fc.record({ do: fc.constant('agent' as const), there: fc.boolean() }),
    // The editor shows another folder, and this one again; its files stay open.
    fc.record({ do: fc.constant('folder' as const) }),
    // Whatever is under way goes on for a while, or comes to its end.
    fc.record({ do: fc.constant('wait' as const), turns: fc.oneof(fc.nat(6), fc.constant(Number.POSITIVE_INFINITY)) }),
  );

  const namesOf = async (workspaces: Workspaces) => {
    const [{ view } = { view: null }] = await workspaces.views();
    const kinds = ['Policy', 'Experiment'] as const;
    const named = kinds.map((kind) => view?.documents(kind).map(({ path, name, ids }) => ({ path, name, ids })));
    return { named, doubts: view?.doubts?.() };
  };

  test('after anything that happens it is as a new server would have it', { timeout: 600_000 }, async () => {
    const file = fc.record({ name: fc.constantFrom(...names), text: fc.constantFrom(...texts) });
    await fc.assert(
      fc
        .asyncProperty(fc.array(file, { maxLength: 4 }), fc.array(step, { maxLength: 18 }), async (files, steps) => {
          for (const { name, text } of files) put(name, text);
          const desk = new Desk();
          const under: Promise<void>[] = [];
          for (const each of steps) {
            if (each.do === 'wait') {
              for (let turn = 0; Number.isFinite(each.turns) && turn < each.turns; turn++)
                await new Promise((resolve) => setImmediate(resolve));
              if (!Number.isFinite(each.turns)) await Promise.all(under);
              continue;
            }
            const { touched, isDisk } = perform(each, desk);
            if (isDisk) under.push(desk.refresh(touched));
          }
          await desk.workspaces.ready(folder);
          await Promise.all(under);
          const fresh = new Workspaces({ open: () => desk.open.values(), recheck: () => undefined });
          fresh.addFolder(folder);
          for (const document of desk.open.values()) fresh.hold(document);
          await fresh.ready(folder);
          expect(await namesOf(desk.workspaces)).toEqual(await namesOf(fresh));
          for (const [name, document] of desk.open) expect(desk.told.get(name), name).toBe(problemsOf(document, fresh));
        })
        .beforeEach(() => {
          rmSync(folder, { recursive: true, force: true });
          mkdirSync(join(folder, '.assay'), { recursive: true });
        }),
      {
        numRuns: Number(process.env.ASSAY_INDEX_RUNS ?? 150),
        // A file that holds nothing is left out, and what is said of whoever names it is something else.
        examples: [
          [
            [{ name: 'sub/c.yaml', text: '' }],
            [
              { do: 'edit', name: 'a.yaml', text: experiment(['./sub/c.yaml']) },
              { do: 'ignore', text: 'sub/\n' },
            ],
          ],
        ],
      },
    );
  });

  function perform(
    each: Exclude<typeof step extends fc.Arbitrary<infer T> ? T : never, { do: 'wait' }>,
    desk: Desk,
  ): { touched: string[]; isDisk: boolean } {
    switch (each.do) {
      case 'write':
        // A folder may have been moved to where the file goes.
        rmSync(join(folder, each.name), { recursive: true, force: true });
        put(each.name, each.text);
        return { touched: [each.name], isDisk: true };
      case 'delete':
        rmSync(join(folder, each.name), { recursive: true, force: true });
        return { touched: [each.name], isDisk: true };
      case 'move':
        try {
          rmSync(join(folder, each.to), { recursive: true, force: true });
          renameSync(join(folder, each.name), join(folder, each.to));
        } catch {
          // It was not there.
        }
        return { touched: [each.name, each.to], isDisk: true };
      case 'ignore':
        put('.gitignore', each.text);
        return { touched: ['.gitignore'], isDisk: true };
      case 'agent':
        if (each.there) put('agent.mjs', '');
        else rmSync(join(folder, 'agent.mjs'), { force: true });
        return { touched: ['agent.mjs'], isDisk: true };
      case 'folder':
        desk.workspaces.removeFolder(folder);
        desk.workspaces.addFolder(folder);
        return { touched: [], isDisk: false };
      case 'edit':
        desk.edit(each.name, each.text);
        return { touched: [], isDisk: false };
      case 'close':
        desk.close(each.name);
        return { touched: [], isDisk: false };
    }
  }
});
