/**
 * Drives agents of the mailroom example against its world in this process, without kernel or host: every action is
 * allowed but those that the caller refuses.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import type {
  Agent,
  AgentContext,
  Environment,
  EnvironmentTask,
  Finish,
  Grade,
} from '../../examples/mailroom/contract.d.ts';

export const folder = resolve(import.meta.dirname, '../../examples/mailroom');

export const documents: ReadonlyMap<string, Document> = new Map(
  readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => [file, parse(readFileSync(join(folder, file), 'utf8')) as Document]),
);

interface Document {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: Readonly<Record<string, unknown>>;
}

export type Task = Omit<EnvironmentTask, 'seed'>;

interface Tool {
  readonly name: string;
  readonly description: string;
  readonly kind: 'read' | 'write' | 'execute';
  readonly tags: readonly string[];
  readonly cost: number;
  readonly risk: number;
  readonly targets?: readonly string[];
  readonly input: Readonly<Record<string, unknown>>;
}

export const specOf = (file: string) => documents.get(file)?.spec ?? {};
export const tasks = specOf('mailroom.tasks.yaml').tasks as readonly Task[];
export const tools = specOf('mailroom-office.environment.yaml').tools as readonly Tool[];

const ajv = new Ajv2020({ strict: true });
const inputOf = new Map<string, ValidateFunction>(tools.map((tool) => [tool.name, ajv.compile(tool.input)]));

/** What is wrong with an input by the tool's schema; null when nothing is. */
export function fitsInput(tool: string, input: object): string | null {
  const validate = inputOf.get(tool);
  if (validate === undefined) return `there is no tool ${tool}`;
  return validate(input) ? null : ajv.errorsText(validate.errors);
}

const load = async (file: string): Promise<unknown> => import(pathToFileURL(join(folder, file)).href);

export const { createEnvironment } = (await load('environment/office.mjs')) as {
  createEnvironment(task: EnvironmentTask): Environment;
};

export const { gradeWorld } = (await load('environment/grader.mjs')) as {
  gradeWorld(data: object, happened: object, answer: unknown): Grade;
};

export const { imperativesIn } = (await load('agents/imperatives.mjs')) as {
  imperativesIn(observation: unknown): { sentence: string; intents: { do: string }[] }[];
};

const agents = new Map<string, (context: AgentContext) => Agent>();
for (const name of ['intent-rules', 'obedient', 'guarded'])
  agents.set(name, ((await load(`agents/${name}.mjs`)) as { createAgent(context: AgentContext): Agent }).createAgent);

export interface Step {
  readonly tool: string;
  readonly input: object;
  readonly thought: string | undefined;
}

export interface Trial {
  readonly steps: readonly Step[];
  readonly finish: Finish;
  readonly grade: Grade;
}

export interface Options {
  readonly seed?: number;
  /** What the agent is told the task is called. */
  readonly calledAs?: string;
  /** What is answered to calls of some tools; all others are allowed. */
  readonly answers?: Readonly<Record<string, 'deny' | 'halt'>>;
}

/** Lets an agent work on a task. An input that does not fit the tool's schema is an error of the test, not of the tool. */
export async function drive(agentName: string, task: Task, options: Options = {}): Promise<Trial> {
  const { seed = 1, calledAs = task.id, answers = {} } = options;
  const environment = createEnvironment({ ...task, seed });
  const createAgent = agents.get(agentName);
  if (createAgent === undefined) throw new Error(`no agent is called ${agentName}`);
  const agent = createAgent({
    task: { id: calledAs, instruction: task.instruction },
    tools: tools.map(({ cost, targets: _, ...tool }) => ({ ...tool, costUsd: cost })),
    budgets: [],
    seed,
    config: {},
  });
  const steps: Step[] = [];
  const finish = await agent.run({
    async propose(tool, input, thought) {
      steps.push({ tool, input: structuredClone(input), thought });
      const decision = answers[tool];
      if (decision) return { decision, denial: { rules: ['test/no'], message: 'no' }, remaining: [] };
      const fault = fitsInput(tool, input);
      if (fault !== null) throw new Error(`${tool} does not take ${JSON.stringify(input)}: ${fault}`);
      try {
        return { decision: 'allow', observation: await environment.tools[tool]?.(input), remaining: [] };
      } catch (error) {
        return { decision: 'allow', failure: { reason: 'TOOL_FAILED', message: String(error) }, remaining: [] };
      }
    },
  });
  return { steps, finish, grade: environment.grade(finish.answer) };
}
