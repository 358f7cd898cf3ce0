/**
 * The same rules in other engines: Cedar, casbin and json-rules-engine, translated from the normal form. They know
 * neither unknown facts nor budgets, and windows come to them as ready answers, all of which is in their favour.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type {
  CompiledPolicy,
  Constraint,
  FactTest,
  Formula,
  SignalRecord,
  TimeSet,
} from '../../../server/engine/policy/index.ts';

export interface Rival {
  readonly name: string;
  allows(record: SignalRecord): Promise<boolean>;
}

const require = createRequire(join(import.meta.dirname, '../rivals/package.json'));

type Leaf<T> = (test: FactTest, constraint: Constraint) => T;
interface Language<T> {
  readonly constant: (holds: boolean) => T;
  readonly all: (parts: T[]) => T;
  readonly any: (parts: T[]) => T;
  readonly not: (part: T) => T;
  /** True only where the fact is there and fits; what holds of absent facts is put around it. */
  readonly leaf: Leaf<T>;
}

function translate<T>(formula: Formula, language: Language<T>): T {
  switch (formula.op) {
    case 'constant':
      return language.constant(formula.truth === 2);
    case 'not':
      return language.not(translate(formula.part, language));
    case 'all':
      return language.all(formula.parts.map((part) => translate(part, language)));
    case 'any':
      return language.any(formula.parts.map((part) => translate(part, language)));
    case 'test': {
      const { constraint } = formula;
      const isNegated =
        ((constraint.kind === 'text' || constraint.kind === 'number') && constraint.negated) ||
        (constraint.kind === 'tags' && constraint.comparator === 'noneOf');
      const leaf = language.leaf(formula, constraint);
      return isNegated ? language.not(leaf) : leaf;
    }
  }
}

/** A number for each set of times, and the facts of a record with whether each of them holds. */
function withTimes(policy: CompiledPolicy): {
  nameOf(times: TimeSet): string;
  facts(record: SignalRecord): Record<string, unknown>;
} {
  const names = new Map<TimeSet, string>();
  const visit = (formula: Formula): void => {
    if (formula.op === 'not') visit(formula.part);
    else if (formula.op === 'all' || formula.op === 'any') formula.parts.forEach(visit);
    else if (formula.op === 'test' && formula.constraint.kind === 'time') {
      const { times } = formula.constraint;
      if (!names.has(times)) names.set(times, `time.w${names.size}`);
    }
  };
  for (const { formula } of policy.rules) visit(formula);
  return {
    nameOf: (times) => names.get(times) ?? '',
    facts: (record) => ({
      ...record,
      ...Object.fromEntries([...names].map(([times, name]) => [name, times.at(Number(record['time.utc'])) === 2])),
    }),
  };
}

const bound = (value: number): number => Math.max(Math.min(value, Number.MAX_SAFE_INTEGER), -Number.MAX_SAFE_INTEGER);

interface CedarModule {
  preparsePolicySet(id: string, policies: { staticPolicies: string }): { type: string; errors?: unknown };
  statefulIsAuthorized(call: object): {
    type: string;
    response?: { decision: string; diagnostics: { errors: unknown[] } };
  };
}

function cedar(policy: CompiledPolicy): Rival {
  const engine = require('@cedar-policy/cedar-wasm/nodejs') as CedarModule;
  const times = withTimes(policy);
  const attribute = (name: string) => name.replaceAll('.', '_');
  const list = (texts: readonly string[]) => `[${texts.map((text) => JSON.stringify(text)).join(', ')}]`;
  const leaf: Leaf<string> = ({ name }, constraint) => {
    const fact = `context.${attribute(name)}`;
    const there = (test: string) => `(context has ${attribute(name)} && (${test}))`;
    switch (constraint.kind) {
      case 'time':
        return `context.${attribute(times.nameOf(constraint.times))}`;
      case 'text':
        return there(
          constraint.texts
            .map((text) =>
              text.includes('*') ? `${fact} like ${JSON.stringify(text)}` : `${fact} == ${JSON.stringify(text)}`,
            )
            .join(' || '),
        );
      case 'number':
        return there(`${fact} >= ${bound(constraint.low)} && ${fact} <= ${bound(constraint.high)}`);
      case 'tags':
        if (constraint.comparator === 'only') return there(`${list(constraint.texts)}.containsAll(${fact})`);
        return there(`${fact}.contains${constraint.comparator === 'allOf' ? 'All' : 'Any'}(${list(constraint.texts)})`);
      default:
        throw new Error(`no ${constraint.kind} in this mix`);
    }
  };
  const language: Language<string> = {
    constant: String,
    all: (parts) => `(${parts.join(' && ')})`,
    any: (parts) => `(${parts.join(' || ')})`,
    not: (part) => `!(${part})`,
    leaf,
  };
  const rules = policy.rules.map(
    ({ effect, formula }) =>
      `${effect === 'allow' ? 'permit' : 'forbid'} (principal, action, resource) when { ${translate(formula, language)} };`,
  );
  const set = `${policy.rules.length} rules`;
  const parsed = engine.preparsePolicySet(set, {
    staticPolicies: ['permit (principal, action, resource);', ...rules].join('\n'),
  });
  if (parsed.type !== 'success') throw new Error(JSON.stringify(parsed.errors));
  const someone = (type: string) => ({ type, id: 'x' });
  return {
    name: 'cedar-wasm',
    allows: async (record) => {
      const facts = Object.entries(times.facts(record)).map(([name, value]) => [attribute(name), value]);
      const answer = engine.statefulIsAuthorized({
        principal: someone('Agent'),
        action: someone('Action'),
        resource: someone('Tool'),
        context: Object.fromEntries(facts),
        preparsedPolicySetId: set,
        entities: [],
      });
      if (answer.response === undefined || answer.response.diagnostics.errors.length > 0)
        throw new Error(JSON.stringify(answer));
      return answer.response.decision === 'allow';
    },
  };
}

/** Tests of facts in plain JavaScript, for engines that take functions. */
const fits = {
  text: (fact: unknown, texts: readonly string[]): boolean =>
    typeof fact === 'string' &&
    texts.some((text) => (text.endsWith('*') ? fact.startsWith(text.slice(0, -1)) : fact === text)),
  number: (fact: unknown, [low = 0, high = 0]: readonly number[]): boolean =>
    typeof fact === 'number' && fact >= low && fact <= high,
  anyOf: (fact: unknown, texts: readonly string[]): boolean =>
    Array.isArray(fact) && fact.some((tag) => texts.includes(tag)),
  allOf: (fact: unknown, texts: readonly string[]): boolean =>
    Array.isArray(fact) && texts.every((tag) => fact.includes(tag)),
  only: (fact: unknown, texts: readonly string[]): boolean =>
    Array.isArray(fact) && fact.every((tag) => texts.includes(tag)),
  holds: (fact: unknown): boolean => fact === true,
} as const;

/** Name of the function in `fits`, name of the fact, operand. */
function call(
  test: FactTest,
  constraint: Constraint,
  nameOf: (times: TimeSet) => string,
): [keyof typeof fits, string, unknown[]] {
  switch (constraint.kind) {
    case 'time':
      return ['holds', nameOf(constraint.times), []];
    case 'text':
      return ['text', test.name, [...constraint.texts]];
    case 'number':
      return ['number', test.name, [bound(constraint.low), bound(constraint.high)]];
    case 'tags':
      return [constraint.comparator === 'noneOf' ? 'anyOf' : constraint.comparator, test.name, [...constraint.texts]];
    default:
      throw new Error(`no ${constraint.kind} in this mix`);
  }
}

interface Enforcer {
  addFunction(name: string, run: (...args: never[]) => unknown): Promise<void>;
  enforce(...request: unknown[]): Promise<boolean>;
}

async function casbin(policy: CompiledPolicy): Promise<Rival> {
  const { newEnforcer, newModel } = require('casbin') as {
    newModel(text: string): object;
    newEnforcer(
      model: object,
      adapter?: object,
    ): Promise<Enforcer & { addPolicies(rules: string[][]): Promise<boolean> }>;
  };
  const times = withTimes(policy);
  const language: Language<string> = {
    constant: String,
    all: (parts) => `(${parts.join(' && ')})`,
    any: (parts) => `(${parts.join(' || ')})`,
    not: (part) => `!(${part})`,
    leaf: (test, constraint) => {
      const [name, fact, operand] = call(test, constraint, times.nameOf);
      const words = [fact.replaceAll('.', '_'), ...operand].map((one) =>
        typeof one === 'number' ? String(one) : `'${one}'`,
      );
      return `${name}(r_ctx, ${words.join(', ')})`;
    },
  };
  const model = newModel(
    '[request_definition]\nr = ctx\n[policy_definition]\np = rule, eft\n[policy_effect]\ne = !some(where (p.eft == deny))\n[matchers]\nm = eval(p.rule)\n',
  );
  const enforcer = await newEnforcer(model);
  for (const [name, test] of Object.entries(fits))
    await enforcer.addFunction(name, ((facts: Record<string, unknown>, fact: string, ...operand: never[]) =>
      (test as (fact: unknown, operand: readonly unknown[]) => boolean)(facts[fact], operand)) as never);
  await enforcer.addPolicies(
    policy.rules.map(({ effect, formula }) => [translate(formula, language), effect === 'allow' ? 'allow' : 'deny']),
  );
  return {
    name: 'casbin',
    allows: async (record) => {
      const facts = Object.entries(times.facts(record)).map(([name, value]) => [name.replaceAll('.', '_'), value]);
      return await enforcer.enforce(Object.fromEntries(facts));
    },
  };
}

function jsonRulesEngine(policy: CompiledPolicy): Rival {
  const { Engine } = require('json-rules-engine') as {
    Engine: new (
      rules: object[],
      options: object,
    ) => {
      addOperator(name: string, test: (fact: unknown, operand: never) => boolean): void;
      addRule(rule: object): void;
      run(facts: object): Promise<{ events: { type: string }[] }>;
    };
  };
  const times = withTimes(policy);
  const language: Language<object> = {
    constant: (holds) => (holds ? { all: [] } : { any: [{ fact: 'nothing', operator: 'holds', value: [] }] }),
    all: (all) => ({ all }),
    any: (any) => ({ any }),
    not: (not) => ({ not }),
    leaf: (test, constraint) => {
      const [operator, fact, value] = call(test, constraint, times.nameOf);
      return { fact, operator, value };
    },
  };
  const engine = new Engine([], { allowUndefinedFacts: true });
  for (const [name, test] of Object.entries(fits)) engine.addOperator(name, test);
  for (const { effect, formula } of policy.rules)
    engine.addRule({
      conditions: { all: [translate(formula, language)] },
      event: { type: effect === 'allow' ? 'allow' : 'deny' },
    });
  return {
    name: 'json-rules-engine',
    allows: async (record) => (await engine.run(times.facts(record))).events.every(({ type }) => type === 'allow'),
  };
}

export const rivalsOf = async (policy: CompiledPolicy): Promise<readonly Rival[]> => [
  cedar(policy),
  await casbin(policy),
  jsonRulesEngine(policy),
];
