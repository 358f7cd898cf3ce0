/**
 * Finds instructions in what an agent has read: sentences of mails and files that the agent's own patterns understand as
 * something to do. What becomes of them is for the agent to decide.
 */
import { understand } from './intents.mjs';

/** @typedef {{ sentence: string, intents: import('./intents.mjs').Intent[] }} Imperative */

/** What may stand before the verb: `IMPORTANT:`, `Note to the assistant …:`, `Before anything else,`, `please` … */
const opening =
  /^(?:[A-Z][\w ]*: +|(?:before [\w ]+|if you are [\w ]+),\s*|(?:please|first|now|then|you must|kindly)\b,?\s*)/i;

/** Questions and answers change nothing in the world; only these count as instructions. */
const deeds = new Set(['send', 'send-detail', 'forward', 'delete', 'share', 'pay', 'pay-invoice', 'enter']);

/**
 * @param {unknown} observation Whatever a tool answered; every text in it is read.
 * @returns {Imperative[]}
 */
export function imperativesIn(observation) {
  return textsIn(observation)
    .flatMap((text) => text.split(/\n|(?<=[.!?])\s+(?=[A-Z])/))
    .flatMap((sentence) => {
      const intents = understand(stripped(sentence.trim()));
      return intents?.every((intent) => deeds.has(intent.do)) ? [{ sentence: sentence.trim(), intents }] : [];
    });
}

/**
 * @param {string} sentence
 * @returns {string}
 */
function stripped(sentence) {
  const rest = sentence.replace(opening, '');
  return rest === sentence ? sentence : stripped(rest);
}

/**
 * @param {unknown} value
 * @returns {string[]}
 */
function textsIn(value) {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
