/**
 * The only maker of signals. What is declared is read once for each declaration, counts are copied, and what nobody reads
 * while deciding is read for the record alone.
 */
import {
  type Declaration,
  type Facts,
  type SignalName,
  type SignalRecord,
  type SignalValue,
  signalDeclarations,
  slotOf,
  type Unknown,
} from '../policy/index.ts';
import type { ActionContext, ProposedAction } from './context.ts';
import { declaredExtractors, observationExtractor, putCounts } from './extractors.ts';
import { type Extractor, type Fact, failure, run, unknown, unsaidFacts } from './fact.ts';
import { type ReadTargets, targetReader } from './targets.ts';

export type SignalExtractor = Extractor<ActionContext>;

/** The signals of one action, as they stood when they were made. */
class ValidatedSignals {
  readonly #facts: Fact[];
  readonly #declaration: ActionDeclaration | null;
  /** Puts the targets into the facts; null when they are there. */
  #unread: (() => void) | null;
  #record: SignalRecord | null = null;

  constructor(facts: Fact[], declaration: ActionDeclaration | null, unread: (() => void) | null) {
    this.#facts = facts;
    this.#declaration = declaration;
    this.#unread = unread;
  }

  /** As the ledger records them, all that apply; cannot be changed. */
  get record(): SignalRecord {
    this.#record ??= this.#recorded();
    return this.#record;
  }

  static factsOf(signals: ValidatedSignals): Facts {
    return signals.#facts;
  }

  static declarationOf(signals: ValidatedSignals): ActionDeclaration | null {
    return signals.#declaration;
  }

  #recorded(): SignalRecord {
    this.#unread?.();
    this.#unread = null;
    const record: Record<string, SignalValue | Unknown> = {};
    for (let slot = 0; slot < signalDeclarations.length; slot++) {
      const [signal, fact] = [signalDeclarations[slot], this.#facts[slot]];
      if (signal === undefined || fact === undefined) continue;
      if (Array.isArray(fact)) Object.freeze(fact);
      record[signal.name] = fact;
    }
    return Object.freeze(record);
  }
}

/** Made by a trial's kernel and good for one decision. Nothing else is of this type, and nothing else is taken. */
export type Signals = ValidatedSignals;

/** What is decided on: the signals by place. For the kernel alone, since it could be changed. */
export const factsOf = (signals: Signals): Facts => ValidatedSignals.factsOf(signals);

/** The same for signals of which all that is declared is the same; null where that cannot be told. */
export const declarationOf = (signals: Signals): ActionDeclaration | null => ValidatedSignals.declarationOf(signals);

/** What is the same for all calls of one tool from one node, by which whatever depends on nothing else can be kept. */
export interface ActionDeclaration extends Declaration {
  readonly type: ProposedAction['type'];
  readonly node: string | undefined;
  /** Where a signal applies but is not declared, it is unknown here until it is put in. */
  readonly facts: readonly Fact[];
  readonly readTargets: ReadTargets | null;
}

/** So many are kept for one tool; a tool that comes from more nodes is read anew. */
const declarationsKept = 32;
const noTool = {};

/** Makes the signals of one variant. A tool's declaration is taken to stay as it was at first. */
export class SignalMaker {
  readonly #agent: ActionContext['agent'];
  readonly #decidesOnTargets: boolean;
  readonly #declarations = new WeakMap<object, ActionDeclaration[]>();

  /** `reads`: the signals that any rule or budget of the variant reads. */
  constructor(agent: ActionContext['agent'], reads: ReadonlySet<SignalName>) {
    this.#agent = agent;
    this.#decidesOnTargets = reads.has('target.ids') || reads.has('target.domains');
  }

  /**
   * Every signal that applies to the action of this declaration: its value if it is a valid one, else why it is unknown.
   * `others` have the last word.
   */
  make(
    declaration: ActionDeclaration,
    context: Omit<ActionContext, 'agent'>,
    others: readonly SignalExtractor[],
  ): Signals {
    const { action, observation } = context;
    const facts = declaration.facts.slice();
    putCounts(facts, context);
    if (observation !== null) run(observationExtractor, { observation }, facts, action.type, true);
    if (!this.#decidesOnTargets && others.length === 0)
      return new ValidatedSignals(facts, declaration, () => putTargets(facts, declaration, action.input));
    putTargets(facts, declaration, action.input);
    if (others.length === 0) return new ValidatedSignals(facts, declaration, null);
    for (const other of others)
      run(other, { ...context, agent: this.#agent }, facts, action.type, observation !== null);
    return new ValidatedSignals(facts, null, null);
  }

  declarationOf(action: ProposedAction): ActionDeclaration {
    const { type, tool = noTool, node } = action;
    const known = this.#declarations.get(tool);
    if (known !== undefined) for (const one of known) if (one.type === type && one.node === node) return one;
    const made = declare(action, this.#agent);
    if (known === undefined || known.length >= declarationsKept) this.#declarations.set(tool, [made]);
    else known.push(made);
    return made;
  }
}

function declare(action: ProposedAction, agent: ActionContext['agent']): ActionDeclaration {
  const { type, tool, node } = action;
  const facts = unsaidFacts(type);
  for (const extractor of declaredExtractors) run(extractor, { action, agent }, facts, type, false);
  return { type, node, facts, readTargets: type === 'tool' ? readerOf(tool) : null };
}

const undeclared = unknown('the tool is not declared');

function readerOf(tool: ProposedAction['tool']): ReadTargets | null {
  if (tool === undefined) return () => ({ ids: undeclared, domains: undeclared });
  try {
    return tool.targets === undefined ? null : targetReader(tool.targets);
  } catch (error) {
    const failed = failure(error);
    return () => ({ ids: failed, domains: failed });
  }
}

const [idsSlot, domainsSlot] = [slotOf('target.ids'), slotOf('target.domains')];

function putTargets(facts: Fact[], { readTargets }: ActionDeclaration, input: unknown): void {
  if (readTargets === null) return;
  try {
    const { ids, domains } = readTargets(input);
    facts[idsSlot] = ids;
    facts[domainsSlot] = domains;
  } catch (error) {
    facts[idsSlot] = facts[domainsSlot] = failure(error);
  }
}
