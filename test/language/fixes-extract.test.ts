/** A rule extracted into a policy of its own: what becomes of the files, and that no decision changes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { asKind } from '../../server/engine/documents/index.ts';
import {
  type CompiledPolicy,
  compilePolicy,
  factsOf,
  type PolicySource,
  type SignalRecord,
} from '../../server/engine/policy/index.ts';
import { createZoneOffsets } from '../../server/io/zones.ts';
import { extractRule } from '../../server/language/fixes/extract.ts';
import { diagnose, readSource } from '../../server/language/index.ts';
import { policies, signalRecords } from '../engine/policy/arbitraries.ts';
import { atCursor, capsule, policy, policytest } from './cases.ts';
import { around } from './workspace-view.ts';

type Files = Readonly<Record<string, string>>;

/** The files after the extraction of the rule at an offset of `here.yaml`; null where it is not offered. */
function extracted(files: Files, offset: number): Files | null {
  const text = files['here.yaml'] ?? '';
  const file = readSource(text);
  const document = file.documents.findLast(({ span }) => span.start <= offset);
  if (document === undefined) return null;
  const [fix] = extractRule({ file, document, context: around('here.yaml', files) }, offset);
  if (fix === undefined) return null;
  const after: Record<string, string> = { ...files };
  for (const change of fix.changes) {
    if (change.type === 'create') after[change.path] = change.text;
    else {
      const path = change.path ?? 'here.yaml';
      const edits = change.edits.toSorted((a, b) => b.span.start - a.span.start);
      for (const [index, { span, text: put }] of edits.entries()) {
        expect(span.end, 'edits must not touch').toBeLessThanOrEqual(edits[index - 1]?.span.start ?? Infinity);
        after[path] = (after[path] ?? '').slice(0, span.start) + put + (after[path] ?? '').slice(span.end);
      }
    }
  }
  return after;
}

const at = (marked: string, files: Files = {}) => {
  const { text, offset } = atCursor(marked);
  return extracted({ 'here.yaml': text, ...files }, offset);
};

const base = (spec: string) => policy(spec).replace('name: x', 'name: base');

describe('the files', () => {
  test('the old policy includes the new one', () => {
    const after = at(
      base(
        '  default: deny\n  # what is what\n  rules:\n    - id: reading\n      effect: allow\n      when: { tool.kind: read }\n    # money\n    - id: no-mo$0ney\n      effect: deny\n      when:\n        tool.tags: money\n      reason: |\n        it is\n          ours\n',
      ),
    );
    expect(after).toEqual({
      'no-money.policy.yaml': `apiVersion: assay/v1
kind: Policy
metadata:
  name: no-money
spec:
  overlay: true
  rules:
    # money
    - id: no-money
      effect: deny
      when:
        tool.tags: money
      reason: |
        it is
          ours
`,
      'here.yaml': base(
        '  default: deny\n  include: [no-money]\n  # what is what\n  rules:\n    - id: reading\n      effect: allow\n      when: { tool.kind: read }\n',
      ),
    });
  });

  const rulesOf = (after: Files | null) => after?.['a.policy.yaml']?.split('  overlay: true\n')[1];
  const next = '    # of b\n    - { id: b, effect: deny }\n';

  test.each<[string, string, string?]>([
    ['behind the last value', '    - id: $0a\n      effect: deny # legal asked\n'],
    ['behind brackets', '    - { id: $0a, effect: deny } # legal asked\n'],
    [
      'above, inside and at the end',
      '    # why\n    # and how\n    - id: $0a\n      # what\n      effect: deny\n\n      # end\n',
    ],
    ['of what is before it', '    - { id: c, effect: deny } # c\n', '    - { id: $0a, effect: deny }\n'],
    ['apart from it', '  # of all\n\n', '    - { id: $0a, effect: deny } # why\n'],
  ])('comments go with the rule they belong to: %s', (_name, first, second) => {
    const [stays, goes] = second === undefined ? ['', first] : [first, second];
    const after = at(base(`  rules:\n${stays}${goes}${next}`));
    expect(after?.['here.yaml']).toBe(base(`  include: [a]\n  rules:\n${stays}${next}`));
    expect(rulesOf(after)).toBe(`  rules:\n${goes.replace('$0', '')}`);
  });

  test.each(['', '  include: [other]\n'])('the last rule takes the comments of its list along: %j', (include) => {
    const rules = '  rules: # all of them\n    # why\n    - id: a$0\n      effect: deny # legal asked\n      # end\n';
    const after = at(base(`  default: deny\n${include}${rules}  # of the scope\n  scope: { roles: [x] }\n`));
    const list = include === '' ? '  include: [a]\n' : '  include: [other, a]\n';
    expect(after?.['here.yaml']).toBe(base(`  default: deny\n${list}  # of the scope\n  scope: { roles: [x] }\n`));
    expect(rulesOf(after)).toBe(rules.replace('$0', ''));
  });

  test('comments in brackets that go over several lines', () => {
    const after = at(
      base('  rules: [\n    # why\n    { id: $0a, effect: deny }, # legal asked\n    { id: b, effect: deny }\n  ]\n'),
    );
    expect(after?.['here.yaml']).toBe(base('  include: [a]\n  rules: [\n    { id: b, effect: deny }\n  ]\n'));
    expect(rulesOf(after)).toBe('  rules:\n    # why\n    - { id: a, effect: deny } # legal asked\n');
  });

  test.each([
    [
      'the last rule goes with its list',
      base('  rules:\n    - { id: $0a, effect: allow }\n'),
      base('  include: [a]\n'),
    ],
    [
      'beside what is included already',
      base('  include: [other]\n  rules:\n    - { id: $0a, effect: deny }\n    - { id: b, effect: deny }\n'),
      base('  include: [other, a]\n  rules:\n    - { id: b, effect: deny }\n'),
    ],
    [
      'the last rule, beside what is included already',
      base('  rules:\n    - { id: $0a, effect: deny }\n  include:\n    - other\n'),
      base('  include:\n    - other\n    - a\n'),
    ],
    [
      'in brackets',
      base('').replace('spec:\n', 'spec: { rules: [{ id: $0a, effect: deny }, { id: b, effect: deny }] }\n'),
      base('').replace('spec:\n', 'spec: { include: [a], rules: [{ id: b, effect: deny }] }\n'),
    ],
  ])('%s', (_name, marked, expected) => {
    expect(at(marked)?.['here.yaml']).toBe(expected);
  });

  const two = base('  rules:\n    - { id: no-p$0ay, effect: deny }\n    - { id: b, effect: deny }\n');

  test('a test that expects the rule finds it, by either name', () => {
    const cases = (name: string) =>
      policytest(
        `  policies: [base]\n  cases:\n    - { name: a, action: { tool: pay }, expect: { decision: deny, rules: [${name}/no-pay, no-pay, base/b] } }\n`,
      );
    const after = at(two, { 't.yaml': cases('base') });
    expect(after?.['t.yaml']).toBe(cases('no-pay'));
    expect(diagnose(after?.['t.yaml'] ?? '', around('t.yaml', after ?? {})).map(({ message }) => message)).toEqual([]);
  });

  test('a capsule that holds the policy holds the new one', () => {
    const after = at(two, { 'sub/c.yaml': capsule('  policies:\n    - path: ../here.yaml\n') });
    expect(after?.['sub/c.yaml']).toBe(
      capsule('  policies:\n    - path: ../here.yaml\n    - path: ../no-pay.policy.yaml\n'),
    );
  });

  test.each([
    [
      'a rule with an alias',
      base(
        '  rules:\n    - { id: b, effect: deny, when: &w { tool.risk: 1 } }\n    - { id: $0a, effect: deny, when: *w }\n',
      ),
    ],
    [
      'a broken policy',
      base('  default: x\n  rules:\n    - { id: $0a, effect: deny }\n    - { id: b, effect: deny }\n'),
    ],
    [
      'a rule that reads patterns of its policy',
      base(
        '  patterns: [{ id: secret, texts: [key] }]\n  rules:\n    - { id: $0a, on: observation, effect: deny, when: { observation.patterns: secret } }\n    - { id: b, effect: deny }\n',
      ),
    ],
  ])('it is not offered for %s', (_name, marked) => {
    expect(at(marked)).toBeNull();
  });
});

const zones = createZoneOffsets();

/** The policy of a name, compiled from files. */
function compiled(files: Files, name: string): CompiledPolicy {
  const source = (wanted: string): PolicySource | null => {
    for (const [path, text] of Object.entries(files))
      for (const document of readSource(text).documents) {
        const found = asKind(document, 'Policy');
        if (found?.metadata.name === wanted)
          return { policy: found, digest: `sha256:${path}`, lineOf: () => undefined, include: source, zones };
      }
    return null;
  };
  const found = source(name);
  if (found === null) throw new Error(`there is no policy \`${name}\``);
  const { value, problems } = compilePolicy(found);
  expect(problems).toEqual([]);
  if (value === null) throw new Error('unreachable');
  return value;
}

/** All that a policy says of signals, apart from where its rules stand. */
function says({ evaluate, evaluateObservation }: CompiledPolicy, record: SignalRecord): unknown {
  const ask = (speak: typeof evaluate) => {
    const { causes, isCertain } = speak(factsOf(record));
    const said = causes.map(({ kind, id, effect, unknown, ask: question }) =>
      JSON.stringify({ kind, id, effect, unknown, question }),
    );
    return [isCertain, said.sort()];
  };
  return [ask(evaluate), ask(evaluateObservation)];
}

const team = policy('  default: allow\n  scope: { roles: [a*] }\n  include: [random]\n').replace(
  'name: x',
  'name: team',
);

/** What policies may say of themselves besides their rules. */
const more = fc.record(
  {
    constitution: fc.constant(true),
    ask: fc.constantFrom({ who: ['security'], wait: '30m' }, { wait: '1h' }),
    include: fc.constant(['other']),
  },
  { requiredKeys: [] },
);
const other = policy('  rules: [{ id: theirs, effect: ask, when: { tool.risk: 3 } }]\n').replace(
  'name: x',
  'name: other',
);

test('what is decided before is decided after, by the policy and by those that include it', () => {
  let offered = 0;
  fc.assert(
    fc.property(
      policies,
      more,
      fc.constantFrom(0, 60, 1_000),
      fc.array(signalRecords, { minLength: 6, maxLength: 6 }),
      ({ spec, ...head }, extra, lineWidth, records) => {
        const text = stringify(
          { ...head, spec: { ...extra, ...spec } },
          { lineWidth, collectionStyle: lineWidth === 1_000 ? 'flow' : 'any' },
        );
        const files = { 'here.yaml': text, 'team.yaml': team, 'other.yaml': other };
        for (const { id } of (spec.rules ?? []).slice(0, 1)) {
          const document = readSource(text).documents[0];
          const place = document?.locate(['spec', 'rules', Number(id.slice(1)), 'id'])?.value.start ?? -1;
          const after = extracted(files, place);
          if (after === null) continue;
          offered++;
          for (const name of ['random', 'team']) {
            const [before, now] = [compiled(files, name), compiled(after, name)];
            expect(now.constitution).toBe(before.constitution);
            for (const record of records) expect(says(now, record), text).toEqual(says(before, record));
          }
        }
      },
    ),
    { numRuns: 20 },
  );
  // Two in three random rules lean on something else of their policy.
  expect(offered).toBeGreaterThan(0);
}, 120_000);
