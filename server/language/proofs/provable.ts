/**
 * Policies of open and closed files as the prover takes them: compiled rule by rule, and a rule again only when it has been
 * edited. What does not compile is not proved; its faults are told by the checks.
 */
import { asKind, type Policy, type SourceDocument } from '../../engine/documents/index.ts';
import { type CompiledPolicy, type CompiledRule, compilePolicy, type PolicySource } from '../../engine/policy/index.ts';
import type { ProvablePolicy } from '../../engine/policy/prove/index.ts';
import type { ZoneOffsets } from '../../engine/ports.ts';

/** A policy and where it is written. */
export interface PlacedPolicy {
  /** Of the document, for the places of findings; no other has it. */
  readonly digest: string;
  readonly document: SourceDocument;
}

export interface Reading {
  readonly zones: ZoneOffsets | null;
  /** What a reference in a policy means; null when it means nothing. */
  readonly find: (from: PlacedPolicy, reference: string) => PlacedPolicy | null;
}

/** What a policy comes to, as far as can be proved; null where it, or what it includes, has errors. Never throws. */
export function provable(placed: PlacedPolicy, reading: Reading): ProvablePolicy | null {
  const policy = asKind(placed.document, 'Policy');
  if (policy === null) return null;
  // Rules that are part of others are put together by the compiler.
  if (policy.spec.include !== undefined) return compiled(placed, policy, reading);
  const { rules = [], ...head } = policy.spec;
  const frame = compile({ ...policy, spec: head }, placed.digest, reading.zones);
  if (frame === null) return null;
  const { budgets: _, ...beside } = head;
  const setting = JSON.stringify([policy.metadata.name, beside]);
  const own: CompiledRule[] = [];
  const alone = (rule: PolicyRule): Policy => ({ ...policy, spec: { ...beside, rules: [rule] } });
  for (let index = 0; index < rules.length; index++) {
    const rule = rules[index];
    const made = rule && ruleOf(rule, { setting, alone, zones: reading.zones, digest: placed.digest, index });
    if (!made) return null;
    own.push(made);
  }
  let whole: CompiledPolicy | null = null;
  const asked = () => {
    whole ??= compiled(placed, policy, reading) ?? frame;
    return whole;
  };
  return {
    name: frame.name,
    rules: own,
    budgets: frame.budgets,
    fallback: frame.fallback,
    evaluate: (facts) => asked().evaluate(facts),
    evaluateObservation: (facts) => asked().evaluateObservation(facts),
  };
}

type PolicyRule = NonNullable<Policy['spec']['rules']>[number];

/** Where a rule stands, and what it is compiled with. */
interface RuleSetting {
  readonly setting: string;
  readonly zones: ZoneOffsets | null;
  readonly alone: (rule: PolicyRule) => Policy;
  readonly digest: string;
  readonly index: number;
}

interface KnownRule {
  readonly setting: string;
  readonly zones: ZoneOffsets | null;
  /** Where it stood last. */
  readonly placed: CompiledRule;
}

const known = new WeakMap<PolicyRule, KnownRule>();

/** Values of what an edit does not touch stay the same objects, and so do rules that it does not move. */
function ruleOf(value: PolicyRule, { setting, zones, alone, digest, index }: RuleSetting): CompiledRule | null {
  const before = known.get(value);
  const isKnown = before?.setting === setting && before.zones === zones;
  if (isKnown && before.placed.digest === digest && before.placed.path[2] === index) return before.placed;
  const rule = isKnown ? before.placed : compile(alone(value), '', zones)?.rules[0];
  if (rule === undefined) return null;
  const placed = { ...rule, digest, path: ['spec', 'rules', index] };
  known.set(value, { setting, zones, placed });
  return placed;
}

function compiled(placed: PlacedPolicy, policy: Policy, reading: Reading): CompiledPolicy | null {
  const sourceOf = (from: PlacedPolicy, own: Policy): PolicySource => ({
    policy: own,
    digest: from.digest,
    file: from.digest,
    lineOf: () => undefined,
    include: (reference) => {
      const other = reading.find(from, reference);
      const included = other && asKind(other.document, 'Policy');
      return other && included && sourceOf(other, included);
    },
    ...(reading.zones && { zones: reading.zones }),
  });
  return compilePolicy(sourceOf(placed, policy)).value;
}

const compile = (policy: Policy, digest: string, zones: ZoneOffsets | null): CompiledPolicy | null =>
  compilePolicy({ policy, digest, lineOf: () => undefined, ...(zones && { zones }) }).value;
