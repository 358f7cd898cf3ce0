/** Which policies are proved together, and that they come to the prover as the compiler has them, rule by rule. */
import { expect, test } from 'vitest';
import { asKind } from '../../server/engine/documents/index.ts';
import { compilePolicy } from '../../server/engine/policy/index.ts';
import { policySetsOf, provable, readSource } from '../../server/language/index.ts';
import { workspaceOf } from './workspace-view.ts';

const policy = (name: string, spec = '  default: deny\n') =>
  `apiVersion: assay/v1\nkind: Policy\nmetadata: { name: ${name} }\nspec:\n${spec}`;
const experiment = (name: string, spec: string) =>
  `apiVersion: assay/v1\nkind: Experiment\nmetadata: { name: ${name} }\nspec:\n  environment: office\n  tasks: chores\n${spec}`;
const variant = (id: string, policies: string) =>
  `    - { id: ${id}, agent: { module: ./a.mjs }, policies: ${policies} }\n`;

const files = {
  'a.yaml': policy('a', '  include: [part]\n'),
  'b.yaml': policy('b'),
  'part.yaml': policy('part'),
  'alone.yaml': policy('alone'),
  'law.yaml': policy('law', '  constitution: true\n'),
  'office.yaml':
    'apiVersion: assay/v1\nkind: Environment\nmetadata: { name: office }\nspec:\n  module: ./o.mjs\n  tools: []\n',
  'try.yaml': experiment('try', `  policies: [b]\n  variants:\n${variant('x', '[a]')}${variant('y', '[]')}`),
  'again.yaml': experiment('again', `  variants:\n${variant('x', '[./a.yaml, b]')}`),
};

const sets: [path: string, name: string, expected: string[]][] = [
  ['a.yaml', 'a', ['b a law in office of try,again']],
  ['b.yaml', 'b', ['b a law in office of try,again', 'b law in office of try']],
  ['part.yaml', 'part', ['b a law in office of try,again']],
  ['alone.yaml', 'alone', ['alone law in null of ']],
];

test.each(sets)('%s is proved with those that apply with it', (path, name, expected) => {
  const found = policySetsOf(path, [name], workspaceOf(files)).map(
    ({ policies, environment, experiments }) =>
      `${policies.map((each) => each.name).join(' ')} in ${environment?.name ?? null} of ${experiments.join()}`,
  );
  expect(found).toEqual(expected);
});

const rules = `  default: ask
  scope: { roles: [assistant] }
  budgets:
    - { id: spend, unit: usd, limit: 2 }
  rules:
    - { id: one, effect: deny, when: { tool.kind: write }, unless: { agent.role: operator } }
    - { id: two, effect: allow, when: { tool.risk: { atMost: 2 } }, during: { days: [mon-fri] } }
${Array.from({ length: 40 }, (_, at) => `    - { id: r${at}, effect: deny, when: { tool.name: t${at} } }\n`).join('')}`;

test('a policy comes as the compiler has it; after an edit only what was edited is made anew', () => {
  const reading = { zones: null, find: () => null };
  const read = (source: ReturnType<typeof readSource>) => {
    const [document] = source.documents;
    const made = document && provable({ digest: 'here', document }, reading);
    const value = document && asKind(document, 'Policy');
    if (!made || !value) throw new Error('the policy is faulty');
    const whole = compilePolicy({ policy: value, digest: 'here', lineOf: () => undefined }).value;
    expect(made.rules.map(({ formula, ...rest }) => [JSON.stringify(formula), rest])).toEqual(
      whole?.rules.map(({ formula, ...rest }) => [JSON.stringify(formula), rest]),
    );
    expect(made.budgets).toEqual(whole?.budgets);
    expect(made.fallback?.cause).toEqual(whole?.fallback?.cause);
    return made.rules.map(({ formula }) => formula);
  };
  const before = readSource(policy('p', rules));
  const at = before.text.indexOf('atMost: 2') + 'atMost: '.length;
  const [first, second] = [read(before), read(before.edit(at, at + 1, '3'))];
  expect(second[0]).toBe(first[0]);
  expect(second[1]).not.toBe(first[1]);
});
