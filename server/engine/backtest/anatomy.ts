/**
 * The parts of rules as they are written, each with its place and a formula of its own, so that of every part it can be said
 * whether it held. Rules are decided by their own formulas; this only explains them.
 */
import type { Condition, Path, Policy, Rule } from '../documents/index.ts';
import {
  type CompiledRule,
  compilePolicy,
  type Formula,
  type PolicySource,
  signalDeclarations,
} from '../policy/index.ts';

/** What one part of a rule asks, from a whole condition down to single comparators. */
export interface Part {
  readonly kind: 'when' | 'unless' | 'scope' | 'during' | 'validity' | 'all' | 'any' | 'not' | 'test';
  /** Where it is written: the policy by name, its digest, the path in its document and the line, from 1. */
  readonly place: Place;
  /** As people read it, such as `tool.risk atLeast 4`. */
  readonly text: string;
  /** What it says, as it is written: of an `unless`, that the exception applies. */
  readonly formula: Formula;
  /** The signals that it reads. */
  readonly reads: readonly string[];
  readonly parts: readonly Part[];
}

export interface Place {
  readonly policy: string;
  readonly digest: string;
  readonly path: Path;
  readonly line?: number;
}

export interface RuleAnatomy {
  readonly rule: CompiledRule;
  readonly place: Place;
  /** What must hold for it to match; of an `unless`, what must not. */
  readonly parts: readonly Part[];
}

/** A policy together with what it was compiled from. */
export interface SourcedPolicy {
  readonly source: PolicySource;
  readonly rules: readonly CompiledRule[];
}

/** The rules of a policy, those that it includes with it, in the order of the compiled policy. */
export function anatomyOf({ source, rules }: SourcedPolicy): RuleAnatomy[] {
  const parts = new Map<string, readonly Part[]>();
  dissect(source, [], parts, new Set());
  return rules.map((rule) => {
    const policy = rule.cause.policy ?? source.policy.metadata.name;
    const { path, digest, cause } = rule;
    const place = { policy, digest, path, ...(cause.line !== undefined && { line: cause.line }) };
    return { rule, place, parts: parts.get(`${digest}/${policy}/${rule.id}`) ?? [] };
  });
}

/** The place of `path` in the document of `source`. */
export function placeIn(source: PolicySource, path: Path): Place {
  const line = source.lineOf(path);
  return {
    policy: source.policy.metadata.name,
    digest: source.digest,
    path,
    ...(line !== undefined && { line }),
  };
}

/** The parts whose answers say everything: tests, and what has no parts of its own. */
export function leavesOf(parts: readonly Part[]): Part[] {
  return parts.flatMap((part) => (part.parts.length === 0 ? [part] : leavesOf(part.parts)));
}

interface Draft extends Pick<Part, 'kind' | 'text'> {
  readonly path: Path;
  readonly parts: readonly Draft[];
  /** What a rule would have to say in order to ask just this. */
  readonly asks: Partial<Rule>;
}

/** What is included in two ways is explained by the first. */
function dissect(
  source: PolicySource,
  above: readonly Part[],
  into: Map<string, readonly Part[]>,
  seen: Set<string>,
): void {
  const { policy, digest } = source;
  const { metadata, spec } = policy;
  const key = `${digest}/${metadata.name}`;
  if (seen.has(key)) return;
  seen.add(key);
  const force = extentDrafts(spec, ['spec']);
  const own = (spec.rules ?? []).map((rule, index) => {
    const path = ['spec', 'rules', index];
    return [
      ...extentDrafts(rule, path),
      ...(rule.when ? [conditionDraft('when', rule.when, [...path, 'when'])] : []),
      ...(rule.unless ? [conditionDraft('unless', rule.unless, [...path, 'unless'])] : []),
    ];
  });
  const observations = (spec.rules ?? []).map((rule) => rule.on === 'observation');
  const [forced = [], ...parts] = compileDrafts(source, [force, ...own], [false, ...observations]);
  const around = [...above, ...forced];
  for (const [index, rule] of (spec.rules ?? []).entries())
    into.set(`${key}/${rule.id}`, [...around, ...(parts[index] ?? [])]);
  for (const reference of spec.include ?? []) {
    const included = source.include?.(reference);
    if (included) dissect(included, around, into, seen);
  }
}

/** Compiles each draft as a rule of its own, so that it means here what it means there. */
function compileDrafts(
  source: PolicySource,
  groups: readonly (readonly Draft[])[],
  aboutObservations: readonly boolean[],
): Part[][] {
  const probes: Rule[] = [];
  const collect = (draft: Draft, on: Rule['on']): void => {
    probes.push({ id: `part-${probes.length}`, effect: 'deny', ...(on && { on }), ...draft.asks });
    for (const part of draft.parts) collect(part, on);
  };
  for (const [index, drafts] of groups.entries())
    for (const draft of drafts) collect(draft, aboutObservations[index] ? 'observation' : 'action');
  const { patterns } = source.policy.spec;
  const spec: Policy['spec'] = { overlay: true, rules: probes, ...(patterns && { patterns }) };
  const { value } = compilePolicy({
    policy: { ...source.policy, spec },
    digest: source.digest,
    lineOf: () => undefined,
    ...(source.zones && { zones: source.zones }),
  });
  let next = 0;
  const finish = (draft: Draft): Part => {
    const rule = value?.rules[next++];
    const { kind, text, path } = draft;
    const formula: Formula = rule?.formula ?? { op: 'constant', truth: 1 };
    const reads = rule?.cause.reads ?? [];
    return { kind, text, place: placeIn(source, path), formula, reads, parts: draft.parts.map(finish) };
  };
  return groups.map((drafts) => drafts.map(finish));
}

function extentDrafts(extent: Pick<Rule, 'scope' | 'during' | 'validFrom' | 'until' | 'renew'>, path: Path): Draft[] {
  const { scope, during, validFrom, until, renew } = extent;
  const drafts: Draft[] = [];
  if (scope) drafts.push({ kind: 'scope', path: [...path, 'scope'], text: textOf(scope), parts: [], asks: { scope } });
  if (during)
    drafts.push({ kind: 'during', path: [...path, 'during'], text: textOf(during), parts: [], asks: { during } });
  if (validFrom || until) {
    const asks = { ...(validFrom && { validFrom }), ...(until && { until }), ...(renew && { renew }) };
    const key = validFrom ? 'validFrom' : 'until';
    drafts.push({ kind: 'validity', path: [...path, key], text: textOf(asks), parts: [], asks });
  }
  return drafts;
}

function conditionDraft(kind: 'when' | 'unless' | 'all' | 'any' | 'not', when: Condition, path: Path): Draft {
  const parts = Object.entries<unknown>({ ...when }).flatMap(([key, value]) => lineDrafts(key, value, [...path, key]));
  return { kind, path, text: kind, parts, asks: { when } };
}

function lineDrafts(key: string, value: unknown, path: Path): Draft[] {
  if (key === 'not') return [conditionDraft('not', value as Condition, path)].map(opposite);
  if (key === 'all' || key === 'any') {
    const parts = Array.isArray(value)
      ? value.map((part: Condition, index) => conditionDraft('all', part, [...path, index]))
      : [];
    return [{ kind: key, path, text: key, parts, asks: { when: { [key]: value } } }];
  }
  const plain = typeof value !== 'object' || value === null || Array.isArray(value);
  if (plain) {
    const text = `${key} ${bareComparator(key)} ${textOf(value)}`;
    return [{ kind: 'test', path, text, parts: [], asks: { when: { [key]: value } } }];
  }
  return Object.entries(value).map(([comparator, operand]) => ({
    kind: 'test',
    path: [...path, comparator],
    text: `${key} ${comparator} ${textOf(operand)}`,
    parts: [],
    asks: { when: { [key]: { [comparator]: operand } } },
  }));
}

/** A `not` says the opposite of what stands in it. */
const opposite = (draft: Draft): Draft => ({ ...draft, asks: { when: { not: draft.asks.when ?? {} } } });

/** The comparator that a test without one means. */
export const bareComparator = (signal: string): 'anyOf' | 'is' =>
  signalDeclarations.find(({ name }) => name === signal)?.type === 'tags' ? 'anyOf' : 'is';

const listed = 4;

function textOf(value: unknown): string {
  if (Array.isArray(value)) {
    const more = value.length > listed ? [`… ${value.length - listed} more`] : [];
    return `[${[...value.slice(0, listed).map(textOf), ...more].join(', ')}]`;
  }
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .map(([key, item]) => `${key} ${textOf(item)}`)
      .join(', ');
  return String(value);
}
