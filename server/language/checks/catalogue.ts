/**
 * Every code that a problem of a document can have, and where its page is. Codes are stable: people write them into
 * suppression comments. The messages are with the checks.
 */

/** By stage, each section of its page with the codes that it is about. */
export const catalogue: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  yaml: {
    'missing-char': ['missing-char'],
    'bad-indent': ['bad-indent'],
    'tab-as-indent': ['tab-as-indent'],
    'duplicate-key': ['duplicate-key'],
    'multiline-implicit-key': ['multiline-implicit-key'],
    'block-as-implicit-key': ['block-as-implicit-key'],
    'block-in-flow': ['block-in-flow'],
    'non-string-key': ['non-string-key'],
    'key-over-1024-chars': ['key-over-1024-chars'],
    'bad-scalar-start': ['bad-scalar-start'],
    'unexpected-token': ['unexpected-token'],
    'bad-dq-escape': ['bad-dq-escape'],
    'tag-resolve-failed': ['tag-resolve-failed'],
    'multiple-tags': ['multiple-tags'],
    'bad-collection-type': ['bad-collection-type'],
    'bad-directive': ['bad-directive'],
    'unknown-alias': ['unknown-alias'],
    'bad-alias': ['bad-alias'],
    'alias-props': ['alias-props'],
    'multiple-anchors': ['multiple-anchors'],
    'bad-prop-order': ['bad-prop-order'],
    'cyclic-alias': ['cyclic-alias'],
    'bad-merge': ['bad-merge'],
    'too-many-aliases': ['too-many-aliases'],
    'too-deep': ['too-deep'],
    'too-large': ['too-large'],
    'long-line': ['long-line'],
    // The parser's own word for what should never be.
    unreadable: ['unreadable', 'impossible'],
  },
  schema: {
    'empty-file': ['empty-file'],
    'not-a-mapping': ['not-a-mapping'],
    'missing-kind': ['missing-kind'],
    'unknown-kind': ['unknown-kind'],
    'unknown-key': ['unknown-key'],
    'missing-key': ['missing-key'],
    'exclusive-keys': ['exclusive-keys'],
    value: ['value'],
    type: ['type'],
    format: ['format'],
    comparator: ['comparator'],
    range: ['range'],
    length: ['length'],
    empty: ['empty'],
    'duplicate-item': ['duplicate-item'],
    invalid: ['invalid'],
  },
  meaning: {
    'duplicate-id': ['rule', 'budget', 'case', 'node', 'step', 'persona', 'variant', 'tool', 'task'].map(
      (noun) => `duplicate-${noun}`,
    ),
    'duplicate-name': ['duplicate-name'],
    'unknown-id': ['budget', 'node', 'step'].map((noun) => `unknown-${noun}`),
    'impossible-condition': ['impossible-condition'],
    'whole-day-window': ['whole-day-window'],
    'children-exceed-parent': ['children-exceed-parent'],
    'unanswerable-budget': ['unanswerable-budget'],
    'no-policy': ['no-policy'],
    'unlisted-tool': ['unlisted-tool'],
    'missing-tools': ['missing-tools'],
    'tool-input': ['tool-input'],
    'json-schema': ['json-schema'],
    'unreachable-target': ['unreachable-target'],
    'action-without-tool': ['action-without-tool'],
    'node-without-key': ['node-without-key'],
    'check-without-else': ['check-without-else'],
    'dead-end': ['dead-end'],
    'idle-key': ['idle-key'],
    'unreachable-node': ['unreachable-node'],
    'endless-cycle': ['endless-cycle'],
    'step-cycle': ['step-cycle'],
    'unknown-signal': ['unknown-signal'],
    'signal-value': ['signal-value'],
    'deprecated-key': ['deprecated-key'],
    'unused-anchor': ['unused-anchor'],
    'needless-suppression': ['needless-suppression'],
    'unknown-code': ['unknown-code'],
    'unknown-directive': ['unknown-directive'],
  },
  policy: {
    'out-of-range': ['out-of-range'],
    'reversed-range': ['reversed-range'],
    'inexact-number': ['inexact-number'],
    'misplaced-glob': ['misplaced-glob'],
    'upper-case-domain': ['upper-case-domain'],
    'odd-target': ['odd-target'],
    'limit-overflow': ['limit-overflow'],
    'parent-unit': ['parent-unit'],
    'parent-scope': ['parent-scope'],
    'parent-cycle': ['parent-cycle'],
    'duplicate-id': ['duplicate-id'],
    'unknown-pattern': ['unknown-pattern'],
    'signal-not-known-yet': ['signal-not-known-yet'],
    'ask-without-question': ['ask-without-question'],
    'overlay-with-default': ['overlay-with-default'],
    'unknown-zone': ['unknown-zone'],
    'unknown-time': ['unknown-time'],
    'never-valid': ['never-valid'],
    'renewal-without-beginning': ['renewal-without-beginning'],
    'renewal-too-long': ['renewal-too-long'],
    'include-cycle': ['include-cycle'],
    // A run finds these, when it reads a policy together with those that it includes.
    include: ['broken-include', 'unknown-include', 'unresolved-include'],
    // Editors show these under the codes of the schema; a host that reads a policy in another way names them so.
    'told-by-the-schema': [
      'unknown-signal',
      'unknown-comparator',
      'unknown-value',
      'unknown-day',
      'wrong-type',
      'negative-limit',
      'empty-condition',
      'unknown-parent',
    ],
  },
  reference: {
    'no-file': ['no-file'],
    'unknown-document': ['policy', 'preset', 'environment', 'task-set'].map((kind) => `unknown-${kind}`),
    ambiguous: ['ambiguous'],
    'wrong-kind': ['wrong-kind'],
    'outside-workspace': ['outside-workspace'],
    'unknown-rule': ['unknown-rule'],
    'unknown-tool': ['unknown-tool'],
    'undeclared-tool': ['undeclared-tool'],
    'undeclared-tag': ['undeclared-tag'],
    'undeclared-agent': ['role', 'node', 'variant'].map((noun) => `undeclared-${noun}`),
    'wrong-digest': ['wrong-digest'],
  },
  proof: {
    'never-matches': ['never-matches'],
    shadowed: ['shadowed'],
    redundant: ['redundant'],
    contradictory: ['contradictory'],
    'budget-infeasible': ['budget-infeasible'],
    'not-decided': ['not-decided'],
  },
};

const sectionOf: ReadonlyMap<string, string> = new Map(
  Object.entries(catalogue).flatMap(([stage, sections]) =>
    Object.entries(sections).flatMap(([section, names]) =>
      names.map((name) => [`${stage}/${name}`, section] as [string, string]),
    ),
  ),
);

/** All codes, such as `schema/unknown-key`. */
export const problemCodes: ReadonlySet<string> = new Set(sectionOf.keys());

/** A page of `docs/problems`, and one of its sections. */
interface ProblemPage {
  /** The name of the file. */
  readonly page: string;
  /** Null for codes that have no section of their own. */
  readonly section: string | null;
}

/** The page that explains a code; null for codes of no stage of a document. */
export function problemPage(code: string): ProblemPage | null {
  const [stage = ''] = code.split('/');
  if (catalogue[stage] === undefined) return null;
  return { page: `${stage}.md`, section: sectionOf.get(code) ?? null };
}
