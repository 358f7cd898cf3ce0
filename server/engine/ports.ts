/**
 * The doors between the engine and the world: time, hashing, storage and the processes of agents and environments.
 * Whoever builds the engine into a program passes these in; the engine itself touches nothing outside.
 */
import type {
  ActionResult,
  EnvironmentOpen,
  Grade,
  Propose,
  ToolCall,
  ToolResult,
  TrialFinish,
  TrialStart,
} from './experiment/generated/messages.ts';

export interface Clock {
  /** Milliseconds since 1970 UTC; may jump when the machine's clock is set. */
  nowMs(): number;
  /** Milliseconds from an arbitrary start, never backwards; for durations and timeouts. */
  monotonicMs(): number;
}

/** How far the clocks of time zones are from UTC, by the tz database of the platform. */
export interface ZoneOffsets {
  /**
   * The offsets of `zone` over [fromMs, toMs): the first from `fromMs` on, each until the next; local time is UTC plus
   * offset. Null when there is no such zone, or no calendar reaches so far.
   */
  offsets(zone: string, fromMs: number, toMs: number): readonly ZoneOffset[] | null;
  /** The names of all zones, to choose from; `UTC` first. */
  names?(): readonly string[];
}

export interface ZoneOffset {
  readonly fromMs: number;
  readonly offsetMs: number;
}

export interface Hash {
  /** SHA-256 of `bytes`, 32 bytes. */
  sha256(bytes: Uint8Array): Uint8Array;
}

/** Signs checkpoints. The key never passes through here. */
export interface Signer {
  /** The key's name in signed notes, such as `assay.local/laptop`. */
  readonly name: string;
  /** The Ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** The Ed25519 signature of `message`, 64 bytes. */
  sign(message: Uint8Array): Uint8Array;
}

/** Whether `signature` is the Ed25519 signature of `message` by the holder of `publicKey` (32 bytes). */
export type VerifySignature = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;

export type Result<T, E> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

/** Where a ledger is kept. Every method rejects with a `StoreError` when the bytes are not safe on the medium. */
export interface LedgerStore {
  /** Appends whole frames, the first of entry `firstIndex`, and makes them durable (write, then fdatasync) before it resolves. */
  append(bytes: Uint8Array, firstIndex: number): Promise<void>;
  /** Keeps a checkpoint, the text of a signed note, beside the entries and makes it durable. */
  putCheckpoint(note: string): Promise<void>;
  /** Keeps `bytes` under their SHA-256 (64 hexadecimal digits) and makes them durable; a second time is no error. */
  putBlob(digest: string, bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** Why an agent or environment process could not go on. The message is for people and names the cause. */
export interface ProcessFault {
  readonly reason: 'START_FAILED' | 'CRASHED' | 'TIMEOUT' | 'OUTPUT_LIMIT' | 'PROTOCOL' | 'CANCELLED';
  readonly message: string;
}

export type AgentEvent =
  | { readonly kind: 'propose'; readonly params: Propose; reply(result: ActionResult): void }
  /** An `action/propose` whose parameters do not fit the protocol's schema; the agent has been told so already. */
  | { readonly kind: 'malformed'; readonly message: string; readonly tool: string }
  | { readonly kind: 'finish'; readonly params: TrialFinish; readonly cpuMs?: number }
  | { readonly kind: 'fault'; readonly fault: ProcessFault };

/** One agent on one trial, in a process of its own. */
export interface AgentSession {
  /** Sends `trial/start`. */
  start(params: TrialStart): void;
  /** What the agent does next. After `finish` or `fault` there is nothing more. */
  next(): Promise<AgentEvent>;
  /** Ends the session; the process goes back to the pool when it is unharmed, otherwise it is killed. */
  close(): Promise<void>;
}

/** One world for one trial, in a process of its own. */
export interface EnvironmentSession {
  open(params: EnvironmentOpen): Promise<Result<null, ProcessFault>>;
  call(params: ToolCall): Promise<Result<ToolResult, ProcessFault>>;
  grade(answer: unknown): Promise<Result<Grade, ProcessFault>>;
  close(): Promise<void>;
}

/** Gives out sessions from warm pools. `signal` ends whatever is under way by killing its process. */
export interface SessionFactory {
  agent(variant: string, signal: AbortSignalLike): Promise<Result<AgentSession, ProcessFault>>;
  environment(signal: AbortSignalLike): Promise<Result<EnvironmentSession, ProcessFault>>;
}

/** The part of the platform's `AbortSignal` that the engine needs. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}
