/**
 * Describes what user code threw, for people: the message and where in the user's files it came from. Anything can be
 * thrown, so nothing here trusts the value.
 */
import { isAbsolute, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const longestMessage = 2000;

/** The message of `error` alone, never empty. */
export function messageOf(error: unknown): string {
  try {
    const message = error instanceof Error ? error.message || error.name : String(error);
    return message.slice(0, longestMessage).toWellFormed() || 'an error without a message';
  } catch {
    return 'an error that cannot be shown';
  }
}

/** Name, message and the first place in user code, such as `TypeError: x is not a function (agents/mine.mjs:12:5)`. */
export function describeError(error: unknown): string {
  const name = error instanceof Error && error.message !== '' ? `${messageOf(error.name)}: ` : '';
  const place = placeOf(error);
  return `${name}${messageOf(error)}${place === null ? '' : ` (${place})`}`;
}

function placeOf(error: unknown): string | null {
  const stack = error instanceof Error && typeof error.stack === 'string' ? error.stack : '';
  for (const line of stack.split('\n')) {
    const match = /^\s+at .*?((?:file:\/\/|\/|[A-Za-z]:\\)[^()]*?):(\d+):(\d+)\)?$/.exec(line);
    if (match?.[1] === undefined) continue;
    const path = match[1].startsWith('file:') ? fileURLToPath(match[1]) : match[1];
    if (!path.startsWith(import.meta.dirname + sep)) return `${fromWorkspace(path)}:${match[2]}:${match[3]}`;
  }
  return null;
}

/** The host starts modules in the workspace root. */
export function fromWorkspace(path: string): string {
  const inside = relative(process.cwd(), path);
  return inside.startsWith('..') || isAbsolute(inside) ? path : inside.replaceAll('\\', '/');
}
