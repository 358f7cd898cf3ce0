/**
 * Serves trials with one environment module: a new world for each `environment/open`, its tools and its grader.
 * Whether a tool may be called has been decided before a call comes here.
 */
import type { EnvironmentOpen, Grade, ToolCall, ToolResult } from '../engine/experiment/index.ts';
import type { Channel, HostMessage } from './channel.ts';
import { assertJson } from './json-value.ts';
import { describeError, messageOf } from './user-error.ts';

interface World {
  readonly tools: Readonly<Record<string, unknown>>;
  grade(answer: unknown): unknown;
}

const failedCode = -32000;

/** Answers every request of the host with worlds of `createEnvironment`, which is the user's and may return anything. */
export function serveEnvironment(channel: Channel, createEnvironment: (task: unknown) => unknown): void {
  let world: World | null = null;

  async function answer({ method, params }: HostMessage): Promise<unknown> {
    if (method === 'environment/open') {
      world = null;
      const { task, seed } = params as EnvironmentOpen;
      world = worldOf(await createEnvironment({ ...task, seed }));
      return null;
    }
    if (world === null) throw new Error('no task has been set up');
    return method === 'tool/call'
      ? await callTool(world, params as ToolCall)
      : await gradeOf(world, (params as { answer: unknown }).answer);
  }

  async function respond(message: HostMessage): Promise<void> {
    const envelope = { jsonrpc: '2.0', id: message.id, trial: message.trial };
    try {
      const result = await answer(message);
      sendResult(channel, envelope, result, message.method === 'tool/call');
    } catch (error) {
      channel.send({ ...envelope, error: { code: failedCode, message: describeError(error) } });
    }
  }

  channel.listen((message) => void respond(message));
}

/** A tool's output that is too long is a failure of that call only. */
function sendResult(channel: Channel, envelope: object, result: unknown, ofTool: boolean): void {
  try {
    channel.send({ ...envelope, result });
  } catch (error) {
    if (!ofTool) throw error;
    channel.send({ ...envelope, result: { failure: messageOf(error) } satisfies ToolResult });
  }
}

function worldOf(value: unknown): World {
  const { tools, grade } = (value ?? {}) as Partial<World>;
  if (typeof tools !== 'object' || tools === null || typeof grade !== 'function')
    throw new TypeError('`createEnvironment` must return an object with `tools` and a function `grade`');
  return value as World;
}

async function callTool({ tools }: World, { tool, input }: ToolCall): Promise<ToolResult> {
  const call = tool in Object.prototype ? undefined : tools[tool];
  if (typeof call !== 'function')
    return { failure: `the environment's module has no tool \`${tool}\`; it has: ${Object.keys(tools).join(', ')}` };
  try {
    const output = (await call.call(tools, input)) ?? null;
    assertJson(output, `what \`${tool}\` returned`);
    return { output };
  } catch (error) {
    return { failure: messageOf(error) };
  }
}

async function gradeOf(world: World, answer: unknown): Promise<Grade> {
  const grade = await world.grade(answer);
  assertJson(grade, 'what `grade` returned');
  return grade as Grade;
}
