/** Weekly windows through changes of clocks, validity and renewal, as moments in UTC. */
import { expect, test } from 'vitest';
import type { Policy, Rule } from '../../../server/engine/documents/index.ts';
import { compilePolicy, type Formula, type TimeSet } from '../../../server/engine/policy/index.ts';
import { createZoneOffsets } from '../../../server/io/zones.ts';

function timesOf(time: Partial<Rule>): TimeSet {
  const rule: Rule = { id: 'r', effect: 'deny', ...time };
  const policy: Policy = { apiVersion: 'assay/v1', kind: 'Policy', metadata: { name: 'p' }, spec: { rules: [rule] } };
  const zones = createZoneOffsets();
  const { value } = compilePolicy({ policy, digest: 'sha256:0', lineOf: () => 1, zones });
  const formula: Formula | undefined = value?.rules[0]?.formula;
  if (formula?.op !== 'test' || formula.constraint.kind !== 'time') throw new Error('one test of time is expected');
  return formula.constraint.times;
}

const berlin = (from: string, to: string, days: string[] = ['mon-sun']) => ({
  during: { days, from, to, zone: 'Europe/Berlin' },
});

const cases: [string, Partial<Rule>, from: string, to: string, expected: [string, string][]][] = [
  ['office hours in winter', berlin('09:00', '17:00'), '2026-01-05', '2026-01-06', [['01-05T08:00', '01-05T16:00']]],
  ['office hours in summer', berlin('09:00', '17:00'), '2026-07-06', '2026-07-07', [['07-06T07:00', '07-06T15:00']]],
  ['an hour that is left out', berlin('02:15', '02:45'), '2026-03-29', '2026-03-30', []],
  [
    'across an hour that is left out',
    berlin('01:30', '03:30', ['sun']),
    '2026-03-28',
    '2026-03-30',
    [['03-29T00:30', '03-29T01:30']],
  ],
  [
    'an hour that comes twice',
    berlin('02:15', '02:45', ['sun']),
    '2026-10-24',
    '2026-10-26',
    [
      ['10-25T00:15', '10-25T00:45'],
      ['10-25T01:15', '10-25T01:45'],
    ],
  ],
  ['across midnight', berlin('22:00', '06:00', ['fri']), '2026-01-01', '2026-01-08', [['01-02T21:00', '01-03T05:00']]],
  ['a whole day', { during: { days: ['sat'] } }, '2026-01-01', '2026-01-08', [['01-03T00:00', '01-04T00:00']]],
  [
    'days that go round',
    { during: { days: ['sat-mon'] } },
    '2026-01-03',
    '2026-01-10',
    [['01-03T00:00', '01-06T00:00']],
  ],
  [
    'one of two',
    {
      during: [
        { from: '01:00', to: '02:00' },
        { from: '01:30', to: '03:00' },
      ],
    },
    '2026-01-01',
    '2026-01-02',
    [['01-01T01:00', '01-01T03:00']],
  ],
  [
    'from and until',
    { validFrom: '2026-01-02', until: '2026-01-02T12:00:00+01:00' },
    '2026-01-01',
    '2026-02-01',
    [['01-02T00:00', '01-02T11:00']],
  ],
  [
    'renewed',
    { validFrom: '2026-01-01', until: '2026-01-03', renew: { every: '1d', for: '2h' } },
    '2025-12-01',
    '2026-02-01',
    [
      ['01-01T00:00', '01-01T02:00'],
      ['01-02T00:00', '01-02T02:00'],
    ],
  ],
];

test.each(cases)('%s', (_, time, from, to, expected) => {
  const times = timesOf(time);
  const written = (ms: number) => new Date(ms).toISOString().slice(5, 16);
  const intervals = times.intervals(Date.parse(from), Date.parse(to)) ?? [];
  expect(intervals.map(({ fromMs, toMs }) => [written(fromMs), written(toMs)])).toEqual(expected);
  for (const { fromMs, toMs } of intervals)
    expect([fromMs - 1, fromMs, toMs - 1, toMs].map((ms) => times.at(ms))).toEqual([0, 2, 2, 0]);
  // What is said of a moment holds for all about it, up to where the windows open and close.
  const edges = intervals.flatMap(({ fromMs, toMs }) => [fromMs - 1, fromMs, toMs - 1, toMs]);
  for (const ms of edges) {
    const around = times.around(ms);
    expect(around.fromMs <= ms && ms < around.toMs).toBe(true);
    for (const other of edges)
      if (around.fromMs <= other && other < around.toMs) expect(times.at(other)).toBe(times.at(ms));
  }
});

test('where nothing knows zones, a window holds back what it forbids and lets nothing through', () => {
  for (const [effect, expected] of [
    ['deny', ['r']],
    ['allow', []],
  ] as const) {
    const rule: Rule = { id: 'r', effect, during: { zone: 'Europe/Berlin' } };
    const spec: Policy['spec'] = { overlay: true, rules: [rule] };
    const policy: Policy = { apiVersion: 'assay/v1', kind: 'Policy', metadata: { name: 'p' }, spec };
    const { value } = compilePolicy({ policy, digest: 'sha256:0', lineOf: () => 1 });
    expect(value?.evaluate([]).causes.map(({ id }) => id)).toEqual(expected);
  }
});
