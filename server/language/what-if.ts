/** What has come of trying a policy on recorded runs, in words: the same in lenses, trees and on the command line. Counts nothing. */
import type { Backtest, ChangedDecision, Departure, RuleTally } from '../engine/backtest/index.ts';
import type { Effect } from '../engine/documents/index.ts';

export interface Extent {
  readonly recordedOn: Backtest['recordedOn'];
  readonly answeredOn: Backtest['answeredOn'];
  /** Whether older actions have been left out. */
  readonly isCut?: boolean;
}

const would: Readonly<Record<RuleTally['on'], Readonly<Record<Effect, string>>>> = {
  action: { allow: 'would allow', ask: 'would ask about', deny: 'would deny', halt: 'would halt at' },
  observation: { allow: 'would show', ask: 'would ask about', deny: 'would hold back', halt: 'would halt at' },
};

/** Such as `would deny 12 of 3,402 recorded actions (7 newly)`. */
export function tallyInWords({ kind, on, effect, matched, decided, newly }: RuleTally, extent: Extent): string {
  const all = recordedInWords(extent, on);
  if (extent.recordedOn[on] === 0) return `nothing recorded to try it on`;
  if (matched === 0) return kind === 'budget' ? `never exhausted in ${all}` : `matches none of ${all}`;
  if (decided === 0) return `matches ${grouped(matched)} of ${all}, but decides none`;
  return `${would[on][effect]} ${grouped(decided)} of ${all} (${newly === 0 ? 'none' : grouped(newly)} newly)`;
}

/** Such as `12 of 3,402 recorded decisions would be others, 40 cannot be told`. */
export function totalInWords(
  { changes, recorded, answered }: Pick<Backtest, 'recorded' | 'answered'> & { readonly changes: number },
  isCut = false,
): string {
  if (recorded === 0) return 'nothing recorded to try it on';
  const all = `${isCut ? 'the newest ' : ''}${grouped(recorded)} recorded decision${recorded === 1 ? '' : 's'}`;
  const open = recorded - answered;
  const changed = `${changes === 0 ? 'none' : grouped(changes)} of ${all} would be ${changes === 1 ? 'another' : 'others'}`;
  return open > 0 ? `${changed}, ${grouped(open)} cannot be told` : changed;
}

/** Where trials would have gone differently, only what came before that can be told. */
function recordedInWords({ recordedOn, answeredOn, isCut = false }: Extent, on: RuleTally['on']): string {
  const [count, answered] = [recordedOn[on], answeredOn[on]];
  const all = `${isCut ? 'the newest ' : ''}${grouped(count)} recorded ${on}${count === 1 ? '' : 's'}`;
  return answered === count ? all : `${grouped(answered)} that can be told of ${all}`;
}

/** What a changed decision is about, such as `pay to ES91…`. */
export function actionInWords({ on, subject, targets }: Pick<ChangedDecision, 'on' | 'subject' | 'targets'>): string {
  const [first, ...others] = targets;
  const to = first === undefined ? '' : ` to ${first}${others.length > 0 ? ` and ${others.length} more` : ''}`;
  return on === 'action' ? `${subject}${to}` : `what ${subject} gave back`;
}

/** Why nothing is said of the rest of a trial. */
export const departureInWords: Readonly<Record<Departure['why'], string>> = {
  'newly-allowed': 'something that had been refused would be allowed',
  'newly-denied': 'something that had been allowed would be refused',
  'newly-halted': 'the trial would be halted',
  unknown: 'a rule would have to look into something that came back, and nobody has looked',
  unanswered: 'somebody would have to be asked who was not, and nobody knows what they would have said',
  uncounted: 'it hangs on a budget, and what that had left cannot be counted again from the ledgers',
};

/** Whole numbers with a comma at each third digit. */
const grouped = (count: number): string => String(count).replaceAll(/\B(?=(\d{3})+$)/g, ',');
