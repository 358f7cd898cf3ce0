/** Policy tests and sample actions over the protocol, on the example, with unsaved edits and with mistakes. */
import { expect, test } from 'vitest';
import type { Evaluation, PolicyTestDocument, PolicyTestResults } from '../../server/protocol/index.ts';
import { inFolder } from './lsp-client.ts';

const policyFile = 'mailroom-strict.policy.yaml';
const testFile = 'mailroom.policytest.yaml';
const stranger = 'money never leaves to a stranger';

const here = inFolder('mailroom');
const { uriOf, textOf } = here;
const lineOf = (name: string, text: string) =>
  textOf(name)
    .split('\n')
    .findIndex((line) => line.includes(text));

const start = (options: object = {}) => here.client.initialize(uriOf(''), {}, options);
const discover = () => here.client.request<PolicyTestDocument[]>('assay/policyTests', {});
const runTests = (params: object = {}) => here.client.request<PolicyTestResults>('assay/runPolicyTests', params);
const evaluate = (params: object) =>
  here.client.request<Evaluation>('workspace/executeCommand', {
    command: 'assay.server.evaluatePolicy',
    arguments: [{ uri: uriOf(policyFile), policy: 'mailroom-strict', ...params }],
  });
const sample = (name: string) => ({ kind: 'case', uri: uriOf(testFile), test: 'mailroom-strict-cases', case: name });

test('tests are found with their places, and pass without trust', async () => {
  await start();
  const [found, ...others] = await discover();
  expect(others).toEqual([]);
  expect(found).toMatchObject({ uri: uriOf(testFile), name: 'mailroom-strict-cases', policies: ['mailroom-strict'] });
  const one = found?.cases.find(({ name }) => name === stranger);
  expect(one?.range.start.line).toBe(lineOf(testFile, stranger));
  const { tests, coverage } = await runTests();
  expect(tests[0]?.cases.map(({ name }) => name)).toEqual(found?.cases.map(({ name }) => name));
  expect(tests[0]?.cases.filter(({ passed }) => !passed)).toEqual([]);
  expect(coverage).toEqual([]);
});

test('cases can be chosen; coverage tells what they have tried of each rule', async () => {
  await start();
  const chosen = { uri: uriOf(testFile), name: 'mailroom-strict-cases', cases: [stranger] };
  const { tests, coverage } = await runTests({ tests: [chosen], coverage: true });
  expect(tests.map(({ cases }) => cases.map(({ name }) => name))).toEqual([[stranger]]);
  expect(coverage.map(({ uri }) => uri)).toEqual([uriOf(policyFile)]);
  const seen = new Map(coverage[0]?.rules.map((rule) => [rule.id, rule]));
  expect(seen.get('known-payees')).toMatchObject({
    kind: 'rule',
    seen: { yes: 1, no: 0 },
    range: { start: { line: lineOf(policyFile, 'id: known-payees') } },
  });
  expect(seen.get('known-payees')?.tests.length).toBeGreaterThan(0);
  expect(seen.get('stop-after-failures')?.seen).toEqual({ yes: 0, no: 1 });
  expect((await runTests({ tests: [{ ...chosen, name: 'gone' }] })).tests).toEqual([]);
});

test('an unsaved edit of the policy counts; a failure says why and where', async () => {
  await start();
  await here.client.open(
    uriOf(policyFile),
    textOf(policyFile).replace(/(id: known-payees\n\s+effect: )deny/, '$1allow'),
  );
  const { tests } = await runTests();
  const failed = tests[0]?.cases.filter(({ passed }) => !passed) ?? [];
  expect(failed.map(({ name }) => name)).toContain(stranger);
  const one = failed.find(({ name }) => name === stranger);
  expect(one?.expected).toEqual({ decision: 'deny', rules: ['known-payees'] });
  expect(one?.actual?.decision).toBe('allow');
  expect(one?.failures[0]).toMatch(/^expected `deny`, but it is `allow`/);
  expect(one?.place.uri).toBe(uriOf(testFile));
});

test('what cannot be decided is refused with its place', async () => {
  await start();
  await here.client.open(uriOf(policyFile), textOf(policyFile).replace('effect: deny', 'effect: dney'));
  const { tests } = await runTests();
  expect(tests[0]).toMatchObject({
    cases: [],
    refused: { uri: uriOf(policyFile), range: { start: { line: lineOf(policyFile, 'effect: deny') } } },
  });
  expect(tests[0]?.refused?.message).toContain('the policy `mailroom-strict` has mistakes');
  const text = textOf(testFile).replace('policies: [mailroom-strict]', 'policies: [mailroom-strikt]');
  await here.client.open(uriOf(testFile), text);
  expect((await runTests()).tests[0]?.refused?.message).toBe(
    'there is no policy `mailroom-strikt`; did you mean `mailroom-strict`',
  );
});

interface Lens {
  readonly range: { readonly start: { readonly line: number } };
  readonly command: { readonly title: string; readonly command: string; readonly arguments: readonly [object] };
}

/** The lenses that run cases, as `line title`. */
const runLenses = async () => {
  await here.client.open(uriOf(testFile), textOf(testFile));
  const found = await here.client.request<Lens[]>('textDocument/codeLens', { textDocument: { uri: uriOf(testFile) } });
  return found.filter(({ command }) => command.title.startsWith('▶'));
};

test('a lens runs the cases of a test, where the client shows what comes of it', async () => {
  await start({ showsPolicyTests: true });
  const count = (await discover())[0]?.cases.length ?? 0;
  const selection = { uri: uriOf(testFile), name: 'mailroom-strict-cases' };
  expect(await runLenses()).toMatchObject([
    {
      range: { start: { line: lineOf(testFile, 'name: mailroom-strict-cases') } },
      command: { title: `▶ Run ${count} cases`, command: 'assay.runPolicyTest', arguments: [selection] },
    },
  ]);
});

test('elsewhere lenses run a test or a case of it, and a message tells what comes of it', async () => {
  await start();
  const messages: string[] = [];
  here.client.connection.onNotification(
    'window/showMessage',
    ({ type, message }: { type: number; message: string }) => void messages.push(`${type} ${message}`),
  );
  const count = (await discover())[0]?.cases.length ?? 0;
  const lenses = await runLenses();
  expect(lenses.map(({ command }) => command.title)).toEqual([
    `▶ Run ${count} cases`,
    ...Array.from({ length: count }, () => '▶ Run case'),
  ]);
  const run = (lens: Lens['command'] | undefined) =>
    here.client.request<PolicyTestResults>('workspace/executeCommand', {
      command: lens?.command,
      arguments: lens?.arguments,
    });
  expect((await run(lenses[0]?.command)).tests[0]?.cases).toHaveLength(count);
  const one = lenses.find(({ range }) => range.start.line === lineOf(testFile, stranger));
  expect((await run(one?.command)).tests[0]?.cases.map(({ name }) => name)).toEqual([stranger]);
  await here.client.open(
    uriOf(policyFile),
    textOf(policyFile).replace(/(id: known-payees\n\s+effect: )deny/, '$1allow'),
  );
  await run(one?.command);
  for (const given of [{ uri: uriOf(testFile), name: 'gone' }, null])
    await run({ title: '', command: 'assay.server.runPolicyTests', arguments: [given as unknown as object] });
  expect(messages).toEqual([
    `3 mailroom-strict-cases: ${count} cases passed`,
    '3 mailroom-strict-cases: 1 case passed',
    expect.stringMatching(
      /^2 mailroom-strict-cases: 1 of 1 case failed\nmoney never leaves to a stranger: expected `deny`/,
    ),
    '2 there is no policy test `gone` there',
    '2 name a policy test: `{ uri, name }`',
  ]);
});

test('a case is put to a policy: the decision, and what each rule says', async () => {
  await start({ showsEvaluations: true });
  const found = await evaluate({ sample: sample(stranger) });
  expect(found).toMatchObject({ policy: 'mailroom-strict', sample: stranger, decision: 'deny', on: 'action' });
  const rule = found.rules.find(({ id }) => id === 'known-payees');
  expect(rule).toMatchObject({ matches: 'yes', decides: true, effect: 'deny' });
  expect(rule?.parts.every(({ text, facts }) => text !== '' && facts !== '')).toBe(true);
  expect(found.rules.find(({ id }) => id === 'reading')).toMatchObject({ matches: 'no', decides: false });
  // Without a sample it is the one that was used last.
  expect((await evaluate({})).sample).toBe(stranger);
});

test('nothing is evaluated, and no test runs, where there may be a constitution that nobody understands', async () => {
  await start({ showsEvaluations: true });
  const law =
    'apiVersion: assay/v1\nkind: Policy\nmetadata: { name: law }\nspec: { constitution: yes, default: deny }\n';
  await here.client.open(uriOf('law.policy.yaml'), law);
  const { decision, refused } = await evaluate({ sample: sample(stranger) });
  expect(decision).toBeNull();
  expect(refused).toMatch(/^`law\.policy\.yaml` has errors that hide what it is and may hold a constitution/);
  const { tests } = await runTests();
  expect(tests[0]?.refused).toMatchObject({ message: refused, uri: uriOf('law.policy.yaml') });
});

test('clients that show nothing themselves get a message', async () => {
  await start();
  const messages: string[] = [];
  here.client.connection.onNotification(
    'window/showMessage',
    ({ message }: { message: string }) => void messages.push(message),
  );
  expect((await evaluate({ rule: 'reading' })).decision).toBe('allow');
  expect(messages[0]).toMatch(/^reading a mail is free: allow by .*\breading\b.*; reading matches: /);
  const refused = await evaluate({ sample: sample('gone') });
  expect([refused.decision, refused.rules]).toEqual([null, []]);
  expect(messages[1]).toContain('has no case `gone` any more');
});

test('lenses to evaluate come after the references', async () => {
  await start();
  await here.client.open(uriOf(policyFile), textOf(policyFile));
  const lenses = await here.client.request<{ range: { start: { line: number } }; command: { title: string } }[]>(
    'textDocument/codeLens',
    { textDocument: { uri: uriOf(policyFile) } },
  );
  const line = lineOf(policyFile, 'id: known-payees');
  const titles = lenses.filter(({ range }) => range.start.line === line).map(({ command }) => command.title);
  expect(titles).toHaveLength(2);
  expect(titles[0]).toMatch(/^\d+ references?$/);
  expect(titles[1]).toBe('Evaluate…');
});
