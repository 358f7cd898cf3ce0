/** Each kind of finding once in small: what is found, what is not, and that the example policies are sound. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { asKind, type Condition, type Policy, readDocuments } from '../../../server/engine/documents/index.ts';
import { compilePolicy, factsOf, type PolicySource } from '../../../server/engine/policy/index.ts';
import { createProver, type DeclaredTool, horizonFrom } from '../../../server/engine/policy/prove/index.ts';

const horizon = horizonFrom(Date.UTC(2026, 0, 1));
const tools: readonly DeclaredTool[] = [
  { name: 'read_mail', kind: 'read', risk: 1 },
  { name: 'pay', kind: 'write', risk: 4, cost: 2, tags: ['money'], targets: ['/iban'] },
];

/** Ids that are there twice are a fault of one document, so each rule comes in one of its own. */
function compiledOf(spec: Policy['spec']) {
  const of = (own: Policy['spec']) => {
    const policy: Policy = { apiVersion: 'assay/v1', kind: 'Policy', metadata: { name: 'p' }, spec: own };
    const { value, problems } = compilePolicy({ policy, digest: 'sha256:0', lineOf: ([, , at]) => Number(at) + 1 });
    if (value === null) throw new Error(JSON.stringify(problems));
    return value;
  };
  const { rules = [], ...head } = spec;
  const isTwice = new Set(rules.map(({ id }) => id)).size < rules.length;
  if (!isTwice) return of(spec);
  return { ...of(head), rules: rules.flatMap((rule) => of({ ...head, rules: [rule] }).rules) };
}

function prove(spec: Policy['spec'], declared: readonly DeclaredTool[] | null = null) {
  const value = compiledOf(spec);
  return createProver().prove({ policies: [value], tools: declared, horizon });
}

type Rules = NonNullable<Policy['spec']['rules']>;
const a: Rules[number] = { id: 'a', effect: 'allow' };
const d: Rules[number] = { id: 'd', effect: 'deny' };
const rules = (...list: Rules): Policy['spec'] => ({ default: 'deny', rules: list });
const open = (...list: Rules): Policy['spec'] => ({ default: 'allow', rules: list });

const cases: [name: string, spec: Policy['spec'], found: string[]][] = [
  [
    'a count above the one that holds it',
    rules({ ...a, when: { 'trial.failures': { atMost: 1 }, 'trial.consecutiveFailures': { atLeast: 2 } } }),
    ['never-matches a'],
  ],
  [
    'a signal of another type of action',
    rules({ ...a, when: { 'action.type': 'model', 'tool.kind': 'read' } }),
    ['never-matches a'],
  ],
  ['a rule that is over', rules({ ...a, until: '2025-01-01' }), ['never-matches a']],
  [
    'hours that share nothing',
    rules({
      ...a,
      during: { from: '09:00', to: '10:00' },
      validFrom: '2026-02-01T11:00:00Z',
      until: '2026-02-01T12:00:00Z',
    }),
    ['never-matches a'],
  ],
  [
    'a glob and a literal outside it',
    rules({ ...a, when: { 'tool.name': 'send*' }, unless: { 'tool.name': 's*' } }),
    ['never-matches a'],
  ],
  [
    'tags that exclude each other',
    rules({ ...a, when: { 'tool.tags': { allOf: ['x', 'y'], only: ['x*'] } } }),
    ['never-matches a'],
  ],
  ['known nowhere', open({ ...d, when: { 'tool.risk': { atLeast: 3, atMost: 2 } } }), ['never-matches d']],
  [
    'an allow inside a deny',
    rules({ ...a, when: { 'tool.name': 'pay' } }, { ...d, when: { 'tool.name': 'p*' } }),
    ['shadowed a d'],
  ],
  [
    'shadowed by a union',
    rules(
      { ...a, when: { 'tool.name': 'pay' } },
      { ...a, id: 'b' },
      { ...d, when: { 'tool.risk': { atLeast: 3 } } },
      { ...d, id: 'e', when: { 'tool.risk': { atMost: 2 } } },
    ),
    ['shadowed a d e'],
  ],
  ['a deny inside an allow', rules(a, { ...d, when: { 'tool.name': 'pay' } }), []],
  [
    'twice the same',
    open({ ...d, when: { 'tool.kind': 'write' } }, { ...d, id: 'e', when: { 'tool.kind': 'write' } }),
    ['redundant e d'],
  ],
  ['what the default says', open({ ...a, when: { 'tool.kind': 'read' } }), ['redundant a']],
  [
    'an address of another domain',
    rules({ ...a, when: { 'target.ids': { only: ['bob@evil.com', 'ES91'] }, 'target.domains': 'good.com' } }),
    ['never-matches a'],
  ],
  [
    'no address, but a domain',
    rules({ ...a, when: { 'target.ids': { only: ['ES91'] }, 'target.domains': { present: true } } }),
    ['never-matches a'],
  ],
  [
    'addresses in the domains that are denied',
    rules(
      { ...a, when: { 'target.ids': { only: ['bob@evil.com', 'eve@evil.com'] } } },
      { ...d, when: { 'target.domains': 'evil.com' } },
    ),
    ['shadowed a d'],
  ],
  [
    'an address among others',
    rules({ ...a, when: { 'target.ids': 'bob@evil.com', 'target.domains': 'good.com' } }),
    [],
  ],
  [
    'one asks security and one finance',
    open(
      { id: 's', effect: 'ask', when: { 'tool.kind': 'write' }, ask: { who: ['security'] } },
      { id: 'f', effect: 'ask', when: { 'tool.kind': 'write' }, ask: { who: ['finance'] } },
    ),
    [],
  ],
  [
    'one waits longer',
    open(
      { id: 's', effect: 'ask', when: { 'tool.kind': 'write' }, ask: { wait: '5m' } },
      { id: 'f', effect: 'ask', when: { 'tool.kind': 'write' } },
    ),
    ['redundant f s'],
  ],
  [
    'one waits less long',
    open(
      { id: 's', effect: 'ask', when: { 'tool.kind': 'write' } },
      { id: 'f', effect: 'ask', when: { 'tool.kind': 'write', 'tool.risk': 3 }, ask: { wait: '5m' } },
    ),
    [],
  ],
  [
    'one asks the same people, another waits less long',
    open(
      { id: 's', effect: 'ask', when: { 'tool.kind': 'write' }, ask: { who: ['security'], wait: '5m' } },
      { id: 'f', effect: 'ask', when: { 'tool.kind': 'write' }, ask: { who: ['finance'], wait: '30m' } },
      { id: 'g', effect: 'ask', when: { 'tool.kind': 'write', 'tool.risk': 3 }, ask: { who: ['finance'] } },
    ),
    ['redundant g s f'],
  ],
  [
    'the default asks the same people and waits less long',
    { default: 'ask', rules: [{ id: 's', effect: 'ask', when: { 'tool.kind': 'write' }, ask: { wait: '30m' } }] },
    [],
  ],
  [
    'both ask the same',
    open(
      { id: 's', effect: 'ask', when: { 'tool.kind': 'write' }, ask: { who: ['a', 'b'] } },
      { id: 'f', effect: 'ask', when: { 'tool.kind': 'write', 'tool.risk': 3 }, ask: { who: ['b', 'a'] } },
    ),
    ['redundant f s'],
  ],
  [
    'the default asks somebody else',
    { default: 'ask', rules: [{ id: 's', effect: 'ask', when: { 'tool.kind': 'write' }, ask: { who: ['security'] } }] },
    [],
  ],
  ['it only hides', open({ ...a, when: { 'tool.name': 'pay' }, obligations: { redact: ['/iban'] } }), []],
  [
    'others hide and note as much',
    open(
      { ...a, when: { 'tool.name': 'pay' }, obligations: { redact: ['/iban'], log: 'info' } },
      { ...a, id: 'b', when: { 'tool.name': 'p*' }, obligations: { redact: ['/iban', '/to'] } },
      { ...d, when: { 'tool.kind': 'write' }, obligations: { log: 'warning' } },
      { ...d, id: 'e', when: { 'tool.kind': { not: 'write' }, 'tool.name': 'pay' }, obligations: { log: 'info' } },
    ),
    ['shadowed a d e'],
  ],
  [
    'bounds that meet',
    rules({ ...a, when: { 'tool.risk': { atMost: 3 } } }, { ...d, when: { 'tool.risk': { atLeast: 3 } } }),
    ['contradictory a d'],
  ],
  [
    'bounds that do not',
    rules({ ...a, when: { 'tool.risk': { atMost: 2 } } }, { ...d, when: { 'tool.risk': { atLeast: 3 } } }),
    ['redundant d'],
  ],
];

test.each(cases)('%s', (_, spec, found) => {
  const { findings, undecided } = prove(spec);
  expect(undecided).toEqual([]);
  expect(
    findings.map(({ code, places }) => [code.replace('proof/', ''), ...places.map(({ id }) => id)].join(' ')),
  ).toEqual(found);
  for (const { message, places } of findings) {
    expect(message).toMatch(/^[a-z`].*[^.]$/);
    expect(places.every(({ line }) => line !== undefined)).toBe(true);
  }
});

test('whom a default asks is asked beside a rule that may match, and one that asks the same of another policy adds nothing', () => {
  const inside = { 'target.domains': { only: ['acme.example'] } };
  const policies = (who: string) => [
    compiledOf({
      default: 'ask',
      ask: { who: ['security'] },
      rules: [{ id: 'inside', effect: 'ask', when: inside, ask: { who: ['office'] } }],
    }),
    compiledOf(open({ id: 'unseen', effect: 'ask', when: { 'target.domains': 'evil.example' }, ask: { who: [who] } })),
  ];
  const found = (who: string) => {
    const { findings } = createProver().prove({ policies: policies(who), horizon });
    return findings.map(({ code, places }) => [code, places.map(({ id }) => id)]);
  };
  const facts = factsOf({ 'action.type': 'tool', 'target.domains': { unknown: 'lost' } });
  const asked = (all: ReturnType<typeof policies>) =>
    all.flatMap((policy) => policy.evaluate(facts).causes.flatMap(({ ask }) => ask?.who ?? []));
  expect(asked(policies('security'))).toEqual(['office', 'security', 'security']);
  expect(found('security')).toEqual([['proof/redundant', ['unseen']]]);
  expect(asked(policies('security').slice(0, 1))).toEqual(['office', 'security']);
  expect(found('legal')).toEqual([]);
});

test('what is outdone but hides, or keeps a default off, is not advised to be deleted', () => {
  const fixesOf = (one: Rules[number], fallback: Policy['spec']['default'] = 'deny') => {
    const { findings } = prove({ default: fallback, rules: [{ ...one, when: { 'tool.name': 'pay' } }, d] });
    const finding = findings.find(({ places }) => places[0]?.id === one.id);
    return [finding?.message, finding?.fixes.map(({ kind }) => kind)];
  };
  expect(fixesOf(a)).toEqual(['`a` has no effect: wherever it matches, `d` is stronger', ['delete', 'narrow']]);
  const never = '`a` never decides: wherever it matches, `d` is stronger';
  expect(fixesOf({ ...a, obligations: { redact: ['/iban'] } })).toEqual([never, ['narrow']]);
});

const budgets: [name: string, budgets: NonNullable<Policy['spec']['budgets']>, found: string | null][] = [
  [
    'children above their parent',
    [
      { id: 'all', unit: 'calls', limit: 5 },
      { id: 'x', unit: 'calls', limit: 3, parent: 'all' },
      { id: 'y', unit: 'calls', limit: 3, parent: 'all' },
    ],
    'all x y',
  ],
  [
    'children that fit',
    [
      { id: 'all', unit: 'calls', limit: 6 },
      { id: 'x', unit: 'calls', limit: 3, parent: 'all', when: { 'tool.kind': 'read' } },
      { id: 'y', unit: 'calls', limit: 3, parent: 'all', when: { 'tool.kind': 'write' } },
    ],
    null,
  ],
  ['one action is too much', [{ id: 'spend', unit: 'usd', limit: 1 }], 'spend'],
  [
    'nothing that is counted costs anything',
    [{ id: 'spend', unit: 'usd', limit: 9, when: { 'tool.name': 'read_mail' } }],
    'spend',
  ],
  [
    'nothing that is counted is allowed',
    [{ id: 'runs', unit: 'calls', limit: 9, when: { 'tool.kind': 'execute', 'tool.risk': 5 } }],
    'runs',
  ],
  ['what is counted is asked about', [{ id: 'risky', unit: 'calls', limit: 9, when: { 'tool.risk': 4 } }], null],
  [
    'a tighter one counts the same',
    [
      { id: 'few', unit: 'calls', limit: 2, per: 'run' },
      { id: 'many', unit: 'calls', limit: 5 },
    ],
    'many few',
  ],
  [
    'a tighter one for some',
    [
      { id: 'few', unit: 'calls', limit: 2, when: { 'tool.kind': 'read' } },
      { id: 'many', unit: 'calls', limit: 5 },
    ],
    null,
  ],
];

test.each(budgets)('budget: %s', (_, list, found) => {
  const spec = open(
    { id: 'r', effect: 'deny', when: { 'tool.risk': 5 } },
    { id: 's', effect: 'ask', when: { 'tool.risk': 4 } },
  );
  const { findings, undecided } = prove({ ...spec, budgets: list }, tools);
  expect(undecided).toEqual([]);
  const told = findings.filter(({ code }) => code === 'proof/budget-infeasible');
  expect(told.map(({ places }) => places.map(({ id }) => id).join(' '))).toEqual(found === null ? [] : [found]);
});

test('a witness says what a test has to give by hand, and what is decided', () => {
  const [finding] = prove(
    rules({ ...a, when: { 'tool.name': 'pay' } }, { ...d, when: { 'tool.kind': 'write' } }),
  ).contradictions();
  expect(finding?.witness()).toMatchObject({
    title: 'd wins over a',
    action: { type: 'tool', tool: 'pay' },
    byHand: ['tool.name', 'tool.kind'],
    signals: { 'tool.name': 'pay', 'tool.kind': 'write' },
    decision: 'deny',
    rules: ['d'],
  });
});

test.each<[name: string, rule: Rules[number], message: string | undefined, fixes: string[]]>([
  [
    'what cannot be known',
    { ...d, when: { all: [{ 'tool.kind': 'read' }, { 'tool.kind': 'write' }] } },
    '`d` never matches what is known: only where `tool.kind` is unknown does it hold back',
    [],
  ],
  [
    'two that cannot be known',
    { ...d, when: { 'tool.risk': { atLeast: 3, atMost: 2 }, 'tool.name': 'pay' } },
    '`d` never matches what is known: only where `tool.name` and `tool.risk` are unknown does it hold back',
    [],
  ],
  [
    'one of two that hold each other',
    { ...d, when: { 'trial.consecutiveFailures': { atLeast: 3 }, 'trial.failures': { atMost: 2 }, 'tool.risk': 3 } },
    '`d` never matches what is known: only where `trial.failures` or `trial.consecutiveFailures` is unknown does it hold back',
    [],
  ],
  [
    'domains of ids that are known',
    { ...d, when: { 'target.ids': 'a@b.example', 'target.domains': { noneOf: ['b.example'] } } },
    '`d` never matches what is known: only where `target.domains` is unknown does it hold back',
    [],
  ],
  [
    'a time to come',
    { ...d, validFrom: '2029-01-01' },
    '`d` never matches within the 400 days from 2026-01-01; it may later, and `assay policy prove --days` looks further ahead',
    [],
  ],
  [
    'a number of milliseconds to come',
    { ...d, when: { 'time.utc': { atLeast: Date.UTC(2029, 0, 1) } } },
    '`d` never matches within the 400 days from 2026-01-01; it may later, and `assay policy prove --days` looks further ahead',
    [],
  ],
  [
    'a time that is over',
    { ...d, until: '2025-01-01' },
    '`d` never matches: its time, or that of its policy, is over',
    ['delete'],
  ],
  [
    'a time that is over, under a condition that could be met',
    { ...d, until: '2025-01-01', when: { 'tool.kind': 'read' } },
    '`d` never matches: its time, or that of its policy, is over',
    ['delete'],
  ],
  [
    'a time that is over, under a condition that never could be met',
    { ...d, until: '2025-01-01', when: { 'action.type': 'model', 'tool.kind': 'read' } },
    '`d` never matches: no possible action meets its condition',
    ['delete'],
  ],
  [
    'weekdays in a weekend to come',
    { ...d, during: { days: ['mon-fri'] }, validFrom: '2026-10-03', until: '2026-10-05' },
    '`d` never matches: its times and those of its policy leave no moment at which it is in force',
    ['delete'],
  ],
  [
    'nothing at a time to come',
    { ...d, validFrom: '2029-01-01', when: { 'action.type': 'model', 'tool.kind': 'read' } },
    '`d` never matches: no possible action meets its condition',
    ['delete'],
  ],
  ['a time that has come', { ...d, validFrom: '2026-10-01' }, undefined, []],
])('of %s it is told when it never matches', (_, rule, message, fixes) => {
  const { findings } = prove(open(rule), rule.when?.['tool.name'] === undefined ? null : tools);
  expect(findings.map((finding) => [finding.message, finding.fixes.map(({ kind }) => kind)])).toEqual(
    message === undefined ? [] : [[message, fixes]],
  );
});

const within = ' within the 400 days from 2026-01-01';
const e: Rules[number] = { id: 'e', effect: 'deny' };
const written: Rules[number]['when'] = { 'tool.kind': 'write' };
const after2030 = { 'time.utc': { atLeast: Date.UTC(2030, 0, 1) } };

test.each<[name: string, spec: Policy['spec'], message: string, fixes: string[]]>([
  [
    'what it repeats ends',
    open({ ...d, when: written, until: '2030-01-01' }, { ...e, when: written }),
    `\`e\` changes no decision${within}: without it, \`d\` and the defaults decide the same; later it may matter`,
    [],
  ],
  [
    'both end together',
    open({ ...d, when: written, until: '2030-01-01' }, { ...e, when: written, until: '2030-01-01' }),
    '`e` changes no decision: without it, `d` and the defaults decide the same',
    ['delete'],
  ],
  [
    'both end together, by the millisecond',
    open(
      { ...d, when: { ...written, 'time.utc': { atMost: 1893456000000 } } },
      { ...e, when: { ...written, 'time.utc': { atMost: 1893456000000 } } },
    ),
    '`e` changes no decision: without it, `d` and the defaults decide the same',
    ['delete'],
  ],
  [
    'what it guards against has begun, but its hours have not come yet',
    rules({ ...a, when: written, validFrom: '2027-02-04', during: { days: ['mon'] } }, { ...e, when: written }),
    `\`e\` changes no decision${within}: without it, the default decides the same; later it may matter`,
    [],
  ],
  [
    'it ends before the other does',
    open({ ...d, when: written, until: '2030-01-01' }, { ...e, when: written, until: '2029-01-01' }),
    '`e` changes no decision: without it, `d` and the defaults decide the same',
    ['delete'],
  ],
  [
    'something else ends',
    open({ ...d, when: { 'tool.kind': 'read' }, until: '2030-01-01' }, { ...a, when: written }),
    '`a` changes no decision: without it, the default decides the same',
    ['delete'],
  ],
  [
    'what it guards against is allowed later',
    rules({ ...a, when: written, validFrom: '2030-01-01' }, { ...e, when: written }),
    `\`e\` changes no decision${within}: without it, the default decides the same; later it may matter`,
    [],
  ],
  [
    'it holds of more later',
    open({ ...d, when: written }, { ...e, when: { any: [written, after2030] } }),
    `\`e\` changes no decision${within}: without it, \`d\` and the defaults decide the same; later it may matter`,
    [],
  ],
  [
    'what is stronger ends',
    rules({ ...a, when: written }, { ...d, when: { 'tool.kind': 'write' }, until: '2030-01-01' }),
    `\`a\` has no effect${within}: wherever it matches, \`d\` is stronger; later it may matter`,
    ['narrow'],
  ],
  [
    'what is stronger is renewed less often than is looked ahead',
    rules(
      { ...a, when: written },
      { ...d, when: written, validFrom: '2026-01-01', renew: { every: '1000d', for: '500d' } },
    ),
    `\`a\` has no effect${within}: wherever it matches, \`d\` is stronger; later it may matter`,
    ['narrow'],
  ],
  [
    'what is stronger has begun',
    rules({ ...a, when: written }, { ...d, when: written, validFrom: '2025-01-01' }),
    '`a` has no effect: wherever it matches, `d` is stronger',
    ['delete', 'narrow'],
  ],
  [
    'hours of the week are all there is',
    open(
      { ...d, when: written, during: { from: '09:00', to: '17:00' } },
      { ...e, when: written, during: { from: '10:00', to: '11:00' } },
    ),
    '`e` changes no decision: without it, `d` and the defaults decide the same',
    ['delete'],
  ],
  [
    'hours of the week that exclude each other, as they always will',
    {
      ...open({ ...e, when: written, during: { from: '18:00', to: '20:00' } }),
      during: { from: '09:00', to: '17:00' },
    },
    '`e` never matches: its times and those of its policy leave no moment at which it is in force',
    ['delete'],
  ],
  [
    'the same, valid all along',
    {
      ...open({ ...e, when: written, during: { from: '18:00', to: '20:00' }, validFrom: '2025-01-01' }),
      during: { from: '09:00', to: '17:00' },
    },
    '`e` never matches: its times and those of its policy leave no moment at which it is in force',
    ['delete'],
  ],
  [
    'periods of different lengths have not met',
    {
      ...open({ ...e, when: written, validFrom: '2025-12-01', renew: { every: '1000d', for: '1d' } }),
      during: { days: ['tue'] },
    },
    `\`e\` never matches${within}; it may later, and \`assay policy prove --days\` looks further ahead`,
    [],
  ],
  [
    'it is kept out until a time to come',
    open({ ...e, when: written, unless: { 'time.utc': { atMost: Date.UTC(2030, 0, 1) } } }),
    `\`e\` never matches${within}; it may later, and \`assay policy prove --days\` looks further ahead`,
    [],
  ],
])(
  'what holds no longer than is looked ahead is told so, and nothing is to be deleted for it: %s',
  (_, spec, message, fixes) => {
    const { findings } = prove(spec);
    const idle = findings.filter(({ code }) => code !== 'proof/contradictory').slice(-1);
    expect(idle.map((finding) => [finding.message, finding.fixes.map(({ kind }) => kind)])).toEqual([[message, fixes]]);
    expect(idle.map(({ isForLater = false }) => isForLater)).toEqual([message.includes(within)]);
  },
);

test('what is told of an idle rule follows edits of what changes later', () => {
  const prover = createProver();
  const fixes = (...more: Rules) => {
    const policy = compiledOf(rules({ ...a, when: written }, { ...d, when: written }, ...more));
    const { findings } = prover.prove({ policies: [policy], horizon });
    return findings.find(({ places: [place] }) => place?.id === 'a')?.fixes.map(({ kind }) => kind);
  };
  const later: Rules[number] = { ...e, effect: 'allow', validFrom: '2030-01-01' };
  expect([fixes(), fixes(later), fixes()]).toEqual([['delete', 'narrow'], ['narrow'], ['delete', 'narrow']]);
});

test('so it does edits of times after the horizon', () => {
  const prover = createProver();
  const told = (...list: Rules) => {
    const { findings } = prover.prove({ policies: [compiledOf(open(...list))], horizon });
    return findings.map(({ fixes }) => fixes.map(({ kind }) => kind));
  };
  const until = (at: string) => told({ ...d, when: written, until: at }, { ...e, when: written, until: '2031-01-01' });
  expect([until('2030-01-01'), until('2031-01-01'), until('2030-01-01')]).toEqual([[[]], [['delete']], [[]]]);
  const never = (times: Partial<Rules[number]>) => told({ ...d, when: written, ...times });
  expect([never({ until: '2025-01-01' }), never({ validFrom: '2030-01-01' })]).toEqual([[['delete']], [[]]]);
});

test('a budget that counts nothing as long as a rule lasts is not to be deleted', () => {
  const fixes = (until: Partial<Rules[number]>) => {
    const spec = open({ ...d, when: written, ...until });
    const { findings } = prove({ ...spec, budgets: [{ id: 'b', unit: 'calls', limit: 3, when: written }] }, tools);
    return findings.map(({ message, fixes, isForLater }) => [message, fixes.map(({ kind }) => kind), isForLater]);
  };
  const nothing = 'no action that it counts can be allowed';
  expect(fixes({})).toEqual([[`\`b\` is never reached: ${nothing}`, ['delete'], undefined]]);
  expect(fixes({ until: '2030-01-01' })).toEqual([
    [`\`b\` is never reached${within}: ${nothing}; later it may matter`, [], true],
  ]);
});

test('ids and domains of a witness are those of one action', () => {
  const shown = (when: Condition) => {
    const { findings } = prove(rules({ ...a, when }, { ...d, id: 'all' }));
    const { signals = {} } = findings.find(({ places }) => places[0]?.id === 'a')?.witness() ?? {};
    return [signals['target.ids'], signals['target.domains']];
  };
  expect(shown({ 'target.ids': 'bob@evil.com' })).toEqual([['bob@evil.com'], ['evil.com']]);
  expect(shown({ 'target.ids': ['ES91'] })).toEqual([['ES91'], undefined]);
  expect(shown({ 'target.domains': 'good.com' })).toEqual([['someone@good.com'], ['good.com']]);
  expect(shown({ 'target.ids': 'bob@evil.com', 'target.domains': 'good.com' })).toEqual([
    ['bob@evil.com', 'someone@good.com'],
    ['evil.com', 'good.com'],
  ]);
  expect(shown({ 'target.ids': { only: ['bob@*'] }, 'target.domains': { only: ['*.example'] } })).toEqual([
    ['bob@stranger.example'],
    ['stranger.example'],
  ]);
});

test('a rule that counts hold within another is an exception to it, and contradicts nothing', () => {
  // After one step at most one failure can have come.
  const narrow: Rules[number] = {
    id: 'd',
    effect: 'deny',
    when: { 'trial.consecutiveFailures': { not: 0 }, 'trial.steps': 1 },
  };
  const wide: Rules[number] = { id: 'a', effect: 'allow', when: { 'trial.consecutiveFailures': 1 } };
  expect([...prove({ default: 'ask', rules: [wide, narrow] }).contradictions()]).toEqual([]);
  const apart: Rules[number] = { ...narrow, when: { 'trial.consecutiveFailures': { not: 0 }, 'trial.steps': 2 } };
  expect([...prove({ default: 'ask', rules: [wide, apart] }).contradictions()]).toHaveLength(1);
});

test('of many rules that contradict one, some are named and the others counted', () => {
  const others = ['r1', 'r2', 'r3', 'r4', 'r5'].map((id, index): Rules[number] => ({
    id,
    effect: 'deny',
    when: { 'tool.risk': { atLeast: 3 }, 'tool.name': `tool${index}` },
  }));
  const { findings, contradictions } = prove(rules({ ...a, when: { 'tool.risk': { atMost: 3 } } }, ...others));
  const [finding] = findings.filter(({ code }) => code === 'proof/contradictory');
  expect([finding?.places.map(({ id }) => id), finding?.more]).toEqual([['a', 'r1', 'r2', 'r3'], 2]);
  expect(finding?.message).toMatch(/`r1`, `r2`, `r3` and 2 more/);
  expect([...contradictions()]).toHaveLength(5);
});

test('a rule that is written twice with its id is there twice, and goes again', () => {
  const prover = createProver();
  const twice = (count: number) => {
    const policy = compiledOf({
      default: 'allow',
      rules: Array.from({ length: count }, () => ({ ...d, when: { 'tool.risk': 5 } })),
    });
    return prover.prove({ policies: [policy], horizon }).findings.map(({ code }) => code);
  };
  expect([2, 1, 2].map(twice)).toEqual([['proof/redundant'], [], ['proof/redundant']]);
});

test('an edit is proved as if from nothing', () => {
  const policyOf = (risk: number) => {
    const spec = rules(
      { ...a, when: { 'tool.risk': { atMost: 2 } } },
      { ...d, when: { 'tool.risk': { atLeast: risk } } },
    );
    const policy: Policy = { apiVersion: 'assay/v1', kind: 'Policy', metadata: { name: 'p' }, spec };
    const { value } = compilePolicy({ policy, digest: 'sha256:0', lineOf: () => 1 });
    if (value === null) throw new Error('the policy is faulty');
    return { policies: [value], horizon };
  };
  const prover = createProver();
  const codes = (risk: number) => prover.prove(policyOf(risk)).findings.map(({ code }) => code);
  expect([3, 1, 0, 3].map(codes)).toEqual([
    ['proof/redundant'],
    ['proof/contradictory'],
    ['proof/shadowed'],
    ['proof/redundant'],
  ]);
});

test.each<[name: string, when: Partial<Rules[number]>]>([
  ['with a condition', { when: written }],
  ['without one', {}],
])('an edit of whom a rule asks, for how long, or what it obliges to is proved, of a rule %s', (_, when) => {
  const prover = createProver();
  const codes = (more: Partial<Rules[number]>) => {
    const asking = (id: string): Rules[number] => ({ id, effect: 'ask', ...when });
    const policy = compiledOf(
      open({ ...asking('s'), ask: { who: ['legal'], wait: '5m' } }, { ...asking('f'), ...more }),
    );
    return prover.prove({ policies: [policy], horizon }).findings.map(({ places: [place] }) => place?.id);
  };
  const same: Partial<Rules[number]> = { ask: { who: ['legal'], wait: '5m' } };
  const idle = ['f'];
  expect(codes(same)).toEqual(idle);
  expect(codes({ ask: { who: ['finance'], wait: '5m' } })).toEqual([]);
  expect(codes(same)).toEqual(idle);
  expect(codes({ ask: { who: ['legal'], wait: '4m' } })).toEqual(['s']);
  expect(codes(same)).toEqual(idle);
  expect(codes({ ...same, obligations: { notify: ['dana'] } })).toEqual(['s']);
  expect(codes(same)).toEqual(idle);
});

test.each(['mailroom-strict', 'mailroom-open'])('authors of %s are told nothing', (name) => {
  const file = join(import.meta.dirname, '../../../examples/mailroom', `${name}.policy.yaml`);
  const [document] = readDocuments(readFileSync(file, 'utf8'));
  const policy = document && asKind(document, 'Policy');
  if (!policy) throw new Error('the example is broken');
  const { value } = compilePolicy({ policy, digest: 'sha256:0', lineOf: () => 1 });
  if (value === null) throw new Error('the example is broken');
  expect(createProver().prove({ policies: [value], horizon }).findings).toEqual([]);
});

test('the time of its policy is told, too, where it keeps a rule from ever matching', () => {
  const weekend = { validFrom: '2026-10-03', until: '2026-10-05' };
  const { findings } = prove({ ...open({ ...d, during: { days: ['mon-fri'] } }), ...weekend });
  expect(findings.map(({ message }) => message)).toEqual([
    '`d` never matches: its times and those of its policy leave no moment at which it is in force',
  ]);
});

const commonRule: Rules[number] = { id: 'writes', effect: 'deny', when: { 'tool.kind': 'write' } };
const stop: Rules[number] = { ...commonRule, id: 'stop', effect: 'halt' };
function proveIncluding(common: Rules[number], including: readonly Policy['spec'][]) {
  const sourceOf = (name: string, spec: Policy['spec']): PolicySource => ({
    policy: { apiVersion: 'assay/v1', kind: 'Policy', metadata: { name }, spec },
    digest: `sha256:${name}`,
    lineOf: () => 1,
    include: () => sourceOf('common', { overlay: true, rules: [common] }),
  });
  const policies = including.flatMap((spec, at) => {
    const { value } = compilePolicy(sourceOf(`p${at}`, { ...spec, include: ['common'] }));
    return value ?? [];
  });
  return createProver().prove({ policies, horizon });
}
const roles = (...list: string[]): Pick<Policy['spec'], 'scope'> => ({ scope: { roles: list } });
test.each<[name: string, common: Rules[number], including: Policy['spec'][], found: string[], undecided: string[]]>([
  ['does the same in each', commonRule, [open(), open()], [], []],
  ['is outdone in one of them', commonRule, [open(), { overlay: true, ...roles('x'), rules: [stop] }], [], []],
  [
    'is outdone in each',
    commonRule,
    [open(stop), { overlay: true, ...roles('x') }],
    ['shadowed common/writes stop', 'shadowed common/writes stop'],
    [],
  ],
  ['never matches', { ...commonRule, until: '2025-01-01' }, [open(), open()], ['never-matches common/writes'], []],
  [
    'changes nothing beside others in each',
    commonRule,
    [open({ id: 'all', effect: 'deny' }), { overlay: true, ...roles('x') }],
    [],
    ['writes'],
  ],
  [
    'is outdone in one and holds back what nobody knows in another',
    { ...commonRule, scope: { roles: ['r'] } },
    [
      { ...open(), ...roles('s') },
      { overlay: true, validFrom: '2026-02-01', rules: [stop] },
    ],
    [],
    ['writes'],
  ],
  [
    'is outdone in one and may match later in another',
    commonRule,
    [
      { ...open(), ...roles('s'), validFrom: '2028-01-01' },
      { overlay: true, ...roles('r'), rules: [stop] },
    ],
    [],
    ['writes'],
  ],
  [
    'is over in one and cannot be proved in another',
    commonRule,
    [
      { ...open(), until: '2025-01-01' },
      { ...open(), during: { from: '09:00', zone: 'Europe/Berlin' } },
    ],
    [],
    ['writes'],
  ],
])('a rule that several policies include is one: it %s', (_, common, including, found, undecided) => {
  const proof = proveIncluding(common, including);
  const told = proof.findings.filter(({ places: [place] }) => place?.policy === 'common');
  const by = ({ places: [place, other] }: (typeof told)[number]) =>
    [`${place?.policy}/${place?.id}`, ...(other ? [other.id] : [])].join(' ');
  expect(told.map((one) => `${one.code.replace('proof/', '')} ${by(one)}`)).toEqual(found);
  expect(proof.undecided.map(({ place }) => place.id)).toEqual(undecided);
  // Taken out, it would be gone from all of them.
  for (const { code, fixes } of told)
    expect(fixes.some(({ kind }) => kind === 'delete')).toBe(code === 'proof/never-matches');
});

test('of a rule that does the same as one which several policies include, it is told', () => {
  const { findings } = proveIncluding(commonRule, [open({ ...commonRule, id: 'own' }), open()]);
  expect(findings.map(({ code, places: [place] }) => `${code} ${place?.id}`)).toEqual(['proof/redundant own']);
});

test.each<[name: string, common: Rules[number], including: Policy['spec'][], message: string]>([
  [
    'may match later',
    { ...commonRule, validFrom: '2028-01-01' },
    [open(), open()],
    '`writes` never matches within the 400 days from 2026-01-01; it may later, and `assay policy prove --days` looks further ahead',
  ],
  [
    'holds back what nobody knows',
    { ...commonRule, when: { 'tool.risk': { atLeast: 3, atMost: 2 } } },
    [open(), open()],
    '`writes` never matches what is known: only where `tool.risk` is unknown does it hold back',
  ],
  [
    'holds back what nobody knows, and may match later',
    { ...commonRule, when: { any: [{ 'tool.risk': { atLeast: 3, atMost: 2 } }, { 'time.utc': { atLeast: 2e12 } }] } },
    [open()],
    '`writes` never matches what is known within the 400 days from 2026-01-01: only where `tool.risk` is unknown does it hold back; later it may match',
  ],
])(
  'a rule that several policies include is not to be deleted where in one of them it %s',
  (_, common, including, message) => {
    const { findings } = proveIncluding(common, [{ ...including[0], until: '2025-01-01' }, ...including]);
    expect(findings.map((finding) => [finding.message, finding.fixes])).toEqual([[message, []]]);
  },
);
