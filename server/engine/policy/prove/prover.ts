/**
 * Proves policies that apply together against each other, and keeps what it has proved: after an edit only that is proved
 * anew which the edited rules touch. It reads compiled policies and changes nothing.
 */
import type { CompiledPolicy } from '../compile.ts';
import { strengthOf } from '../effect.ts';
import { evaluator } from '../evaluate.ts';
import type { CompiledRule } from '../rule.ts';
import { FALSE, TRUE } from '../truth.ts';
import { proveBudgets } from './budgets.ts';
import { crossingOf } from './crossing.ts';
import { boxesOutside, type Entry, type Ground, newEntry, overlapping } from './entry.ts';
import type { Place, Proof } from './finding.ts';
import { judge, type Scene, stillHolds } from './judge.ts';
import { keyMaker } from './key.ts';
import { type Proved, reportRules } from './report.ts';
import { createSpace, sizeOf } from './space.ts';
import type { Horizon } from './translate.ts';
import { type DeclaredTool, worldsOf } from './worlds.ts';

export interface ProofInput {
  /** All that apply together, each once. */
  readonly policies: readonly CompiledPolicy[];
  /** Of the environment; any other tool is possible besides. Null: any tool. */
  readonly tools?: readonly DeclaredTool[] | null;
  /** What is proved of time is proved of this stretch; see `horizonFrom`. */
  readonly horizon: Horizon;
}

export interface Prover {
  /** Everything that is found out about `input`. Fast where it differs little from the input before. */
  prove(input: ProofInput): Proof;
}

const dayMs = 86_400_000;

/** From the beginning of the day in UTC, so that it stays the same for a day. */
export function horizonFrom(nowMs: number, days = 400): Horizon {
  const fromMs = Math.floor(nowMs / dayMs) * dayMs;
  return { fromMs, toMs: fromMs + days * dayMs };
}

/** One for each set of policies that is proved again and again. */
export function createProver(): Prover {
  let state: State | null = null;
  return {
    prove(input) {
      if (state === null || !state.fits(input)) state = new State(input);
      return state.prove(input);
    },
  };
}

/** Domains are made by every search and never dropped; beyond this many, everything starts anew. */
const maxDomains = 100_000;

class State {
  readonly #ground: Ground;
  readonly #setting: string;
  readonly #keyOf: ReturnType<typeof keyMaker>;
  readonly #scenes: Readonly<Record<'action' | 'observation', Scene>>;
  #entries = new Map<string, Entry>();
  readonly #proved: Proved = { policies: [] };
  #unread: readonly Entry[] = [];

  constructor(input: ProofInput) {
    const { policies, tools = null, horizon } = input;
    const space = createSpace();
    this.#ground = { space, worlds: worldsOf(space, tools, horizon), horizon };
    this.#setting = settingOf(input);
    this.#keyOf = keyMaker(horizon);
    const scene = policies.map(({ fallback }) => {
      if (fallback === null) return { fallback: -1, notInForce: [], inForce: () => false };
      const { cause, formula } = fallback;
      const truth = evaluator(formula);
      return {
        fallback: strengthOf(cause.effect),
        notInForce: boxesOutside(formula, this.#ground),
        inForce: cause.effect === 'allow' ? (facts) => truth(facts) === TRUE : (facts) => truth(facts) !== FALSE,
      } satisfies Scene['policies'][number];
    });
    this.#scenes = {
      action: { policies: scene, vague: [] },
      observation: {
        policies: policies.map(() => ({ fallback: -1, notInForce: [], inForce: () => false })),
        vague: [],
      },
    };
  }

  fits(input: ProofInput): boolean {
    return this.#setting === settingOf(input) && sizeOf(this.#ground.space) < maxDomains;
  }

  prove(input: ProofInput): Proof {
    const before = this.#entries;
    this.#entries = new Map();
    const added: Entry[] = [];
    let order = 0;
    for (const [index, { rules }] of input.policies.entries())
      for (const rule of rules) {
        const key = `${index} ${rule.cause.policy} ${rule.id} ${rule.effect} ${rule.on} ${this.#keyOf(rule.formula)}`;
        const known = before.get(key);
        const entry = known ?? newEntry(rule, index, placeOfRule(rule), this.#ground);
        if (known === undefined) added.push(entry);
        else if (known.place.line !== rule.cause.line || known.place.digest !== rule.digest)
          [known.place, known.told] = [placeOfRule(rule), null];
        entry.order = order++;
        before.delete(key);
        this.#entries.set(key, entry);
      }
    const entries = [...this.#entries.values()];
    this.#update([...before.values()], added, entries);
    this.#proved.policies = input.policies;
    const rules = reportRules(entries, this.#proved);
    const budgets = proveBudgets(
      input,
      entries.filter(({ on }) => on === 'action'),
      this.#ground,
    );
    return {
      findings: [...rules.findings, ...budgets.findings],
      undecided: [...rules.undecided, ...budgets.undecided],
    };
  }

  /** Brings overlaps, crossings and verdicts up to date. */
  #update(removed: readonly Entry[], added: readonly Entry[], all: readonly Entry[]): void {
    const changed = [...removed, ...added];
    const touched = new Set<Entry>();
    for (const entry of removed)
      for (const other of entry.overlaps) {
        const last = other.overlaps.pop();
        const at = other.overlaps.indexOf(entry);
        if (last !== undefined && last !== entry && at >= 0) other.overlaps[at] = last;
        if (other.crossings.delete(entry)) other.told = null;
        touched.add(other);
      }
    const isNew = new Set(added);
    const present = all.filter((entry) => !isNew.has(entry));
    for (const entry of added) {
      for (const other of present) {
        if (other.on !== entry.on || !overlapping(entry.clear, other.clear)) continue;
        entry.overlaps.push(other);
        other.overlaps.push(entry);
        touched.add(other);
        const [allow, against] = entry.strength === 0 ? [entry, other] : [other, entry];
        const crossing = crossingOf(allow, against);
        if (crossing === null) continue;
        allow.crossings.set(against, crossing);
        allow.told = null;
      }
      present.push(entry);
    }
    const unread = all.filter(({ trouble }) => trouble !== null);
    const isUnreadSame =
      unread.length === this.#unread.length && unread.every((entry, at) => entry === this.#unread[at]);
    const isVague = changed.some(({ vague }) => vague.length > 0);
    for (const on of ['action', 'observation'] as const)
      this.#scenes[on].vague = all.filter((entry) => entry.on === on && entry.vague.length > 0);
    for (const entry of all) {
      const scene = this.#scenes[entry.on];
      const mayKeep = entry.verdict !== null && isUnreadSame;
      const isTouched = touched.has(entry) || (isVague && entry.vague.length > 0);
      if (mayKeep && (!isTouched || stillHolds(entry, scene, changed, unread))) continue;
      entry.verdict = judge(entry, scene, unread);
      entry.told = null;
    }
    this.#unread = unread;
  }
}

/** What all boxes and defaults depend on. */
function settingOf({ policies, tools = null, horizon }: ProofInput): string {
  const keyOf = keyMaker(horizon);
  const defaults = policies.map(({ name, fallback }) => [
    name,
    fallback && [fallback.cause.effect, keyOf(fallback.formula)],
  ]);
  const declared = tools?.map(({ name, kind, tags, risk, cost, targets }) => [name, kind, tags, risk, cost, targets]);
  return JSON.stringify([defaults, declared ?? null, horizon]);
}

function placeOfRule({ id, effect, cause, digest, path }: CompiledRule): Place {
  const { policy = '', line } = cause;
  return { kind: 'rule', policy, id, effect, digest, path, ...(line !== undefined && { line }) };
}
