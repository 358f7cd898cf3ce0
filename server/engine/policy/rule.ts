/** Rules made ready to be asked: what they are about in normal form, and what a decision cites. */
import { durationMs, type Effect, type Path, type Policy, type Rule } from '../documents/index.ts';
import { type Reading, readCondition } from './condition.ts';
import type { Cause } from './effect.ts';
import { blame } from './evaluate.ts';
import type { ExtentReader } from './extent.ts';
import { all, always, type Formula, not, signalsRead } from './formula.ts';
import type { Facts } from './signal.ts';
import { longestMs } from './time.ts';

export interface CompiledRule {
  readonly id: string;
  readonly effect: Effect;
  readonly on: 'action' | 'observation';
  /** When it matches: its condition, scope and time, with those of the policies that it is part of. */
  readonly formula: Formula;
  /** What a decision cites when the rule matches for certain. Its `policy` is the one that the rule is written in. */
  readonly cause: Cause;
  /** Where it is written. */
  readonly digest: string;
  readonly path: Path;
}

export interface RuleSetting {
  readonly policy: string;
  readonly digest: string;
  /** Who may answer, where the rule does not say. */
  readonly ask: Policy['spec']['ask'];
  readonly extents: ExtentReader;
  readonly reading: Omit<Reading, 'on'>;
  lineOf(path: Path): number | undefined;
}

export function compileRule(rule: Rule, path: Path, setting: RuleSetting): CompiledRule {
  const { policy, digest, extents, lineOf } = setting;
  const { report } = setting.reading;
  const { id, effect, on = 'action' } = rule;
  const reading: Reading = { ...setting.reading, on };
  if (rule.ask !== undefined && effect !== 'ask')
    report(
      'policy/ask-without-question',
      [...path, 'ask'],
      `the effect \`${effect}\` asks nobody`,
      'write `effect: ask`, or leave `ask` out',
    );
  const formula = all([
    extents.read(rule, path),
    rule.when ? readCondition(rule.when, [...path, 'when'], reading) : always,
    rule.unless ? not(readCondition(rule.unless, [...path, 'unless'], reading)) : always,
  ]);
  const line = lineOf(path);
  const reads = signalsRead([formula]);
  const cause: Cause = {
    kind: 'rule',
    policy,
    id,
    effect,
    ...(line !== undefined && { line }),
    ...(reads.length > 0 && { reads }),
    ...(effect === 'ask' && { ask: questionOf(rule.ask ?? setting.ask) }),
    ...(rule.obligations && { obligations: rule.obligations }),
    ...(rule.reason !== undefined && { message: rule.reason }),
  };
  return { id, effect, on, formula, cause: Object.freeze(cause), digest, path };
}

/** Who may answer and how long a question waits, as decisions record it: no longer than until some day of the calendar. */
export function questionOf(ask: Policy['spec']['ask']): NonNullable<Cause['ask']> {
  const waitMs = Math.min(durationMs(ask?.wait ?? '10m') ?? 600_000, longestMs);
  return Object.freeze({ ...(ask?.who && { who: ask.who }), waitMs });
}

/** The cause that cites `base` together with the signals that left `formula` unknown. */
export function undecided(base: Cause, formula: Formula, facts: Facts): Cause {
  const names = new Set<string>();
  blame(formula, facts, names);
  return { ...base, unknown: [...names].sort() };
}
