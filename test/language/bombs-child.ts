/**
 * A program: asks every editor feature about each of the bombs, or about one that is named, and tells in a line of JSON how
 * many milliseconds each took. What it is at is told on the standard error.
 */
import { readSource } from '../../server/language/index.ts';
import { bombs } from '../engine/documents/bombs.ts';
import { features } from './bombs-features.ts';

const only = process.argv[2];
const collect = (globalThis as { gc?: () => void }).gc;

for (const [name, [make]] of Object.entries(bombs)) {
  if (only !== undefined && only !== name) continue;
  collect?.();
  const text = make();
  const took: Record<string, number> = {};
  let source = readSource(text);
  const time = (feature: string, act: () => unknown) => {
    const before = performance.now();
    act();
    took[feature] = Math.round(performance.now() - before);
  };
  time('reading', () => {
    source = readSource(text);
  });
  for (const [feature, ask] of Object.entries(features)) {
    process.stderr.write(`${name}: ${feature}\n`);
    time(feature, () => ask(source));
  }
  process.stdout.write(`${JSON.stringify({ name, took })}\n`);
}
