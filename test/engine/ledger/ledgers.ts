/** Small ledgers for tests: entries, a clock that is set by hand, keys that never change, a store in memory. */
import { createPrivateKey } from 'node:crypto';
import {
  createLedgerWriter,
  type EntryBody,
  type LedgerReport,
  type LedgerState,
  type LedgerWriter,
  type Payload,
  segmentName,
  type Verification,
  type VerifyOptions,
  verifyLedger,
} from '../../../server/engine/ledger/index.ts';
import type { Clock, LedgerStore, Signer } from '../../../server/engine/ports.ts';
import { createSigner, nodeHash, verifySignature } from '../../../server/io/keys/index.ts';

/** A signer whose key follows from `name` and one byte. */
export function signerOf(name: string, seedByte: number): Signer {
  return signerOfSeed(name, Buffer.alloc(32, seedByte));
}

export function signerOfSeed(name: string, seed: Uint8Array): Signer {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  return createSigner(name, createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
}

export const signer = signerOf('assay.local/test', 1);
export const origin = 'assay.local/runs/test';

export class HandClock implements Clock {
  timeMs = 1_790_000_000_000;
  nowMs = () => this.timeMs;
  monotonicMs = () => this.timeMs;
}

/** Keeps everything in memory, in the form of the folder's files. */
export class MemoryStore implements LedgerStore {
  readonly segments = new Map<string, Uint8Array>();
  readonly blobs = new Map<string, Uint8Array>();
  checkpoints: Uint8Array = new Uint8Array(0);
  readonly calls: string[] = [];
  /** The sizes of the appended batches. */
  readonly batches: number[] = [];
  readonly #maxSegmentBytes: number;

  constructor(maxSegmentBytes = Number.POSITIVE_INFINITY) {
    this.#maxSegmentBytes = maxSegmentBytes;
  }

  async append(bytes: Uint8Array, firstIndex: number): Promise<void> {
    this.calls.push(`append ${firstIndex}`);
    const [name, before] = [...this.segments].at(-1) ?? [segmentName(firstIndex), Buffer.alloc(0)];
    if (before.length > 0 && before.length + bytes.length > this.#maxSegmentBytes)
      this.segments.set(segmentName(firstIndex), bytes);
    else this.segments.set(name, Buffer.concat([before, bytes]));
    this.batches.push(bytes.length);
  }

  async putCheckpoint(note: string): Promise<void> {
    this.calls.push(`checkpoint ${note.split('\n')[1]}`);
    this.checkpoints = Buffer.concat([this.checkpoints, Buffer.from(`${note}\n`)]);
  }

  async putBlob(digest: string, bytes: Uint8Array): Promise<void> {
    this.calls.push(`blob ${bytes.length}`);
    this.blobs.set(digest, bytes);
  }

  async close(): Promise<void> {
    this.calls.push('close');
  }
}

export function writerOver(store: LedgerStore, clock: Clock = new HandClock(), resume?: LedgerState): LedgerWriter {
  return createLedgerWriter({ store, clock, hash: nodeHash, signer, origin, ...(resume && { resume }) });
}

export interface Files {
  readonly segments: ReadonlyMap<string, Uint8Array>;
  readonly checkpoints: Uint8Array;
  readonly blobs: ReadonlyMap<string, Uint8Array>;
}

/** Verifies files in memory, handed over in portions of `portionBytes`. */
export async function verification(
  files: Files,
  options: Partial<VerifyOptions> = {},
  portionBytes = 1000,
): Promise<Verification> {
  const segments = [...files.segments]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, bytes]) => ({ name, bytes: portions(bytes, portionBytes) }));
  const blob = async (digest: string) => files.blobs.get(digest) ?? null;
  const ports = { hash: nodeHash, verifySignature, trustedKeys: [signer] };
  return await verifyLedger({ segments, checkpoints: files.checkpoints, blob }, { ...ports, ...options });
}

export async function verify(files: Files, options: Partial<VerifyOptions> = {}): Promise<LedgerReport> {
  return (await verification(files, options)).report;
}

function* portions(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const json = (value: unknown): Payload => ({ json: value });
const digest = `sha256:${'0'.repeat(64)}`;
const document = (name: string, source: Payload = json('text')) => ({ name, path: `${name}.yaml`, digest, source });

export const runStarted = (trials = 2, source?: Payload): EntryBody => ({
  type: 'run-started',
  run: 'run-1',
  engine: '0.1.0',
  experiment: document('mailroom', source),
  environment: document('office', source),
  tasks: document('tasks', source),
  policies: [document('strict', source)],
  presets: [],
  code: [],
  seed: 7,
  trials,
  notes: [],
});

export const trialStarted = (trial: string, attempt = 1): EntryBody => ({
  type: 'trial-started',
  trial,
  attempt,
  variant: 'guarded',
  task: 'pay-rent',
  repetition: 0,
  seed: 1,
});

export const decision = (
  trial: string,
  step: number,
  final: 'allow' | 'deny' = 'allow',
  input = json({}),
): EntryBody => ({
  type: 'decision',
  trial,
  attempt: 1,
  step,
  action: { type: 'tool', tool: 'send_mail', input },
  signals: { cost: 3, kind: 'write' },
  decision: {
    effect: final,
    final,
    causes: [{ kind: 'rule', policy: 'strict', id: 'r1', effect: final }],
    policies: [digest],
  },
});

export const observation = (trial: string, step: number, output: Payload = json('done'), attempt = 1): EntryBody => ({
  type: 'observation',
  trial,
  attempt,
  step,
  status: 'ok',
  output,
  costMicros: 250,
  durationMs: 12.5,
});

export const trialFinished = (trial: string, attempt = 1): EntryBody => ({
  type: 'trial-finished',
  trial,
  attempt,
  outcome: 'passed',
  answer: json('paid'),
  utility: true,
  security: 'held',
  steps: 2,
  failures: 0,
  denials: 1,
  costMicros: 250,
  durationMs: 40,
});

export const runFinished: EntryBody = { type: 'run-finished', status: 'completed' };

export const trialId = (n: number): string => String(n).padStart(32, '0');

/** A finished ledger of `entries` entries with a checkpoint after every `signEvery`, and at its end. */
export async function writtenLedger(
  entries: number,
  signEvery: number,
  maxSegmentBytes?: number,
): Promise<MemoryStore> {
  const store = new MemoryStore(maxSegmentBytes);
  const writer = writerOver(store);
  const blob = writer.payload('x'.repeat(20_000));
  for (let at = 0; at < entries; at++) {
    await writer.append(
      at === 0 ? runStarted() : observation(trialId(1), at, at === 2 ? blob : json(`observed ${at}`)),
    );
    if ((at + 1) % signEvery === 0) await writer.checkpoint();
  }
  await writer.close();
  return store;
}
