/**
 * One process of the user's, from its start to its end: what it says, what it spills, why it ended. It is killed with its
 * whole process group, so that nothing it started stays. What its messages mean is for the sessions to say.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex, Readable, Writable } from 'node:stream';
import type { ProcessFault } from '../../engine/ports.ts';
import { Connection } from './connection.ts';
import type { Message } from './message.ts';
import { OutputTail } from './output.ts';

export interface Launch {
  /** What messages call it, such as "agent `obedient`". */
  readonly label: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** A worker speaks on file descriptor 3 and says when its module is loaded; a program speaks on its stdin and stdout. */
  readonly speaks: 'channel' | 'stdio';
  /** How much it may write outside the protocol in one trial. */
  readonly outputBytes: number;
  /** Paths in quoted output are shown relative to this. */
  readonly workspaceRoot: string;
}

/** Who has the process at the moment: a session, or the pool. */
export interface Owner {
  message(message: Message): void;
  /** The process is lost: it has ended or is being killed. */
  fault(fault: ProcessFault): void;
}

/** How long a process that is asked to end may take before it is killed. */
const termGraceMs = 500;
/** Output can lag behind an exit, and a descendant outside the process group can hold the pipes open for ever. */
const drainMs = 200;
/** A process that even SIGKILL does not end hangs in the kernel; nobody waits for it longer than this. */
const killWaitMs = 2000;

export class UserProcess {
  readonly launch: Launch;
  readonly pid: number | undefined;
  /** Resolves when the process can serve, or with the reason why it never will. Never rejects. */
  readonly started: Promise<ProcessFault | null>;
  /** Resolves when the process is no more. Never rejects. */
  readonly gone: Promise<void>;
  /** How many trials it has been given. */
  trials = 0;
  readonly #child: ChildProcess;
  readonly #connection: Connection;
  readonly #output = new OutputTail();
  readonly #settleStarted: (fault: ProcessFault | null) => void;
  readonly #settleGone: () => void;
  #isStarted = false;
  #fault: ProcessFault | null = null;
  #owner: Owner | null = null;
  #exit: { code: number | null; signal: string | null } | null = null;
  #endTimer: NodeJS.Timeout | undefined;

  /** Throws when the system refuses even to try. */
  constructor(launch: Launch) {
    this.launch = launch;
    const started = Promise.withResolvers<ProcessFault | null>();
    const gone = Promise.withResolvers<void>();
    this.started = started.promise;
    this.gone = gone.promise;
    this.#settleStarted = started.resolve;
    this.#settleGone = gone.resolve;
    this.#child = spawn(launch.file, launch.args, {
      cwd: launch.cwd,
      env: { ...launch.env },
      // `overlapped` is `pipe`, but for Windows, where reading would block writing.
      stdio: launch.speaks === 'channel' ? ['ignore', 'pipe', 'pipe', 'overlapped'] : ['pipe', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    this.pid = this.#child.pid;
    this.#connection = this.#connect();
    this.#child.on('error', (error) => this.#child.pid === undefined && this.#neverStarted(error));
    if (launch.speaks === 'stdio') this.#child.once('spawn', () => this.#start());
    this.#child.once('exit', (code, signal) => this.#exited(code, signal));
    this.#child.once('close', () => this.#end());
  }

  /** Why it cannot serve any more, or null. */
  get fault(): ProcessFault | null {
    return this.#fault;
  }

  /** Hands the process over. What comes from now on goes to `owner`. */
  own(owner: Owner): void {
    this.#owner = owner;
  }

  /** Counts output from nought again. */
  beginTrial(): void {
    this.trials++;
    this.#output.restart();
  }

  send(message: object): void {
    this.#connection.send(message);
  }

  /** Gives the process up for something that it did, and ends it. The label is put before the message. */
  fail({ reason, message }: ProcessFault): void {
    this.abort({ reason, message: `${this.launch.label}: ${message}` });
  }

  /** Gives the process up for `fault`, and ends it; only the first fault counts. */
  abort(fault: ProcessFault): void {
    if (this.#fault) return;
    this.#fault = fault;
    this.#connection.stop();
    this.#settleStarted(fault);
    this.#owner?.fault(fault);
    this.#kill(fault.reason === 'OUTPUT_LIMIT' ? 'SIGKILL' : 'SIGTERM');
  }

  /** Ends a process that is not needed any more, and waits until it is gone. */
  async end(): Promise<void> {
    this.fail({ reason: 'CANCELLED', message: 'it was not needed any more' });
    await this.gone;
  }

  #connect(): Connection {
    const { stdin, stdout, stderr, stdio } = this.#child;
    const channel = stdio[3] as Duplex | undefined;
    const readable = (channel ?? stdout) as Readable;
    for (const stream of [stderr, channel && stdout])
      stream?.on('data', (chunk: Buffer) => this.#spilled(chunk)).on('error', () => {});
    return new Connection(readable, (channel ?? stdin) as Writable, {
      message: (message) => this.#receive(message),
      fault: (fault) => this.fail(this.#adviseOnStdout(fault)),
    });
  }

  #receive(message: Message): void {
    if (this.#fault) return;
    if (this.#isStarted || this.launch.speaks === 'stdio') this.#owner?.message(message);
    else if (message.kind === 'notification' && message.method === 'worker/failed')
      this.fail({ reason: 'START_FAILED', message: (message.params as { message: string }).message });
    else this.#start();
  }

  #start(): void {
    this.#isStarted = true;
    this.#settleStarted(null);
  }

  #adviseOnStdout(fault: ProcessFault): ProcessFault {
    if (fault.reason !== 'PROTOCOL' || this.launch.speaks !== 'stdio') return fault;
    return {
      reason: fault.reason,
      message: `${fault.message}; its standard output is for messages only, print anything else to standard error`,
    };
  }

  #spilled(chunk: Buffer): void {
    if (this.#fault) return;
    this.#output.add(chunk);
    if (this.#output.bytes <= this.launch.outputBytes) return;
    const message = `it wrote more than ${this.launch.outputBytes} bytes of output in one trial; make it write less`;
    this.fail({ reason: 'OUTPUT_LIMIT', message });
  }

  #neverStarted(error: Error): void {
    const { file, cwd } = this.launch;
    const why = 'code' in error && error.code === 'ENOENT' ? 'there is no such program or folder' : error.message;
    const message = `\`${file}\` cannot be started in \`${cwd}\`: ${why}; check the command and that it is installed`;
    this.fail({ reason: 'START_FAILED', message });
    this.#end();
  }

  #exited(code: number | null, signal: string | null): void {
    this.#exit = { code, signal };
    this.#signalGroup('SIGKILL');
    clearTimeout(this.#endTimer);
    this.#endTimer = setTimeout(() => this.#end(), drainMs);
  }

  #end(): void {
    clearTimeout(this.#endTimer);
    if (!this.#fault) this.fail(this.#whyItEnded());
    for (const stream of this.#child.stdio) stream?.destroy();
    this.#settleGone();
  }

  #whyItEnded(): ProcessFault {
    const { code, signal } = this.#exit ?? { code: null, signal: null };
    const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
    const quote = this.#output.quote(this.launch.workspaceRoot);
    const output = quote === '' ? 'it wrote nothing to standard error' : `its last output:\n${quote}`;
    return this.#isStarted
      ? { reason: 'CRASHED', message: `it ended by itself (${how}); ${output}` }
      : { reason: 'START_FAILED', message: `it ended while it was loaded (${how}); ${output}` };
  }

  #kill(signal: 'SIGTERM' | 'SIGKILL'): void {
    if (this.#exit || this.pid === undefined) return;
    this.#signalGroup(signal);
    const next = signal === 'SIGTERM' ? () => this.#kill('SIGKILL') : () => this.#end();
    this.#endTimer = setTimeout(next, signal === 'SIGTERM' ? termGraceMs : killWaitMs);
  }

  #signalGroup(signal: 'SIGTERM' | 'SIGKILL'): void {
    if (this.pid === undefined) return;
    if (process.platform === 'win32') {
      if (!this.#exit)
        spawn('taskkill', ['/pid', String(this.pid), '/T', '/F'], { stdio: 'ignore' }).on('error', () => {});
      return;
    }
    try {
      process.kill(-this.pid, signal);
    } catch {
      // The group is gone already.
    }
  }
}
