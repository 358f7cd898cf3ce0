/**
 * Targets that go together: the domains of an action are those of its ids, and nothing else. Of texts that are listed this is
 * exact; patterns, which may stand for an address of any domain or of none, are taken to do so.
 */
import { readTarget } from '../target.ts';
import { type Domain, type Point, unknown } from './domain.ts';
import { type StringSet, strings } from './strings.ts';
import type { TagSet } from './tags.ts';

/** What an action is aimed at. */
export interface Aim {
  readonly ids: Point;
  readonly domains: Point;
}

const known = new WeakMap<Domain, WeakMap<Domain, Aim | null>>();

/** Targets whose ids and domains lie in these; null when there are none. Known ones before unknown ones. */
export function aimWithin(ids: Domain, domains: Domain): Aim | null {
  const before = known.get(ids) ?? new WeakMap<Domain, Aim | null>();
  known.set(ids, before);
  let aim = before.get(domains);
  if (aim === undefined) {
    aim = find(ids, domains);
    before.set(domains, aim);
  }
  return aim;
}

function find(ids: Domain, domains: Domain): Aim | null {
  const [someIds, someDomains] = [cellsOf(ids), cellsOf(domains)];
  return (
    firstOf(someIds, someDomains, (of, at) => together(of, at, false)) ??
    (domains.absent ? firstOf(someIds, [null], (of) => withoutDomain(of)) : null) ??
    firstOf(someIds, someDomains, (of, at) => together(of, at, true)) ??
    (ids.absent && domains.absent ? { ids: undefined, domains: undefined } : null) ??
    (domains.unknown ? firstOf(someIds, [null], (of) => unreadable(of)) : null) ??
    (ids.unknown && domains.unknown ? { ids: unknown, domains: unknown } : null)
  );
}

type Cell = TagSet[number];

const cellsOf = ({ values }: Domain): TagSet => values as TagSet;

function firstOf<T>(some: TagSet, others: readonly T[], aimOf: (one: Cell, other: T) => Aim | null): Aim | null {
  for (const one of some)
    for (const other of others) {
      const aim = aimOf(one, other);
      if (aim !== null) return aim;
    }
  return null;
}

/** Ids of these domains; with `more`, also ids that only their domain asks for. */
function together(ids: Cell, domains: Cell, more: boolean): Aim | null {
  // The narrowest first, so that an id of its domain may serve the others as well.
  const narrow = domains.some.toSorted((a, b) => a.cells.length - b.cells.length);
  const wanted = [...narrow, domains.within].flatMap(usable);
  const fits = (domain: string | null) => domain === '' || strings.has(domains.within, domain);
  const chosen: string[] = [];
  for (const some of ids.some) {
    const id = pick(some, wanted, fits, chosen);
    if (id === null) return null;
    chosen.push(id);
  }
  for (const some of narrow) {
    const meets = (domain: string | null) => domain !== '' && strings.has(some, domain);
    if (chosen.some((id) => meets(readTarget(id).domain))) continue;
    if (!more || !hasDomains(some)) return null;
    const id = pick(ids.within, usable(some), meets, []);
    if (id === null) return null;
    chosen.push(id);
  }
  const found = new Set(chosen.flatMap((id) => readTarget(id).domain || []).filter(fits));
  // Where no id could be made that a pattern stands for, its domains are as good as any.
  for (const some of domains.some)
    if (![...found].some((domain) => strings.has(some, domain))) found.add(String(strings.sample(some, strangers)));
  return found.size === 0 ? null : { ids: [...new Set(chosen)], domains: [...found] };
}

function withoutDomain(ids: Cell): Aim | null {
  const chosen: string[] = [];
  for (const some of ids.some) {
    const id = pick(some, [], (domain) => domain === '', chosen);
    if (id === null) return null;
    chosen.push(id);
  }
  return { ids: [...new Set(chosen)], domains: undefined };
}

/** At least one of the ids is an address whose domain cannot be told. */
function unreadable(ids: Cell): Aim | null {
  const odd = pick(ids.within, [], (domain) => domain === null, []);
  if (odd === null) return null;
  const chosen = ids.some.map((some) => (strings.has(some, odd) ? odd : pick(some, [], () => true, [odd])));
  return { ids: [...new Set([odd, ...chosen.filter((id) => id !== null)])], domains: unknown };
}

const strangers = ['stranger.example'];

/** Some of the texts that are domains. */
const usable = (set: StringSet): readonly string[] => [
  ...strangers.filter((domain) => strings.has(set, domain)),
  ...set.literals,
  ...set.cells.map((cell) => String(strings.sample({ literals: [], cells: [cell] }, []))),
];

/**
 * One of `ids` whose domain passes, if it can one of `chosen`; null where there is none. Where a pattern is among them there is one,
 * though it may not be found: then it is any that the pattern stands for.
 */
function pick(
  ids: StringSet,
  domains: readonly string[],
  passes: (domain: string | null) => boolean,
  chosen: readonly string[],
): string | null {
  const is = (id: string) => {
    const read = readTarget(id);
    return read.id === id && strings.has(ids, id) && passes(read.domain);
  };
  const found = chosen.find(is) ?? made(ids, domains).find(is) ?? ids.literals.find(is);
  if (found !== undefined) return found;
  return ids.cells.length > 0 ? String(strings.sample({ literals: [], cells: ids.cells }, [])) : null;
}

const hasDomains = ({ literals, cells }: StringSet): boolean =>
  cells.length > 0 || literals.some((text) => readTarget(`https://${text}/`).domain === text);

/** Texts that a pattern may stand for: mail addresses and URLs of these domains, and texts with none. */
function made({ cells }: StringSet, domains: readonly string[]): string[] {
  return cells.flatMap((cell) => {
    const { prefix, suffix, inner } = cell;
    const rest = `${inner.join('-')}${suffix}`;
    const sample = String(strings.sample({ literals: [], cells: [cell] }, []));
    return [
      ...domains.flatMap((domain) => [
        `someone@${domain}`,
        `${prefix}${domain}`,
        `${prefix}@${domain}`,
        `${prefix}${inner.join('-')}someone@${domain}`,
        `https://${domain}/${rest}`,
        `${prefix}${domain}/${rest}`,
      ]),
      sample,
      `@${sample}`,
    ];
  });
}
