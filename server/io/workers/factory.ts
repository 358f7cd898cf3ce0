/**
 * Gives out sessions of one experiment from warm pools: one for each variant's agent, one for the environment. Processes
 * get the variables they were promised and nothing else of the host's environment.
 */
import { resolve } from 'node:path';
import type { AbortSignalLike, ProcessFault, Result, SessionFactory } from '../../engine/ports.ts';
import { PooledAgentSession } from './agent-session.ts';
import { PooledEnvironmentSession } from './environment-session.ts';
import { type Lease, Pool } from './pool.ts';
import type { Launch, UserProcess } from './process.ts';

/** An agent's code: a module for the worker program, or a program that speaks the protocol on stdin and stdout. */
export type AgentCode = { readonly module: string } | { readonly command: readonly string[]; readonly cwd: string };

export interface SessionFactoryOptions {
  /** Absolute; modules run here, and their paths are shown relative to it. */
  readonly workspaceRoot: string;
  /** Absolute, or relative to the workspace root. */
  readonly environmentModule: string;
  /** By variant. */
  readonly agents: ReadonlyMap<string, AgentCode>;
  /** Variables for all processes, beside the few that every program needs. */
  readonly env: Readonly<Record<string, string>>;
  /** The Node executable for modules. */
  readonly nodePath: string;
  /** The worker program, `dist/worker.mjs`. */
  readonly workerPath: string;
  readonly limits: {
    /** What a process may write in one trial outside the protocol. */
    readonly outputBytes: number;
  };
  /** Idle processes kept for each variant, and for the environment; 0 gives every trial a process of its own. */
  readonly poolSize: number;
}

/** What programs need to run at all. */
const baseVariables =
  process.platform === 'win32'
    ? [
        'PATH',
        'PATHEXT',
        'SYSTEMROOT',
        'SYSTEMDRIVE',
        'COMSPEC',
        'TEMP',
        'TMP',
        'USERPROFILE',
        'APPDATA',
        'LOCALAPPDATA',
      ]
    : ['PATH', 'HOME', 'TMPDIR', 'LANG', 'LC_ALL'];

/** Sessions of one experiment. `dispose` ends every process and resolves when they are gone; `size` counts them. */
export interface PooledSessions extends SessionFactory {
  dispose(): Promise<void>;
  readonly size: number;
}

export function createSessionFactory(options: SessionFactoryOptions): PooledSessions {
  const alive = new Set<UserProcess>();
  const pool = (launch: Launch) => new Pool({ launch, capacity: options.poolSize, alive });
  const agents = new Map(
    [...options.agents].map(([variant, code]) => [variant, pool(launchOfAgent(options, variant, code))] as const),
  );
  const environments = pool(launchOfModule(options, 'environment', 'the environment', options.environmentModule));
  let trials = 0;
  let isDisposed = false;

  async function lease<T>(
    from: Pool | undefined,
    signal: AbortSignalLike,
    session: (lease: Lease, trial: number) => T,
  ): Promise<Result<T, ProcessFault>> {
    if (isDisposed) return { ok: false, error: { reason: 'CANCELLED', message: 'the run is over' } };
    if (from === undefined)
      return { ok: false, error: { reason: 'START_FAILED', message: 'the experiment has no such variant' } };
    const lent = await from.lend(signal);
    return lent.ok ? { ok: true, value: session(lent.value, ++trials) } : lent;
  }

  return {
    agent: (variant, signal) =>
      lease(agents.get(variant), signal, (lent, trial) => new PooledAgentSession(lent, trial)),
    environment: (signal) => lease(environments, signal, (lent, trial) => new PooledEnvironmentSession(lent, trial)),
    get size() {
      return alive.size;
    },
    async dispose() {
      isDisposed = true;
      await Promise.all([...alive].map((process) => process.end()));
    },
  };
}

function launchOfAgent(options: SessionFactoryOptions, variant: string, code: AgentCode): Launch {
  const label = `agent \`${variant}\``;
  if ('module' in code) return launchOfModule(options, 'agent', label, code.module);
  const [file = '', ...args] = code.command;
  return { ...launchBase(options), label, file, args, cwd: code.cwd, speaks: 'stdio' };
}

function launchOfModule(
  options: SessionFactoryOptions,
  role: 'agent' | 'environment',
  label: string,
  module: string,
): Launch {
  const { workspaceRoot, nodePath, workerPath } = options;
  const base = launchBase(options);
  return {
    ...base,
    // The editor's own executable is Node only when it is told so.
    env: { ...variables(['ELECTRON_RUN_AS_NODE']), ...base.env },
    label,
    file: nodePath,
    args: [workerPath, role, resolve(workspaceRoot, module)],
    cwd: workspaceRoot,
    speaks: 'channel',
  };
}

function launchBase({ env, limits, workspaceRoot }: SessionFactoryOptions) {
  return { env: { ...variables(baseVariables), ...env }, outputBytes: limits.outputBytes, workspaceRoot };
}

function variables(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}
