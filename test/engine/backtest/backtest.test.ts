/** Policies in place of their recorded selves: the others that applied take part, and what is not known is not counted. */
import { describe, expect, test } from 'vitest';
import {
  type Backtest,
  type BacktestOptions,
  backtest,
  type PastDocuments,
  PastPolicies,
  type PastWorkspace,
  type PolicyNow,
  testedPolicy,
} from '../../../server/engine/backtest/index.ts';
import type { Policy } from '../../../server/engine/documents/index.ts';
import type { Document } from '../../../server/engine/ledger/index.ts';
import { record, type ScriptedStep } from './recording.ts';

type Spec = Policy['spec'];

const written = (kind: string, name: string, spec: object, path = `${name}.yaml`): Document => ({
  name,
  path,
  digest: `sha256:${name}`,
  source: { json: JSON.stringify({ apiVersion: 'assay/v1', kind, metadata: { name }, spec }) },
});
const textOf = ({ source }: Document) => ('json' in source && typeof source.json === 'string' ? source.json : null);

interface Then {
  readonly policies: Readonly<Record<string, Spec>>;
  /** By variant. */
  readonly variants: Readonly<Record<string, { policies: string[]; preset?: string }>>;
  readonly presets?: Readonly<Record<string, object>>;
}

function documentsOf({ policies, variants, presets = {} }: Then): PastDocuments {
  return {
    experiment: written(
      'Experiment',
      'e',
      {
        environment: 'x',
        tasks: 't',
        variants: Object.entries(variants).map(([id, one]) => ({ id, agent: { module: './a.mjs' }, ...one })),
      },
      'experiments/e.yaml',
    ),
    policies: Object.entries(policies).map(([name, spec]) => written('Policy', name, spec, `policies/${name}.yaml`)),
    presets: Object.entries(presets).map(([name, spec]) => written('Preset', name, spec)),
  };
}

/** A run in memory under these policies, and what it was made of. */
function recorded(then: Then, steps: readonly ScriptedStep[], gone: readonly string[] = []) {
  const documents = documentsOf(then);
  const full = new PastPolicies(documents, textOf);
  const compiled = Object.keys(then.variants).map((id) => [id, full.of(id, []) ?? []] as const);
  const { run } = record(steps, Object.fromEntries(compiled), documents);
  return { run, policies: new PastPolicies(documents, (one) => (gone.includes(one.name) ? null : textOf(one))) };
}

function now(name: string, spec: Spec, path = `policies/${name}.yaml`): PolicyNow {
  const source = {
    policy: { apiVersion: 'assay/v1' as const, kind: 'Policy' as const, metadata: { name }, spec },
    digest: 'sha256:now',
    lineOf: () => 1,
  };
  const { value } = testedPolicy(source);
  if (value === null) throw new Error('the policy has mistakes');
  return { ...value, path };
}

function tried(
  run: ReturnType<typeof recorded>,
  policies: readonly PolicyNow[],
  options: BacktestOptions = {},
): Backtest {
  return triedIn([{ runs: [run] }], policies, options);
}

function triedIn(
  workspaces: readonly PastWorkspace[],
  policies: readonly PolicyNow[],
  options: BacktestOptions = {},
): Backtest {
  const steps = backtest(workspaces, policies, options);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

const allow: Spec = { default: 'allow' };
const denies = (tool: string): Spec => ({
  default: 'allow',
  rules: [{ id: `no-${tool}`, effect: 'deny', when: { 'tool.name': tool } }],
});
const steps: readonly ScriptedStep[] = (['look', 'send', 'pay'] as const).map((tool) => ({ trial: 0, tool }));
const changed = ({ changes }: Backtest) => changes.map(({ subject, before, after }) => `${subject} ${before} ${after}`);

describe('an edited policy', () => {
  test('is tried beside the others that applied, also beside budgets of a preset and a constitution', () => {
    const spend = { id: 'spend', unit: 'usd' as const, limit: 0.05, onExhausted: 'deny' as const };
    const run = recorded(
      {
        policies: { p: allow, other: denies('send'), law: { constitution: true, ...denies('never') } },
        variants: { a: { policies: ['p', '../policies/other.yaml'], preset: 'careful' } },
        presets: { careful: { role: 'x', budgets: [spend], nodes: [{ id: 'done', type: 'end' }] } },
      },
      steps,
    );
    const same = tried(run, [now('p', allow)]);
    expect([same.before, changed(same)]).toEqual([{ allow: 1, ask: 0, deny: 2, halt: 0 }, []]);
    const { rules } = same;
    const all = rules.map(({ policy, id }) => `${policy}/${id}`);
    expect(all).toEqual(expect.arrayContaining(['preset:careful/spend', 'law/no-never']));
    expect(changed(tried(run, [now('p', denies('look'))]))).toEqual(['look allow deny']);
  });

  test('allows what it did not when only a preset and its budgets applied, which allow nothing by themselves', () => {
    const many = { id: 'many', unit: 'steps' as const, limit: 100 };
    const run = recorded(
      {
        policies: { p: { overlay: true } },
        variants: { a: { policies: ['p'], preset: 'careful' } },
        presets: { careful: { budgets: [many] } },
      },
      steps,
    );
    const same = tried(run, [now('p', { overlay: true })]);
    expect([same.before.allow, changed(same)]).toEqual([0, []]);
    expect(changed(tried(run, [now('p', allow)]))).not.toEqual([]);
  });

  test('that has become a constitution is tried once where it was not in force', () => {
    const run = recorded({ policies: { p: allow, other: allow }, variants: { a: { policies: ['other'] } } }, steps);
    const calls = { id: 'calls', unit: 'calls' as const, limit: 3 };
    const law = now('p', { ...allow, constitution: true, budgets: [calls] });
    const { answered, changes, rules } = tried(run, [law], { everywhere: true });
    expect([answered, changes]).toEqual([3, []]);
    expect(rules.find(({ policy, kind }) => policy === 'p' && kind === 'default')?.matched).toBe(3);
  });

  test('draws on what each workspace shares apart from what others do', () => {
    const shared = (limit: number): Spec => ({
      default: 'allow',
      budgets: [{ id: 'all', unit: 'calls', limit, per: 'workspace', onExhausted: 'deny' }],
    });
    const run = () => recorded({ policies: { p: shared(3) }, variants: { a: { policies: ['p'] } } }, steps);
    const workspaces = [{ runs: [run()] }, { runs: [run()] }];
    const same = triedIn(workspaces, [now('p', shared(3))]);
    expect([same.answered, changed(same)]).toEqual([6, []]);
    const tighter = triedIn(workspaces, [now('p', shared(2))]);
    expect(changed(tighter)).toEqual(['pay allow deny', 'pay allow deny']);
  });

  test('is known by its name, or by its file where it was renamed', () => {
    const run = recorded({ policies: { p: allow }, variants: { a: { policies: ['p'] } } }, steps);
    const elsewhere = now('p', denies('pay'), 'moved.yaml');
    const renamed = now('q', denies('pay'), 'policies/p.yaml');
    const other = now('q', denies('pay'), 'q.yaml');
    expect([elsewhere, renamed, other].map((one) => tried(run, [one]).changes.length)).toEqual([1, 1, 0]);
  });

  test('counts where another includes it', () => {
    const run = recorded(
      {
        policies: { all: { default: 'allow', include: ['./p.yaml'] }, p: { overlay: true, rules: [] } },
        variants: { a: { policies: ['all'] } },
      },
      steps,
    );
    const { rules } = denies('pay');
    const result = tried(run, [now('p', { overlay: true, ...(rules && { rules }) })]);
    expect(changed(result)).toEqual(['pay allow deny']);
    expect(result.rules.find(({ id }) => id === 'no-pay')).toMatchObject({ policy: 'p', newly: 1 });
    expect(changed(tried(run, [now('p', { overlay: true, rules: [] })])), 'the next edit').toEqual([]);
  });

  test('counts nothing where it was not in force, unless that is asked for', () => {
    const run = recorded(
      {
        policies: { p: allow, other: denies('look') },
        variants: { a: { policies: ['p'] }, b: { policies: ['other'] } },
      },
      [...steps, ...steps.map((step) => ({ ...step, trial: 1 }))],
    );
    const edited = now('p', denies('pay'));
    expect(tried(run, [edited])).toMatchObject({ recorded: 3, notInForce: { runs: [], actions: 3 } });
    const everywhere = tried(run, [edited], { everywhere: true });
    expect(everywhere).toMatchObject({ recorded: 6, notInForce: { runs: [], actions: 0 } });
    expect(everywhere.before.deny, 'the policy that applied then still does').toBe(1);
    expect(changed(everywhere)).toEqual(['pay allow deny', 'pay allow deny']);
    expect(tried(run, [now('new', denies('pay'))])).toMatchObject({ recorded: 0, notInForce: { runs: ['a-run'] } });
    expect(tried(run, [edited], { everywhere: true, variants: ['b'] }).recorded).toBe(3);
  });

  test.each<[gone: string, edited: string]>([
    ['other', 'p'],
    ['e', 'p'],
  ])('is not tried where the text of `%s` is gone', (gone, edited) => {
    const run = recorded(
      { policies: { p: allow, other: allow }, variants: { a: { policies: ['p', 'other'] } } },
      steps,
      [gone],
    );
    const result = tried(run, [now(edited, denies('pay'))]);
    expect(result).toMatchObject({ recorded: 0, untold: [{ run: 'a-run', actions: 3, missing: [{ name: gone }] }] });
  });
});
