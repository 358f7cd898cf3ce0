/**
 * Questions to people and what the answers come to. It waits for nobody and knows no clients: who is asked, and for how
 * long, is for whoever holds the kernel.
 */
import { type Cause, type Obliging, obligationsOf } from '../policy/index.ts';

/** What people have to be asked before an action is decided, or before an agent is shown what came of it. */
export interface Question {
  /** The rules and defaults that ask; each has to be approved by somebody whom it admits. */
  readonly causes: readonly Cause[];
  /** The shortest time that any of them waits. */
  readonly waitMs: number;
  /** JSON Pointers to what nobody may see, into the input of an action or the output of an observation. */
  readonly redact: readonly string[];
}

export interface Answer {
  readonly allow: boolean;
  /** As the record names the person. */
  readonly person: string;
  /** What rules may call the person: name, address, account, groups. */
  readonly names: readonly string[];
  readonly note?: string;
  /** The rules and defaults that the person was shown, as `ruleOf` names them. An answer is to these and no others. */
  readonly rules: readonly string[];
  /** How long the question had waited. */
  readonly waitedMs: number;
}

/** Why nobody says any more. */
export type End = 'answered' | 'no-approver' | 'ask-timed-out' | 'run-cancelled' | 'agent-gone';

export interface Answers {
  readonly given: readonly Answer[];
  readonly end: End;
}

/** Where nobody can be asked. */
export const noApprover: Answers = Object.freeze({ given: [], end: 'no-approver' });

/** What has still to be asked after `given`, of all that speaks for a decision; null when nothing has. */
export function questionOf(said: Obliging, given: readonly Answer[]): Question | null {
  const asking = unapproved(said.causes, given);
  if (asking.length === 0 || given.some(({ allow }) => !allow)) return null;
  const waitMs = Math.min(...asking.map(({ ask }) => ask?.waitMs ?? Number.POSITIVE_INFINITY));
  return { causes: asking, waitMs, redact: obligationsOf(said).redact ?? [] };
}

/**
 * The name or group by which `cause` lets somebody of these names answer: `''` when anybody may, null when not. An
 * exhausted budget admits nobody, for no answer adds to it.
 */
export function admittedAs({ kind, ask }: Cause, names: readonly string[]): string | null {
  if (kind === 'budget') return null;
  return ask?.who === undefined ? '' : (ask.who.find((name) => names.includes(name)) ?? null);
}

/** What an answer calls a cause that asks: `POLICY/RULE`, or `POLICY` for its default. */
export const ruleOf = ({ policy, id }: Cause): string => [policy, id].filter(Boolean).join('/');

/** The questions among `causes` that nobody who may has been shown and approved. */
function unapproved(causes: readonly Cause[], given: readonly Answer[]): Cause[] {
  const approvals = given.filter(({ allow }) => allow);
  return causes.filter((cause) => cause.effect === 'ask' && !approvals.some((answer) => isTo(answer, cause)));
}

const isTo = ({ names, rules }: Answer, cause: Cause): boolean =>
  rules.includes(ruleOf(cause)) && admittedAs(cause, names) !== null;

/** Answers as a decision lists them, and why questions stay unanswered. */
export function approverCauses(causes: readonly Cause[], { given, end }: Answers): readonly Cause[] {
  const usual = given.length === 0 ? unanswered(causes, end) : null;
  if (usual !== null) return usual;
  const said = given.map((answer) => answerCause(answer, causes));
  const open = unapproved(causes, given);
  if (open.length === 0 || given.some(({ allow }) => !allow)) return said;
  return [...said, unansweredCause(open, end)];
}

const nobody: readonly Cause[] = Object.freeze([]);

/** What is said where nobody has answered; null where it depends on who may. */
function unanswered(causes: readonly Cause[], end: End): readonly Cause[] | null {
  let isAsked = false;
  for (const cause of causes) {
    if (cause.effect !== 'ask') continue;
    if (cause.kind === 'budget' || cause.ask?.who !== undefined) return null;
    isAsked = true;
  }
  if (!isAsked) return nobody;
  return unansweredByAnybody[end];
}

function answerCause(answer: Answer, causes: readonly Cause[]): Cause {
  const { allow, person, names, note, rules, waitedMs } = answer;
  const to = causes.filter((cause) => cause.effect === 'ask' && isTo(answer, cause));
  const as = to.map((cause) => admittedAs(cause, names)).find(Boolean);
  return {
    kind: 'approver',
    id: allow ? 'approved' : 'refused',
    effect: allow ? 'allow' : 'deny',
    answer: { person, ...(as && { as }), ...(note !== undefined && { note }), rules: [...rules], waitedMs },
    message: `${person} ${allow ? 'approves it' : 'refuses it'}${note === undefined ? '' : `: ${note}`}`,
  };
}

function unansweredCause(open: readonly Cause[], end: End): Cause {
  const budget = open.find(({ kind }) => kind === 'budget');
  if (budget !== undefined) {
    const message = `\`${budget.id}\` is exhausted, and no answer adds to a budget`;
    return { kind: 'approver', id: 'no-approver', effect: 'deny', message };
  }
  const who = [...new Set(open.map(wanted))].join(' and ');
  const why: Record<End, string> = {
    'no-approver': 'nobody can answer here',
    'ask-timed-out': 'nobody has answered in time',
    'run-cancelled': 'the run was cancelled before anybody had answered',
    'agent-gone': 'the agent had ended before anybody had answered',
    answered:
      'nobody who may had been shown all that asked by the time of the answer, so it would have to be asked again',
  };
  const id = end === 'answered' ? 'no-approver' : end;
  return { kind: 'approver', id, effect: 'deny', message: `${who} must approve this and ${why[end]}` };
}

const wanted = ({ ask }: Cause): string => ask?.who?.map((name) => `\`${name}\``).join(' or ') ?? 'a person';

const toAnybody = (end: End): readonly Cause[] =>
  Object.freeze([Object.freeze(unansweredCause([{ kind: 'rule', effect: 'ask' }], end))]);

/** Why a question to anybody at all stays unanswered: the usual case where nobody can be asked, and always the same. */
const unansweredByAnybody: Readonly<Record<End, readonly Cause[]>> = {
  answered: toAnybody('answered'),
  'no-approver': toAnybody('no-approver'),
  'ask-timed-out': toAnybody('ask-timed-out'),
  'run-cancelled': toAnybody('run-cancelled'),
  'agent-gone': toAnybody('agent-gone'),
};
