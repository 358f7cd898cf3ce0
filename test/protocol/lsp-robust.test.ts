/**
 * The real server under random texts, edits, requests and changes on disk. `ASSAY_FUZZ_SECONDS` makes it go on for longer,
 * `ASSAY_FUZZ_SEED` repeats what another run did.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import { LspClient } from './lsp-client.ts';

const seconds = Number(process.env.ASSAY_FUZZ_SECONDS ?? 8);
const seed = Number(process.env.ASSAY_FUZZ_SEED ?? Date.now() % 1_000_000);
const maxMemoryMb = 600;

const example = join(import.meta.dirname, '../../examples/mailroom');
const samples = readdirSync(example)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => readFileSync(join(example, name), 'utf8'));

/** Numbers that a seed repeats (mulberry32). */
class Chance {
  #state: number;
  constructor(start: number) {
    this.#state = start;
  }
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % Math.max(1, limit);
  }
  pick<T>(from: readonly T[]): T {
    const found = from[this.below(from.length)];
    if (found === undefined) throw new Error('there is nothing to pick from');
    return found;
  }
}

const scraps = [
  '\n',
  '\r\n',
  '\r',
  '\t',
  ' ',
  '  ',
  ': ',
  '- ',
  '{',
  '}',
  '[',
  ']',
  '"',
  "'",
  '|\n',
  '>-\n',
  '&a ',
  '*a',
  '<<: *a\n',
  '!!str ',
  '---\n',
  '...\n',
  '%YAML 1.2\n',
  '#',
  ', ',
  '\0',
  '\uFEFF',
  '\uD800',
  '🎉',
  '日本',
  'kind: Policy\n',
  'when:',
  'tool.tags',
  '? ',
  '1e999',
  '__proto__: ',
  'constructor',
  'x'.repeat(300),
];

function randomText(chance: Chance): string {
  const how = chance.below(4);
  if (how === 0) return Array.from({ length: chance.below(60) }, () => chance.pick(scraps)).join('');
  if (how === 1) return String.fromCharCode(...Array.from({ length: chance.below(400) }, () => chance.below(0x10000)));
  if (how === 2)
    return Buffer.from(Array.from({ length: chance.below(400) }, () => chance.below(256))).toString('utf8');
  const text = chance.pick(samples);
  const [start, end] = [chance.below(text.length), chance.below(text.length)].sort((a, b) => a - b);
  return chance.below(2) === 0 ? text : text.slice(start, end);
}

const position = (chance: Chance) => ({ line: chance.below(90) - 1, character: chance.below(90) - 1 });

const methods: Readonly<Record<string, (uri: string, chance: Chance) => object>> = {
  'textDocument/completion': (uri, chance) => at(uri, chance),
  'textDocument/hover': (uri, chance) => at(uri, chance),
  'textDocument/codeLens': (uri) => ({ textDocument: { uri } }),
  'textDocument/diagnostic': (uri) => ({ textDocument: { uri } }),
  'textDocument/definition': (uri, chance) => at(uri, chance),
  'textDocument/typeDefinition': (uri, chance) => at(uri, chance),
  'textDocument/references': (uri, chance) => ({ ...at(uri, chance), context: { includeDeclaration: true } }),
  'textDocument/documentHighlight': (uri, chance) => at(uri, chance),
  'textDocument/prepareRename': (uri, chance) => at(uri, chance),
  'textDocument/rename': (uri, chance) => ({ ...at(uri, chance), newName: randomText(chance).slice(0, 20) }),
  'textDocument/documentSymbol': (uri) => ({ textDocument: { uri } }),
  'textDocument/documentLink': (uri) => ({ textDocument: { uri } }),
  'textDocument/foldingRange': (uri) => ({ textDocument: { uri } }),
  'textDocument/selectionRange': (uri, chance) => ({ textDocument: { uri }, positions: [position(chance)] }),
  'textDocument/formatting': (uri) => ({ textDocument: { uri }, options: { tabSize: 2, insertSpaces: true } }),
  'textDocument/onTypeFormatting': (uri, chance) => ({
    ...at(uri, chance),
    ch: '\n',
    options: { tabSize: 2, insertSpaces: true },
  }),
  'textDocument/semanticTokens/full': (uri) => ({ textDocument: { uri } }),
  'textDocument/inlayHint': (uri, chance) => ({ textDocument: { uri }, range: range(chance) }),
  'textDocument/codeAction': (uri, chance) => ({
    textDocument: { uri },
    range: range(chance),
    context: { diagnostics: [] },
  }),
  'workspace/symbol': (_uri, chance) => ({ query: randomText(chance).slice(0, 10) }),
  'assay/runs': () => ({}),
  'assay/run': (_uri, chance) => ({ run: chance.pick(['', '../..', 'none']) }),
  'no/such/method': () => ({}),
};
const at = (uri: string, chance: Chance) => ({ textDocument: { uri }, position: position(chance) });
const range = (chance: Chance) => ({ start: position(chance), end: position(chance) });

/** Errors that a sound request may have: cancelled, no such method, not renamed, asked again later. */
const fair: ReadonlySet<number | undefined> = new Set([-32800, -32601, -32803, -32802, -32801]);

const memoryMb = (pid: number | undefined): number | null => {
  if (process.platform === 'win32') return null;
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024;
};

test(`nothing that happens ends the server or leaves a request without an answer (seed ${seed})`, {
  timeout: (seconds + 60) * 1000,
}, async () => {
  const chance = new Chance(seed);
  const folder = realpathSync.native(mkdtempSync(join(tmpdir(), 'assay-fuzz-')));
  const client = new LspClient({}, 'pipe');
  let printed = '';
  client.process.stderr?.on('data', (chunk) => {
    printed += String(chunk);
  });
  const logged: string[] = [];
  client.connection.onNotification(
    'window/logMessage',
    ({ message }: { message: string }) => void logged.push(message),
  );
  client.connection.onRequest('workspace/configuration', () => [null]);
  try {
    mkdirSync(join(folder, '.assay'));
    await client.initialize(pathToFileURL(folder).href, { workspace: { configuration: true, workspaceFolders: true } });
    const names = ['a.yaml', 'b.policy.yaml', 'sub/c.yaml', 'sub/d.yaml', 'odd %20#.yaml'];
    const uris = [
      ...names.map((name) => pathToFileURL(join(folder, name)).href),
      'untitled:Untitled-1',
      'file:///nowhere/x.yaml',
      'git:/a.yaml',
    ];
    const open = new Map<string, number>();
    let waiting = 0;
    const kinds = new Map<string, number>();
    const ask = (method: string, params: unknown, isSound: boolean) => {
      const source = new CancellationTokenSource();
      waiting++;
      client.connection
        .sendRequest(method, params, source.token)
        .then(
          () => 'answered',
          (error: { code?: number; message: string }) =>
            isSound && !fair.has(error.code) ? `${method}: ${error.code} ${error.message}` : 'refused',
        )
        .then((how) => {
          waiting--;
          kinds.set(how, (kinds.get(how) ?? 0) + 1);
        });
      if (chance.below(8) === 0) source.cancel();
    };
    const tell = (method: string, params: unknown) => void client.connection.sendNotification(method, params);

    const actions: readonly (() => void)[] = [
      () => {
        const uri = chance.pick(uris);
        if (open.has(uri)) tell('textDocument/didClose', { textDocument: { uri } });
        open.set(uri, 1);
        tell('textDocument/didOpen', {
          textDocument: { uri, languageId: 'yaml', version: 1, text: randomText(chance) },
        });
      },
      ...Array.from({ length: 6 }, () => () => {
        if (open.size === 0) return;
        const uri = chance.pick([...open.keys()]);
        const version = (open.get(uri) ?? 0) + 1;
        open.set(uri, version);
        const text = chance.below(3) === 0 ? randomText(chance) : chance.pick(scraps);
        const contentChanges =
          chance.below(12) === 0
            ? [{ text }]
            : Array.from({ length: 1 + chance.below(3) }, () => ({ range: range(chance), text }));
        tell('textDocument/didChange', { textDocument: { uri, version }, contentChanges });
      }),
      ...Array.from({ length: 10 }, () => () => {
        const [method, params] = chance.pick(Object.entries(methods));
        const isSound = chance.below(30) > 0;
        const odd = () => chance.pick([null, {}, [], { textDocument: null }]);
        ask(method, isSound ? params(chance.pick(uris), chance) : odd(), isSound);
      }),
      () => {
        const uri = chance.pick(uris);
        if (open.delete(uri)) tell('textDocument/didClose', { textDocument: { uri } });
      },
      () => {
        const name = chance.pick([...names, 'sub', '.gitignore', 'agent.mjs']);
        if (chance.below(3) === 0) rmSync(join(folder, name), { recursive: true, force: true });
        else if (name !== 'sub') {
          mkdirSync(join(folder, 'sub'), { recursive: true });
          writeFileSync(
            join(folder, name),
            name === '.gitignore' ? chance.pick(['', 'sub/\n', '[\n!']) : randomText(chance),
          );
        }
        tell('workspace/didChangeWatchedFiles', {
          changes: [{ uri: pathToFileURL(join(folder, name)).href, type: 1 + chance.below(3) }],
        });
      },
      () => tell('workspace/didChangeConfiguration', { settings: chance.pick([null, {}, { assay: 3 }]) }),
      () => tell('$/cancelRequest', { id: chance.below(1000) }),
      () => {
        const event = {
          added: [{ uri: chance.pick(uris), name: 'x' }],
          removed: [{ uri: chance.pick(uris), name: 'x' }],
        };
        if (chance.below(10) === 0) tell('workspace/didChangeWorkspaceFolders', { event });
      },
    ];

    const end = Date.now() + seconds * 1000;
    while (Date.now() < end) {
      for (let count = 0; count < 40; count++) chance.pick(actions)();
      // Whoever does not answer in time has forgotten.
      for (let turns = 0; waiting > 0 && turns < 2000; turns++) await new Promise((resolve) => setTimeout(resolve, 5));
      expect(waiting).toBe(0);
      expect(client.process.exitCode).toBeNull();
    }
    const used = memoryMb(client.process.pid);
    if (used !== null) expect(used).toBeLessThan(maxMemoryMb);
    for (const uri of open.keys()) tell('textDocument/didClose', { textDocument: { uri } });
    const uri = uris[0] ?? '';
    await client.open(uri, 'kind: Policy\n');
    expect(
      await client.request('textDocument/hover', { textDocument: { uri }, position: { line: 0, character: 7 } }),
    ).toMatchObject({
      contents: { value: expect.stringContaining('Rules and budgets') },
    });
    expect(await client.end()).toBe(0);
    expect(printed).toBe('');
    expect(logged.filter((line) => /handler .* failed/.test(line))).toEqual([]);
    if (process.env.ASSAY_FUZZ_SECONDS) console.log(Object.fromEntries(kinds), used, 'MB');
    expect([...kinds.keys()].filter((how) => how !== 'answered' && how !== 'refused')).toEqual([]);
  } finally {
    client.connection.dispose();
    client.process.kill('SIGKILL');
    await client.exited;
    rmSync(folder, { recursive: true, force: true });
  }
});
