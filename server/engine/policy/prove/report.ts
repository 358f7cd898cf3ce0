/** Verdicts on rules as findings: messages, fixes, and witnesses that are computed when somebody asks for them. */
import type { CompiledPolicy } from '../compile.ts';
import { type Cause, sortByStrength } from '../effect.ts';
import { factsOf, signalDeclarations } from '../signal.ts';
import { signalsCrossed } from './crossing.ts';
import type { Crossing, Entry, Verdict } from './entry.ts';
import type { Finding, Fix, Place, Proof, Witness } from './finding.ts';
import { actionIn, caseInYaml } from './witness.ts';
import { type Box, intersection } from './worlds.ts';

/** What witnesses are decided by when somebody asks for them: the policies as they were proved last. */
export interface Proved {
  policies: readonly CompiledPolicy[];
}

/** The findings in the order of the rules; of two equal rules only the later one is told of. */
export function reportRules(entries: readonly Entry[], proved: Proved): Proof {
  const told = entries.map((entry) => {
    if (entry.told === null || entry.verdict?.kind !== 'sound') entry.told = tell(entry, proved);
    return entry.told;
  });
  const none: Proof = { findings: [], undecided: [] };
  return {
    findings: none.findings.concat(...told.map(({ findings }) => findings)),
    undecided: none.undecided.concat(...told.map(({ undecided }) => undecided)),
  };
}

function tell(entry: Entry, proved: Proved): Proof {
  const { verdict, place } = entry;
  const mayCross = verdict?.kind === 'sound' || verdict?.kind === 'undecided';
  const found = verdict && !isToldLater(entry, verdict) ? findingOf(entry, verdict, proved) : null;
  const findings: Finding[] = found === null ? [] : [found];
  if (mayCross)
    for (const [against, crossing] of entry.crossings) {
      crossing.finding ??= new Contradiction(entry, against, crossing, proved);
      findings.push(crossing.finding);
    }
  return {
    findings,
    undecided: verdict?.kind === 'undecided' ? [{ place, message: verdict.message }] : [],
  };
}

function isToldLater(entry: Entry, verdict: Verdict): boolean {
  if (verdict.kind !== 'redundant') return false;
  const [only, more] = verdict.by;
  const other = only?.verdict;
  return (
    more === undefined &&
    only !== undefined &&
    other?.kind === 'redundant' &&
    other.by.length === 1 &&
    other.by[0] === entry &&
    only.order > entry.order
  );
}

function findingOf(entry: Entry, verdict: Verdict, proved: Proved): Finding | null {
  const { place } = entry;
  const name = `\`${place.id}\``;
  const removal: Fix = { kind: 'delete', place };
  switch (verdict.kind) {
    case 'never': {
      if (verdict.unknown === null)
        return {
          code: 'proof/never-matches',
          places: [place],
          message: `${name} never matches: no possible action meets its condition`,
          fixes: [removal],
          witness: () => null,
        };
      const { unknown } = verdict;
      const signals = unknownIn(unknown);
      const list = signals.map((signal) => `\`${signal}\``).join(', ');
      return {
        code: 'proof/never-matches',
        places: [place],
        message: `${name} matches only where ${list} ${signals.length > 1 ? 'are' : 'is'} unknown: no known values meet its condition`,
        fixes: [removal],
        unlessUnknown: signals,
        witness: () => witnessIn(unknown, `${place.id} matches only for want of knowledge`, proved.policies, entry.on),
      };
    }
    case 'shadowed': {
      const others = verdict.by.map((other) => other.place);
      const [only] = verdict.by;
      const by = others.length === 0 ? 'the default of another policy' : listOf(verdict.by);
      const narrow: Fix[] =
        only !== undefined && others.length === 1
          ? [{ kind: 'narrow', place: only.place, like: place, unless: entry.formula }]
          : [];
      return {
        code: 'proof/shadowed',
        places: [place, ...others],
        message: `${name} has no effect: wherever it matches, ${by} ${others.length > 1 ? 'are' : 'is'} stronger`,
        fixes: [removal, ...narrow],
        witness: () => witnessIn(verdict.example, `${place.id} is outdone`, proved.policies, entry.on),
      };
    }
    case 'redundant': {
      const others = verdict.by.map((other) => other.place);
      const reason =
        others.length === 0 ? `the default decides the same` : `${listOf(verdict.by)} and the defaults decide the same`;
      return {
        code: 'proof/redundant',
        places: [place, ...others],
        message: `${name} changes no decision: without it, ${reason}`,
        fixes: [removal],
        witness: () => witnessIn(verdict.example, `${place.id} changes nothing`, proved.policies, entry.on),
      };
    }
    default:
      return null;
  }
}

/** There can be many of them, so what they say is put together when somebody asks. */
class Contradiction implements Finding {
  readonly code = 'proof/contradictory';
  readonly #entries: readonly [Entry, Entry];
  readonly #crossing: Crossing;
  readonly #proved: Proved;

  constructor(allow: Entry, against: Entry, crossing: Crossing, proved: Proved) {
    this.#entries = [allow, against];
    this.#crossing = crossing;
    this.#proved = proved;
  }

  get places(): readonly [Place, Place] {
    return [this.#entries[0].place, this.#entries[1].place];
  }

  get message(): string {
    const [mine, other] = this.places;
    const verb = other.effect === 'halt' ? 'halts' : 'denies';
    return `\`${mine.id}\` allows what \`${other.id}\` ${verb}, and neither is an exception to the other; \`${other.id}\` wins where both match`;
  }

  get fixes(): readonly Fix[] {
    const [mine, other] = this.places;
    const [allow, against] = this.#entries;
    return [
      { kind: 'narrow', place: mine, like: other, unless: against.formula },
      { kind: 'narrow', place: other, like: mine, unless: allow.formula },
    ];
  }

  get crossing(): readonly string[] {
    return signalsCrossed(this.#crossing);
  }

  readonly witness = (): Witness => {
    const { mine, other } = this.#crossing;
    const [allow, against] = this.places;
    const name = `${against.id} wins over ${allow.id}`;
    return witnessIn(intersection(mine, other) ?? mine, name, this.#proved.policies, this.#entries[0].on);
  };
}

const listOf = (entries: readonly Entry[]): string => entries.map(({ place }) => `\`${place.id}\``).join(' with ');

const unknownIn = ({ dims }: Box): string[] =>
  dims.flatMap((domain, slot) => {
    const name = signalDeclarations[slot]?.name;
    return domain?.unknown && !domain.hasValues && !domain.absent && name !== undefined ? [name] : [];
  });

/** The plainest action of a box, decided by the policies themselves. */
export function witnessIn(box: Box, name: string, policies: readonly CompiledPolicy[], on: Entry['on']): Witness {
  const read = new Set(policies.flatMap(({ rules }) => rules.flatMap(({ cause }) => cause.reads ?? [])));
  const action = actionIn(box, read);
  const causes: Cause[] = [];
  const facts = factsOf(action.signals);
  for (const policy of policies)
    if (on === 'action') policy.evaluate(facts, causes);
    else policy.evaluateObservation(facts, causes);
  sortByStrength(causes);
  const decision = causes[0]?.effect ?? (on === 'action' ? 'deny' : 'allow');
  const rules = causes.flatMap(({ kind, id, effect }) =>
    kind === 'rule' && id !== undefined && effect === decision ? [id] : [],
  );
  return { signals: action.signals, decision, rules, yaml: caseInYaml(name, action, { decision, rules }) };
}
