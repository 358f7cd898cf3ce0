/** What is true but not written, and where nothing is said. */
import { describe, expect, test } from 'vitest';
import type { LanguageWorkspace } from '../../server/language/index.ts';
import { hints, readSource, summarize } from '../../server/language/index.ts';
import { experiment, policy, preset } from './cases.ts';
import { office } from './office.ts';

/** The text with its hints in ⟨⟩. */
const hinted = (text: string, workspace: LanguageWorkspace | null | undefined = null, nowMs: number | null = null) => {
  let shown = text;
  const context = { path: 'x.yaml', workspace: workspace ?? null, nowMs };
  for (const { offset, label } of hints(text, null, context).toReversed())
    shown = `${shown.slice(0, offset)}⟨${label}⟩${shown.slice(offset)}`;
  return shown.slice(shown.indexOf('spec:'));
};

describe('hints', () => {
  test.each<[string, string, string]>([
    [
      'durations that are hard to read',
      preset('  nodes:\n    - { id: a, type: wait, for: 90m }\n    - { id: b, type: wait, for: 90061s }\n'),
      'spec:\n  nodes:\n    - { id: a, type: wait, for: 90m⟨1 h 30 min⟩ }\n    - { id: b, type: wait, for: 90061s⟨1 d 1 h 1 min 1 s⟩ }\n',
    ],
    [
      'no durations that are easy',
      preset('  nodes:\n    - { id: a, type: wait, for: 10m }\n    - { id: b, type: wait, for: 1500 }\n'),
      'spec:\n  nodes:\n    - { id: a, type: wait, for: 10m }\n    - { id: b, type: wait, for: 1500 }\n',
    ],
    [
      'what a budget leaves out, and nothing that it says',
      policy(
        '  default: deny\n  budgets:\n    - { id: a, unit: usd, limit: 0.5 }\n    - { id: b, unit: calls, limit: 3, per: run, onExhausted: halt }\n    - { id: c, unit: usd, limit: 0.25, per: run, onExhausted: halt }\n',
      ),
      'spec:\n  default: deny\n  budgets:\n    - { id: a, unit: usd, limit: 0.5⟨per trial, then deny⟩ }\n    - { id: b, unit: calls, limit: 3, per: run, onExhausted: halt }\n    - { id: c, unit: usd, limit: 0.25, per: run, onExhausted: halt }\n',
    ],
    [
      'shares of a parent',
      policy(
        '  default: deny\n  budgets:\n    - { id: all, unit: calls, limit: 10, per: run, onExhausted: halt }\n    - { id: a, unit: calls, limit: 4, per: run, onExhausted: halt, parent: all }\n    - { id: b, unit: calls, limit: 12, per: run, onExhausted: halt, parent: all }\n',
      ),
      'spec:\n  default: deny\n  budgets:\n    - { id: all, unit: calls, limit: 10⟨16 calls of it for a, b⟩, per: run, onExhausted: halt }\n    - { id: a, unit: calls, limit: 4⟨40 % of all (10 calls)⟩, per: run, onExhausted: halt, parent: all }\n    - { id: b, unit: calls, limit: 12⟨but all has only 10 calls⟩, per: run, onExhausted: halt, parent: all }\n',
    ],
    [
      'shares of a parent with windows',
      policy(
        '  default: deny\n  budgets:\n    - { id: hourly, unit: usd, limit: 5, per: run, window: 1h, onExhausted: halt }\n    - { id: daily, unit: usd, limit: 50, per: run, window: 1d, onExhausted: halt, parent: hourly }\n    - { id: mail, unit: usd, limit: 2, per: run, window: 60m, onExhausted: halt, parent: hourly }\n    - { id: much, unit: usd, limit: 500, per: run, window: 1d, onExhausted: halt, parent: hourly }\n',
      ),
      'spec:\n  default: deny\n  budgets:\n    - { id: hourly, unit: usd, limit: 5⟨$2.00 of it for mail, daily, much draw on it⟩, per: run, window: 1h, onExhausted: halt }\n    - { id: daily, unit: usd, limit: 50⟨of hourly ($5.00 each hour)⟩, per: run, window: 1d, onExhausted: halt, parent: hourly }\n    - { id: mail, unit: usd, limit: 2⟨40 % of hourly ($5.00 each hour)⟩, per: run, window: 60m⟨1 h⟩, onExhausted: halt, parent: hourly }\n    - { id: much, unit: usd, limit: 500⟨but hourly has only $5.00 each hour⟩, per: run, window: 1d, onExhausted: halt, parent: hourly }\n',
    ],
    [
      'the default of a policy, and rules about everything',
      policy('  rules:\n    - { id: a, effect: deny }\n    - { id: b, effect: deny, when: { tool.kind: read } }\n'),
      'spec:⟨default: deny⟩\n  rules:\n    - { id: a, effect: deny⟨every action⟩ }\n    - { id: b, effect: deny, when: { tool.kind: read } }\n',
    ],
    ['limits of trials', experiment('  limits: { steps: 3 }\n'), 'spec:\n  limits:⟨timeout: 60s⟩ { steps: 3 }\n'],
    [
      'limits of trials behind a colon that stands apart',
      experiment('  "limits" : { steps: 3 }\n'),
      'spec:\n  "limits" :⟨timeout: 60s⟩ { steps: 3 }\n',
    ],
    ['no limits at all', experiment('  seed: 1\n'), 'spec:⟨limits.steps: 50, limits.timeout: 60s⟩\n  seed: 1\n'],
  ])('%s', (_name, text, expected) => {
    expect(hinted(text)).toBe(expected);
  });

  test.each<[string, string, string]>([
    [
      'a window that ends on the next day, and what it leaves out',
      '  during: { from: "22:00", to: "06:00" }\n',
      '  during: { from: "22:00", to: "06:00"⟨on the next day⟩⟨every day⟩⟨UTC⟩ }\n',
    ],
    [
      'windows of a list',
      '  during:\n    - { days: [mon], from: "22:00" }\n    - { from: "08:00", to: "08:00", zone: Europe/Berlin }\n',
      '  during:\n    - { days: [mon], from: "22:00"⟨UTC⟩ }\n    - { from: "08:00", to: "08:00"⟨on the next day⟩⟨every day⟩, zone: Europe/Berlin }\n',
    ],
    [
      'days that are not easily counted off',
      '  during: { days: [mon-fri, fri-mon, sat-sun, tue, mon-sun], from: "08:00", zone: UTC }\n',
      '  during: { days: [mon-fri, fri-mon⟨Fri, Sat, Sun, Mon⟩, sat-sun, tue, mon-sun⟨every day⟩], from: "08:00", zone: UTC }\n',
    ],
    [
      'amounts in conditions',
      '  rules: [{ id: a, effect: deny, when: { trial.elapsedMs: { atLeast: 30000 }, observation.sizeBytes: 5000000, trial.steps: 30000, run.elapsedMs: 500 } }]\n',
      '  rules: [{ id: a, effect: deny, when: { trial.elapsedMs: { atLeast: 30000⟨30 s⟩ }, observation.sizeBytes: 5000000⟨5 MB⟩, trial.steps: 30000, run.elapsedMs: 500 } }]\n',
    ],
    [
      'moments and odd sizes',
      '  rules: [{ id: a, effect: deny, when: { time.utc: { atMost: 1767225600000 }, observation.sizeBytes: { atLeast: 65536, atMost: 1234567 } } }]\n',
      '  rules: [{ id: a, effect: deny, when: { time.utc: { atMost: 1767225600000⟨2026-01-01⟩ }, observation.sizeBytes: { atLeast: 65536⟨64 KiB⟩, atMost: 1234567⟨about 1.23 MB⟩ } } }]\n',
    ],
  ])('%s', (_name, spec, expected) => {
    expect(hinted(policy(`  default: deny\n${spec}`))).toBe(`spec:\n  default: deny\n${expected}`);
  });

  test.each<[string, string, string, string]>([
    ['before the first', 'validFrom: 2026-12-01', '2026-11-29', 'first 2026-12-01 to 2026-12-08'],
    ['in one', 'validFrom: 2026-12-01', '2026-12-02', 'in force until 2026-12-08, then 2026-12-31 to 2027-01-07'],
    ['between two', 'validFrom: 2026-12-01', '2026-12-08', 'next 2026-12-31 to 2027-01-07'],
    [
      'in the last',
      'validFrom: 2026-12-01, until: 2026-12-05',
      '2026-12-02',
      'in force until 2026-12-05, then never again',
    ],
    ['after the last', 'validFrom: 2026-12-01, until: 2026-12-20', '2026-12-10', 'never again'],
    ['when it is over', 'validFrom: 2026-12-01, until: 2026-12-20', '2026-12-21', 'over since 2026-12-20'],
    [
      'with times',
      'validFrom: "2026-12-01T08:30:00+01:00"',
      '2026-11-29',
      'first 2026-12-01 07:30 UTC to 2026-12-08 07:30 UTC',
    ],
    ['that never begin', 'validFrom: 2026-12-01, until: 2026-12-01', '2026-11-29', 'never'],
    ['without a beginning', 'until: 2026-12-01', '2026-11-29', ''],
  ])('periods that come again, %s', (_name, extent, now, expected) => {
    const rule = (hint: string) =>
      `spec:\n  rules: [{ id: a, effect: deny, when: { tool.kind: read }, ${extent}, renew: { every: 30d, for: 7d${hint} } }]\n  default: deny\n`;
    const hint = expected === '' ? '' : `⟨${expected}⟩`;
    expect(hinted(policy(rule('').replace('spec:\n', '')), null, Date.parse(now))).toBe(rule(hint));
  });

  test('how long a period is stands before when it is', () => {
    const text = policy('  default: deny\n  validFrom: 2026-12-01\n  renew: { every: 30d, for: 90m }\n');
    expect(hinted(text, null, Date.parse('2026-11-29'))).toContain('90m⟨1 h 30 min⟩⟨first ');
  });

  test('of periods nothing is said by who has no clock', () => {
    const text = policy('  default: deny\n  validFrom: 2026-12-01\n  renew: { every: 30d, for: 7d }\n');
    expect(hinted(text)).not.toContain('⟨');
  });

  test('what included policies bring in, in other files and through others', () => {
    const named = (name: string, spec: string) => policy(spec).replace('name: x', `name: ${name}`);
    const context = office('x.yaml', {
      'shared.yaml': named(
        'shared',
        '  rules: [{ id: a, effect: deny }]\n  budgets: [{ id: all, unit: usd, limit: 3, per: run }]\n  include: [sub/more.yaml]',
      ),
      'sub/more.yaml': named('more', '  rules: [{ id: b, effect: deny }]\n  include: [../shared.yaml, x]'),
      'empty.yaml': named('empty', '  default: allow'),
    });
    expect(hinted(policy('  default: deny\n  include: [shared, empty, gone]\n'), context.workspace)).toBe(
      'spec:\n  default: deny\n  include: [shared⟨2 rules, all $3.00 per run, then deny⟩, empty, gone]\n',
    );
  });

  test.each<[string, string]>([
    [
      '  budgets:\n    - &b { id: a, unit: usd, limit: 5 }\n    - { <<: *b, id: c }\n',
      '  budgets:\n    - &b { id: a, unit: usd, limit: 5⟨per trial, then deny⟩ }\n    - { <<: *b⟨per trial, then deny⟩, id: c }\n',
    ],
    [
      '  rules:\n    - &b { id: a, effect: deny }\n    - { <<: *b, id: c }\n',
      '  rules:\n    - &b { id: a, effect: deny⟨every action⟩ }\n    - { <<: *b⟨every action⟩, id: c }\n',
    ],
    [
      '  during:\n    - &w { from: "09:00", days: mon }\n    - { <<: *w, days: tue }\n',
      '  during:\n    - &w { from: "09:00"⟨UTC⟩, days: mon }\n    - { <<: *w⟨UTC⟩, days: tue }\n',
    ],
    [
      '  rules:\n    - &b { id: a, effect: deny, when: { tool.risk: 1 }, validFrom: 2026-11-01, renew: { every: 30d, for: 7d } }\n    - { <<: *b, id: c }\n',
      '  rules:\n    - &b { id: a, effect: deny, when: { tool.risk: 1 }, validFrom: 2026-11-01, renew: { every: 30d, for: 7d⟨next 2026-12-01 to 2026-12-08⟩ } }\n    - { <<: *b⟨next 2026-12-01 to 2026-12-08⟩, id: c }\n',
    ],
  ])('what is merged has its hint where it is merged: %s', (spec, expected) => {
    expect(hinted(policy(`  default: deny\n${spec}`), null, Date.UTC(2026, 10, 29))).toBe(
      `spec:\n  default: deny\n${expected}`,
    );
  });

  test('only of a range', () => {
    const text = preset('  nodes:\n    - { id: a, type: wait, for: 90m }\n    - { id: b, type: wait, for: 90s }\n');
    const start = text.indexOf('- { id: b');
    expect(hints(text, { start, end: text.length }).map(({ label }) => label)).toEqual(['1 min 30 s']);
  });
});

describe('the number of trials', () => {
  const tasks =
    'apiVersion: assay/v1\nkind: TaskSet\nmetadata: { name: chores }\nspec:\n  tasks:\n    - { id: a, instruction: a }\n    - { id: b, instruction: b }\n';
  const file = summarize('chores.tasks.yaml', readSource(tasks));
  const workspace: LanguageWorkspace = {
    documents: (kind) => file.names.filter((document) => document.kind === kind),
    resolve: (_from, reference) => reference,
    fileExists: (path) => path === file.path,
    file: (path) => (path === file.path ? file : null),
  };
  const variants = '  limits: { steps: 1, timeout: 1s }\n  variants: [{ id: a }, { id: b }, { id: c }]\n';

  test.each<[string, string, string]>([
    [
      'with repetitions',
      '  tasks: chores\n  repetitions: 500\n',
      '500⟨3 variants × 2 tasks × 500 = 3\u202f000 trials⟩\n',
    ],
    ['without', '  tasks: chores.tasks.yaml\n', 'variants:⟨3 variants × 2 tasks = 6 trials⟩'],
  ])('%s', (_name, spec, expected) => {
    expect(hinted(experiment(spec + variants), workspace)).toContain(expected);
  });

  test.each([
    ['for tasks that are not there', '  tasks: other\n', workspace],
    ['without a workspace', '  tasks: chores\n', null],
    ['of half repetitions', '  tasks: chores\n  repetitions: 1.5\n', workspace],
    ['of fewer than none', '  tasks: chores\n  repetitions: -2\n', workspace],
  ])('nothing %s', (_name, spec, known) => {
    expect(hinted(experiment(spec + variants), known)).not.toContain('⟨');
  });
});
