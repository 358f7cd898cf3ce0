/**
 * Proves policies that apply together against each other, and keeps what it has proved: after an edit only that is proved
 * anew which the edited rules touch. It reads compiled policies and changes nothing.
 */
import type { CompiledPolicy } from '../compile.ts';
import type { Formula } from '../formula.ts';
import type { CompiledRule } from '../rule.ts';
import { proveBudgets } from './budgets.ts';
import { keepInStep } from './crossing.ts';
import { boxesOutside, type Entry, type Ground, newEntry } from './entry.ts';
import type { Place, Proof } from './finding.ts';
import { judge } from './judge.ts';
import { keyMaker } from './key.ts';
import { Later } from './later.ts';
import { contradictionsAmong, type Proved, reportRules } from './report.ts';
import { Scene } from './scene.ts';
import { createSpace, sizeOf } from './space.ts';
import type { Horizon } from './translate.ts';
import { dutiesOf, silence, voiceOf } from './voice.ts';
import { type DeclaredTool, type World, worldsOf } from './worlds.ts';

/** What is read of a compiled policy. It is asked to decide only when somebody asks for a witness. */
export type ProvablePolicy = Pick<
  CompiledPolicy,
  'name' | 'rules' | 'budgets' | 'fallback' | 'evaluate' | 'evaluateObservation'
>;

export interface ProofInput {
  /** All that apply together, each once. */
  readonly policies: readonly ProvablePolicy[];
  /** Of the environment; any other tool is possible besides. Null: any tool. */
  readonly tools?: readonly DeclaredTool[] | null;
  /** What is proved of time is proved of this stretch; see `horizonFrom`. */
  readonly horizon: Horizon;
}

export interface Prover {
  /** Everything that is found out about `input`. Fast where it differs little from the input before. */
  prove(input: ProofInput): Proof;
  /**
   * The same in steps of less than a millisecond, as a rule. Whoever asks may stop at any of them, for good too: what has been
   * proved by then is kept. A proof is good until the next one begins.
   */
  proving(input: ProofInput): Generator<undefined, Proof>;
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
  const proving = (input: ProofInput) => {
    if (state === null || !state.fits(input)) state = new State(input);
    return state.proving(input);
  };
  return {
    proving,
    prove(input) {
      const steps = proving(input);
      for (;;) {
        const step = steps.next();
        if (step.done) return step.value;
      }
    },
  };
}

/** Domains are made by every search and never dropped; beyond this many, everything starts anew. */
const maxDomains = 100_000;

class State {
  readonly #ground: Ground;
  readonly #setting: string;
  readonly #keyOf: ReturnType<typeof keyMaker>;
  readonly #keys = new WeakMap<Formula, { readonly head: string; readonly key: string }>();
  readonly #proved: Proved;
  readonly #entries = new Map<string, KeptEntry>();
  readonly #ofFormula = new WeakMap<Formula, KeptEntry>();
  /** Counts the proofs; an entry knows in which of them its rule was seen last. */
  #round = 0;
  /** Rules that cannot be read: what is proved of others rests on which there are. */
  #unread: readonly Entry[] = [];

  constructor(input: ProofInput) {
    const { policies, tools = null, horizon } = input;
    const space = createSpace();
    const worlds = worldsOf(space, tools, horizon);
    let later: readonly World[] | null = null;
    const after = { fromMs: horizon.toMs, toMs: Number.MAX_SAFE_INTEGER };
    this.#ground = {
      space,
      worlds,
      horizon,
      later: () => {
        later ??= worldsOf(space, tools, after);
        return later;
      },
    };
    this.#setting = settingOf(input);
    this.#keyOf = keyMaker(horizon);
    const defaults = policies.map(({ fallback }) =>
      fallback === null
        ? { fallback: silence, notInForce: [] }
        : { fallback: voiceOf(fallback.cause), notInForce: boxesOutside(fallback.formula, this.#ground) },
    );
    const none = policies.map(() => ({ fallback: silence, notInForce: [] }));
    this.#proved = {
      policies,
      scenes: { action: new Scene(defaults, worlds), observation: new Scene(none, worlds) },
      horizon,
      later: new Later(this.#ground),
    };
  }

  fits(input: ProofInput): boolean {
    return this.#setting === settingOf(input) && sizeOf(this.#ground.space) < maxDomains;
  }

  *proving(input: ProofInput): Generator<undefined, Proof> {
    yield* this.#takeOver(input);
    const entries = [...this.#entries.values()].sort((a, b) => a.order - b.order);
    this.#heedUnread(entries);
    for (const entry of entries) {
      if (entry.verdict !== null) continue;
      entry.verdict = judge(entry, this.#proved.scenes[entry.on], this.#unread);
      entry.told = null;
      yield;
    }
    this.#proved.policies = input.policies;
    const rules = yield* reportRules(entries, this.#proved);
    const budgets = proveBudgets(input, entries, this.#ground, this.#proved);
    return {
      findings: [...rules.findings, ...budgets.findings],
      undecided: [...rules.undecided, ...budgets.undecided],
      contradictions: () => contradictionsAmong(entries, this.#proved),
    };
  }

  /** Lets rules go that are no longer there, and takes in those that are new. */
  *#takeOver({ policies }: ProofInput): Generator<undefined, void> {
    this.#round++;
    const added = new Map<string, readonly [rule: CompiledRule, policy: number, order: number]>();
    let order = 0;
    for (const [policy, { rules }] of policies.entries())
      for (const rule of rules) {
        const known = this.#known(rule, policy, added);
        if (typeof known === 'string') added.set(known, [rule, policy, order]);
        else this.#seeAgain(known, rule, order);
        order++;
      }
    for (const [key, entry] of this.#entries) {
      if (entry.round === this.#round) continue;
      const scene = this.#proved.scenes[entry.on];
      scene.forget(entry);
      keepInStep(entry, scene, false);
      scene.remove(entry);
      entry.round = gone;
      this.#entries.delete(key);
    }
    const { later } = this.#proved;
    for (const [key, [rule, policy, at]] of added) {
      const made = newEntry(rule, policy, placeOfRule(rule), this.#ground, later);
      const entry: KeptEntry = { ...made, round: this.#round, rule, head: headOf(rule, policy) };
      entry.order = at;
      const scene = this.#proved.scenes[entry.on];
      scene.add(entry);
      scene.forget(entry);
      keepInStep(entry, scene, true);
      this.#entries.set(key, entry);
      this.#ofFormula.set(rule.formula, entry);
      yield;
    }
  }

  /** The entry of a rule that was there before, or the key of one that is new. */
  #known(rule: CompiledRule, policy: number, added: ReadonlyMap<string, unknown>): KeptEntry | string {
    // Who edits one rule has the formulas of the others as they were.
    const same = this.#ofFormula.get(rule.formula);
    if (same !== undefined && same.round !== gone && same.round !== this.#round && isOf(same, rule, policy))
      return same;
    let key = this.#keyOfRule(rule, policy);
    // Where a rule is written twice, with its id, both are there.
    while (added.has(key) || this.#entries.get(key)?.round === this.#round) key = `${key} again`;
    return this.#entries.get(key) ?? key;
  }

  #seeAgain(entry: KeptEntry, rule: CompiledRule, order: number): void {
    entry.round = this.#round;
    entry.order = order;
    if (entry.rule === rule) return;
    entry.rule = rule;
    entry.place = placeOfRule(rule);
    this.#ofFormula.set(rule.formula, entry);
  }

  /** Rules never change, and who edits one has the others as they were: their keys are kept, too. */
  #keyOfRule(rule: CompiledRule, policy: number): string {
    const head = headOf(rule, policy);
    const known = this.#keys.get(rule.formula);
    if (known?.head === head) return known.key;
    const key = `${head} ${this.#keyOf(rule.formula)}`;
    this.#keys.set(rule.formula, { head, key });
    return key;
  }

  #heedUnread(entries: readonly Entry[]): void {
    const unread = entries.filter(({ trouble }) => trouble !== null);
    const isSame = unread.length === this.#unread.length && unread.every((entry, at) => entry === this.#unread[at]);
    if (!isSame) for (const entry of entries) entry.verdict = null;
    this.#unread = unread;
  }
}

interface KeptEntry extends Entry {
  rule: CompiledRule;
  round: number;
  readonly head: string;
}

/** The round of what has been taken out: a rule that comes again is a new one. */
const gone = -1;

/** What an entry is of, but for its formula: rules without a condition have one and the same. */
function headOf({ id, effect, on, cause }: CompiledRule, policy: number): string {
  const { who, waitMs } = voiceOf(cause);
  return [policy, cause.policy, id, effect, on, who, waitMs, ...dutiesOf(cause)].join(' ');
}

const isOf = (entry: KeptEntry, rule: CompiledRule, policy: number): boolean =>
  entry.policy === policy && (entry.rule === rule || entry.head === headOf(rule, policy));

/** What all boxes and defaults depend on. */
function settingOf({ policies, tools = null, horizon }: ProofInput): string {
  const keyOf = keyMaker(horizon);
  const defaults = policies.map(({ name, fallback }) => [
    name,
    fallback && [voiceOf(fallback.cause), keyOf(fallback.formula)],
  ]);
  const declared = tools?.map(({ name, kind, tags, risk, cost, targets }) => [name, kind, tags, risk, cost, targets]);
  return JSON.stringify([defaults, declared ?? null, horizon]);
}

function placeOfRule({ id, effect, cause, digest, path }: CompiledRule): Place {
  const { policy = '', line } = cause;
  return { kind: 'rule', policy, id, effect, digest, path, ...(line !== undefined && { line }) };
}
