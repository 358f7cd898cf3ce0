/**
 * What the kernel counts across the runs of a workspace, counted from their ledgers. `.assay/counts.json` keeps the sums of
 * ledgers that are not written to any more, so that they need not be read again; without it, or where it is broken, all
 * are. It is signed like those ledgers, for it is believed in their place, written aside and renamed.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  addScope,
  createWorkspace,
  openScope,
  Recount,
  type ScopeSnapshot,
  type ScopeState,
  snapshotOf,
  type Workspace,
} from '../engine/kernel/index.ts';
import { checkSignature, parseNote, signNote } from '../engine/ledger/index.ts';
import type { Signer } from '../engine/ports.ts';
import { nodeHash, openSigningKey, verifySignature } from './keys/index.ts';
import { readEntries } from './ledger/index.ts';
import { runDirectory, runIds } from './runs/index.ts';

/** What is counted of one ledger: so many entries, when it had so many bytes. */
interface Counted {
  readonly entries: number;
  readonly sizeBytes: number;
}

/** What is signed. */
interface Kept {
  /** The workspace's folder: what was counted elsewhere says nothing here. */
  readonly root: string;
  readonly runs: Readonly<Record<string, Counted>>;
  readonly sums: ScopeSnapshot;
}

/** What a run that is over has added to what its workspace counts, up to an entry of its ledger. */
export interface RunShare {
  readonly run: string;
  readonly entries: number;
  readonly counts: ScopeSnapshot;
}

/** The folder of the ledger of what belongs to no run. */
export const workspaceLedger = (workspaceRoot: string): string => join(workspaceRoot, '.assay', 'ledger');

export class WorkspaceCounts {
  /** What runs and budgets count in while they go on. */
  readonly workspace: Workspace;
  readonly #root: string;
  /** Of ledgers that are not written to any more. */
  readonly #sums: ScopeState;
  readonly #runs: Map<string, Counted>;
  readonly #signer: Signer;

  constructor(root: string, sums: ScopeState, runs: Map<string, Counted>, workspace: Workspace, signer: Signer) {
    this.#root = root;
    this.#signer = signer;
    this.#sums = sums;
    this.#runs = runs;
    this.workspace = workspace;
  }

  /** Keeps the sums with what a run has added; its ledger is not read again until it has grown. Throws when they cannot be written. */
  keep({ run, entries, counts }: RunShare): void {
    addScope(this.#sums, counts);
    const known = this.#runs.get(run)?.entries ?? 0;
    this.#runs.set(run, { entries: Math.max(known, entries), sizeBytes: sizeOf(ledgerOf(this.#root, run)) });
    this.save();
  }

  /** Throws when the file cannot be written; the one before it is then still there. */
  save(): void {
    const root = realpathSync(this.#root);
    const kept: Kept = { root, runs: Object.fromEntries(this.#runs), sums: snapshotOf(this.#sums) };
    const note = signNote(`${heading}\n${JSON.stringify(kept)}\n`, this.#signer, nodeHash);
    putText(fileOf(this.#root), JSON.stringify({ version, note }));
  }
}

export interface WorkspaceCountsOptions {
  /** Told what a person should know. */
  readonly warn?: (message: string) => void;
  /** Who signs the sums, and alone is believed; the user's own key, made if need be, when left out. */
  readonly signer?: Signer;
}

/**
 * Counts what the ledgers of a workspace say, as far as it was not counted before. Nobody may write to any of them
 * meanwhile. Rejects when a ledger that has to be read cannot be, and with a `KeyError` without a key to sign.
 */
export async function openWorkspaceCounts(
  workspaceRoot: string,
  { warn = () => {}, signer: given }: WorkspaceCountsOptions = {},
): Promise<WorkspaceCounts> {
  const signer = given ?? (await openSigningKey());
  const { sums, runs } = readKept(workspaceRoot, signer, warn);
  const there = runIds(workspaceRoot);
  for (const run of runs.keys()) if (!there.includes(run)) runs.delete(run);
  let read = 0;
  for (const run of there) {
    const ledger = ledgerOf(workspaceRoot, run);
    const sizeBytes = sizeOf(ledger);
    const known = runs.get(run);
    if (known?.sizeBytes === sizeBytes) continue;
    const { counts, entries } = await countAgain(ledger, known?.entries ?? 0, `run \`${run}\``);
    addScope(sums, counts);
    runs.set(run, { entries, sizeBytes });
    read++;
  }
  const workspace = createWorkspace(snapshotOf(sums));
  if (existsSync(workspaceLedger(workspaceRoot)))
    addScope(workspace.state, (await countAgain(workspaceLedger(workspaceRoot), 0, 'the workspace')).counts);
  const counts = new WorkspaceCounts(workspaceRoot, sums, runs, workspace, signer);
  if (read > 0) attempt(() => counts.save(), warn);
  return counts;
}

async function countAgain(
  ledger: string,
  from: number,
  whose: string,
): Promise<{ counts: ScopeSnapshot; entries: number }> {
  const recount = new Recount();
  let entries = 0;
  try {
    for await (const entry of readEntries(ledger)) {
      entries = entry.index + 1;
      if (entry.index >= from) recount.add(entry);
    }
  } catch (error) {
    throw new Error(
      `what ${whose} has spent cannot be counted: ${messageOf(error)}; repair \`${ledger}\`, or move it away to leave it out of the count`,
    );
  }
  return { counts: recount.workspace, entries: Math.max(entries, from) };
}

/** The form of the file, and what the signed text begins with, so that no other note of the same key is taken for it. */
const version = 4;
const heading = 'assay/counts';

/** The sums as they were kept; none, and a warning, where they cannot be understood or are not what was signed. */
function readKept(
  root: string,
  signer: Signer,
  warn: (message: string) => void,
): { sums: ScopeState; runs: Map<string, Counted> } {
  const path = fileOf(root);
  try {
    if (existsSync(path)) {
      const file: { version?: unknown; note?: unknown } = JSON.parse(readFileSync(path, 'utf8'));
      if (file.version !== version) throw new RangeError('it has another form');
      const { runs, sums } = keptIn(String(file.note), root, signer);
      const counted = Object.entries(runs);
      if (
        !counted.every(([, { entries, sizeBytes }]) => Number.isSafeInteger(entries) && Number.isSafeInteger(sizeBytes))
      )
        throw new RangeError('its runs are not counted by whole numbers');
      return { sums: openScope(sums), runs: new Map(counted) };
    }
  } catch (error) {
    warn(
      `\`${path}\` cannot be read (${messageOf(error)}); what the runs of this workspace share is counted from their ledgers`,
    );
  }
  return { sums: openScope(), runs: new Map() };
}

function keptIn(text: string, root: string, signer: Signer): Kept {
  const note = parseNote(text);
  const isSigned = note?.signatures.some((one) =>
    checkSignature(note, one, signer, { hash: nodeHash, verifySignature }),
  );
  const [first, json = ''] = note?.text.split('\n') ?? [];
  if (!isSigned || first !== heading) throw new RangeError('it is not what was signed with your key');
  const kept: Kept = JSON.parse(json);
  if (kept.root !== realpathSync(root)) throw new RangeError(`it was made for \`${kept.root}\``);
  return kept;
}

const fileOf = (root: string): string => join(root, '.assay', 'counts.json');
const ledgerOf = (root: string, run: string): string => join(runDirectory(root, run), 'ledger');

/** The bytes of a ledger's entries. */
function sizeOf(ledger: string): number {
  const segments = readdirSync(ledger).filter((name) => name.endsWith('.seg'));
  return segments.reduce((sum, name) => sum + statSync(join(ledger, name)).size, 0);
}

/** A reader sees all of it or what was there before, even after a power cut. */
function putText(path: string, text: string): void {
  mkdirSync(join(path, '..'), { recursive: true });
  const aside = `${path}.${process.pid}`;
  try {
    const file = openSync(aside, 'w', 0o600);
    try {
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(aside, path);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
}

/** Sums that cannot be kept are counted again next time. */
function attempt(save: () => void, warn: (message: string) => void): void {
  try {
    save();
  } catch (error) {
    warn(`what the runs of this workspace share could not be kept, and will be counted again: ${messageOf(error)}`);
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
