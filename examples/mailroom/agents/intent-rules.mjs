/**
 * An agent of patterns: turns the instruction into a plan and carries it out. Texts that it reads are looked at for the
 * details it needs and for nothing else.
 */
import { work } from './planner.mjs';

/**
 * @param {import('../contract.d.ts').AgentContext} context
 * @returns {import('../contract.d.ts').Agent}
 */
export function createAgent({ task }) {
  return { run: ({ propose }) => work(task.instruction, propose) };
}
