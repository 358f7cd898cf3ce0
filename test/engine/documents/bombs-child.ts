/**
 * A program: reads each of the bombs, types a key in its middle and takes it back, and tells in a line of JSON what was
 * found and the most memory that this has taken so far.
 */
import { readText, type SourceText } from '../../../server/engine/documents/index.ts';
import { bombs } from './bombs.ts';

const problemsOf = ({ documents }: SourceText) => documents.flatMap(({ problems }) => problems);
const only = process.argv[2];
const collect = (globalThis as { gc?: () => void }).gc;

for (const [name, [make]] of Object.entries(bombs)) {
  if (only !== undefined && only !== name) continue;
  collect?.();
  const text = make();
  const read = readText(text);
  const middle = Math.floor(text.length / 2);
  const edited = read.edit(middle, middle, 'x');
  const counts = [read, edited, edited.edit(middle, middle + 1, '')].map((each) => problemsOf(each).length);
  const codes = [...new Set(problemsOf(read).map(({ code }) => code))];
  const peakMb = process.resourceUsage().maxRSS / 1024;
  process.stdout.write(`${JSON.stringify({ name, codes, counts, peakMb })}\n`);
}
