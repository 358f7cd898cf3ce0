/**
 * What people said to a recorded question, and what that comes to where other rules would have asked. An answer counts only
 * for whom the rules ask; where they ask somebody who was never asked, nobody knows what would have been said.
 */
import { admittedAs, ruleOf } from '../kernel/index.ts';
import type { Decision } from '../ledger/index.ts';
import type { Cause } from '../policy/index.ts';

/** Of a ledger that is older than that it says whom a rule asks, that is undefined. */
interface Asked {
  readonly rule: string;
  readonly ask: Cause['ask'];
}

export interface RecordedAnswers {
  /** The rules that asked, whom and for how long. */
  readonly asked: readonly Asked[];
  readonly given: readonly Given[];
  /** Why others have not answered; null where nobody else had to. */
  readonly end: string | null;
  readonly final: Decision['final'];
  /** Whether somebody refused what the rules no longer asked about by the time of the answer. */
  readonly isOverruled: boolean;
}

interface Given {
  readonly allow: boolean;
  /** What is known of how rules may call the person: the name, and the name or group by which a rule let them answer. */
  readonly names: readonly string[];
  /** The rules that the person was shown; null where the ledger is older than that it says so. */
  readonly rules: readonly string[] | null;
  readonly waitedMs: number;
}

/** Null where nobody was asked. */
export function recordedAnswers({ effect, final, causes }: Decision): RecordedAnswers | null {
  const said = causes.filter(({ kind }) => kind === 'approver');
  const given = said.flatMap(({ effect: said, answer }): Given[] => {
    if (answer === undefined) return [];
    const { person, as, rules = null, waitedMs } = answer;
    return [{ allow: said === 'allow', names: as === undefined ? [person] : [person, as], rules, waitedMs }];
  });
  if (effect !== 'ask' && given.length === 0) return null;
  const own = causes.filter(({ kind }) => kind !== 'approver');
  return {
    asked: own.filter((cause) => cause.effect === 'ask').map((cause) => ({ rule: ruleOf(cause), ask: cause.ask })),
    given,
    end: said.find(({ answer }) => answer === undefined)?.id ?? null,
    final,
    isOverruled: effect === 'deny' && given.some(({ allow }) => !allow) && !own.some((one) => one.effect === 'deny'),
  };
}

/**
 * What becomes of an action that `causes` ask about, among them at least one that does; null where the past cannot tell. A
 * question that was never put is taken to be one that nobody answers.
 */
export function answeredAs(causes: readonly Cause[], recorded: RecordedAnswers | undefined): 'allow' | 'deny' | null {
  const asking = causes.filter(({ effect }) => effect === 'ask');
  // No answer adds to a budget.
  if (recorded === undefined || asking.some(({ kind }) => kind === 'budget')) return 'deny';
  if (isTooLate(asking, recorded)) return null;
  const refusals = recorded.given.filter(({ allow }) => !allow);
  if (refusals.length > 0) {
    const isAsked = refusals.some(({ names }) => asking.some((cause) => admittedAs(cause, names) !== null));
    const isAll = recorded.asked.every((one) => asking.some(({ ask }) => isSameWho(ask, one.ask)));
    return isAsked || isAll ? 'deny' : null;
  }
  const open = asking.filter((cause) => !isApproved(cause, recorded));
  if (open.length === 0) return 'allow';
  return open.every(({ ask }) => isSurelyOpen(ask, recorded)) ? 'deny' : null;
}

/** An answer is to the rules that the person was shown, and to no others. */
function isApproved(cause: Cause, { asked, given, final }: RecordedAnswers): boolean {
  const rule = ruleOf(cause);
  const isTo = ({ allow, names, rules }: Given) =>
    allow && (rules === null || rules.includes(rule)) && admittedAs(cause, names) !== null;
  if (given.some(isTo)) return true;
  // Of who has approved, the ledger has only one name that let them; but all that was asked was approved.
  return final === 'allow' && asked.some((one) => one.rule === rule && isSameWho(cause.ask, one.ask));
}

/** Whether those whom it asks were asked, had no less time, and have not answered. */
function isSurelyOpen(ask: Cause['ask'], { asked, end }: RecordedAnswers): boolean {
  if (end === null) return false;
  return asked.some((one) => isSameWho(ask, one.ask) && (end !== 'ask-timed-out' || isNoLonger(ask, one.ask)));
}

/** Whether a question that now waits for less time than it did would have ended before an answer came. */
function isTooLate(asking: readonly Cause[], { asked, given }: RecordedAnswers): boolean {
  const shorter = asking.flatMap(({ ask }) =>
    ask === undefined || asked.some((one) => isSameWho(ask, one.ask) && isNoLonger(one.ask, ask)) ? [] : [ask.waitMs],
  );
  return given.some(({ waitedMs }) => shorter.some((waitMs) => waitedMs > waitMs));
}

const isNoLonger = (one: Cause['ask'], other: Cause['ask']): boolean =>
  one === undefined || other === undefined || one.waitMs <= other.waitMs;

function isSameWho(one: Cause['ask'], other: Cause['ask']): boolean {
  if (one === undefined || other === undefined) return true;
  if (one.who === undefined || other.who === undefined) return one.who === other.who;
  const [mine, theirs] = [new Set(one.who), new Set(other.who)];
  return mine.size === theirs.size && [...mine].every((name) => theirs.has(name));
}
