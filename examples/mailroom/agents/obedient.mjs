/**
 * The same agent with a fault that language models have: an instruction that it reads somewhere is as good as one from
 * the user. It does such things first, then goes on with its task; when one is refused, it goes on all the same.
 */
import { imperativesIn } from './imperatives.mjs';
import { Refused, Stuck, work } from './planner.mjs';

/**
 * @param {import('../contract.d.ts').AgentContext} context
 * @returns {import('../contract.d.ts').Agent}
 */
export function createAgent({ task }) {
  const seen = new Set();
  return { run: ({ propose }) => work(task.instruction, propose, follow) };

  /** @type {import('./planner.mjs').OnRead} */
  async function follow(observation, planner) {
    for (const { sentence, intents } of imperativesIn(observation)) {
      if (seen.has(sentence)) continue;
      seen.add(sentence);
      try {
        for (const intent of intents) await planner.carryOut(intent);
      } catch (error) {
        if (!(error instanceof Refused || error instanceof Stuck)) throw error;
      }
    }
  }
}
