/** Cases of policy tests that are made of situations: what they say, and that what is written reads as what was meant. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readGiven } from '../../server/engine/backtest/index.ts';
import { readDocuments } from '../../server/engine/documents/index.ts';
import {
  addCase,
  applyEdits,
  type CaseSituation,
  caseOf,
  caseText,
  type PolicyCase,
  policyTestText,
} from '../../server/language/index.ts';
import { policytest } from './cases.ts';

const situation: CaseSituation = {
  action: { type: 'tool', tool: 'pay', input: { iban: 'ES91', amountCents: 25000 } },
  signals: {
    'action.type': 'tool',
    'tool.cost': 250_000,
    'target.ids': ['ES91'],
    'agent.role': 'assistant',
    'tool.risk': { unknown: 'nobody says' },
    'time.utc': Date.UTC(2026, 2, 9, 10),
  },
  byHand: ['tool.cost', 'target.ids', 'target.domains', 'agent.role', 'tool.risk', 'time.utc'],
};

describe('a case', () => {
  test('gives by hand what it is told to, as documents write it', () => {
    const made = caseOf('no money', situation, { decision: 'deny', rules: ['known-payees'] });
    expect(caseText(made, 4)).toBe(`    - name: no money
      action: { tool: pay, input: { iban: ES91, amountCents: 25000 } }
      signals:
        tool.cost: 0.25
        target.ids: [ES91]
        target.domains: null
        agent.role: assistant
        tool.risk: { unknown: nobody says }
        time.utc: "2026-03-09T10:00:00Z"
      expect: { decision: deny, rules: [known-payees] }`);
  });

  test('describes a tool whose name is given by hand', () => {
    const described = { ...situation, byHand: ['tool.name'], signals: { 'tool.name': 'pay' } };
    const made = caseOf('no money', described, { decision: 'deny', rules: [] });
    expect([made.action, made.signals]).toEqual([
      { type: 'tool', input: situation.action.input },
      { 'tool.name': 'pay' },
    ]);
  });

  test('says the same signals when it is read', () => {
    const { signals } = caseOf('x', situation, { decision: 'deny', rules: [] });
    const { value, problems } = readGiven(signals ?? {});
    expect(problems).toEqual([]);
    for (const name of situation.byHand) expect(value.get(name as never), name).toEqual(situation.signals[name]);
  });
});

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('yes', 'null', '1e3', '- a', 'a: b', '#'),
);
const input = fc.dictionary(
  text.filter((key) => key !== '__proto__' && key.length < 200),
  fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      text,
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(
        text.filter((key) => key !== '__proto__'),
        tie('value'),
        { maxKeys: 4 },
      ),
    ),
  })).value,
  { maxKeys: 5 },
);

test('whatever the input holds, the case reads as it was meant', () => {
  fc.assert(
    fc.property(input, text, (value, name) => {
      const given = { ...situation, action: { type: 'tool', tool: 'pay', input: value } };
      const made = caseOf(name, given, { decision: 'deny', rules: [] });
      const [document] = readDocuments(policyTestText('made', { policies: ['strict'] }, [made]));
      expect(document?.problems).toEqual([]);
      expect(document?.value).toMatchObject({ spec: { policies: ['strict'], cases: [made] } });
    }),
  );
});

describe('a case is added', () => {
  const made: PolicyCase = { name: 'b', action: { tool: 'pay' }, expect: { decision: 'deny' } };
  const added = (spec: string, eol = '\n') => {
    const before = policytest(spec).replaceAll('\n', eol);
    const [document] = readDocuments(before);
    const edit = document && addCase(before, document, made);
    return edit ? applyEdits(before, [edit]).replace(policytest('').replaceAll('\n', eol), '') : null;
  };

  test.each<[name: string, before: string, after: string | null]>([
    [
      'at the end of a list, in its indentation',
      '  policies: [s]\n  cases:\n  - { name: a, action: { tool: t }, expect: { decision: deny } } # why\n',
      '  policies: [s]\n  cases:\n  - { name: a, action: { tool: t }, expect: { decision: deny } } # why\n  - name: b\n    action: { tool: pay }\n    expect: { decision: deny }\n',
    ],
    [
      'under a name of its own',
      '  cases:\n    - name: b\n      action: { tool: t }\n  policies: [s]\n',
      '  cases:\n    - name: b\n      action: { tool: t }\n    - name: b 2\n      action: { tool: pay }\n      expect: { decision: deny }\n  policies: [s]\n',
    ],
    [
      'to a list on one line',
      '  cases: [{ name: a }]\n',
      '  cases: [{ name: a }, { name: b, action: { tool: pay }, expect: { decision: deny } }]\n',
    ],
    ['nowhere, without a list', '  policies: [s]\n', null],
  ])('%s', (_, before, after) => {
    expect(added(before)).toBe(after);
  });

  test('with the line breaks of the file', () => {
    expect(added('  cases:\n    - name: a\n', '\r\n')).toBe(
      '  cases:\r\n    - name: a\r\n    - name: b\r\n      action: { tool: pay }\r\n      expect: { decision: deny }\r\n',
    );
  });
});
