/** Which texts are documents, and which documents are constitutions, may be one, or clearly are none. */
import { describe, expect, test } from 'vitest';
import {
  isDocumentText,
  mayBeConstitution,
  readDocuments,
  standingOf,
} from '../../../server/engine/documents/index.ts';

const rest = 'kind: Policy\nmetadata: { name: law }\nspec: { constitution: true, default: allow }\n';

describe('a document is recognised', () => {
  test.each([
    ['plain', `apiVersion: assay/v1\n${rest}`],
    ['of another version', `apiVersion: assay/v9\n${rest}`],
    ['with an anchor', `apiVersion: &a assay/v1\n${rest}`],
    ['with a tag', `apiVersion: !!str assay/v1\n${rest}`],
    ['with a tag and an anchor, in quotes', `"apiVersion" : !!str &a "assay/v1"\n${rest}`],
    ['with a comment before the value', `apiVersion: # which?\n  assay/v1\n${rest}`],
    ['as a block', `apiVersion: >-\n  assay/v1\n${rest}`],
    ['through an alias', `x: &a assay/v1\napiVersion: *a\n${rest}`],
    ['through a merge key', `x: &a { apiVersion: assay/v1 }\n<<: *a\n${rest}`],
    ['with escapes of JSON', '{"apiVersion": "assay\\/v1", "kind": "Policy"}'],
    ['with a byte order mark', `\uFEFFapiVersion: assay/v1\n${rest}`],
    ['behind another', `apiVersion: v1\nkind: Pod\n---\napiVersion: assay/v1\n${rest}`],
    ['that is broken', `apiVersion: assay/v1\nkind: [`],
  ])('%s', (_, text) => expect(isDocumentText(text)).toBe(true));

  test.each([
    ['of another program', 'apiVersion: apps/v1\nkind: Deployment\nimage: ghcr.io/assay/app\n'],
    ['that mentions documents', 'steps:\n  - run: npx assay validate # apiVersion of assay\n'],
    ['without a version', rest],
  ])('and not a text %s', (_, text) => expect(isDocumentText(text)).toBe(false));

  test('at once, whatever stands behind the key', () => {
    const long = '&!# '.repeat(100_000);
    const startedAtMs = performance.now();
    expect(isDocumentText(`apiVersion: ${long}`)).toBe(false);
    expect(performance.now() - startedAtMs).toBeLessThan(2_000);
  });
});

const policy = (spec: string, kind = 'Policy') =>
  `apiVersion: assay/v1\nkind: ${kind}\nmetadata: { name: law }\nspec:\n${spec.replaceAll(/^/gm, '  ')}\n`;

describe('a document is', () => {
  const standings = (text: string) => readDocuments(text).map((document) => standingOf(document, text));

  test.each([
    ['constitution', 'that says so', policy('constitution: true')],
    ['constitution', 'that says so and is broken', policy('constitution: true\nrules: [{ id: x, efect: deny }]')],
    ['unclear', 'with `yes`', policy('constitution: yes')],
    ['unclear', 'with a text', policy('constitution: "true"')],
    ['unclear', 'with a number', policy('constitution: 1')],
    ['unclear', 'with `on`', policy('constitution: on')],
    ['unclear', 'with nothing', policy('constitution:')],
    ['unclear', 'with a misspelt key', policy('constituton: true')],
    [
      'unclear',
      'with a misspelt key in quotes, and blanks',
      policy('"constituton" : true\nrules: [ { id: x, efect: deny } ]'),
    ],
    ['unclear', 'with a key in another language', policy('constitución: true')],
    ['unclear', 'with a misspelt key on a line before the colon', policy("'konstitution'\n  : true")],
    ['ordinary', 'with a key that is longer by far', policy('institutional-memory-of-all: true\nrules: []')],
    ['unclear', 'with the key at another place', `${policy('default: allow')}constitution: true\n`],
    ['unclear', 'of a kind in lower case', policy('constitution: true', 'policy')],
    ['unclear', 'of a misspelt kind, whatever it says', policy('default: allow', 'Polcy')],
    ['unclear', 'without a kind', 'apiVersion: assay/v1\nspec: { default: allow }\n'],
    ['unclear', 'of an unknown kind, that names it', policy('constitution: true', 'Law')],
    ['unclear', 'cut off in its head', 'apiVersion: assay/v1\nki'],
    ['unclear', 'cut off before `spec`', 'apiVersion: assay/v1\nkind: Policy\nmetadata: { name: law }\n'],
    ['unclear', 'cut off behind `spec`', 'apiVersion: assay/v1\nkind: Policy\nmetadata: { name: law }\nspec:\n'],
    ['unclear', 'cut off in its last rule', policy('rules:\n  - { id: a, effect: deny }\n  - id: b\n    when: {}')],
    ['unclear', 'cut off in a word', policy('default: allow\nconst')],
    ['unclear', 'that is no YAML', policy('rules: [')],
    [
      'unclear',
      'in whose text another may be lost',
      `${policy('tasks: "', 'TaskSet')}---\n${policy('constitution: true')}`,
    ],
    ['ordinary', 'without the key', policy('default: allow')],
    ['ordinary', 'that denies it', policy('constitution: false')],
    ['ordinary', 'of another kind, though it is broken', policy('tasks: 7', 'TaskSet')],
    ['ordinary', 'of another kind that speaks of one', policy('tasks: 7 # constitution', 'TaskSet')],
    [
      'ordinary',
      'with errors before a whole last rule',
      policy('rules:\n  - { id: a, efect: deny }\n  - { id: b, effect: deny }'),
    ],
    [
      'ordinary',
      'of another program',
      'apiVersion: v1\nkind: ClusterPolicy\nmetadata: { name: x }\nspec: { rules: [] }\n',
    ],
  ] as const)('%s: a policy %s', (standing, _, text) => expect(standings(text)[0]).toBe(standing));

  test('judged by itself where another of its file is broken in its own way', () => {
    const broken = policy('rules:\n  - { id: a, efect: deny }\n  - { id: b, effect: deny }');
    expect(standings(`${policy('constitution: true')}---\n${broken}`)).toEqual(['constitution', 'ordinary']);
  });
});

test.each([
  [true, 'apiversion: assay/v1\nkind: Policy\nspec: { constitution: true }\n'],
  [true, 'kind: Policy\nspec: { "constitution": true }\n'],
  [true, 'apiVersion assay/v1\nspec:\n  Constitution: yes\n'],
  [false, 'question: What does the constitution say?\nkind: civics\n'],
  [false, 'constitution: a file about ships\n'],
  [false, 'test:\n  script: npx assay policy decide constitution\n'],
])('that a text may be meant as a constitution is %s: %j', (expected, text) =>
  expect(mayBeConstitution(text)).toBe(expected),
);
