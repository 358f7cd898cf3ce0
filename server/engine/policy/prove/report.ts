/** Verdicts on rules as findings: messages, fixes, and witnesses that are computed when somebody asks for them. */
import { type Cause, sortByStrength } from '../effect.ts';
import { type Formula, slotsRead } from '../formula.ts';
import { type Facts, factsOf, signalDeclarations } from '../signal.ts';
import { contradicting, meetingOf } from './crossing.ts';
import { type Domain, unknown } from './domain.ts';
import type { Entry, Verdict } from './entry.ts';
import type { Example, Finding, FindingCode, Fix, Place, Undecided, Witness } from './finding.ts';
import type { Later } from './later.ts';
import type { ProvablePolicy } from './prover.ts';
import type { Scene } from './scene.ts';
import { exceededBy } from './spending.ts';
import type { Horizon } from './translate.ts';
import { actionIn } from './witness.ts';
import { type Box, domainAt, withDomain } from './worlds.ts';

/** What findings are told of: rules of which everything has been judged. */
export interface Proved {
  /** What witnesses are decided by: the policies as they were proved last. */
  policies: readonly ProvablePolicy[];
  readonly scenes: Readonly<Record<Entry['on'], Scene>>;
  /** The time that they are told of. */
  readonly horizon: Horizon;
  /** What may be otherwise after it. */
  readonly later: Later;
}

/** So many rules that contradict one are named; of the others it is said how many there are. */
const maxNamed = 3;

/** The findings in the order of the rules; of two equal rules only the later one is told of. */
export function* reportRules(
  entries: readonly Entry[],
  proved: Proved,
): Generator<undefined, { findings: Finding[]; undecided: Undecided[] }> {
  const findings: Finding[] = [];
  const undecided: Undecided[] = [];
  const changing = changingAmong(entries, proved);
  const copies = copiesAmong(entries, proved);
  for (const entry of entries) {
    const { place } = entry;
    const several = copies.get(entry) ?? null;
    const verdict = several === null ? entry.verdict : verdictOfAll(several, entry);
    if (verdict?.kind === 'undecided') undecided.push({ place, message: verdict.message });
    // What is told of a redundant rule, or of one of several copies, depends on the verdict of another, and of an idle one on what comes later.
    if (
      entry.told === null ||
      several !== null ||
      verdict?.kind === 'redundant' ||
      isToldAnew(entry, changing[entry.on])
    ) {
      const told = verdict !== null && isToldLater(entry, verdict, copies) ? null : verdict;
      entry.told = tell(entry, told, proved, changing[entry.on]);
      yield;
    }
    for (const finding of entry.told) findings.push(finding);
  }
  return { findings, undecided };
}

/**
 * The entries of a rule that stands in one place and is a part of several of the policies, because each of them includes it:
 * what is true of one of them is not true of the rule.
 */
function copiesAmong(entries: readonly Entry[], { policies }: Proved): ReadonlyMap<Entry, readonly Entry[]> {
  const copies = new Map<Entry, readonly Entry[]>();
  if (policies.length < 2) return copies;
  for (const alike of Map.groupBy(entries, ({ place }) => `${place.digest} ${place.policy} ${place.id}`).values())
    if (alike.some(({ policy }) => policy !== alike[0]?.policy)) for (const entry of alike) copies.set(entry, alike);
  return copies;
}

/** What is told at `entry` of the rule that `copies` are of, which go and stay together; null where nothing is. */
function verdictOfAll(copies: readonly Entry[], entry: Entry): Verdict | null {
  const { verdict } = entry;
  const isAny = (kind: Verdict['kind']) => copies.some((copy) => copy.verdict?.kind === kind);
  if (verdict === null || verdict.kind === 'undecided' || verdict.kind === 'sound') return verdict;
  if (isAny('undecided') || isAny('sound')) return null;
  const isHalfShadowed = isAny('shadowed') && copies.some(mayStillMatch);
  if (isAny('redundant') || isHalfShadowed) {
    const isMutual = copies.every(({ verdict: one }) => one?.kind === 'redundant' && isOnlyBy(one, copies));
    if (isMutual || entry !== copies[0]) return null;
    const message = `\`${entry.place.id}\` is part of several of the policies, and whether it changes a decision in all of them together is not proved`;
    return { kind: 'undecided', message };
  }
  // One of them may do what another leaves undone, as long as the rule is there.
  if (verdict.kind === 'shadowed') return { ...verdict, isIdle: false };
  if (verdict.kind !== 'never' || isAny('shadowed') || entry !== mostAlive(copies)) return null;
  return { ...verdict, isForLater: copies.some(({ isForLater }) => isForLater) };
}

/** Of copies that never match, one of which the most can be told. */
const mostAlive = (copies: readonly Entry[]): Entry | undefined =>
  copies.find(({ verdict }) => verdict?.kind === 'never' && verdict.unknown !== null) ??
  copies.find(mayStillMatch) ??
  copies[0];

/** Of what never matches, whether it does where something is unknown, or may later. */
const mayStillMatch = ({ verdict }: Entry): boolean =>
  verdict?.kind === 'never' && (verdict.unknown !== null || verdict.isForLater);

const isOnlyBy = ({ by }: Extract<Verdict, { kind: 'redundant' }>, copies: readonly Entry[]): boolean =>
  by.length > 0 && by.every((one) => copies.includes(one));

/** Whether what comes later is told of a rule that is outdone, or may have to be. */
const isToldAnew = ({ verdict, told }: Entry, changing: readonly Formula[]): boolean =>
  verdict?.kind === 'shadowed' && (changing.length > 0 || told?.[0]?.isForLater === true);

/** Conditions of rules, and when policies with a default are in force, as far as they change after the horizon. */
export function changingAmong(
  entries: readonly Entry[],
  { policies, later }: Pick<Proved, 'policies' | 'later'>,
): Readonly<Record<Entry['on'], readonly Formula[]>> {
  const changing: Record<Entry['on'], Formula[]> = { action: [], observation: [] };
  for (const { isChanging, on, formula } of entries) if (isChanging) changing[on].push(formula);
  for (const { fallback } of policies)
    if (fallback && later.isChanging(fallback.formula)) changing.action.push(fallback.formula);
  return changing;
}

/** Every two rules that contradict each other. */
export function* contradictionsAmong(entries: readonly Entry[], proved: Proved): Generator<Finding> {
  for (const entry of entries)
    if (mayContradict(entry))
      for (const against of inOrder(contradicting(entry, proved.scenes[entry.on], false)))
        yield new Contradiction(entry, new Set([against]), proved);
}

const inOrder = (entries: Iterable<Entry>): Entry[] => [...entries].sort((a, b) => a.order - b.order);

/** What has no effect contradicts nothing. */
const mayContradict = ({ strength, verdict }: Entry): boolean =>
  strength === 0 && (verdict?.kind === 'sound' || verdict?.kind === 'undecided');

function tell(entry: Entry, verdict: Verdict | null, proved: Proved, changing: readonly Formula[]): readonly Finding[] {
  const finding = verdict && findingOf(entry, verdict, proved, changing);
  if (finding !== null) return [finding];
  if (!mayContradict(entry)) return [];
  entry.contradicted ??= contradicting(entry, proved.scenes[entry.on], true);
  return entry.contradicted.size === 0 ? [] : [new Contradiction(entry, entry.contradicted, proved)];
}

/** Of one of several copies it would not be told. */
function isToldLater(entry: Entry, verdict: Verdict, copies: ReadonlyMap<Entry, unknown>): boolean {
  if (verdict.kind !== 'redundant') return false;
  const [only, more] = verdict.by;
  const other = only?.verdict;
  return (
    more === undefined &&
    only !== undefined &&
    other?.kind === 'redundant' &&
    other.by.length === 1 &&
    other.by[0] === entry &&
    only.order > entry.order &&
    !copies.has(only)
  );
}

/** Places are looked up when somebody asks: rules move while what is proved of them stays. */
class RuleFinding implements Finding {
  readonly code: FindingCode;
  readonly message: string;
  readonly more = 0;
  readonly unlessUnknown?: readonly string[];
  readonly isForLater?: boolean;
  readonly #about: readonly Entry[];
  readonly #shown: Shown | null;
  readonly #isIdle: boolean;
  readonly #mayNarrow: boolean;
  #example: Example | null = null;

  constructor(
    about: readonly Entry[],
    told: Pick<Finding, 'code' | 'message' | 'unlessUnknown' | 'isForLater'> & { readonly shown: Shown | null },
    { isIdle = true, mayNarrow = false } = {},
  ) {
    this.code = told.code;
    this.message = told.message;
    if (told.unlessUnknown !== undefined) this.unlessUnknown = told.unlessUnknown;
    if (told.isForLater !== undefined) this.isForLater = told.isForLater;
    this.#about = about;
    this.#shown = told.shown;
    this.#isIdle = isIdle;
    this.#mayNarrow = mayNarrow;
  }

  readonly example = (): Example | null => {
    this.#example ??= this.#shown && exampleIn(this.#shown);
    return this.#example;
  };

  readonly witness = (): Witness | null => this.#shown && witnessIn(this.#shown);

  get places(): readonly Place[] {
    return this.#about.map(({ place }) => place);
  }

  get fixes(): readonly Fix[] {
    const [mine, other, more] = this.places;
    if (mine === undefined) return [];
    const isOne = this.#mayNarrow && other !== undefined && more === undefined;
    const removal: Fix[] = this.#isIdle ? [{ kind: 'delete', place: mine }] : [];
    return [...removal, ...(isOne ? [narrowed(other, [mine])] : [])];
  }
}

const narrowed = (place: Place, like: readonly Place[]): Fix => ({ kind: 'narrow', place, like });

const untimely = {
  over: 'its time, or that of its policy, is over',
  apart: 'its times and those of its policy leave no moment at which it is in force',
} as const;

function findingOf(entry: Entry, verdict: Verdict, proved: Proved, changing: readonly Formula[]): Finding | null {
  const { id } = entry.place;
  const name = `\`${id}\``;
  const showing = (box: Box, title: string): Shown => ({ box, title, on: entry.on, proved });
  const withinIt = `within ${inWords(proved.horizon)}`;
  switch (verdict.kind) {
    case 'never': {
      const code = 'proof/never-matches';
      if (verdict.unknown === null) {
        if (verdict.isForLater) {
          const message = `${name} never matches ${withinIt}; it may later, and \`assay policy prove --days\` looks further ahead`;
          return new RuleFinding([entry], { code, message, isForLater: true, shown: null }, { isIdle: false });
        }
        const message = `${name} never matches: ${entry.untimely === null ? 'no possible action meets its condition' : untimely[entry.untimely]}`;
        return new RuleFinding([entry], { code, message, shown: null });
      }
      const { signals, areAll } = unknownIn(verdict.unknown, slotsRead([entry.formula]));
      const { isForLater } = verdict;
      const list = signals.map((signal) => `\`${signal}\``).join(areAll ? ' and ' : ' or ');
      const does = entry.strength === 0 ? 'has what it obliges to be done' : 'does it hold back';
      const later = isForLater ? '; later it may match' : '';
      const message = `${name} never matches what is known${isForLater ? ` ${withinIt}` : ''}: only where ${list} ${areAll && signals.length > 1 ? 'are' : 'is'} unknown ${does}${later}`;
      const shown = showing(verdict.unknown, `${id} matches only for want of knowledge`);
      // Without it, what nobody knows would no longer be held back.
      const told = { code, message, unlessUnknown: signals, shown, ...(isForLater && { isForLater }) } as const;
      return new RuleFinding([entry], told, { isIdle: false });
    }
    case 'shadowed': {
      const { by, isIdle } = verdict;
      const others = by.length === 0 ? 'the default of another policy' : listOf(by);
      // What only notes, hides or keeps a default off does so all the same.
      const what = isIdle ? 'has no effect' : 'never decides';
      const isOpen = mayMatterLater(entry, proved, changing);
      const message = `${name} ${what}${isOpen ? ` ${withinIt}` : ''}: wherever it matches, ${others} ${by.length > 1 ? 'are' : 'is'} stronger${isOpen ? '; later it may matter' : ''}`;
      const shown = showing(verdict.example, `${id} is outdone`);
      const told = { code: 'proof/shadowed', message, shown, ...(isOpen && { isForLater: true }) } as const;
      return new RuleFinding([entry, ...by], told, { isIdle: isIdle && !isOpen, mayNarrow: true });
    }
    case 'redundant': {
      const { by } = verdict;
      const reason =
        by.length === 0 ? `the default decides the same` : `${listOf(by)} and the defaults decide the same`;
      const isOpen = mayMatterLater(entry, proved, changing);
      const message = `${name} changes no decision${isOpen ? ` ${withinIt}` : ''}: without it, ${reason}${isOpen ? '; later it may matter' : ''}`;
      const shown = showing(verdict.example, `${id} changes nothing`);
      const told = { code: 'proof/redundant', message, shown, ...(isOpen && { isForLater: true }) } as const;
      return new RuleFinding([entry, ...by], told, { isIdle: !isOpen });
    }
    default:
      return null;
  }
}

/** Whether what is proved of a rule that is idle may be otherwise after the horizon. An `allow` that obliges to nothing has to match for sure. */
const mayMatterLater = (
  { formula, strength, duties }: Entry,
  { later }: Proved,
  changing: readonly Formula[],
): boolean => later.isOpen(formula, changing, strength === 0 && duties.length === 0);

/** There can be many of them, so what they say is put together when somebody asks. */
class Contradiction implements Finding {
  readonly code = 'proof/contradictory';
  readonly #allow: Entry;
  readonly #all: ReadonlySet<Entry>;
  readonly #proved: Proved;
  #named: { readonly of: unknown; readonly list: readonly Entry[] } | null = null;
  #example: Example | null = null;

  constructor(allow: Entry, against: ReadonlySet<Entry>, proved: Proved) {
    this.#allow = allow;
    this.#all = against;
    this.#proved = proved;
  }

  /** The first of them; they are looked for once in each proof. */
  get #against(): readonly Entry[] {
    const { policies } = this.#proved;
    if (this.#named?.of !== policies) this.#named = { of: policies, list: this.#first() };
    return this.#named.list;
  }

  #first(): readonly Entry[] {
    const first: Entry[] = [];
    for (const entry of this.#all) {
      if (first.length === maxNamed && entry.order > (first.at(-1)?.order ?? 0)) continue;
      first.push(entry);
      first.sort((a, b) => a.order - b.order);
      if (first.length > maxNamed) first.pop();
    }
    return first;
  }

  get more(): number {
    return Math.max(0, this.#all.size - maxNamed);
  }

  get places(): readonly Place[] {
    return [this.#allow.place, ...this.#against.map(({ place }) => place)];
  }

  get message(): string {
    const { id } = this.#allow.place;
    const against = this.#against;
    const [first, second] = against;
    const others = listOf(against, this.more);
    if (second !== undefined)
      return `\`${id}\` allows what ${others} hold back, and none of them is an exception to the other; they win where they match`;
    const verb = first?.place.effect === 'halt' ? 'halts' : 'denies';
    return `\`${id}\` allows what ${others} ${verb}, and neither is an exception to the other; ${others} wins where both match`;
  }

  get fixes(): readonly Fix[] {
    const [allow, ...against] = this.places;
    const [first] = against;
    if (allow === undefined || first === undefined || this.more > 0) return [];
    const narrow = narrowed(allow, against);
    return against.length > 1 ? [narrow] : [narrow, narrowed(first, [allow])];
  }

  get crossing(): readonly string[] {
    return this.#meeting?.signals ?? [];
  }

  readonly example = (): Example | null => {
    this.#example ??= this.#shown && exampleIn(this.#shown);
    return this.#example;
  };

  readonly witness = (): Witness | null => this.#shown && witnessIn(this.#shown);

  get #shown(): Shown | null {
    const meeting = this.#meeting;
    const [allow, against] = this.places;
    if (meeting === null || allow === undefined || against === undefined) return null;
    const title = `${against.id} wins over ${allow.id}`;
    return { box: meeting.both, title, on: this.#allow.on, proved: this.#proved };
  }

  get #meeting() {
    const [first] = this.#against;
    return first === undefined ? null : meetingOf(this.#allow, first);
  }
}

const listOf = (entries: readonly Entry[], more = 0): string => {
  const names = entries.map(({ place }) => `\`${place.id}\``);
  return more > 0 ? `${names.join(', ')} and ${more} more` : names.join(' with ');
};

/** Those of `slots` that nobody knows anywhere in the box; where there are none, a few of which one is unknown, whichever. */
function unknownIn(
  box: Box,
  slots: readonly number[],
): { readonly signals: readonly string[]; readonly areAll: boolean } {
  const isNowhereKnown = (some: readonly number[]) => knowing(box, some) === null;
  const unknowable = slots.filter((slot) => isNowhereKnown([slot]));
  const areAll = unknowable.length > 0;
  let rest = areAll ? unknowable : slots;
  // Counts hold each other, and targets do: any of them may be the one that is not known.
  if (!areAll)
    for (const slot of slots) {
      const others = rest.filter((other) => other !== slot);
      if (isNowhereKnown(others)) rest = others;
    }
  return { signals: rest.flatMap((slot) => signalDeclarations[slot]?.name ?? []), areAll };
}

/** The part of a box in which signals are known; null when there is none. */
function knowing(box: Box, slots: readonly number[]): Box | null {
  let part: Box | null = box;
  for (const slot of slots) {
    const domain: Domain | undefined = part === null ? undefined : domainAt(part, slot);
    if (part !== null && domain?.unknown) part = withDomain(part, slot, domain.minus(domain.single(unknown)));
  }
  return part;
}

const dayMs = 86_400_000;

export const inWords = ({ fromMs, toMs }: Horizon): string =>
  `the ${Math.round((toMs - fromMs) / dayMs)} days from ${new Date(fromMs).toISOString().slice(0, 10)}`;

/** Of what action an example is to be made. */
export interface Shown {
  readonly box: Box;
  readonly title: string;
  readonly on: Entry['on'];
  readonly proved: Pick<Proved, 'policies'>;
}

/** By the policies: the signals that their rules read. */
const signalsRead = new WeakMap<object, ReadonlySet<string>>();

function readBy(policies: readonly ProvablePolicy[]): ReadonlySet<string> {
  const known = signalsRead.get(policies);
  if (known !== undefined) return known;
  const read = new Set<string>();
  for (const { rules } of policies) for (const { cause } of rules) for (const name of cause.reads ?? []) read.add(name);
  signalsRead.set(policies, read);
  return read;
}

/** The plainest action of a box. */
export function exampleIn({ box, title, on, proved }: Shown): Example {
  const { type, tool, signals, byHand } = actionIn(box, readBy(proved.policies));
  return { title, action: { type, tool }, signals, byHand, on };
}

export function witnessIn(shown: Shown): Witness {
  const example = exampleIn(shown);
  const { signals, on } = example;
  const { policies } = shown.proved;
  const facts = factsOf(signals);
  const causes = on === 'action' ? causesOfAction(facts, policies) : causesOfObservation(facts, policies);
  const decision = causes[0]?.effect ?? 'allow';
  const rules = causes.flatMap(({ id, effect }) => (id !== undefined && effect === decision ? [id] : []));
  return { ...example, decision, rules };
}

/** As a kernel decides the first action of a run. */
function causesOfAction(facts: Facts, policies: readonly ProvablePolicy[]): Cause[] {
  const said = policies.map((policy) => policy.evaluate(facts));
  const causes = said.flatMap((one) => one.causes);
  if (!said.some(({ isCertain }) => isCertain)) causes.push({ kind: 'default', effect: 'deny' });
  const budgets = policies.flatMap((policy) => policy.budgets);
  causes.push(...exceededBy(facts, budgets));
  sortByStrength(causes);
  return causes;
}

function causesOfObservation(facts: Facts, policies: readonly ProvablePolicy[]): Cause[] {
  const causes = policies.flatMap((policy) => policy.evaluateObservation(facts).causes);
  sortByStrength(causes);
  return causes;
}
