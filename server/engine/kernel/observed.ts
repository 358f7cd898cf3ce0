/** Looks into what came of an action, as far as policies ask: its size, and the declared patterns in its texts. */
import { utf8 } from '../bytes.ts';
import type { CompiledPattern } from '../policy/index.ts';
import type { Observation, ObservedFacts } from './context.ts';

/** Throws when the output is no JSON value. */
export function observe({ failed, output }: Observation, patterns: readonly CompiledPattern[]): ObservedFacts {
  const json: string | undefined = JSON.stringify(output);
  const texts = patterns.length === 0 ? [] : [...textsIn(output)];
  const found = patterns.filter(({ matches }) => texts.some(matches));
  return { failed, sizeBytes: json === undefined ? 0 : utf8(json).length, patterns: found.map(({ id }) => id) };
}

/** Every text of a JSON value, keys too. */
function* textsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (Array.isArray(value)) for (const item of value) yield* textsIn(item);
  else if (typeof value === 'object' && value !== null)
    for (const [key, item] of Object.entries(value)) {
      yield key;
      yield* textsIn(item);
    }
}
