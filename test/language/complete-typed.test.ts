/**
 * Documents of every kind as people type them, half done and broken, with what is offered first; and that taking an offer
 * breaks nothing.
 */
import { describe, expect, test } from 'vitest';
import { createZoneOffsets } from '../../server/io/zones.ts';
import { type Completion, complete, diagnose, withoutStops } from '../../server/language/index.ts';
import { atCursor, capsule, environment, experiment, policy, policytest, preset, taskset } from './cases.ts';
import { office } from './office.ts';

const context = { ...office(), zones: createZoneOffsets() };
const offersAt = (marked: string) => {
  const { text, offset } = atCursor(marked);
  return [...complete(text, offset, context)].sort((a, b) => (a.order < b.order ? -1 : 1));
};

/** Each case: the text with its cursor, and the labels that come first; none where nothing is offered. */
const cases: Readonly<Record<string, readonly (readonly [marked: string, first: readonly string[]])[]>> = {
  policies: [
    [policy('  rules:\n    - when: { agent.node: $0 }\n---\n') + preset('  nodes: [{ id: look, type: end }]'), ['is']],
    [policy('  rules:\n    - when: { target.domains: { only: [$0] } }'), ['acme.example']],
    [policy('  rules:\n    - when: { tool.cost: $0 }'), ['is', 'not', 'atLeast', 'atMost']],
    [policy('  rules:\n    - when: { not: $0 }'), ['{ }']],
    [policy('  rules:\n    - { id: a, scope: $0 }'), ['{ }']],
    [policy('  rules:\n    - { id: a, obligations: { $0 } }'), ['log', 'redact']],
    [policy('  rules:\n    - { id: a, obligations: { log: $0 } }'), ['info', 'warning', 'error']],
    [policy('  budgets:\n    - id: a\n      parent: $0\n    - id: b\n'), ['b']],
    [policy('  $0'), ['default', 'budgets', 'rules', 'constitution']],
    [
      'apiVersion: assay/v1\nkind: Policy\nmetadata: { name: x }\nspec: $0',
      ['default', 'budgets', 'rules', 'constitution'],
    ],
    ['apiVersion: assay/v1\nkind: Policy\nmetadata: $0', ['name', 'version', 'description', 'labels']],
    ['apiVersion: assay/v1\nkind: Policy\nmetadata: { $0 }', ['name', 'version', 'description', 'labels']],
    ['apiVersion: assay/v1\nkind: Policy\nmetadata: { name: x }\n$0', ['spec']],
    ['apiVersion: assay/v1\nkind: Policy\nmetadata: { name: x }\nsp$0', ['spec']],
    [policy('  rules:\n  - $0'), ['rule', 'id', 'effect', 'on']],
    [policy('  rules: $0'), ['- ', 'rule', '[ ]']],
    [policy('  rules: [$0]'), ['{ }']],
    [policy('  rules: [{ id: a, effect: deny }, $0]'), ['{ }']],
    [policy('  rules:\n    - id: a\n      effect: $0\n'), ['allow', 'ask', 'deny', 'halt']],
    [policy('  rules:\n    - id: a\n      on: $0\n'), ['action', 'observation']],
    [policy('  rules:\n    - id: a\n      when: $0\n'), ['all', 'any', 'not', 'action.type']],
    [policy('  rules:\n    - id: a\n      when:\n        $0\n'), ['all', 'any', 'not', 'action.type']],
    [policy('  rules:\n    - id: a\n      when:\n      $0\n'), ['effect', 'on', 'scope', 'unless']],
    [
      policy('  rules:\n    - id: a\n      when:\n        all:\n          - $0\n'),
      ['all', 'any', 'not', 'action.type'],
    ],
    [policy('  rules:\n    - id: a\n      when: { all: [{ $0 }] }\n'), ['all', 'any', 'not', 'action.type']],
    [policy('  rules:\n    - id: a\n      when: { all: $0 }\n'), ['[ ]']],
    [policy('  rules:\n    - id: a\n      when: { tool.risk: $0 }\n'), ['0', '1', '2', '3']],
    [policy('  rules:\n    - id: a\n      when:\n        tool.risk: $0\n'), ['0', '1', '2', '3']],
    [
      policy('  rules:\n    - id: a\n      when:\n        tool.risk:\n          $0\n'),
      ['is', 'not', 'atLeast', 'atMost'],
    ],
    [policy('  rules:\n    - id: a\n      when: { tool.name: $0 }\n'), ['read_mail', 'send_mail', 'is', 'not']],
    [
      policy('  rules:\n    - id: a\n      when:\n        tool.name:\n          anyOf:\n            - $0\n'),
      ['read_mail', 'send_mail'],
    ],
    [policy('  rules:\n    - id: a\n      when: { tool.name: [$0] }\n'), ['read_mail', 'send_mail']],
    [policy('  rules:\n    - id: a\n      when: { tool.tags: $0 }\n'), ['send', 'mail', 'anyOf', 'allOf']],
    [policy('  rules:\n    - id: a\n      during:\n        $0\n'), ['days', 'from', 'to', 'zone']],
    [policy('  during: { days: [mon-fri], zone: $0 }\n'), ['UTC', 'Africa/Abidjan']],
    [policy('  during: { days: [$0] }\n'), ['mon-fri', 'sat-sun', 'mon', 'tue']],
    [policy('  during: { from: $0 }\n'), ['00:00', '09:00']],
    [policy('  scope:\n    $0\n'), ['roles', 'nodes', 'tags']],
    [policy('  scope: { roles: [$0] }\n'), ['assistant']],
    [policy('  scope:\n    tags:\n      - $0\n'), ['send', 'mail']],
    [policy('  budgets:\n    - $0\n'), ['budget', 'id', 'unit', 'limit']],
    [policy('  budgets:\n    - { id: a, unit: $0 }\n'), ['usd', 'calls', 'steps']],
    [policy('  budgets:\n    - id: a\n      per: $0\n'), ['trial', 'agent', 'run', 'workspace']],
    [policy('  budgets:\n    - id: a\n      onExhausted: d$0\n'), ['ask', 'deny', 'halt']],
    [policy('  budgets:\n    - id: a\n      window: $0\n'), ['1h']],
    [policy('  include: [$0]\n'), ['strict', 'open']],
    [policy('  include:\n    - $0\n'), ['strict', 'open']],
    [policy('  renew:\n    $0\n'), ['every', 'for']],
    [policy('  ask:\n    $0\n'), ['who', 'wait']],
    [policy('  constitution: $0\n'), ['true', 'false']],
    [policy('  patterns:\n    - $0\n'), ['id', 'match', '{ }']],
    [
      policy(
        '  patterns: [{ id: orders, match: [a] }]\n  rules:\n    - { id: a, on: observation, when: { observation.patterns: $0 } }\n',
      ),
      ['orders', 'anyOf', 'allOf', 'noneOf'],
    ],
    [policy('  validFrom: $0\n'), ['2026-01-01', '2026-01-01T08:00:00Z']],
  ],
  presets: [
    [preset('  $0'), ['role', 'environment', 'tools', 'model']],
    [preset('  nodes:\n    - $0'), ['node', 'id', 'type', 'tool']],
    [preset('  nodes:\n    - { id: a, type: $0 }'), ['plan', 'tool', 'ask', 'check']],
    [preset('  environment: office\n  nodes:\n    - { id: a, type: tool, tool: $0 }'), ['read_mail', 'send_mail']],
    [preset('  nodes:\n    - { id: a, type: tool, next: $0 }\n    - { id: b, type: end }'), ['b']],
    [
      preset('  environment: office\n  nodes:\n    - { id: a, type: tool, tool: send_mail, input: { $0 } }'),
      ['to', 'urgent'],
    ],
    [
      preset(
        '  environment: office\n  nodes:\n    - id: a\n      type: tool\n      tool: send_mail\n      input:\n        $0',
      ),
      ['to', 'urgent'],
    ],
    [preset('  environment: office\n  tools:\n    - $0'), ['read_mail', 'send_mail']],
    [preset('  environment: office\n  tools: $0'), ['- ', '[ ]']],
    [preset('  environment: $0'), ['office']],
    [preset('  model: { $0 }'), ['profile', 'temperature']],
  ],
  experiments: [
    [experiment('  $0'), ['environment', 'tasks', 'variants', 'policies']],
    [experiment('  environment: $0'), ['office']],
    [experiment('  tasks: $0'), ['chores']],
    [experiment('  variants:\n    - $0'), ['variant', 'id', 'agent', 'description']],
    [experiment('  variants: [{ id: a, $0 }]'), ['agent', 'description', 'preset', 'role']],
    [experiment('  variants:\n    - id: a\n      agent: $0'), ['module', 'command', '{ }']],
    [experiment('  variants:\n    - id: a\n      agent: { $0 }'), ['module', 'command']],
    [experiment('  variants:\n    - id: a\n      agent: { module: $0 }'), ['./office.mjs', './agents/', './policies/']],
    [
      experiment('  variants:\n    - id: a\n      agent: { module: ./ag$0 }'),
      ['./office.mjs', './agents/', './policies/'],
    ],
    [experiment('  variants:\n    - id: a\n      agent:\n        command: [$0]'), []],
    [experiment('  variants:\n    - id: a\n      agent:\n        module: ./a.mjs\n        $0'), []],
    [experiment('  variants:\n    - id: a\n      preset: $0'), ['helper']],
    [experiment('  policies: $0'), ['- ', '[ ]']],
    [experiment('  limits:\n    $0'), ['steps', 'timeout', 'outputBytes']],
    [experiment('  env: [$0]'), []],
  ],
  environments: [
    [environment('  tools:\n    - input: { type: $0 }'), ['object', 'array', 'string', 'integer']],
    [environment('  tools:\n    - input: { properties: { to: { $0 } } }'), ['type', 'description']],
    [
      environment(
        '  tools:\n    - input:\n        properties:\n          to: { type: string }\n          at: {}\n        required: [to, $0]',
      ),
      ['at'],
    ],
    [
      environment('  tools:\n    - input:\n        properties:\n          to:\n            items:\n              $0'),
      ['type'],
    ],
    [environment('  $0'), ['module', 'tools']],
    [environment('  tools:\n    - $0'), ['tool', 'name', 'description', 'kind']],
    [environment('  tools:\n    - { name: a, kind: $0 }'), ['read', 'write', 'execute']],
    [environment('  tools:\n    - { name: a, risk: $0 }'), ['0', '1', '2', '3']],
    [environment('  tools:\n    - { name: a, tags: [$0] }'), ['send', 'mail']],
    [environment('  tools:\n    - name: a\n      input: $0'), ['type', 'description', 'properties', 'required']],
    [
      environment('  tools:\n    - name: a\n      input:\n        $0'),
      ['type', 'description', 'properties', 'required'],
    ],
    [
      environment(
        '  tools:\n    - name: a\n      targets: [$0]\n      input: { type: object, properties: { to: { type: string } } }',
      ),
      ['/to'],
    ],
  ],
  capsules: [
    [capsule('  $0'), ['workflow', 'presets', 'policies', 'personas']],
    [capsule('  workflow:\n    - $0'), ['step', 'id', 'preset', 'needs']],
    [capsule('  workflow:\n    - { id: a, preset: $0 }'), ['helper']],
    [capsule('  presets:\n    - $0'), ['path', 'digest', '{ }']],
    [capsule('  presets:\n    - path: $0'), ['./helper.preset.yaml', './agents/', './policies/']],
    [capsule('  permissions:\n    - $0'), ['tool', 'read', 'write', 'network']],
    [capsule('  permissions:\n    - tool: a\n      network: [$0]'), []],
  ],
  'policy tests': [
    [
      policytest('  environment: office\n  cases:\n    - before: [{ action: { tool: $0 } }]'),
      ['read_mail', 'send_mail'],
    ],
    [
      policytest('  environment: office\n  cases:\n    - before: [{ action: { tool: send_mail, input: { $0 } } }]'),
      ['to', 'urgent'],
    ],
    [
      policytest('  policies: [strict]\n  cases:\n    - expect:\n        rules:\n          - $0'),
      ['inside', 'helpers', 'sends'],
    ],
    [policytest('  policies: $0'), ['- ', '[ ]']],
    [policytest('  $0'), ['policies', 'cases', 'environment']],
    [policytest('  policies:\n    - $0'), ['strict', 'open']],
    [policytest('  cases:\n    - $0'), ['case', 'name', 'action', 'expect']],
    [policytest('  cases:\n    - name: a\n      action: { $0 }'), ['type', 'tool', 'input']],
    [policytest('  cases:\n    - name: a\n      action: { type: $0 }'), ['tool', 'model', 'message', 'resource']],
    [
      policytest('  environment: office\n  cases:\n    - name: a\n      action: { tool: $0 }'),
      ['read_mail', 'send_mail'],
    ],
    [
      policytest(
        '  environment: office\n  cases:\n    - name: a\n      action:\n        tool: send_mail\n        input:\n          $0',
      ),
      ['to', 'urgent'],
    ],
    [policytest('  cases:\n    - name: a\n      expect:\n        $0'), ['decision', 'rules']],
    [policytest('  cases:\n    - name: a\n      expect: { decision: $0 }'), ['allow', 'ask', 'deny', 'halt']],
    [policytest('  cases:\n    - name: a\n      signals: { tool.kind: $0 }'), ['read', 'write', 'execute']],
    [policytest('  cases:\n    - name: a\n      signals: { tool.tags: [$0] }'), ['send', 'mail']],
    [policytest('  cases:\n    - name: a\n      before:\n        - $0'), ['action', 'times', 'status', '{ }']],
    [policytest('  cases:\n    - name: a\n      before: [{ action: { tool: a }, status: $0 }]'), ['ok', 'failed']],
  ],
  'task sets': [
    [taskset('  $0'), ['tasks']],
    [taskset('  tasks:\n    - $0'), ['task', 'id', 'instruction', 'tags']],
    [taskset('  tasks:\n    - id: a\n      attack:\n        $0'), ['goal', 'channel']],
  ],
  'half typed and broken': [
    [
      'ki$0',
      ['capsule', 'environment', 'experiment', 'policy', 'policytest', 'preset', 'taskset', 'apiVersion', 'kind'],
    ],
    ['kind: Po$0', ['Policy']],
    ['apiVersion: $0', ['assay/v1']],
    ['apiVersion: assay/v1\nkind: Polizy\nspec:\n  $0', []],
    [policy('  rules:\n    - id: a\n      effect: "deny\n      $0'), ['on']],
    [policy('  rules:\n    - { id: a, effect: deny\n    - $0'), ['rule']],
    [policy('  rules:\n    - id: a\n      when: { tool.kind: [read, $0'), ['write', 'execute']],
    [policy('  rules:\n    - id: a\n      when: { all: [{ tool.kind: read }, { $0'), ['all', 'any', 'not']],
    [policy('  rules: [{ id: a, effect: deny }, { id: b, $0 }, { id: c }]'), ['effect']],
    [policy('  rules:\n    - id: a\n      when: {tool.kind: $0}'), ['read', 'write', 'execute']],
    [policy("  rules:\n    - id: a\n      when: { 'tool.kind': '$0' }"), ['read', 'write', 'execute']],
    [policy('  rules:\n    - id: a # $0'), []],
    [policy('  default: deny\n$0'), []],
    [policy('  default: deny\n\n\n  $0\n\n'), ['budgets', 'rules']],
    [policy('  default: deny\r\n  rules:\r\n    - $0\r\n'), ['rule', 'id']],
    [policy('  default: deny\n  ...\n$0'), []],
    [`# a comment\n---\n${preset('  start: $0\n  nodes: [{ id: go }]')}\n...\n`, ['go']],
    [`${policy('  default: deny')}\n--- # next\n${taskset('  tasks: [{ $0 }]')}`, ['id', 'instruction']],
    [policy('  rules:\n    - id: a\n      when: { tool.k$0 }\n'), ['all', 'any', 'not', 'action.type']],
    [policy('  during:\n    zone: Eu$0\n'), ['UTC']],
    [policy('  rules:\n    - id: a\n      effect:$0'), ['allow', 'ask', 'deny', 'halt']],
    [policy('  def$0\n  rules: []\n'), ['default', 'budgets', 'constitution', 'overlay']],
    [policy('  rules:\n    -$0'), ['rule', 'id', 'effect', 'on']],
    [policy('  rules: [{ id: a, effect: "$0 }]'), ['allow', 'ask', 'deny', 'halt']],
    [policy('  rules:\n    - id: a\n        $0'), []],
    [policy('  scope: { roles: [a]$0 }'), []],
    [policy('  scope: { roles: [a] }$0'), []],
    [policy('  scope: { roles: [a] }\n    $0'), []],
    [policy('  scope: { roles: [a]$0, nodes: [b] }'), []],
    [policy('  scope: { roles: [a], $0, nodes: [b] }'), ['tags']],
    [policy('  scope: { roles: [a], $0 nodes: [b] }'), ['tags']],
    [policy('  scope: { $0 nodes: [b] }'), ['roles', 'tags']],
    [policy('  scope: {\n    $0\n    nodes: [b]\n  }'), ['roles', 'tags']],
    [policy('  budgets: [{ id: a, per:$0 run, unit: calls, limit: 3 }]'), ['trial', 'agent']],
    [policy('  budgets: [{ id: a, unit: calls, limit: 3, "per":$0 "run" }]'), ['trial', 'agent']],
    [policy('  budgets: [{ id: a, unit: calls, limit: 3, per: $0 parent: b }]'), ['trial', 'agent']],
    [policy('  include: [$0 open]'), ['strict']],
    [policy('  include: [$0"open"]'), ['strict']],
    ['{\n  "apiVersion": "assay/v1",\n  $0\n  "metadata": { "name": "x" }\n}', ['kind']],
    [policy('  rules: [{ id: a, effect: deny, $0 when: { tool.risk: 3 } }]'), ['on', 'scope', 'unless']],
    [policy('  rules: [{ id: a } $0]'), []],
    [policy('  include: [strict] $0'), []],
    [policy('  rules:\n    - { id: a, when: { tool.risk: { atLeast: 3 }$0 } }'), []],
    [policy('  rules:\n    - { id: a, when: { tool.risk: 3 } }\n    - $0'), ['rule']],
    [policy('  rules:\n    - id: a\n   $0'), []],
    [
      `${policy('  default: deny\n')}---\napiVersion: assay/v1\nkind: $0`,
      ['Policy', 'PolicyTest', 'Preset', 'Capsule'],
    ],
    [`${policy('  default: deny\n')}---\n$0`, ['capsule', 'environment', 'experiment', 'policy']],
    [
      `${policy('  default: deny\n')}---\napiVersion: assay/v1\nkind: TaskSet\nmetadata: { name: a }\nspec:\n  tasks:\n    - $0\n---\n${policy('  default: x')}`,
      ['task', 'id', 'instruction', 'tags'],
    ],
    [policy('  rules:\n    - id: a\n      # why\n      $0'), ['effect', 'on', 'scope', 'when']],
    [policy('  rules:\n    - id: a\n\n\n      $0'), ['effect', 'on', 'scope', 'when']],
    [policy('  rules:\n\t- id: a\n\t  $0'), []],
    [preset('  environment: office\n  tools: [read_mail, $0, send_mail]'), []],
    [policy('  rules: [\n    { id: a,\n      effect: $0 },\n  ]'), ['allow', 'ask', 'deny', 'halt']],
    [preset('  environment: office\n  tools: [\n    read_mail,\n    $0\n  ]'), ['send_mail']],
    [policy('  rules:\n    - id: a\n      reason: hello $0'), []],
    [policy('  default: deny $0'), ['allow', 'ask', 'deny', 'halt']],
    [policy('  default: &d $0'), ['allow', 'ask', 'deny', 'halt']],
    [policy('  default: !!str $0'), ['allow', 'ask', 'deny', 'halt']],
  ],
};
const all = Object.values(cases).flat();

describe.each(Object.entries(cases))('%s', (_kind, table) => {
  test.each(table)('%j', (marked, first) => {
    const labels = offersAt(marked).map(({ label }) => label);
    expect(labels.slice(0, Math.max(1, first.length))).toEqual(first);
  });
});

/** The text once an offer is taken, as an editor writes it: further lines are indented like the line at the cursor. */
function taken(text: string, { insert, span }: Completion): string {
  const line = text.slice(text.lastIndexOf('\n', span.start - 1) + 1);
  const indent = /^ */.exec(line)?.[0] ?? '';
  return text.slice(0, span.start) + withoutStops(insert).replaceAll('\n', `\n${indent}`) + text.slice(span.end);
}

const breaks = /^yaml\/|^schema\/(unknown-key|exclusive-keys|unknown-kind)$/;
const problemsOf = (text: string) => diagnose(text, context).filter(({ code }) => breaks.test(code));

describe('taking an offer', () => {
  test.each(all.filter(([marked]) => problemsOf(atCursor(marked).text).length === 0))('%j', (marked) => {
    const { text } = atCursor(marked);
    for (const offer of offersAt(marked)) {
      const told = problemsOf(taken(text, offer)).map(({ code, message }) => `${code} ${message}`);
      expect(told, `${offer.label} gives\n${taken(text, offer)}`).toEqual([]);
    }
  });
});
