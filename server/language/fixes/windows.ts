/** Fixes of weekly windows. */
import { valueAt } from '../../engine/documents/index.ts';
import { replaceScalar } from './edit.ts';
import { type Fixer, mappingAround, quickFix } from './fix.ts';

/** A window that is open for 24 hours, as one that is open for whole days. */
export const untilMidnight: Fixer = (problem, scene) => {
  const around = mappingAround(scene, problem);
  if (around === null) return [];
  const window = valueAt(scene.document.value, around.path);
  const opens = valueAt(window, ['from']) ?? '00:00';
  const written = (key: string) => around.node.entries.find((entry) => entry.key === key)?.value;
  const [from, to] = [written('from'), written('to')];
  if (to === undefined || (opens !== '00:00' && from === undefined)) return [];
  const closing = replaceScalar(scene.file, to.span, '24:00');
  if (opens === '00:00' || from === undefined)
    return [quickFix('write `24:00`', problem, [closing], { isPreferred: true })];
  const opening = replaceScalar(scene.file, from.span, '00:00');
  // Only a window of every day is open at the same times as before.
  const isPreferred = valueAt(window, ['days']) === undefined;
  return [quickFix('make it whole days, `00:00` to `24:00`', problem, [opening, closing], { isPreferred })];
};
