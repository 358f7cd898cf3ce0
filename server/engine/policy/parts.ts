/**
 * The documents that a policy is made of, its own and those that it includes, each compiled once however many ways lead to
 * it, with what is wrong with them as the including document sees it. It puts nothing together.
 */
import type { Path, Policy } from '../documents/index.ts';
import type { ZoneOffsets } from '../ports.ts';
import { type CompiledBudget, checkParents, compileBudget } from './budget.ts';
import { ExtentReader } from './extent.ts';
import type { Formula } from './formula.ts';
import { type CompiledPattern, compilePatterns } from './pattern.ts';
import { type PolicyProblem, type Report, reporter } from './problem.ts';
import { type CompiledRule, compileRule } from './rule.ts';

export interface PolicySource {
  /** Valid by the schema. */
  readonly policy: Policy;
  /** Of the document's bytes, as `sha256:` and 64 hexadecimal digits. */
  readonly digest: string;
  /** The file that the document stands in. Without it, each source counts as a document of its own. */
  readonly file?: string;
  /** The line of a place in the document, from 1. */
  lineOf(path: Path): number | undefined;
  /** The policy that `reference` means in this document; null when there is none. */
  include?(reference: string): PolicySource | null;
  /** Without it, windows of all zones but UTC stay unknown, which holds back. */
  readonly zones?: ZoneOffsets;
}

/** One document compiled, before those that include it add their own scope and time. */
export interface Part {
  readonly digest: string;
  /** When the document is in force by what it says itself. */
  readonly force: Formula;
  readonly rules: readonly CompiledRule[];
  readonly budgets: readonly CompiledBudget[];
  readonly patterns: readonly CompiledPattern[];
  /** In the order of `include`; what is included twice is there twice. */
  readonly included: readonly Part[];
  readonly problems: readonly Found[];
}

/** A problem, and what it is in the document that it arose in: the same for all who include that. */
interface Found {
  readonly problem: PolicyProblem;
  readonly origin: PolicyProblem;
}

/** The documents of one policy. */
export class Parts {
  readonly #known = new Map<unknown, Part>();
  /** From the policy itself down to the document that is being compiled. */
  readonly #chain: PolicySource[] = [];

  of(source: PolicySource): Part {
    const key = keyOf(source);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#chain.push(source);
    const part = this.#compiled(source);
    this.#chain.pop();
    this.#known.set(key, part);
    return part;
  }

  #compiled(source: PolicySource): Part {
    const { problems, report } = reporter();
    const own = compileOwn(source, report);
    const found = problems.map((problem) => ({ problem, origin: problem }));
    const included: Part[] = [];
    for (const [index, reference] of (source.policy.spec.include ?? []).entries()) {
      const path = ['spec', 'include', index];
      const { part, problems } = this.#included(source, reference, path);
      found.push(...problems);
      if (part === null) continue;
      included.push(part);
      found.push(...asIncluded(part.problems, reference, path));
    }
    return { ...own, included, problems: found };
  }

  #included(source: PolicySource, reference: string, path: Path): { part: Part | null; problems: readonly Found[] } {
    const fault = (code: string, message: string, help: string) => {
      const problem = { code, path, message, help };
      return { part: null, problems: [{ problem, origin: problem }] };
    };
    if (source.include === undefined)
      return fault('policy/unresolved-include', `nothing here can find \`${reference}\``, 'open the whole workspace');
    const included = source.include(reference);
    if (included === null)
      return fault('policy/unknown-include', `there is no policy \`${reference}\``, 'name a policy of this workspace');
    const start = this.#chain.findIndex((one) => isSame(one, included));
    if (start >= 0) {
      const names = [...this.#chain.slice(start), included].map(({ policy }) => `\`${policy.metadata.name}\``);
      const message = `the policy includes itself: ${names.join(' → ')}`;
      return fault('policy/include-cycle', message, 'leave one `include` out');
    }
    return { part: this.of({ ...(source.zones && { zones: source.zones }), ...included }), problems: [] };
  }
}

const isSame = (one: PolicySource, other: PolicySource): boolean =>
  one.digest === other.digest && one.policy.metadata.name === other.policy.metadata.name;

/** Copies of a document in other folders may mean other policies by the same words. */
const keyOf = (source: PolicySource): unknown =>
  source.file === undefined ? source : `${source.file}\0${source.digest}\0${source.policy.metadata.name}`;

/** Problems of an included document as problems of the one that includes it; each once, however many ways lead to it. */
function asIncluded(problems: readonly Found[], reference: string, path: Path): Found[] {
  const byOrigin = new Map(problems.toReversed().map((found) => [found.origin, found] as const));
  return [...byOrigin.values()].toReversed().map(({ problem: { code, message, help }, origin }) => {
    const isCycle = code === 'policy/include-cycle';
    const problem: PolicyProblem = isCycle
      ? { code, path, message, ...(help !== undefined && { help }) }
      : {
          code: 'policy/broken-include',
          path,
          message: `\`${reference}\` is not sound: ${message}`,
          help: `correct \`${reference}\``,
        };
    return { problem, origin };
  });
}

function compileOwn(source: PolicySource, report: Report): Omit<Part, 'included' | 'problems'> {
  const { policy, digest, lineOf } = source;
  const { metadata, spec } = policy;
  const { name } = metadata;
  const { rules = [], budgets = [] } = spec;
  checkIds('rule', rules, ['spec', 'rules'], report);
  checkIds('budget', budgets, ['spec', 'budgets'], report);
  checkIds('pattern', spec.patterns ?? [], ['spec', 'patterns'], report);
  if (spec.overlay && spec.default !== undefined)
    report(
      'policy/overlay-with-default',
      ['spec', 'default'],
      'an overlay says nothing of actions that none of its rules matches',
      'leave `default` out, or `overlay`',
    );
  const patterns = compilePatterns(name, spec.patterns ?? [], report);
  const extents = new ExtentReader(report, source.zones ?? null);
  const pattern = (id: string): string | null => (spec.patterns?.some((one) => one.id === id) ? `${name}/${id}` : null);
  const reading = { report, pattern };
  const force = extents.read(spec, ['spec']);
  const setting = { policy: name, digest, ask: spec.ask, extents, reading, lineOf };
  const own = {
    digest,
    force,
    rules: rules.map((rule, index) => compileRule(rule, ['spec', 'rules', index], setting)),
    budgets: budgets.map((budget, index) => compileBudget(budget, ['spec', 'budgets', index], setting)),
    patterns,
  };
  checkParents(own.budgets, ['spec', 'budgets'], report);
  return own;
}

function checkIds(noun: string, items: readonly { id: string }[], path: Path, report: Report): void {
  const seen = new Map<string, number>();
  for (const [index, { id }] of items.entries()) {
    const first = seen.get(id);
    if (first === undefined) seen.set(id, index);
    else
      report(
        'policy/duplicate-id',
        [...path, index, 'id'],
        `another ${noun} is already called \`${id}\``,
        'give each its own id',
        [{ path: [...path, first, 'id'], message: `\`${id}\` is used first here` }],
      );
  }
}
