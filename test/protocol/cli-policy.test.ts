/** `assay policy` as a user meets it: real processes, real exit codes, a run that was really made. */
import { execFile } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copyMailroom, makeWorkspace, programs, type TestWorkspace } from './host/workspace.ts';

let mailroom: TestWorkspace;
/** A run of the counter's workspace with one call of `add` in each of two trials. */
let counter: TestWorkspace;

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const assay = ({ root, env }: TestWorkspace, ...args: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const node = ['--disable-warning=ExperimentalWarning', programs.cli, ...args];
    execFile(process.execPath, node, { cwd: root, env }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr }),
    );
  });
const policy = (workspace: TestWorkspace, ...args: string[]) => assay(workspace, 'policy', ...args);

const capped = `apiVersion: assay/v1
kind: Policy
metadata: { name: capped }
spec:
  default: allow
  rules:
    - id: no-adding
      effect: deny
      when: { tool.name: add }
      reason: the count is right as it is
`;

beforeAll(async () => {
  mailroom = copyMailroom();
  counter = makeWorkspace({ tempers: ['adds', 'idles'] });
  counter.write('capped.policy.yaml', capped);
  expect((await assay(counter, 'run', 'count.experiment.yaml', '--trust')).code).toBe(0);
  await assay(counter, 'host', 'stop');
}, 60_000);

afterAll(() => {
  mailroom.remove();
  counter.remove();
});

const pay = ['--tool', 'pay', '--input', '{name: Eve, iban: ES9121000418450200051332, amountCents: 100, reference: x}'];
const asAssistant = ['--signal', 'agent.role=assistant'];

describe('assay policy decide', () => {
  test('says what is decided, by which rules, why, and where they stand', async () => {
    const { code, stdout } = await policy(mailroom, 'decide', 'mailroom-strict', ...pay, ...asAssistant);
    expect(stdout).toMatch(
      /^deny\n {2}deny by rule mailroom-strict\/known-payees: money goes only to .* {2}mailroom-strict\.policy\.yaml:\d+\n/,
    );
    expect(stdout).toMatch(/allow by rule mailroom-strict\/office-work/);
    expect(code).toBe(0);
  });

  test('decides nothing where a constitution is not understood', async () => {
    const path = join(mailroom.root, 'law.policy.yaml');
    writeFileSync(path, 'apiVersion: assa');
    const { code, stderr } = await policy(mailroom, 'decide', 'mailroom-open', ...pay);
    rmSync(path);
    expect(stderr).toMatch(
      /law\.policy\.yaml {2}error: this is no document of Assay as it stands and may hold a constitution/,
    );
    expect(code).toBe(1);
  });

  test('prints decision and signals as JSON, and takes a policy by its path', async () => {
    const { stdout } = await policy(mailroom, 'decide', './mailroom-open.policy.yaml', ...pay, '--json');
    const { decision, signals } = JSON.parse(stdout);
    expect(decision).toMatchObject({ effect: 'allow', causes: [{ kind: 'default', policy: 'mailroom-open' }] });
    expect(signals).toMatchObject({
      'tool.tags': ['bank', 'money'],
      'tool.cost': 50_000,
      'time.utc': expect.any(Number),
    });
  });

  test('takes a file with what was before', async () => {
    const mail = { tool: 'send_mail', input: { to: ['dana@acme.example'], subject: 'a', body: 'b' } };
    const before = [{ action: mail, times: 4 }];
    mailroom.write('../action.json', JSON.stringify({ action: mail, before, signals: { 'agent.role': 'assistant' } }));
    const { stdout } = await policy(mailroom, 'decide', 'mailroom-strict', '--action', '../action.json');
    expect(stdout).toMatch(/^deny\n {2}after allow, allow, allow, allow\n {2}deny by budget mailroom-strict\/sends/);
  });

  test('takes a step of a recorded run, and its policies unless others are named', async () => {
    const steps = JSON.parse(
      (await policy(counter, 'replay', 'capped', '--against', 'latest', '--json')).stdout,
    ).changes;
    const step = `latest:${steps[0].trial.slice(0, 12)}:${steps[0].step}`;
    expect((await policy(counter, 'decide', '--step', step)).stdout).toMatch(/^allow\n {2}allow by default open/);
    expect((await policy(counter, 'decide', 'capped', '--step', step)).stdout).toMatch(
      /^deny\n {2}deny by rule capped\/no-adding/,
    );
    const other = await policy(counter, 'decide', '--step', `latest:${steps[0].trial}:7`);
    expect(other).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/has no decision at step 7; steps count from 0/),
    });
  });

  test.each<[string, string[], number, RegExp]>([
    ['no action', ['mailroom-strict'], 2, /say which action: --tool NAME/],
    ['no policy', pay, 2, /say which policies apply/],
    [
      'an unknown policy',
      ['mailroom-strikt', ...pay],
      2,
      /no policy `mailroom-strikt`; did you mean `mailroom-strict`/,
    ],
    ['an unknown tool', ['mailroom-strict', '--tool', 'pai'], 2, /no tool `pai`; did you mean `pay`/],
    [
      'an input that is no object',
      ['mailroom-strict', '--tool', 'pay', '--input', '5'],
      2,
      /`input` takes keys with values/,
    ],
    [
      'a tool that is none',
      ['mailroom-strict', '--tool', 'pay', '--type', 'model'],
      2,
      /`--type model` does not; leave one/,
    ],
    [
      'an input beside a file',
      ['mailroom-strict', '--action', 'x.yaml', '--input', '{}'],
      2,
      /`--input` goes with `--tool`/,
    ],
    [
      'a workspace that is not there',
      ['open', ...pay, '--workspace', '/nowhere/at/all'],
      2,
      /no file or folder `\/nowhere/,
    ],
    ['an unknown environment', ['mailroom-strict', ...pay, '--environment', 'x'], 2, /no environment `x`/],
    [
      'an unknown signal',
      ['mailroom-strict', ...pay, '--signal', 'agent.rol=a'],
      2,
      /no signal `agent.rol`; did you mean `agent.role`/,
    ],
    ['a signal without a value', ['mailroom-strict', ...pay, '--signal', 'agent.role'], 2, /write it as NAME=VALUE/],
    [
      'a broken input',
      ['mailroom-strict', '--tool', 'pay', '--input', '{a: ['],
      2,
      /`--input` is neither JSON nor YAML/,
    ],
    ['a missing file', ['mailroom-strict', '--action', 'nowhere.yaml'], 2, /there is no file `nowhere.yaml`/],
    ['a run that is not there', ['mailroom-strict', '--step', 'latest:ab:0'], 2, /there are no runs/],
    ['half a step', ['mailroom-strict', '--step', 'latest'], 2, /write RUN:TRIAL:STEP/],
    ['two actions', ['mailroom-strict', ...pay, '--step', 'latest:ab:0'], 2, /in one way/],
  ])('refuses %s', async (_, args, code, message) => {
    const ended = await policy(mailroom, 'decide', ...args);
    expect(ended).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(message) });
    expect(ended.stderr).not.toMatch(/\.ts:\d+/);
  });

  test('is not understood where no command is named', async () => {
    expect(await policy(mailroom)).toMatchObject({ code: 2, stderr: expect.stringMatching(/^Usage: assay policy/) });
  });

  test('says as JSON why it failed, where JSON was asked for', async () => {
    const ended = await policy(mailroom, 'decide', 'mailroom-strikt', ...pay, '--json');
    expect(ended.code).toBe(2);
    expect(JSON.parse(ended.stdout)).toMatchObject({
      error: { exitCode: 2, message: expect.stringMatching(/no policy `mailroom-strikt`/) },
    });
    const unknown = await policy(mailroom, 'decide', '--nonsense', '--json');
    expect([unknown.code, JSON.parse(unknown.stdout).error.message]).toEqual([2, "unknown option '--nonsense'"]);
  });

  test('names the place where a policy is broken', async () => {
    counter.write(
      'bad.policy.yaml',
      capped.replace('capped', 'bad').replace('tool.name: add', 'tool.risk: { atLeast: 9 }'),
    );
    const { code, stderr } = await policy(counter, 'decide', 'bad', '--tool', 'add');
    expect(stderr).toMatch(/bad\.policy\.yaml:9:\d+ {2}error: `tool\.risk` is never `9`/);
    expect(code).toBe(1);
  });

  test('hears a constitution that nobody names', async () => {
    const workspace = makeWorkspace();
    workspace.write(
      'all.policy.yaml',
      capped.replace('capped', 'all').replace('  default: allow\n', '  overlay: true\n  constitution: true\n'),
    );
    const { stdout } = await policy(workspace, 'decide', 'open', '--tool', 'add');
    workspace.remove();
    expect(stdout).toMatch(/^deny\n {2}deny by rule all\/no-adding/);
  });
});

describe('assay policy explain', () => {
  test('shows every rule with the parts that decided, and the facts that they read', async () => {
    const { code, stdout } = await policy(mailroom, 'explain', 'mailroom-strict', ...pay, ...asAssistant);
    expect(stdout).toMatch(
      /✗ allow mailroom-strict\/reading {2}mailroom-strict\.policy\.yaml:\d+\n {2}it does not match: `tool\.kind is read` does not hold \(`tool\.kind` is write\)/,
    );
    expect(stdout).toMatch(
      /✓ deny mailroom-strict\/known-payees[\s\S]*✓ tool\.tags anyOf money {2}tool\.tags = \[bank, money\]/,
    );
    expect(code).toBe(0);
  });

  test('takes hours of the week in moments that no calendar has for unknown', async () => {
    const workspace = makeWorkspace();
    const hours = '{ from: "09:00", to: "17:00", zone: Europe/Berlin }';
    workspace.write(
      'hours.policy.yaml',
      `apiVersion: assay/v1\nkind: Policy\nmetadata: { name: hours }\nspec: { default: allow, rules: [{ id: day, effect: deny, during: ${hours} }] }\n`,
    );
    const moment = ['--type', 'model', '--signal', 'time.utc=9000000000000000'];
    const { code, stdout } = await policy(workspace, 'explain', 'hours', ...moment);
    workspace.remove();
    expect(stdout).toMatch(/deny by rule hours\/day \(`time\.utc` unknown\)[\s\S]*\(`time\.utc` is 9000000000000000\)/);
    expect(code).toBe(0);
  });

  test('prints the same as JSON', async () => {
    const { rules } = JSON.parse((await policy(mailroom, 'explain', 'mailroom-strict', ...pay, '--json')).stdout);
    expect(rules.find(({ id }: { id: string }) => id === 'office-work')).toMatchObject({
      matches: 'unknown',
      parts: [
        {
          kind: 'when',
          answer: 'unknown',
          parts: [{ answer: 'yes' }, { answer: 'unknown', text: 'agent.role is assistant' }],
        },
      ],
    });
  });
});

describe('assay policy test', () => {
  test('passes on the example, which covers every rule and notices every change', async () => {
    const { code, stdout } = await policy(mailroom, 'test', '--mutate');
    expect(stdout).toMatch(/^mailroom-strict-cases {2}\d+ cases: \d+ passed, 0 failed$/m);
    const [, covered, rules] = /^coverage: (\d+) of (\d+) rules/m.exec(stdout) ?? [];
    expect(covered).toBe(rules);
    const score = /^mutation score: .*$/m.exec(stdout)?.[0] ?? '';
    expect(score).toMatch(/^mutation score: \d+ %/);
    // The example's page prints what the command prints.
    expect(readFileSync(join(mailroom.root, 'README.md'), 'utf8')).toContain(score);
    expect(code).toBe(0);
  });

  test('says which case fails, where, why, and what is not tried; and exits with 1', async () => {
    const file = join(mailroom.root, 'broken.policytest.yaml');
    writeFileSync(
      file,
      `apiVersion: assay/v1
kind: PolicyTest
metadata: { name: broken }
spec:
  policies: [mailroom-strict]
  environment: mailroom-office
  cases:
    - name: <reading> is "refused"
      action: { tool: read_mail }
      expect: { decision: deny }
`,
    );
    const { code, stdout } = await policy(mailroom, 'test', 'broken.policytest.yaml', '--mutate');
    expect(stdout).toMatch(
      /✗ <reading> is "refused" {2}broken\.policytest\.yaml:8\n {4}expected `deny`, but it is `allow` by `reading`/,
    );
    expect(stdout).toMatch(
      /rule `mailroom-strict\/known-payees` matches in no case {2}mailroom-strict\.policy\.yaml:\d+/,
    );
    expect(stdout).toMatch(/nobody notices: effect: `deny` became `allow` {2}mailroom-strict\.policy\.yaml:\d+/);
    expect(code).toBe(1);

    const junit = await policy(mailroom, 'test', 'broken.policytest.yaml', '--format', 'junit');
    expect(junit.stdout).toMatch(
      /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites name="assay policy test" tests="1" failures="1">/,
    );
    expect(junit.stdout).toMatch(
      /<testcase name="&lt;reading&gt; is &quot;refused&quot;" classname="broken" file="broken\.policytest\.yaml" line="8">/,
    );
    expect(junit.stdout).toMatch(/<failure message="expected `deny`, but it is `allow` by `reading`"/);
    expect(junit.code).toBe(1);

    const { documents } = JSON.parse((await policy(mailroom, 'test', 'broken.policytest.yaml', '--json')).stdout);
    expect(documents).toMatchObject([{ cases: [{ passed: false, decision: { effect: 'allow' } }], mutation: null }]);
    const all = await policy(mailroom, 'test', '.');
    expect([all.code, all.stdout.match(/cases?: /g)?.length]).toEqual([1, 2]);
  });

  test('knows the rules of policies that are included, and of constitutions', async () => {
    const head = (kind: string, name: string) => `apiVersion: assay/v1\nkind: ${kind}\nmetadata: { name: ${name} }\n`;
    const rule = (id: string, tool: string) => `rules: [{ id: ${id}, effect: deny, when: { tool.name: ${tool} } }]`;
    counter.write('base.policy.yaml', `${head('Policy', 'base')}spec: { ${rule('no-pay', 'pay')} }\n`);
    counter.write('team.policy.yaml', `${head('Policy', 'team')}spec: { default: allow, include: [base] }\n`);
    counter.write(
      'law.policy.yaml',
      `${head('Policy', 'law')}spec: { constitution: true, ${rule('no-war', 'war')}, default: allow }\n`,
    );
    counter.write(
      'team.policytest.yaml',
      `${head('PolicyTest', 'promises')}spec:
  policies: [team]
  cases:
    - { name: base, action: { tool: pay }, expect: { decision: deny, rules: [no-pay] } }
    - { name: law, action: { tool: war }, expect: { decision: deny, rules: [law/no-war] } }
`,
    );
    const files = ['base.policy.yaml', 'team.policy.yaml', 'law.policy.yaml', 'team.policytest.yaml'];
    try {
      const { code, stdout, stderr } = await policy(counter, 'test', 'team.policytest.yaml');
      expect([code, stderr, stdout.split('\n')[0]]).toEqual([0, '', 'promises  2 cases: 2 passed, 0 failed']);
    } finally {
      for (const file of files) rmSync(join(counter.root, file));
    }
  });

  test('says so where there is nothing to test', async () => {
    expect(await policy(counter, 'test')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/holds no policy test/),
    });
    expect(await policy(counter, 'test', 'no.yaml')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/no file or folder `no\.yaml`/),
    });
  });
});

describe('assay policy replay', () => {
  test('shows what recorded runs would have been decided, and what changes', async () => {
    const { code, stdout } = await policy(counter, 'replay', 'capped', '--against', 'latest');
    expect(stdout).toMatch(/^`capped` was in force in no trial of these runs: tried beside the policies that were$/m);
    expect(stdout).toMatch(
      /^2 of 2 recorded decisions would be others\n {2}recorded: +2 allow\n {2}would be: +2 deny$/m,
    );
    expect(stdout).toMatch(/^capped\/no-adding +deny +2 +would deny 2 of 2 recorded actions \(2 newly\)$/m);
    expect(stdout).toMatch(/^open\/default +allow +2 +matches 2 of 2 recorded actions, but decides none$/m);
    expect(stdout).toMatch(/^allow → deny +add +adds +task-0 +\d{8}-.*:[0-9a-f]{8}:0 +no-adding$/m);
    expect(stdout).toMatch(/2 trials would have gone differently, because something that had been allowed would be/);
    expect(code).toBe(0);
  });

  test('changes nothing under the policies of the run itself, and can look at one variant', async () => {
    const same = JSON.parse((await policy(counter, 'replay', '--against', 'latest', '--json')).stdout);
    expect(same).toMatchObject({ recorded: 2, answered: 2, changes: [], departures: [], notes: [] });
    const idle = await policy(counter, 'replay', 'capped', '--against', 'latest', '--variant', 'idles');
    expect(idle.stdout).toMatch(/^These runs have decided nothing of it yet\.$/m);
    const unknown = await policy(counter, 'replay', 'capped', '--against', 'latest', '--variant', 'adss');
    expect(unknown).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/no variant `adss` in these runs; there are `adds`, `idles`/),
    });
  });

  test('the other policies of a run take part as they were recorded, and it says that they have changed', async () => {
    const file = join(counter.root, 'open.policy.yaml');
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, before.replace('default: allow', 'default: deny'));
    const beside = await policy(counter, 'replay', 'capped', '--against', 'latest', '--json');
    writeFileSync(file, before.replace('name: open', 'name: opened'));
    const renamed = await policy(counter, 'replay', 'opened', '--against', 'latest', '--json');
    rmSync(file);
    const gone = await policy(counter, 'replay', 'capped', '--against', 'latest');
    writeFileSync(file, before);
    const { rules, notes } = JSON.parse(beside.stdout);
    expect(rules.find((one: { policy: string }) => one.policy === 'open')).toMatchObject({
      effect: 'allow',
      matched: 2,
    });
    // Under another name it is the one that is tried.
    expect(JSON.parse(renamed.stdout)).toMatchObject({ recorded: 2, changes: [], notes: [] });
    expect(notes.join('\n')).toMatch(/^`open` has changed since these runs; it takes part as it was recorded$/m);
    expect(gone.stdout).toMatch(/^`open` is in this workspace no more; it takes part as it was recorded$/m);
  });

  test.each<[string[], RegExp]>([
    [['capped'], /required option '--against <runs\.\.\.>'/],
    [['capped', '--against', 'nope'], /there is no run `nope`/],
  ])('%j is usage', async (args, message) => {
    expect(await policy(counter, 'replay', ...args)).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
  });
});

test('a step is decided by the policies of its variant, with what they include in its place and the budgets of its preset', {
  timeout: 60_000,
}, async () => {
  const head = (kind: string, name: string) =>
    `apiVersion: assay/v1\nkind: ${kind}\nmetadata: { name: ${name} }\nspec:\n`;
  const including = makeWorkspace({ policy: `${head('Policy', 'open')}  default: allow\n  include: [common]\n` });
  // By itself it would deny whatever it does not name.
  including.write(
    'common.policy.yaml',
    `${head('Policy', 'common')}  rules: [{ id: none, effect: deny, until: 2020-01-01 }]\n`,
  );
  const budget = '{ id: one, unit: calls, limit: 1, per: run, onExhausted: deny }';
  const node = '{ id: done, type: end, answer: done }';
  including.write(
    'careful.preset.yaml',
    `${head('Preset', 'careful')}  role: x\n  start: done\n  nodes: [${node}]\n  budgets: [${budget}]\n`,
  );
  const experiment = readFileSync(including.experiment, 'utf8');
  including.write('count.experiment.yaml', experiment.replace('policies: [open]', 'policies: [open], preset: careful'));
  expect(await assay(including, 'run', 'count.experiment.yaml', '--trust')).toMatchObject({ code: 0 });
  await assay(including, 'host', 'stop');
  const { trials } = JSON.parse((await assay(including, 'runs', 'show', 'latest', '--json')).stdout);
  const said: string[] = [];
  for (const { id } of trials) said.push((await policy(including, 'decide', '--step', `latest:${id}:0`)).stdout);
  including.remove();
  expect(said.sort()).toEqual([
    expect.stringMatching(/^allow\n {2}allow by default open: .*\n$/),
    expect.stringMatching(/^deny\n {2}deny by budget preset:careful\/one: .*\n {2}allow by default open: .*\n$/),
  ]);
});

describe('runs that share a budget of their workspace', () => {
  let sharing: TestWorkspace;
  const shared = (limit: number) => `apiVersion: assay/v1
kind: Policy
metadata: { name: open }
spec:
  default: allow
  budgets:
    - { id: all, unit: calls, limit: ${limit}, per: workspace, onExhausted: halt }
`;

  beforeAll(async () => {
    sharing = makeWorkspace({ policy: shared(3) });
    for (const _ of [1, 2]) expect((await assay(sharing, 'run', 'count.experiment.yaml', '--trust')).code).toBe(0);
    await assay(sharing, 'host', 'stop');
  }, 60_000);

  afterAll(() => sharing.remove());

  test('what earlier runs have spent counts where only the last one is tried, and where all are', async () => {
    const runs = JSON.parse((await assay(sharing, 'runs', 'list', '--json')).stdout);
    const all = runs.map(({ run }: { run: string }) => run);
    expect(all).toHaveLength(2);
    for (const against of [['latest'], all, all.toReversed()]) {
      const { stdout } = await policy(sharing, 'replay', '--against', ...against, '--json');
      const { changes, departures, before } = JSON.parse(stdout);
      expect({ changes, departures }).toEqual({ changes: [], departures: [] });
      expect(before.halt).toBe(1);
    }
    writeFileSync(join(sharing.root, 'open.policy.yaml'), shared(2));
    const fewer = JSON.parse((await policy(sharing, 'replay', '--against', 'latest', '--json')).stdout);
    expect(fewer.changes).toMatchObject([{ before: 'allow', after: 'halt' }]);
    writeFileSync(join(sharing.root, 'open.policy.yaml'), shared(3));
  });

  test('runs of several workspaces are counted each in its own', async () => {
    const other = makeWorkspace();
    cpSync(join(sharing.root, '.assay/runs'), join(other.root, '.assay/runs'), { recursive: true });
    const ids = JSON.parse((await assay(sharing, 'runs', 'list', '--json')).stdout).map(
      ({ run }: { run: string }) => run,
    );
    const copies = ids.map((id: string) => join(other.root, '.assay/runs', id));
    for (const against of [
      [...ids, ...copies],
      [ids[0], copies[0]],
    ]) {
      const { stdout } = await policy(sharing, 'replay', 'open', '--against', ...against, '--json');
      const { changes, departures, before } = JSON.parse(stdout);
      expect({ changes, departures }).toEqual({ changes: [], departures: [] });
      expect(before.halt).toBe(2);
    }
    other.remove();
  });

  test('a step that a budget was in the way of is decided on what the budget had left', async () => {
    writeFileSync(join(sharing.root, 'open.policy.yaml'), shared(2));
    const { changes } = JSON.parse((await policy(sharing, 'replay', '--against', 'latest', '--json')).stdout);
    writeFileSync(join(sharing.root, 'open.policy.yaml'), shared(3));
    const [{ trial }] = changes;
    expect((await policy(sharing, 'decide', '--step', `latest:${trial}:0`)).stdout).toMatch(/^allow\n/);
    const summary = JSON.parse((await assay(sharing, 'runs', 'show', 'latest', '--json')).stdout);
    const other = summary.trials.find((one: { id: string }) => one.id !== trial);
    expect((await policy(sharing, 'decide', '--step', `latest:${other.id}:0`)).stdout).toMatch(
      /^halt\n {2}halt by budget open\/all/,
    );
  });
});

describe('assay policy prove', () => {
  test('warns of a rule that has no effect, shows an action, and exits with 1', async () => {
    const more = '    - { id: add-anyway, effect: allow, when: { tool.name: add } }\n';
    const file = counter.write('more.policy.yaml', capped.replace('capped', 'more') + more);
    const { code, stdout } = await policy(counter, 'prove', 'more');
    expect(stdout).toMatch(/^`more`: \d finding/);
    expect(stdout).toMatch(/warning: .*`add-anyway`.* {2}more\.policy\.yaml:11.*\[proof\/shadowed\]/);
    expect(code).toBe(1);
    const { proofs } = JSON.parse((await policy(counter, 'prove', file, '--json')).stdout);
    const shadowed = proofs[0].findings.find((one: { code: string }) => one.code === 'proof/shadowed');
    expect(shadowed).toMatchObject({ severity: 'warning', witness: { decision: 'deny' } });
  });

  test('shows actions that can be pasted into a policy test, which then passes', async () => {
    const { proofs } = JSON.parse((await policy(mailroom, 'prove', 'mailroom-strict', '--all', '--json')).stdout);
    const cases = proofs[0].findings.map(({ witness }: { witness: { yaml: string } }) =>
      witness.yaml.replaceAll(/^/gm, '    ').trimEnd(),
    );
    expect(cases.length).toBeGreaterThan(0);
    const head =
      'apiVersion: assay/v1\nkind: PolicyTest\nmetadata: { name: witnesses }\nspec:\n  policies: [mailroom-strict]\n  environment: mailroom-office\n  cases:\n';
    writeFileSync(join(mailroom.root, 'witnesses.policytest.yaml'), `${head}${cases.join('\n')}\n`);
    const { code, stdout } = await policy(mailroom, 'test', 'witnesses.policytest.yaml');
    expect(stdout).toMatch(/ 0 failed/);
    expect(code).toBe(0);
  });

  test('proves each policy with the constitutions, which apply together', async () => {
    const law = join(mailroom.root, 'law.policy.yaml');
    writeFileSync(
      law,
      'apiVersion: assay/v1\nkind: Policy\nmetadata: { name: law }\nspec: { constitution: true, overlay: true, rules: [{ id: none, effect: halt }] }\n',
    );
    const { code, stdout } = await policy(mailroom, 'prove', '--json');
    rmSync(law);
    const { proofs } = JSON.parse(stdout);
    expect(proofs.map((proof: { policies: string[] }) => proof.policies)).toEqual([
      ['law', 'mailroom-open'],
      ['law', 'mailroom-strict'],
    ]);
    expect(proofs[1].findings).toContainEqual(expect.objectContaining({ code: 'proof/shadowed' }));
    expect(code).toBe(1);
  });

  test('finds nothing to warn of in the example', async () => {
    const { code, stdout } = await policy(mailroom, 'prove');
    expect(stdout).toMatch(/^`mailroom-strict`: nothing found$/m);
    expect(code).toBe(0);
  });
});

describe('assay policy fmt', () => {
  test('says with --check what is not formatted, formats it, and leaves the rest alone', async () => {
    const file = counter.write(
      'wide.policy.yaml',
      capped.replace('capped', 'wide').replace('{ tool.name: add }', '{tool.name:   add}'),
    );
    const checked = await policy(counter, 'fmt', 'wide.policy.yaml', '--check');
    expect(checked).toMatchObject({ code: 1, stdout: 'wide.policy.yaml\n1 file: 1 not formatted\n' });
    expect((await policy(counter, 'fmt', 'wide.policy.yaml')).stdout).toBe('wide.policy.yaml\n1 file: 1 formatted\n');
    expect(readFileSync(file, 'utf8')).toBe(capped.replace('capped', 'wide'));
    expect(await policy(counter, 'fmt', 'wide.policy.yaml', '--check')).toMatchObject({
      code: 0,
      stdout: '1 file: nothing to format\n',
    });
  });

  test('leaves a broken file as it is, and says so', async () => {
    const broken = makeWorkspace();
    const file = broken.write('x.policy.yaml', 'kind: "Policy\n');
    const { code, stderr } = await policy(broken, 'fmt', 'x.policy.yaml');
    expect([code, readFileSync(file, 'utf8')]).toEqual([1, 'kind: "Policy\n']);
    expect(stderr).toMatch(/`x\.policy\.yaml` cannot be formatted: /);
    broken.remove();
  });
});

test.each(['', 'decide', 'explain', 'test', 'replay', 'prove', 'fmt'])(
  'assay policy %s has help with the exit codes',
  async (command) => {
    const { code, stdout } = await policy(counter, ...command.split(' ').filter(Boolean), '--help');
    expect(stdout).toMatch(/^Usage: assay policy/);
    expect(stdout).toMatch(/Exit codes:/);
    expect(code).toBe(0);
  },
);
