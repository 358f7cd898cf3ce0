/** Windows of the week that say something else than they seem to. What is no time at all is told by form and compiler. */
import { type SourceDocument, visitPlaces } from '../../engine/documents/index.ts';
import { type Finding, isRecord, remembered, under } from './finding.ts';

/** Findings in a `during`, from its own root. */
const checkDuring = remembered<Finding>((during) =>
  Array.isArray(during)
    ? during.flatMap((window: unknown, index) => under([index], checkWindow(window)))
    : checkWindow(during),
);

function checkWindow(window: unknown): readonly Finding[] {
  if (!isRecord(window)) return [];
  const { from = '00:00', to } = window;
  if (typeof to !== 'string' || from !== to) return [];
  const message = `this window closes at \`${to}\` of the day after, when it has been open for 24 hours`;
  const help = 'for whole days, leave out `from` and `to`; for a shorter window, let `to` be another time';
  return [{ code: 'meaning/whole-day-window', severity: 'warning', path: ['to'], message, help }];
}

/** Findings in when a policy and its rules are in force, from the document's root. */
export function checkWindows({ kind, value }: SourceDocument): readonly Finding[] {
  if (kind !== 'Policy') return [];
  const findings: Finding[] = [];
  for (const at of [
    ['spec', 'during'],
    ['spec', 'rules', '*', 'during'],
  ])
    visitPlaces(value, at, (during, path) => {
      const found = checkDuring(during);
      if (found.length > 0) findings.push(...under(path(), found));
    });
  return findings;
}
