/** What a hover says of keys, values and references; and where lenses and problems stand. */
import { describe, expect, test } from 'vitest';
import { createZoneOffsets } from '../../server/io/zones.ts';
import { diagnose, evaluationLenses, hover, lenses, policyTestLenses } from '../../server/language/index.ts';
import { atCursor, capsule, environment, experiment, policy, policytest, preset } from './cases.ts';
import { office, officeFiles } from './office.ts';

const hoverAt = (marked: string, context = office()) => {
  const { text, offset } = atCursor(marked);
  const found = hover(text, offset, context);
  return found && { on: text.slice(found.span.start, found.span.end), says: found.markdown };
};

const variant = (more: string) =>
  experiment(
    `  environment: office\n  tasks: chores\n  repetitions: 3\n  policies: [strict]\n  variants:\n    - { id: a$0, ${more} }\n    - { id: b }\n`,
  );

describe('an item says what its list is of', () => {
  const rule = (more: string) => policy(`  rules:\n    - { id: a, effect: ask, ${more} }\n`);
  test.each<[string, string]>([
    [rule('ask: { who: [secu$0rity] }'), 'People or groups who may answer'],
    [rule('obligations: { notify: [secu$0rity] }'), 'People or groups who are told'],
    [rule('obligations: { redact: [/to$0ken] }'), 'Values that are kept out of'],
    [policy('  scope:\n    roles:\n      - assis$0tant\n'), 'Agents with one of these roles'],
    [policy('  patterns:\n    - { id: a, match: [to$0ken] }\n'), 'It is found when one text'],
    [experiment('  env: [TO$0KEN]\n'), 'Names of environment variables'],
    [experiment('  variants:\n    - { id: a, agent: { command: [nod$0e] } }\n'), 'A program and its arguments'],
    [environment('  tools:\n    - { name: a, targets: [/t$0o] }\n'), 'JSON Pointers into the input'],
  ])('%s', (marked, says) => {
    expect(hoverAt(marked)?.says).toContain(says);
  });
});

describe('hover', () => {
  test.each<[string, string, string, RegExp[]]>([
    [
      'a key',
      policy('  def$0ault: deny'),
      'default',
      [/\*\*default\*\* · one of `allow`/, /none of its rules matches/, /Default: `deny`/],
    ],
    ['a required key', policy('  rules:\n    - effe$0ct: deny'), 'effect', [/· required/, /Example: `deny`/]],
    [
      'a word of a tool’s schema',
      environment('  tools:\n    - { name: a, input: { properties: { to: { type: array, unique$0Items: true } } } }'),
      'uniqueItems',
      [/`true` or `false`/, /each item only once/],
    ],
    ['a value', policy('  default: de$0ny'), 'deny', [/\*\*default\*\*/]],
    ['a value in quotes', policy('  default: "de$0ny"'), '"deny"', [/\*\*default\*\*/]],
    [
      'a signal, with its type, range and where it applies',
      policy('  rules:\n    - { id: a, effect: deny, when: { tool.ri$0sk: 3 } }'),
      'tool.risk',
      [/a whole number/, /Signal: integer from 0 to 5; for tool/],
    ],
    [
      'a signal with a unit',
      policy('  rules:\n    - { when: { tool.co$0st: 3 } }'),
      'tool.cost',
      [/money from 0 in usd/],
    ],
    [
      'a comparator',
      policy('  rules:\n    - { id: a, effect: deny, when: { tool.risk: { atL$0east: 3 } } }'),
      'atLeast',
      [/This or more/],
    ],
    ['the kind', 'kind: Pol$0icy\n', 'Policy', [/Rules and budgets that decide/]],
    [
      'a tool',
      policy('  rules:\n    - { when: { tool.name: send$0_mail } }'),
      'send_mail',
      [/write · risk 3 · \$0.01/, /Send a mail/, /Tags: `mail`, `send`/, /- `to: string`/, /- `urgent\?: boolean`/],
    ],
    [
      'a tool of a preset',
      preset('  environment: office\n  tools: [read$0_mail]'),
      'read_mail',
      [/`id: string` The mail/],
    ],
    [
      'a tag',
      policy('  rules:\n    - { when: { tool.tags: ma$0il } }'),
      'mail',
      [/Tools with `mail`: `read_mail`, `send_mail`/],
    ],
    [
      'a reference',
      experiment('  policies: [str$0ict]'),
      'strict',
      [
        /policy `strict` in `policies\/strict.policy.yaml`/,
        /Nothing leaves/,
        /default: `deny`/,
        /rules: `inside`, `helpers`/,
        /budget `sends`: at most 4 calls per trial, then `halt`/,
      ],
    ],
    [
      'a reference by path',
      experiment('  policies: [./policies/op$0en.policy.yaml]'),
      './policies/open.policy.yaml',
      [/policy `open`/, /at most \$1 per run, then `deny`/],
    ],
    ['a limit', policy('  budgets: [{ id: a, unit: usd, lim$0it: 2 }]'), 'limit', [/\$2 per trial; .*`deny`/]],
    [
      'a key of a tool’s input',
      policytest('  environment: office\n  cases:\n    - action: { tool: send_mail, input: { ur$0gent: true } }'),
      'urgent',
      [/`true` or `false`/],
    ],
    [
      'how many trials there are',
      variant('role: x').replace('$0', '').replace('repetitions', 'repet$0itions'),
      'repetitions',
      [/\*\*12 trials\*\*: 2 variants, 6 trials each/],
    ],
    [
      'what holds for a variant',
      variant('policies: [open], preset: helper'),
      'a',
      [
        /role: `assistant` \(preset `helper`\)/,
        /policies: `strict` \(the experiment\), `open` \(the variant\)/,
        /where no rule matches: `deny` \(policy `strict`\)/,
        /budget `sends`: at most 4 calls per trial, then `halt` \(policy `strict`\)/,
        /budget `spend`: at most \$1 per run, then `deny` \(policy `open`\)/,
        /budget `calls`: at most 9 calls per trial, then `deny` \(preset `helper`\)/,
        /tools: `read_mail`\n/,
        /- 6 trials/,
      ],
    ],
    ['a variant’s own role', variant('role: own, preset: helper'), 'a', [/role: `own` \(the variant\)/]],
    ['what a variant names in vain', variant('policies: [strickt]'), 'a', [/not found: `strickt`/]],
  ])('%s', (_name, marked, on, says) => {
    const found = hoverAt(marked);
    expect(found?.on).toBe(on);
    for (const pattern of says) expect(found?.says).toMatch(pattern);
  });

  const graph = `  role: assistant
  nodes:
    - { id: act, type: plan, next: $0done }
    - id: done
      type: end
      answer: Well
`;
  const files = {
    'acting.preset.yaml': preset(graph.replace('$0', '')).replace('name: x', 'name: acting'),
    'looking.policy.yaml': policy('  patterns:\n    - { id: orders, match: ["*obey*"] }').replace(
      'name: x',
      'name: looking',
    ),
  };

  test.each<[string, string, string, RegExp[]]>([
    [
      'the next node',
      preset(graph),
      'done',
      [/node `done` of preset `x`, line 8\n```yaml\nid: done\ntype: end\nanswer: W/],
    ],
    [
      'a step before',
      capsule('  workflow:\n    - { id: triage, preset: helper }\n    - { id: b, needs: [tri$0age] }\n'),
      'triage',
      [/step `triage` of capsule `x`, line 6\n```yaml\n{ id: triage, preset: helper }\n```/],
    ],
    [
      'a rule of a policy test',
      policytest('  policies: [strict]\n  cases:\n    - { name: n, expect: { decision: deny, rules: [ins$0ide] } }'),
      'inside',
      [/rule `inside` of policy `strict`, `policies\/strict.policy.yaml` line 9\n```yaml\n\{ id: inside, effect: deny/],
    ],
    [
      'a budget that another draws on',
      policy('  budgets:\n    - { id: b1, unit: usd, limit: 5 }\n    - { id: b2, unit: usd, limit: 1, parent: b$01 }'),
      'b1',
      [/budget `b1` of policy `x`, line 6\n```yaml\n\{ id: b1, unit: usd, limit: 5 \}/],
    ],
    [
      'a file of a capsule',
      capsule('  policies: [{ path: ./policies/str$0ict.policy.yaml }]'),
      './policies/strict.policy.yaml',
      [/policy `strict` in `policies\/strict.policy.yaml`/, /rules: `inside`, `helpers`/],
    ],
    [
      'a node in a scope',
      policy('  scope: { nodes: [ac$0t] }'),
      'act',
      [/node `act` of preset `acting`, `acting.preset.yaml` line 7/],
    ],
    [
      'a role',
      policy('  scope: { roles: [assi$0stant] }'),
      'assistant',
      [/role `assistant`, given by `helper`, `acting`/],
    ],
    [
      'a pattern',
      policy(
        '  patterns:\n    - { id: orders, match: ["*obey*"] }\n  rules: [{ id: a, on: observation, when: { observation.patterns: or$0ders } }]',
      ),
      'orders',
      [/pattern `orders` of policy `x`, line 6\n```yaml\n\{ id: orders, match: \["\*obey\*"\] \}/],
    ],
    [
      'a variant',
      policy('  rules: [{ when: { agent.id: fir$0st } }]'),
      'first',
      [/variant `first` of experiment `x`, `e.yaml` line 5/],
    ],
  ])('tells what is meant by %s', (_name, marked, on, says) => {
    const found = hoverAt(marked, office('m.yaml', { ...files, 'e.yaml': experiment('  variants: [{ id: first }]') }));
    expect(found?.on).toBe(on);
    for (const pattern of says) expect(found?.says).toMatch(pattern);
  });

  test('roles and tags tell where they are used, where they are given', () => {
    const context = office('helper.preset.yaml');
    const says = hoverAt((officeFiles['helper.preset.yaml'] ?? '').replace('assistant', 'assi$0stant'), context)?.says;
    expect(says).toContain('Used once: `policies/strict.policy.yaml` line 10');
  });

  const when = (condition: string) => policy(`  rules: [{ id: a, effect: deny, when: { ${condition} } }]`);

  test.each<[string, string, RegExp[]]>([
    [
      'a comparator of a signal',
      when('trial.elapsedMs: { at$0Least: 30000 }'),
      [/of `trial.elapsedMs`: How long this trial/, /Signal: integer from 0 in ms; for tool/],
    ],
    ['milliseconds', when('trial.elapsedMs: { atLeast: 300$000 }'), [/of `trial.elapsedMs`/, /`30000` is 30 s/]],
    ['bytes', when('observation.sizeBytes: { atMost: 500$00000 }'), [/`5000000` is 5 MB/]],
    ['bytes in steps of 1024', experiment('  limits: { outputBytes: 419$04304 }'), [/`4194304` is 4 MiB/]],
    ['money', when('trial.cost: 1.$05'), [/`1.5` is \$1.50/]],
    ['a moment', when('time.utc: { atMost: 17672$0256e5 }'), [/of `time.utc`/, /is 2026-01-01/]],
    ['a duration', preset('  nodes: [{ id: a, type: wait, for: 9$00m }]'), [/`90m` is 1 h 30 min/]],
    [
      'a window',
      policy('  du$0ring: { days: [mon-fri, sun], from: "22:00", to: "06:00", zone: Europe/Berlin }'),
      [/Monday to Friday, Sunday, 22:00 to 06:00 on the next day, Europe\/Berlin/],
    ],
    [
      'windows',
      policy('  du$0ring: [{ days: [sat] }, { from: "09:00" }]'),
      [/Saturday, all day, UTC; or every day, 09:00 to 24:00, UTC/],
    ],
    [
      'one of several',
      policy('  during: [{ days: [sat] }, { fr$0om: "09:00" }]'),
      [/\n\nevery day, 09:00 to 24:00, UTC/],
    ],
    [
      'a zone',
      policy('  during: { from: "09:00", zone: Europe/Ber$0lin }'),
      [/every day, 09:00 to 24:00, Europe\/Berlin/, /UTC\+01:00 now, UTC\+02:00 from 2027-03-28 01:00 UTC on/],
    ],
    [
      'periods',
      policy('  validFrom: 2026-11-01\n  re$0new: { every: 30d, for: 7d }'),
      [/next 2026-12-01 to 2026-12-08/],
    ],
    [
      'a budget that can never spend its limit',
      policy(
        '  budgets:\n    - { id: all, unit: usd, limit: 5, per: run }\n    - { id: mid, unit: usd, limit: 2, per: run, parent: all }\n    - { id: o$0wn, unit: usd, limit: 3, parent: mid }',
      ),
      [
        /\$3 per trial; what does not fit any more: `deny`/,
        /- draws on `mid`: at most \$2 per run/,
        /- draws on `all`: at most \$5 per run/,
        /- so never more than \$2, which is all that `mid` has/,
      ],
    ],
    [
      'a budget whose parent has more windows than one',
      policy(
        '  budgets:\n    - { id: hourly, unit: usd, limit: 5, per: workspace, window: 1h }\n    - { id: da$0ily, unit: usd, limit: 50, per: workspace, window: 1d, parent: hourly }',
      ),
      [
        /^\$50 per workspace each day; what does not fit any more: `deny`\n- draws on `hourly`: at most \$5 per workspace each hour, then `deny`$/m,
      ],
    ],
    [
      'a budget whose parent has too little for all its windows',
      policy(
        '  budgets:\n    - { id: some, unit: usd, limit: 0.1, per: run, window: 6h }\n    - { id: da$0ily, unit: usd, limit: 50, per: run, window: 1d, parent: some }',
      ),
      [/- so never more than \$0\.4 each day, 4 times what `some` has every 6 h$/m],
    ],
    [
      'a budget whose window is the shorter one',
      policy(
        '  budgets:\n    - { id: daily, unit: calls, limit: 2, window: 1d }\n    - { id: hou$0rly, unit: calls, limit: 3, window: 1h, parent: daily }',
      ),
      [/- so never more than 2 calls each hour, which is all that `daily` has each day$/m],
    ],
    [
      'a budget that others draw on in windows',
      policy(
        '  budgets:\n    - { id: al$0l, unit: usd, limit: 5 }\n    - { id: a, unit: usd, limit: 2, window: 1m, parent: all }',
      ),
      [/- `a` \(\$2 each minute\) draws on it/],
    ],
    [
      'a budget that others draw on',
      policy(
        '  budgets:\n    - { id: al$0l, unit: usd, limit: 5 }\n    - { id: a, unit: usd, limit: 2, parent: all }\n    - { id: b, unit: usd, limit: 3, parent: all }',
      ),
      [/- `a` \(\$2\), `b` \(\$3\) draw on it/],
    ],
  ])('puts into words %s', (_name, marked, says) => {
    const context = { ...office(), nowMs: Date.UTC(2026, 10, 29), zones: createZoneOffsets() };
    const found = hoverAt(marked, context);
    for (const pattern of says) expect(found?.says).toMatch(pattern);
  });

  test('a budget whose parent gives enough, window by window, is not said to be cut', () => {
    const budgets = policy(
      '  budgets:\n    - { id: hourly, unit: usd, limit: 5, per: run, window: 1h }\n    - { id: da$0ily, unit: usd, limit: 50, per: run, window: 1d, parent: hourly }',
    );
    expect(hoverAt(budgets)?.says).not.toContain('never more');
    expect(hoverAt(budgets.replace(', window: 1d', ''))?.says).not.toContain('never more');
  });

  test('budgets that draw on each other in a circle come to an end', () => {
    const budgets = policy(
      '  budgets:\n    - { id: $0a, unit: usd, limit: 2, parent: b }\n    - { id: b, unit: usd, limit: 1, parent: a }',
    );
    expect(hoverAt(budgets)?.says).toContain('so never more than $1');
  });

  const money = (more: string) =>
    policy(`  overlay: true\n  rules: [{ id: pay, effect: ask }]\n${more}`).replace('name: x', 'name: money');
  const shared = policy(
    '  overlay: true\n  rules: [{ id: log, effect: allow }]\n  budgets: [{ id: all, unit: usd, limit: 3, per: workspace }]\n  include: [../money.policy.yaml]',
  ).replace('name: x', 'name: shared');
  const including = (name: string, includes: string) =>
    policy(`  default: allow\n  include: [${includes}]`).replace('name: x', `name: ${name}`);

  test('what policies include holds for a variant too, once, but not its defaults', () => {
    const context = office('e.yaml', {
      'money.policy.yaml': money('  budgets: [{ id: cash, unit: usd, limit: 2, per: run }]\n  include: [shared]'),
      'sub/shared.policy.yaml': shared,
      'one.policy.yaml': including('one', 'shared'),
      'two.policy.yaml': including('two', './sub/shared.policy.yaml, gone'),
    });
    const says = hoverAt(variant('policies: [one, two]'), context)?.says ?? '';
    expect(says).toContain(
      'policies: `strict` (the experiment), `one` (the variant), `two` (the variant), `shared` (included by `one`), `money` (included by `shared`)',
    );
    expect(says.match(/budget `all`/g)).toHaveLength(1);
    expect(says).toContain('budget `all`: at most $3 per workspace, then `deny` (policy `shared`)');
    expect(says).toContain('budget `cash`: at most $2 per run, then `deny` (policy `money`)');
    expect(says).toContain('where no rule matches: `deny` (policy `strict`)');
    expect(says).toContain('not found: `gone`');
  });

  test('`include` tells what becomes part of a policy, through others too', () => {
    const context = office('sub/x.policy.yaml', {
      'money.policy.yaml': money('  budgets: [{ id: cash, unit: usd, limit: 2, per: run }]'),
      'sub/shared.policy.yaml': shared,
    });
    const says = hoverAt(policy('  incl$0ude: [./shared.policy.yaml]'), context)?.says ?? '';
    expect(says).toContain('- of `shared`: rules `log`; budget `all`: at most $3 per workspace, then `deny`');
    expect(says).toContain('- of `money` (through `shared`): rules `pay`; budget `cash`: at most $2 per run');
    expect(hoverAt(policy('  include: [sha$0red]'), context)?.says).toContain('includes: `../money.policy.yaml`');
  });

  test.each([
    ['an unknown key', policy('  nonse$0nse: 1')],
    ['nothing', '$0'],
    ['between keys', policy('  rules:\n\n$0\n')],
    ['a broken document', 'kind: [$0'],
  ])('is silent on %s', (_name, marked) => {
    expect(hoverAt(marked)).toBeNull();
  });

  test('a name tells where it is used', () => {
    const path = 'policies/strict.policy.yaml';
    const text = officeFiles[path] ?? '';
    const context = office(path, {
      'e.yaml': experiment('  policies: [strict]'),
      't.yaml': policytest('  policies: [strict]'),
    });
    const offset = text.indexOf('name: strict') + 7;
    expect(hover(text, offset, context)?.markdown).toMatch(/Used 2 times: `e.yaml` line 5, `t.yaml` line 5/);
    expect(hover(text, offset, office(path))?.markdown).toContain('Not used in this workspace');
  });

  test('what users write takes no effect as Markdown', () => {
    const context = office('e.yaml', {
      'x.yaml': environment(
        '  module: ./office.mjs\n  tools:\n    - { name: t, description: "[click](command:x) <b>" }',
      ).replace('name: x', 'name: evil'),
    });
    const says = hoverAt(preset('  environment: evil\n  tools: [$0t]'), context)?.says;
    expect(says).toContain('\\[click\\]\\(command:x\\) \\<b\\>');
  });
});

test('a lens stands above each experiment and nothing else', () => {
  const text = `${policy('  default: deny')}\n---\n${experiment('  seed: 1')}`;
  expect(
    lenses(text).map(({ span, title }) => [
      text.slice(span.start, span.end),
      text.lastIndexOf('kind') === span.start,
      title,
    ]),
  ).toEqual([['kind', true, '▶ Run experiment']]);
});

test('a lens to evaluate stands above each rule, and at the alias that repeats one', () => {
  const text = policy(
    '  rules:\n    - &base { id: a, effect: deny }\n    - *base\n    - { <<: *base, effect: ask }\n    - { <<: *base, id: b }\n',
  );
  expect(evaluationLenses(text).map(({ span, rule }) => [rule, text.slice(span.start, span.end)])).toEqual([
    [undefined, 'x'],
    ['a', 'a'],
    ['a', '*base'],
    ['a', '*base'],
    ['b', 'b'],
  ]);
  expect(new Set(evaluationLenses(text).map(({ span }) => span.start))).toHaveLength(5);
});

test('a lens to run cases stands at the alias that repeats one', () => {
  const text = policytest('  cases: [&c { name: one, action: { tool: t }, expect: { decision: deny } }, *c]\n');
  expect(policyTestLenses(text).map(({ span }) => text.slice(span.start, span.end))).toEqual(['x', 'one', '*c']);
});

test('problems of all stages come in the order of their places, each once', () => {
  const text = `${policy('  rules:\n    - { id: a, effect: deny }\n    - { id: a, effect: allow }')}\n---\n${policy('  default: x')}`;
  expect(diagnose(text).map(({ code }) => code)).toEqual([
    'meaning/duplicate-rule',
    'meaning/duplicate-name',
    'schema/value',
  ]);
});
