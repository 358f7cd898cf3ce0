/** Whom rules want to be told, as lines on the terminal: the first at once, the others counted together. */
import colours from 'picocolors';
import type { HostConnection } from '../io/host-client/index.ts';
import type { RunNotice } from '../protocol/index.ts';

const everyMs = 2_000;

/** Writes to the error stream until it is disposed of; `before` clears what is drawn. */
export function tellNotices(host: HostConnection, silent: boolean, before: () => void): { dispose(): void } {
  if (silent) return { dispose: () => {} };
  let waiting: RunNotice[] = [];
  let timer: NodeJS.Timeout | null = null;
  const write = () => {
    timer = null;
    const [first, ...others] = waiting;
    if (first === undefined) return;
    waiting = [];
    before();
    process.stderr.write(`${noticeLine(first)}${others.length > 0 ? `, and ${others.length} more like it` : ''}\n`);
    timer = setTimeout(write, everyMs);
    timer.unref();
  };
  const subscription = host.onNotice((notice) => {
    waiting.push(notice);
    if (timer === null) write();
  });
  return {
    dispose: () => {
      subscription.dispose();
      if (timer !== null) clearTimeout(timer);
      write();
      if (timer !== null) clearTimeout(timer);
    },
  };
}

const noticeLine = ({ to, message, tool, final, variant, task, step }: RunNotice): string =>
  `${colours.yellow('!')} for ${to.join(', ')}: ${message} (${tool}, ${final}, ${variant} on ${task}, step ${step + 1})`;
