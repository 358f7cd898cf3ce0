/**
 * What an editor's user waits for: from a key to the right diagnostics, completion and hover, opening, starting, and
 * workspaces of many files. Diagnostics that do not say what the edit has broken, and where, are no result.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { schemas } from '../../../server/engine/documents/generated/schemas.ts';
import { type BenchArea, type BenchCase, quantile, type Sample } from '../harness.ts';
import { editOf, type PolicyEdit, policyOf } from '../language/policies.ts';
import { type Diagnostic, MeasuredServer } from '../language/server.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const sizes = [100, 1_000, 10_000];

interface Rig {
  readonly name: string;
  readonly rival: boolean;
  start(): MeasuredServer;
  readonly folder: string;
}

const ours = (folder: string): Rig => ({
  name: 'assay',
  rival: false,
  folder,
  start: () => new MeasuredServer([join(root, 'dist', 'lsp.mjs'), '--stdio']),
});

/** yaml-language-server with the schema of policies, as its users configure it. */
function theirs(folder: string): Rig {
  const schemaFolder = join(folder, 'schemas');
  mkdirSync(schemaFolder, { recursive: true });
  for (const [file, schema] of Object.entries(schemas)) {
    const { $id: _id, ...body } = schema as Record<string, unknown>;
    writeFileSync(join(schemaFolder, file), JSON.stringify(body));
  }
  const schema = pathToFileURL(join(schemaFolder, 'policy.schema.json')).href;
  const yaml = {
    schemas: { [schema]: '*.policy.yaml' },
    schemaStore: { enable: false },
    validate: true,
    completion: true,
    hover: true,
  };
  const program = join(root, 'test/bench/rivals/node_modules/yaml-language-server/bin/yaml-language-server');
  return {
    name: 'yaml-language-server',
    rival: true,
    folder,
    start: () => new MeasuredServer([program, '--stdio'], { yaml }),
  };
}

const timed = async (run: () => Promise<unknown>): Promise<number> => {
  const startedAtMs = performance.now();
  await run();
  return performance.now() - startedAtMs;
};

/** A server with one policy open, made when it is first needed. */
class Session {
  readonly text: string;
  readonly uri: string;
  readonly #rig: Rig;
  #server: Promise<MeasuredServer> | null = null;

  constructor(rig: Rig, lineCount: number) {
    this.#rig = rig;
    this.text = policyOf(lineCount);
    this.uri = pathToFileURL(join(rig.folder, 'measured.policy.yaml')).href;
  }

  server(): Promise<MeasuredServer> {
    this.#server ??= this.#open();
    return this.#server;
  }

  async #open(): Promise<MeasuredServer> {
    const server = this.#rig.start();
    await server.initialize(pathToFileURL(this.#rig.folder).href);
    const clean = server.diagnostics(this.uri, isClean, 60_000);
    await server.open(this.uri, this.text);
    await clean;
    return server;
  }

  async close(): Promise<void> {
    if (this.#server !== null) await (await this.#server).close();
    this.#server = null;
  }
}

/** What is proved comes a moment later, and is no answer to the key. */
const unproved = (found: readonly Diagnostic[]) => found.filter(({ code }) => !String(code).startsWith('proof/'));

/** Edits and requests after opening a file whose code is being compiled; what they take is told apart. */
const firstOnes = 12;

const isClean = (found: readonly Diagnostic[]) => unproved(found).length === 0;

const isRight = (edit: PolicyEdit) => (found: readonly Diagnostic[]) =>
  found.some(({ range, message }) => range.start.line === edit.expected.line && edit.expected.message.test(message)) &&
  unproved(found).length <= 2;

/** From a key to right diagnostics: a valid policy becomes invalid, and valid again. */
function edits(rig: Rig, lineCount: number): BenchCase {
  const session = new Session(rig, lineCount);
  const first: number[] = [];
  let count = 0;
  return {
    name: `${rig.name}: key to diagnostics, ${lineCount} lines`,
    rival: rig.rival,
    warmups: firstOnes,
    measure: async (): Promise<Sample> => {
      const server = await session.server();
      let number = count >> 1;
      while (rig.rival && !editOf(session.text, number).byOthers) number += 1;
      const edit = editOf(session.text, number);
      const undo = count++ % 2 === 1;
      const written = edit.text.split('\n');
      const start = { line: edit.line, character: edit.from };
      const end = undo
        ? {
            line: edit.line + written.length - 1,
            character: (written.length === 1 ? edit.from : 0) + (written.at(-1)?.length ?? 0),
          }
        : { line: edit.endLine, character: edit.to };
      const cpuBeforeMs = server.cpuMs();
      const wallMs = await timed(async () => {
        const answered = server.diagnostics(session.uri, undo ? isClean : isRight(edit));
        await server.change(session.uri, start, end, undo ? edit.old : edit.text);
        await answered;
      });
      const cpuMs = server.cpuMs() - cpuBeforeMs;
      if (first.length < firstOnes) first.push(wallMs);
      return { wallMs, cpuMs, figures: { peakRssMb: server.peakRssMb(), firstOnesMs: quantile(first, 0.5) } };
    },
    close: () => session.close(),
  };
}

/** So long after an answer the next key comes, as of somebody who types fast. */
const betweenKeysMs = 40;

/** From a key that makes one of a thousand rules redundant, and from one that ends that, to its being told. */
function proofs(rig: Rig): BenchCase {
  const session = new Session(rig, 5_500);
  const lines = session.text.split('\n');
  const mail = /(?<=mail\.send-)\d+/;
  const rules = lines.flatMap((line, at) => (mail.test(line) ? [at] : []));
  const isRedundant = (found: readonly Diagnostic[]) => found.some(({ code }) => code === 'proof/redundant');
  let count = 0;
  return {
    name: `${rig.name}: key to proof, 1000 rules`,
    warmups: firstOnes,
    measure: async (): Promise<Sample> => {
      const server = await session.server();
      if (count === 0) await sleep(2_000);
      const isUndo = count % 2 === 1;
      const number = 1 + Math.floor((((count++ >> 1) * 0.618_034) % 1) * (rules.length - 1));
      const line = rules[number] ?? 0;
      const [own] = mail.exec(lines[line] ?? '') ?? [''];
      const [other] = mail.exec(lines[rules[number - 1] ?? 0] ?? '') ?? [''];
      const character = lines[line]?.search(mail) ?? 0;
      const end = { line, character: character + (isUndo ? other : own).length };
      const wallMs = await timed(async () => {
        const answered = server.diagnostics(session.uri, (found) => isRedundant(found) !== isUndo);
        await server.change(session.uri, { line, character }, end, isUndo ? own : other);
        await answered;
      });
      await sleep(betweenKeysMs);
      return { wallMs, figures: { peakRssMb: server.peakRssMb() } };
    },
    close: () => session.close(),
  };
}

const word = 'reason: x';

/** A request at the place of a new key in the middle of the policy; `typing` types one key every 40 ms and asks behind each. */
function request(rig: Rig, method: 'completion' | 'hover', lineCount: number, typing: boolean): BenchCase {
  const session = new Session(rig, lineCount);
  const lines = session.text.split('\n');
  const middle = lines.findIndex((line, at) => at > lines.length / 2 && line.startsWith('      effect: '));
  let typed = 0;
  let isReady = false;
  return {
    name: `${rig.name}: ${method}${typing ? ' while typing' : ''}, ${lineCount} lines`,
    rival: rig.rival,
    warmups: firstOnes,
    measure: async (): Promise<Sample> => {
      const server = await session.server();
      const ask = (character: number, line: number) =>
        server.request(`textDocument/${method}`, session.uri, { line, character });
      if (!typing) {
        const wallMs = await timed(() => ask(method === 'hover' ? 8 : 14, middle));
        return { wallMs, figures: { peakRssMb: server.peakRssMb() } };
      }
      if (!isReady)
        await server.change(session.uri, { line: middle, character: 0 }, { line: middle, character: 0 }, '      \n');
      isReady = true;
      const at = { line: middle, character: 6 + typed };
      const startedAtMs = performance.now();
      await server.change(session.uri, at, at, word[typed] ?? ' ');
      typed++;
      await ask(method === 'hover' ? 8 : 6 + typed, method === 'hover' ? middle + 1 : middle);
      const wallMs = performance.now() - startedAtMs;
      if (typed === word.length) {
        await server.change(session.uri, { line: middle, character: 6 }, { line: middle, character: 6 + typed }, '');
        typed = 0;
      }
      await sleep(Math.max(0, betweenKeysMs - wallMs));
      return { wallMs };
    },
    close: () => session.close(),
  };
}

/** From opening a file that has one fault to the diagnostics that tell it, and from the start of the process to `initialize`. */
function opening(rig: Rig, lineCount: number): BenchCase {
  const session = new Session(rig, 20);
  const text = policyOf(lineCount).replace('effect: deny', 'efect: deny');
  let count = 0;
  return {
    name: `${rig.name}: open to diagnostics, ${lineCount} lines`,
    rival: rig.rival,
    repeats: 10,
    measure: async (): Promise<Sample> => {
      const server = await session.server();
      const uri = pathToFileURL(join(rig.folder, `opened-${count++}.policy.yaml`)).href;
      const wallMs = await timed(async () => {
        const answered = server.diagnostics(
          uri,
          (found) => found.some(({ message }) => message.includes('efect')),
          60_000,
        );
        await server.open(uri, text);
        await answered;
      });
      const figures = { peakRssMb: server.peakRssMb() };
      await session.close();
      return { wallMs, figures };
    },
  };
}

function starting(rig: Rig): BenchCase {
  return {
    name: `${rig.name}: start to initialized`,
    rival: rig.rival,
    repeats: 20,
    measure: async () => {
      let server: MeasuredServer | null = null;
      const wallMs = await timed(async () => {
        server = rig.start();
        await server.initialize(pathToFileURL(rig.folder).href);
      });
      await (server as MeasuredServer | null)?.close();
      return { wallMs };
    },
  };
}

const test = (policy: string) =>
  `apiVersion: assay/v1\nkind: PolicyTest\nmetadata: { name: checked }\nspec:\n  policies: [${policy}]\n  cases: []\n`;

/**
 * A workspace of many policies: until it is read, what a request takes meanwhile, and from renaming a policy to the
 * diagnostics of the one open file that refers to it.
 */
function workspace(folder: string, fileCount: number): BenchCase {
  const rootFolder = join(folder, `files-${fileCount}`);
  return {
    name: `assay: workspace read, ${fileCount} files`,
    repeats: 3,
    measure: async (): Promise<Sample> => {
      for (let index = 0; index < fileCount; index++) {
        const inside = join(rootFolder, `part-${index % 20}`);
        mkdirSync(inside, { recursive: true });
        writeFileSync(join(inside, `p${index}.policy.yaml`), policyOf(30, `p${index}`));
      }
      mkdirSync(join(rootFolder, '.assay'), { recursive: true });
      const server = ours(rootFolder).start();
      await server.initialize(pathToFileURL(rootFolder).href);
      const refers = pathToFileURL(join(rootFolder, 'refers.policytest.yaml')).href;
      const alone = pathToFileURL(join(rootFolder, 'alone.policytest.yaml')).href;
      let isRead = false;
      let slowestMs = 0;
      const unknown = server.diagnostics(
        refers,
        (found) => found.some(({ message }) => message.includes('nobody')),
        120_000,
      );
      const startedAtMs = performance.now();
      await server.open(refers, test('p1, nobody'));
      const meanwhile = (async () => {
        while (!isRead) {
          slowestMs = Math.max(
            slowestMs,
            await timed(() => server.request('textDocument/hover', refers, { line: 3, character: 1 })),
          );
          await sleep(10);
        }
      })();
      await unknown;
      const wallMs = performance.now() - startedAtMs;
      isRead = true;
      await meanwhile;

      const renamed = pathToFileURL(join(rootFolder, 'part-1', 'p1.policy.yaml')).href;
      for (const [uri, text] of [
        [renamed, policyOf(30, 'p1')],
        [alone, test('p2')],
      ] as const) {
        const answered = server.diagnostics(uri, () => true);
        await server.open(uri, text);
        await answered;
      }
      const published: string[] = [];
      const stop = server.watch((uri) => published.push(uri));
      const dependentMs = await timed(async () => {
        const answered = server.diagnostics(refers, (found) => found.some(({ message }) => message.includes('`p1`')));
        await server.change(renamed, { line: 3, character: 8 }, { line: 3, character: 10 }, 'other');
        await answered;
      });
      await sleep(50);
      stop();
      const figures = {
        slowestRequestMs: slowestMs,
        dependentMs,
        othersRechecked: published.filter((uri) => uri === alone).length,
        peakRssMb: server.peakRssMb(),
      };
      await server.close();
      return { wallMs, figures };
    },
    close: async () => rmSync(rootFolder, { recursive: true, force: true }),
  };
}

export const area: BenchArea = {
  name: 'language',
  warmups: 2,
  repeats: 100,
  cases: async ({ rivals }) => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'assay-bench-language-')));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    mkdirSync(join(folder, 'work', '.assay'), { recursive: true });
    const rigs = [ours(join(folder, 'work')), ...(rivals ? [theirs(join(folder, 'work'))] : [])];
    return [
      ...rigs.flatMap((rig) => [
        ...sizes.map((size) => edits(rig, size)),
        request(rig, 'completion', 10_000, false),
        request(rig, 'completion', 10_000, true),
        request(rig, 'hover', 10_000, false),
        request(rig, 'hover', 10_000, true),
        ...sizes.map((size) => opening(rig, size)),
        starting(rig),
      ]),
      proofs(ours(join(folder, 'work'))),
      ...[10, 1_000, 5_000].map((count) => workspace(folder, count)),
    ];
  },
};
