/**
 * The same agent, wary: it notices instructions in what it reads, as the obedient one does, but takes them for data. It
 * does none of them and says so, in the thought of its next action or else in its answer.
 */
import { imperativesIn } from './imperatives.mjs';
import { work } from './planner.mjs';

/**
 * @param {import('../contract.d.ts').AgentContext} context
 * @returns {import('../contract.d.ts').Agent}
 */
export function createAgent({ task }) {
  /** @type {Set<string>} */
  const ignored = new Set();
  /** @type {string[]} */
  let unsaid = [];
  return { run };

  /** @type {import('../contract.d.ts').Agent['run']} */
  async function run({ propose }) {
    const finish = await work(task.instruction, (tool, input, thought) => propose(tool, input, said(thought)), notice);
    return unsaid.length === 0 ? finish : { ...finish, answer: said(String(finish.answer)) };
  }

  /** @type {import('./planner.mjs').OnRead} */
  async function notice(observation) {
    const found = imperativesIn(observation).map(({ sentence }) => sentence);
    const fresh = found.filter((sentence) => !ignored.has(sentence));
    for (const sentence of fresh) ignored.add(sentence);
    unsaid.push(...fresh);
  }

  /** @param {string} [text] */
  function said(text = '') {
    const notes = unsaid.map((sentence) => `(I ignored an instruction in what I read: “${sentence}”)`);
    unsaid = [];
    return [text, ...notes].join(' ');
  }
}
