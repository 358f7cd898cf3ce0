/** Every way out that a proof offers: applied to the text, it leaves the finding gone and the text a policy. */
import { expect, test } from 'vitest';
import { diagnose, fixes, readSource, type TextEdit } from '../../server/language/index.ts';
import { provedIn } from './proved.ts';
import { around } from './workspace-view.ts';

const policy = (spec: string) => `apiVersion: assay/v1\nkind: Policy\nmetadata: { name: p }\nspec:\n${spec}`;

const block = `  default: ask
  rules:
    - id: all
      effect: deny
      when:
        tool.kind: write
      unless:
        agent.role: operator
    - id: some
      effect: allow
      when:
        tool.kind: write
        tool.risk: 1
      unless: { agent.role: operator }
`;
const several = `  default: ask
  rules:
    - { id: low, effect: allow, when: { tool.risk: { atMost: 3 } }, unless: { tool.name: x } }
    - { id: high, effect: deny, when: { tool.risk: { atLeast: 3 } }, scope: { roles: [assistant] } }
    - { id: higher, effect: halt, when: { tool.risk: { atLeast: 2 }, tool.kind: write }, unless: { tool.risk: 4 } }
`;
const budgets = (list: string) =>
  `  default: allow\n  budgets:\n${list}  rules:\n    - { id: r, effect: deny, when: { tool.risk: 5 } }\n`;

const cases: [name: string, spec: string, code: string, titles: string[]][] = [
  [
    'a shadowed rule, in block style',
    block,
    'proof/shadowed',
    ['remove this rule', 'except from `all` what `some` is about'],
  ],
  [
    'the only rule',
    '  default: allow\n  rules:\n    - { id: a, effect: allow, when: { tool.risk: { atLeast: 3, atMost: 2 } } }\n',
    'proof/never-matches',
    ['remove this rule'],
  ],
  [
    'a rule that holds back what nobody knows',
    '  default: allow\n  rules:\n    - { id: a, effect: deny, when: { tool.risk: { atLeast: 3, atMost: 2 } } }\n',
    'proof/never-matches',
    [],
  ],
  [
    'an allow that two rules contradict',
    several,
    'proof/contradictory',
    ['except from `low` what `high` and `higher` are about'],
  ],
  [
    'a budget that nothing reaches',
    budgets('    - { id: few, unit: calls, limit: 2, per: run }\n    - { id: many, unit: calls, limit: 5 }\n'),
    'proof/budget-infeasible',
    ['remove this budget', 'set the limit to `2`'],
  ],
  [
    'a budget that one action exceeds',
    budgets('    - { id: none, unit: calls, limit: 0 }\n'),
    'proof/budget-infeasible',
    ['set the limit to `1`'],
  ],
];

const view = around('here.yaml', {}, {});
const contextOf = (text: string) => ({ ...view, proofs: provedIn(readSource(text)) });
const problemsIn = (text: string) => diagnose(text, contextOf(text));

const applied = (text: string, edits: readonly TextEdit[]) =>
  edits
    .toSorted((a, b) => b.span.start - a.span.start)
    .reduce((now, { span, text: put }) => now.slice(0, span.start) + put + now.slice(span.end), text);

test.each(cases)('%s', (_, spec, code, titles) => {
  const text = policy(spec);
  const problem = problemsIn(text).find((each) => each.code === code);
  expect(problem, JSON.stringify(problemsIn(text))).toBeDefined();
  if (problem === undefined) return;
  const offered = fixes(text, problem.span, contextOf(text)).filter(({ problems }) =>
    problems.some((each) => each.code === code && !each.message.startsWith('hide')),
  );
  const mending = offered.filter(({ title }) => !title.startsWith('hide'));
  expect(mending.map(({ title }) => title)).toEqual(titles);
  for (const { title, changes } of mending) {
    const edits = changes.flatMap((change) => (change.type === 'edit' ? change.edits : []));
    const after = applied(text, edits);
    const left = problemsIn(after);
    expect(
      left.filter((each) => each.code === code || each.severity === 'error'),
      `${title}\n${after}`,
    ).toEqual([]);
  }
});

test('the action that shows a finding becomes a case: of the test of the policy where there is one, else of a new one', () => {
  const text = policy(
    '  default: ask\n  rules:\n    - { id: all, effect: deny, when: { tool.kind: write } }\n    - { id: some, effect: allow, when: { tool.kind: write, tool.risk: 1 } }\n',
  );
  const files = {
    'p.policytest.yaml':
      'apiVersion: assay/v1\nkind: PolicyTest\nmetadata: { name: t }\nspec:\n  policies: [p]\n  cases:\n    - { name: a, action: { type: model }, expect: { decision: ask } }\n',
  };
  const keep = (beside: Readonly<Record<string, string>>) => {
    const context = {
      ...around('here.yaml', { 'here.yaml': text, ...beside }, {}),
      proofs: provedIn(readSource(text)),
      read: (path: string) => (beside[path] === undefined ? null : readSource(beside[path])),
    };
    const problem = diagnose(text, context).find(({ code }) => code === 'proof/shadowed');
    return fixes(text, problem?.span ?? { start: 0, end: 0 }, context).find(({ title }) =>
      title.includes('action that shows it'),
    );
  };
  const added = keep(files);
  expect(added?.title).toBe('add the action that shows it to the policy test `t`');
  const [change] = added?.changes ?? [];
  const after = change?.type === 'edit' ? applied(files['p.policytest.yaml'], change.edits) : '';
  expect(diagnose(after, around('p.policytest.yaml', { 'here.yaml': text, 'p.policytest.yaml': after }, {}))).toEqual(
    [],
  );
  expect(after).toContain('- name: some is outdone\n');
  expect(after).toContain('expect: { decision: deny, rules: [all] }');

  const [made] = keep({})?.changes ?? [];
  expect(made).toMatchObject({ type: 'create', path: 'p-proofs.policytest.yaml' });
  expect(made?.type === 'create' && made.text).toContain('policies: [p]');
});
