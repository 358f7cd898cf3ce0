/** Whom, what and when a policy or rule is about, as written in its `scope`, `during`, `validFrom`, `until` and `renew`, made into formulas. */
import { durationMs, type Path, type Rule } from '../documents/index.ts';
import type { ZoneOffsets } from '../ports.ts';
import { all, type Constraint, type Formula } from './formula.ts';
import { readTags, readText } from './matcher.ts';
import type { Report } from './problem.ts';
import { declarationOf, type SignalName, slotOf } from './signal.ts';
import { AnyTimes, momentOf, type TimeSet, ValidTimes, WeeklyTimes } from './time.ts';

/** The keys of a document that are read here. */
export type Extent = Pick<Rule, 'scope' | 'during' | 'validFrom' | 'until' | 'renew'>;

type Window = Exclude<NonNullable<Rule['during']>, readonly unknown[]>;

/** Reads extents of one policy. Equal times become one and the same test, so that they are asked once. */
export class ExtentReader {
  readonly #report: Report;
  readonly #zones: ZoneOffsets | null;
  readonly #tests = new Map<string, Formula>();

  constructor(report: Report, zones: ZoneOffsets | null) {
    this.#report = report;
    this.#zones = zones;
  }

  read(extent: Extent, path: Path): Formula {
    return all([...this.#scope(extent, path), ...this.#during(extent, path), ...this.#valid(extent, path)]);
  }

  #scope({ scope = {} }: Extent, path: Path): Formula[] {
    return scopes.flatMap(({ key, signal, read }) => {
      const texts = scope[key];
      if (texts === undefined) return [];
      const constraints = read(texts, { signal, path: [...path, 'scope', key], report: this.#report });
      return (constraints ?? []).map((constraint) => test(signal.name, constraint));
    });
  }

  #during({ during }: Extent, path: Path): Formula[] {
    if (during === undefined) return [];
    const several = Array.isArray(during);
    const sets = (several ? during : [during]).map((window, index) => {
      const at = several ? [...path, 'during', index] : [...path, 'during'];
      return new WeeklyTimes(this.#hours(window, at), this.#zone(window, at), this.#zones);
    });
    const [first] = sets;
    return [this.#time(JSON.stringify(during), sets.length === 1 && first ? first : new AnyTimes(sets))];
  }

  #hours({ days, from = '00:00', to = '24:00' }: Window, path: Path) {
    const open = new Set<number>();
    for (const [index, span] of (days ?? ['mon-sun']).entries()) {
      const [first = -1, last = first] = span.split('-').map((day) => weekdays.indexOf(day));
      if (first < 0 || last < 0) {
        const at = [...path, 'days', index];
        this.#report('policy/unknown-day', at, `\`${span}\` is no day`, `use ${weekdays.join(', ')} or \`mon-fri\``);
        continue;
      }
      for (let day = first; ; day = (day + 1) % 7) {
        open.add(day);
        if (day === last) break;
      }
    }
    return {
      days: open,
      fromMinute: this.#minute(from, [...path, 'from']),
      toMinute: this.#minute(to, [...path, 'to']),
    };
  }

  #minute(text: string, path: Path): number {
    const [, hours, minutes] = /^([0-9]{2}):([0-9]{2})$/.exec(text) ?? [];
    const minute = Number(hours) * 60 + Number(minutes);
    if (minute <= 24 * 60 && Number(minutes) < 60) return minute;
    this.#report(
      'policy/unknown-time',
      path,
      `\`${text}\` is no time of a day`,
      'write hours and minutes, such as `09:30`',
    );
    return 0;
  }

  /** Where nothing knows zones, their windows stay unknown, which holds back. */
  #zone({ zone = 'UTC' }: Window, path: Path): string {
    if (zone === 'UTC' || this.#zones === null || this.#zones.offsets(zone, 0, 1) !== null) return zone;
    const help = 'use a name of the tz database, such as `Europe/Berlin`';
    this.#report('policy/unknown-zone', [...path, 'zone'], `there is no time zone \`${zone}\``, help);
    return zone;
  }

  #valid({ validFrom, until, renew }: Extent, path: Path): Formula[] {
    if (validFrom === undefined && until === undefined && renew === undefined) return [];
    const fromMs = this.#instant(validFrom, [...path, 'validFrom']) ?? Number.NEGATIVE_INFINITY;
    const toMs = this.#instant(until, [...path, 'until']) ?? Number.POSITIVE_INFINITY;
    if (fromMs >= toMs)
      this.#report(
        'policy/never-valid',
        [...path, 'until'],
        fromMs === toMs
          ? `it ends at \`${until}\`, the moment at which it begins`
          : `it ends at \`${until}\`, before it begins at \`${validFrom}\``,
        'let `until` be later than `validFrom`',
        [{ path: [...path, 'validFrom'], message: 'it begins here' }],
      );
    const period = renew === undefined ? null : this.#renewal(renew, validFrom, [...path, 'renew']);
    const times = new ValidTimes({ fromMs, toMs, renew: period });
    return [this.#time(JSON.stringify({ validFrom, until, renew }), times)];
  }

  #instant(text: string | undefined, path: Path): number | null {
    if (text === undefined) return null;
    const atMs = momentOf(text);
    if (atMs !== null) return atMs;
    this.#report('policy/unknown-time', path, `there is no moment \`${text}\``, 'write a date, such as `2026-03-31`');
    return null;
  }

  #renewal(renew: NonNullable<Extent['renew']>, validFrom: string | undefined, path: Path) {
    const [everyMs, forMs] = [durationMs(renew.every) ?? 1, durationMs(renew.for) ?? 1];
    if (validFrom === undefined)
      this.#report(
        'policy/renewal-without-beginning',
        path,
        'the periods have no beginning',
        'say with `validFrom` when the first one begins',
      );
    if (forMs > everyMs || !Number.isSafeInteger(everyMs))
      this.#report(
        'policy/renewal-too-long',
        [...path, 'for'],
        `\`${renew.for}\` does not fit into a period of \`${renew.every}\``,
        'let `for` be no longer than `every`',
      );
    return { everyMs, forMs };
  }

  #time(key: string, times: TimeSet): Formula {
    const made = this.#tests.get(key) ?? test('time.utc', { kind: 'time', times });
    this.#tests.set(key, made);
    return made;
  }
}

/** What a scope names is tested like the same words in a condition. */
const scopes = [
  { key: 'roles', signal: declarationOf('agent.role'), read: readText },
  { key: 'nodes', signal: declarationOf('agent.node'), read: readText },
  { key: 'tags', signal: declarationOf('tool.tags'), read: readTags },
] as const;

const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

const test = (name: SignalName, constraint: Constraint): Formula => ({
  op: 'test',
  name,
  slot: slotOf(name),
  constraint,
});
