/** What is offered at the cursor: the labels that begin each list, and what is written when one is taken. */
import { describe, expect, test } from 'vitest';
import { complete, type LanguageContext } from '../../server/language/index.ts';
import { atCursor, experiment, policy, preset } from './cases.ts';

const labels = (marked: string, context: LanguageContext = {}) => {
  const { text, offset } = atCursor(marked);
  return complete(text, offset, context)
    .toSorted((a, b) => (a.order < b.order ? -1 : 1))
    .map((item) => item.label);
};

/** The text after the completion with this label has been taken. */
const taken = (marked: string, label: string) => {
  const { text, offset } = atCursor(marked);
  const item = complete(text, offset).find((each) => each.label === label);
  return item === undefined ? null : text.slice(0, item.span.start) + item.insert + text.slice(item.span.end);
};

describe('keys', () => {
  test.each<[string, string, string[]]>([
    [
      'of an empty file',
      '$0',
      [
        'capsule',
        'environment',
        'experiment',
        'policy',
        'policytest',
        'preset',
        'taskset',
        'apiVersion',
        'kind',
        'metadata',
        'spec',
      ],
    ],
    ['of a file with a version', 'apiVersion: assay/v1\n$0', ['kind', 'metadata', 'spec']],
    ['of a spec', policy('  $0'), ['default', 'budgets', 'rules']],
    ['of a new item', policy('  rules:\n    - $0'), ['rule', 'id', 'effect', 'when', 'unless', 'reason']],
    [
      'of an item, without those there',
      policy('  rules:\n    - id: a\n      $0\n      reason: r\n    - effect: deny\n'),
      ['effect', 'when', 'unless'],
    ],
    [
      'half typed, in a broken document',
      policy('  rules:\n  - id: a\n  - effect: deny\n    i$0\n  - reason: "open\n'),
      ['id', 'when', 'unless', 'reason'],
    ],
    ['of a list, where the dash is missing', policy('  rules:\n    $0'), ['- ', 'rule']],
    ['in a flow mapping', policy('  rules:\n    - { id: a, $0, reason: r }'), ['effect', 'when', 'unless']],
    [
      'in a flow mapping over lines',
      policy('  rules:\n    - { id: a,\n        $0\n      }'),
      ['effect', 'when', 'unless', 'reason'],
    ],
    [
      'comparators in flow style',
      policy('  rules:\n    - { id: a, when: { tool.risk: { $0 } } }'),
      ['is', 'not', 'atLeast', 'atMost', 'between', 'present'],
    ],
    [
      'comparators in block style',
      policy('  rules:\n    - when:\n        tool.tags:\n          $0'),
      ['anyOf', 'allOf', 'noneOf', 'only', 'present'].sort(),
    ],
    [
      'in the second document',
      `${policy('  default: deny')}\n---\n${preset('  model:\n    $0')}`,
      ['profile', 'temperature'],
    ],
    [
      'of a deeper level after a shallower one',
      experiment('  limits:\n    steps: 3\n  variants:\n    - id: a\n      agent:\n        $0'),
      ['module', 'command'],
    ],
    ['inside a block text: none', policy('  rules:\n    - id: a\n      reason: |\n        hello $0'), []],
    ['inside a comment: none', policy('  # $0'), []],
  ])('%s', (name, marked, expected) => {
    const found = labels(marked);
    expect(name.startsWith('comparators in block') ? found.toSorted() : found).toEqual(expected);
  });

  test('signals come with their names', () => {
    const found = labels(policy('  rules:\n    - id: a\n      when:\n        tool.$0'));
    expect(found).toEqual(expect.arrayContaining(['tool.kind', 'tool.risk', 'trial.failures', 'all', 'any', 'not']));
  });
});

describe('values', () => {
  test.each<[string, string, string[]]>([
    ['kinds', 'kind: $0', ['Policy', 'PolicyTest', 'Preset', 'Capsule', 'Experiment', 'Environment', 'TaskSet']],
    ['effects', policy('  default: d$0'), ['allow', 'ask', 'deny', 'halt']],
    ['effects over a wrong word', policy('  default: de$0nny # why'), ['allow', 'ask', 'deny', 'halt']],
    ['effects in flow style', policy('  rules: [{ id: a, effect: $0 }]'), ['allow', 'ask', 'deny', 'halt']],
    [
      'of a signal, with comparators',
      policy('  rules:\n    - when:\n        tool.kind: $0'),
      ['read', 'write', 'execute', 'is', 'not', 'anyOf', 'present'],
    ],
    ['default and examples', experiment('  limits:\n    timeout: $0'), ['60s', '30s']],
    [
      'budgets of the document',
      policy('  budgets:\n    - { id: all, unit: usd, limit: 5 }\n    - id: own\n      parent: $0'),
      ['all', 'own'],
    ],
    ['nodes of the document', preset('  start: $0\n  nodes:\n    - { id: a, type: end }'), ['a']],
  ])('%s', (_name, marked, expected) => {
    expect(labels(marked)).toEqual(expected);
  });

  test.each([
    ['a key', experiment('  environment: $0')],
    ['an item', experiment('  variants:\n    - id: a\n      policies:\n        - $0')],
    ['an item in flow style', experiment('  policies: [o, $0]')],
  ])('documents of the workspace at %s', (_name, marked) => {
    const context: LanguageContext = {
      path: 'e.yaml',
      workspace: {
        documents: (kind) => [{ kind, name: `the-${kind.toLowerCase()}`, path: 'x.yaml' }],
        resolve: (_from, reference) => reference,
        fileExists: () => true,
      },
    };
    expect(labels(marked, context)[0]).toMatch(/^the-(environment|policy)$/);
  });
});

describe('what is written', () => {
  test.each<[string, string, string, string]>([
    ['a key with a plain value', policy('  $0'), 'default', policy('  default: $0')],
    [
      'a key with required children',
      policy('  $0'),
      'rules',
      policy('  rules:\n  - id: $1\n    effect: $' + '{2|allow,ask,deny,halt|}'),
    ],
    ['a key before its colon', policy('  def$0ault: deny'), 'default', policy('  default: deny')],
    ['a value after a bare colon', policy('  default:$0'), 'deny', policy('  default: deny')],
    ['a value over another', policy('  default: d$0enny'), 'deny', policy('  default: deny')],
    ['a key in flow style', policy('  rules: [{ $0 }]'), 'id', policy('  rules: [{ id: $0 }]')],
    ['children behind a dash', policy('  rules:\n    - $0'), 'when', policy('  rules:\n    - when:\n    $0')],
  ])('%s', (_name, marked, label, expected) => {
    // Lines of an insertion are relative to the indentation of the line that it goes to.
    expect(taken(marked, label)).toBe(expected);
  });
});
