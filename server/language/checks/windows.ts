/** Windows of the week that say something else than they seem to. What is no time at all is told by form and compiler. */
import { type Finding, isRecord, under } from './finding.ts';

/** Findings in when a policy or a rule is in force, from its own root. */
export function checkWindows(part: Readonly<Record<string, unknown>>): readonly Finding[] {
  const { during } = part;
  if (during === undefined) return [];
  const found = Array.isArray(during)
    ? during.flatMap((window: unknown, index) => under([index], checkWindow(window)))
    : checkWindow(during);
  return under(['during'], found);
}

function checkWindow(window: unknown): readonly Finding[] {
  if (!isRecord(window)) return [];
  const { from = '00:00', to } = window;
  if (typeof to !== 'string' || from !== to) return [];
  const message = `this window closes at \`${to}\` of the day after, when it has been open for 24 hours`;
  const help = 'for whole days, leave out `from` and `to`; for a shorter window, let `to` be another time';
  return [{ code: 'meaning/whole-day-window', severity: 'warning', path: ['to'], message, help }];
}
