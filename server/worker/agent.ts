/**
 * Serves trials with one agent module: a new agent for each `trial/start`, its proposals to the host, its answer back.
 * It decides nothing; whether an action happens is the host's to say.
 */
import type { ActionResult, Propose, TrialFinish, TrialStart } from '../engine/experiment/index.ts';
import type { Channel, HostMessage } from './channel.ts';
import { assertJson } from './json-value.ts';
import { describeError } from './user-error.ts';

interface Waiting {
  resolve(result: ActionResult): void;
  reject(error: Error): void;
}

/** Answers every trial of the host with a new agent of `createAgent`, which is the user's and may return anything. */
export function serveAgent(channel: Channel, createAgent: (context: TrialStart) => unknown): void {
  const waiting = new Map<number, Waiting>();
  let lastId = 0;

  async function propose(trial: number, tool: string, input: Propose['input'] = {}, thought?: string) {
    assertJson(input, `the input of \`${tool}\``);
    if (thought !== undefined) assertJson(thought, `the thought beside \`${tool}\``);
    const id = ++lastId;
    const params = thought === undefined ? { tool, input } : { tool, input, thought };
    channel.send({ jsonrpc: '2.0', id, method: 'action/propose', trial, params });
    return await new Promise<ActionResult>((resolve, reject) => waiting.set(id, { resolve, reject }));
  }

  function settle({ id, result, error }: HostMessage): void {
    const proposal = id === undefined ? undefined : waiting.get(id);
    if (id === undefined || proposal === undefined) return;
    waiting.delete(id);
    if (error) proposal.reject(new Error(error.message));
    else proposal.resolve(result as ActionResult);
  }

  async function runTrial(trial: number, context: TrialStart): Promise<void> {
    const cpuBefore = process.cpuUsage();
    const activeBefore = process.getActiveResourcesInfo().length;
    try {
      const agent = await createAgent(context);
      const outcome = await runOf(agent)({
        propose: (tool: string, input?: Propose['input'], thought?: string) => propose(trial, tool, input, thought),
      });
      const params = finishOf(outcome);
      const { user, system } = process.cpuUsage(cpuBefore);
      // Timers and sockets that outlive a trial could act in the next one.
      const busy = process.getActiveResourcesInfo().length > activeBefore;
      channel.send({ jsonrpc: '2.0', method: 'trial/finish', trial, params, cpuMs: (user + system) / 1000, busy });
    } catch (error) {
      channel.send({ jsonrpc: '2.0', method: 'trial/failed', trial, params: { message: describeError(error) } });
    }
  }

  channel.listen((message) => {
    if (message.method === 'trial/start') void runTrial(message.trial ?? 0, message.params as TrialStart);
    else settle(message);
  });
}

type Run = (doors: { propose: unknown }) => unknown;

function runOf(agent: unknown): Run {
  if (typeof agent === 'object' && agent !== null && 'run' in agent && typeof agent.run === 'function')
    return agent.run.bind(agent) as Run;
  throw new TypeError('`createAgent` must return an object with a function `run`');
}

function finishOf(outcome: unknown): TrialFinish {
  if (outcome === undefined) return {};
  if (typeof outcome !== 'object' || outcome === null || Array.isArray(outcome))
    throw new TypeError('`run` must return an object such as `{ answer: … }`, or nothing');
  const { answer, gaveUp } = outcome as TrialFinish;
  if (answer !== undefined) assertJson(answer, 'the answer');
  if (gaveUp !== undefined && typeof gaveUp !== 'boolean') throw new TypeError('`gaveUp` must be `true` or `false`');
  return { ...(answer !== undefined && { answer }), ...(gaveUp !== undefined && { gaveUp }) };
}
