/** What tests of worker processes share: a session factory over the fixtures, and a host that allows everything. */
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import type { TrialStart } from '../../../server/engine/experiment/index.ts';
import type {
  AgentEvent,
  AgentSession,
  EnvironmentSession,
  ProcessFault,
  Result,
} from '../../../server/engine/ports.ts';
import {
  type AgentCode,
  createSessionFactory,
  type PooledSessions,
  type SessionFactoryOptions,
} from '../../../server/io/workers/index.ts';

export const fixtures = join(import.meta.dirname, 'fixtures');
const root = resolve(import.meta.dirname, '../../..');

/** A factory whose processes are gone when the test is. Variants: `module`, one for each of `agents`, and `program-…`. */
export function sessionsFor(
  agents: Record<string, AgentCode> = {},
  options: Partial<SessionFactoryOptions> = {},
): PooledSessions {
  const sessions = createSessionFactory({
    workspaceRoot: fixtures,
    environmentModule: join(fixtures, 'environment.mjs'),
    agents: new Map(Object.entries({ module: { module: join(fixtures, 'agent.mjs') }, ...agents })),
    env: {},
    nodePath: process.execPath,
    workerPath: join(root, 'server/worker/main.ts'),
    limits: { outputBytes: 200_000 },
    poolSize: 2,
    ...options,
  });
  onTestFinished(() => sessions.dispose());
  return sessions;
}

export const program = (behaviour: string): AgentCode => ({
  command: [process.execPath, 'program.mjs', behaviour],
  cwd: fixtures,
});

export const never = new AbortController().signal;
export const timeout: ProcessFault = { reason: 'TIMEOUT', message: 'the trial took longer than 1 s' };

export const trialStart = (config: Record<string, unknown> = {}): TrialStart => ({
  task: { id: 'task', instruction: 'do it' },
  tools: [],
  budgets: [{ id: 'spend', unit: 'usd', remaining: 1 }],
  seed: 7,
  config,
});

export function unwrap<T>(result: Result<T, ProcessFault>): T {
  if (!result.ok) throw new Error(`${result.error.reason}: ${result.error.message}`);
  return result.value;
}

/** Starts a trial of `variant`; the session is still to be closed. */
export async function startTrial(
  sessions: PooledSessions,
  config: Record<string, unknown> = {},
  variant = 'module',
  signal: AbortSignal = never,
): Promise<AgentSession> {
  const session = unwrap(await sessions.agent(variant, signal));
  session.start(trialStart(config));
  return session;
}

/** Allows whatever the agent asks for, with its input as observation, and gives its last event. */
export async function allowAll(session: AgentSession): Promise<Exclude<AgentEvent, { kind: 'propose' }>> {
  for (;;) {
    const event = await session.next();
    if (event.kind !== 'propose') return event;
    event.reply({ decision: 'allow', observation: event.params.input, remaining: [] });
  }
}

/** One whole trial: the last event, with the process back in the pool or gone. */
export async function runTrial(sessions: PooledSessions, config: Record<string, unknown> = {}, variant = 'module') {
  const session = await startTrial(sessions, config, variant);
  const event = await allowAll(session);
  await session.close();
  return event;
}

export async function answerOf(sessions: PooledSessions, config: Record<string, unknown> = {}, variant = 'module') {
  const event = await runTrial(sessions, config, variant);
  return event.kind === 'finish' ? event.params.answer : event;
}

export async function openWorld(sessions: PooledSessions, data: Record<string, unknown> = {}, signal = never) {
  const world: EnvironmentSession = unwrap(await sessions.environment(signal));
  return { world, opened: await world.open({ task: { id: 'task', instruction: 'do it', data }, seed: 7 }) };
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Waits until the process is no more; the test's own time limit applies. */
export async function untilGone(pid: number): Promise<void> {
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 5));
}
