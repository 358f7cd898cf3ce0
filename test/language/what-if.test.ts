/** What stands above rules and policies when they are tried on recorded runs. */
import { expect, test } from 'vitest';
import { actionInWords, tallyInWords, totalInWords } from '../../server/language/index.ts';

type Tally = Parameters<typeof tallyInWords>[0];
type Extent = Parameters<typeof tallyInWords>[1];

const tally: Tally = {
  kind: 'rule',
  policy: 'p',
  id: 'r',
  effect: 'deny',
  on: 'action',
  matched: 20,
  decided: 12,
  newly: 7,
};
const extent: Extent = {
  recordedOn: { action: 3402, observation: 1 },
  answeredOn: { action: 3402, observation: 1 },
};

test.each<[Partial<Tally>, Partial<Extent>, string]>([
  [{}, {}, 'would deny 12 of 3,402 recorded actions (7 newly)'],
  [{ effect: 'ask', newly: 0 }, {}, 'would ask about 12 of 3,402 recorded actions (none newly)'],
  [{ effect: 'halt', matched: 0 }, {}, 'matches none of 3,402 recorded actions'],
  [{ decided: 0 }, {}, 'matches 20 of 3,402 recorded actions, but decides none'],
  [{ kind: 'budget', matched: 0 }, {}, 'never exhausted in 3,402 recorded actions'],
  [
    { on: 'observation', matched: 1, decided: 1, newly: 1 },
    {},
    'would hold back 1 of 1 recorded observation (1 newly)',
  ],
  [{}, { isCut: true }, 'would deny 12 of the newest 3,402 recorded actions (7 newly)'],
  [
    {},
    { answeredOn: { action: 57, observation: 0 } },
    'would deny 12 of 57 that can be told of 3,402 recorded actions (7 newly)',
  ],
  [{ on: 'observation' }, { recordedOn: { action: 9, observation: 0 } }, 'nothing recorded to try it on'],
])('%j in %j: %s', (changed, other, expected) => {
  expect(tallyInWords({ ...tally, ...changed }, { ...extent, ...other })).toBe(expected);
});

test.each<[changes: number, answered: number, isCut: boolean, expected: string]>([
  [0, 3402, false, 'none of 3,402 recorded decisions would be others'],
  [1, 3402, true, '1 of the newest 3,402 recorded decisions would be another'],
  [12, 3362, false, '12 of 3,402 recorded decisions would be others, 40 cannot be told'],
])('%i changes', (changes, answered, isCut, expected) => {
  expect(totalInWords({ recorded: 3402, answered, changes }, isCut)).toBe(expected);
});

test('an action is told with whom it is aimed at', () => {
  const pay = { on: 'action', subject: 'pay', targets: [] } as const;
  const words = [pay, { ...pay, targets: ['a', 'b', 'c'] }, { ...pay, on: 'observation' as const }].map(actionInWords);
  expect(words).toEqual(['pay', 'pay to a and 2 more', 'what pay gave back']);
});
