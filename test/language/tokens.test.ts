/** Which words mean something, of every kind of document. */
import { describe, expect, test } from 'vitest';
import { tokens } from '../../server/language/index.ts';
import { experiment, policy, preset } from './cases.ts';

const told = (text: string, from = 0, to = text.length) =>
  tokens(text, { start: from, end: to }).map(
    ({ span, type, modifiers }) => `${text.slice(span.start, span.end)} ${[type, ...modifiers].join('.')}`,
  );
const head = (kind: string) => [`${kind} kind`, 'x id.declaration'];

describe('tokens', () => {
  test.each<[string, string, string[]]>([
    [
      'of a policy',
      policy(
        '  default: deny\n  rules:\n    - id: a\n      effect: ask\n      when: { tool.kind: write, any: [{ tool.risk: { atLeast: 3 } }, { tool.cost: 0.5 }] }\n      reason: deny\n',
      ),
      [
        ...head('Policy'),
        'deny effect.deny',
        'a id.declaration',
        'ask effect.ask',
        'tool.kind signal',
        'write choice',
        'any comparator',
        'tool.risk signal',
        'atLeast comparator',
        'tool.cost signal',
        '0.5 amount',
      ],
    ],
    [
      'of its patterns and names',
      policy(
        '  rules:\n    - id: a\n      effect: halt\n      when: { target.domains: { only: ["*.acme"] }, tool.name: [pay, send_*] }\n',
      ),
      [
        ...head('Policy'),
        'a id.declaration',
        'halt effect.halt',
        'target.domains signal',
        'only comparator',
        '* glob',
        'tool.name signal',
        'pay reference',
        '* glob',
      ],
    ],
    [
      'of budgets',
      policy(
        '  budgets:\n    - { id: all, unit: usd, limit: 5, per: run, onExhausted: halt }\n    - { id: b, unit: usd, limit: 1, parent: all }\n',
      ),
      [
        ...head('Policy'),
        'all id.declaration',
        'usd choice',
        '5 amount',
        'run choice',
        'halt effect.halt',
        'b id.declaration',
        'usd choice',
        '1 amount',
        'all reference',
      ],
    ],
    [
      'of an experiment',
      experiment(
        '  environment: office\n  tasks: ./t.tasks.yaml\n  limits: { timeout: 90s }\n  variants:\n    - { id: v, agent: { module: ./a.mjs }, policies: [p] }\n',
      ),
      [
        ...head('Experiment'),
        'office reference',
        './t.tasks.yaml reference',
        '90s duration',
        'v id.declaration',
        './a.mjs reference.file',
        'p reference',
      ],
    ],
    [
      'of a preset',
      preset('  start: n\n  nodes:\n    - { id: n, type: wait, for: 10m, next: m }\n    - { id: m, type: end }\n'),
      [
        ...head('Preset'),
        'n reference',
        'n id.declaration',
        'wait choice',
        '10m duration',
        'm reference',
        'm id.declaration',
        'end choice',
      ],
    ],
    [
      'of an environment',
      'apiVersion: assay/v1\nkind: Environment\nmetadata: { name: x }\nspec:\n  module: ./e.mjs\n  tools:\n    - { name: pay, description: d, kind: write, risk: 4, cost: 0.01, input: { type: string } }\n',
      [...head('Environment'), './e.mjs reference.file', 'pay id.declaration', 'write choice', '0.01 amount'],
    ],
    [
      'of a policy test',
      'apiVersion: assay/v1\nkind: PolicyTest\nmetadata: { name: x }\nspec:\n  policies: [p]\n  cases:\n    - { name: c, action: { tool: pay }, signals: { trial.cost: 2 }, expect: { decision: allow, rules: [r] } }\n',
      [
        ...head('PolicyTest'),
        'p reference',
        'c id.declaration',
        'pay reference',
        'trial.cost signal',
        '2 amount',
        'allow effect.allow',
        'r reference',
      ],
    ],
    [
      'of a capsule',
      'apiVersion: assay/v1\nkind: Capsule\nmetadata: { name: x }\nspec:\n  workflow: [{ id: s, preset: p }, { id: t, preset: p, needs: [s] }]\n  permissions:\n    - { tool: f, read: [./docs/**] }\n',
      [
        ...head('Capsule'),
        's id.declaration',
        'p reference',
        't id.declaration',
        'p reference',
        's reference',
        'f reference',
        '** glob',
      ],
    ],
    [
      'of tasks',
      'apiVersion: assay/v1\nkind: TaskSet\nmetadata: { name: x }\nspec:\n  tasks:\n    - { id: t, instruction: deny }\n',
      [...head('TaskSet'), 't id.declaration'],
    ],
    ['of an unknown kind', 'kind: Nothing\nspec: { default: deny }\n', []],
  ])('%s', (_name, text, expected) => {
    expect(told(text)).toEqual(expected);
  });

  test('of a range only', () => {
    const text = policy('  rules:\n    - { id: a, effect: deny }\n    - { id: b, effect: allow }\n');
    const start = text.indexOf('- { id: b');
    expect(told(text, start, start + 12)).toEqual(['b id.declaration']);
  });

  test('of broken text, where it can be read', () => {
    expect(told(policy('  default: allow\n  rules:\n    - { id: a, effect: "deny\n'))).toContain('allow effect.allow');
  });
});
