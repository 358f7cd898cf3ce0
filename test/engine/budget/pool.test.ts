/** Pools: nothing over-allocated, nothing lost, nothing given back twice, over random schedules with deaths. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Pool, type Reservation } from '../../../server/engine/budget/index.ts';

type Event =
  | { readonly do: 'reserve'; readonly agent: number; readonly pools: readonly number[]; readonly amount: number }
  | { readonly do: 'settle' | 'release'; readonly nth: number }
  | { readonly do: 'die'; readonly agent: number };

const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('reserve' as const),
      agent: fc.nat(3),
      pools: fc.uniqueArray(fc.nat(5), { maxLength: 3 }),
      amount: fc.nat(12),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('settle' as const, 'release' as const), nth: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('die' as const), agent: fc.nat(3) }) },
);
/** A forest: each pool draws from one made before it, or from none. */
const forest = fc.array(fc.record({ capacity: fc.nat(60), parent: fc.option(fc.nat(5)) }), {
  minLength: 6,
  maxLength: 6,
});

test('conservation holds at every event, in every pool and above it', () => {
  fc.assert(
    fc.property(forest, fc.array(event, { maxLength: 80 }), (shape, events) => {
      const pools: Pool[] = [];
      for (const { capacity, parent } of shape) pools.push(new Pool(capacity, pools[parent ?? -1] ?? null));
      const above = (pool: Pool | null): Pool[] => (pool === null ? [] : [pool, ...above(pool.parent)]);
      const made: { agent: number; amount: number; takes: Set<Pool>; reservation: Reservation }[] = [];

      for (const one of events) {
        if (one.do === 'reserve') {
          const takes = new Set(one.pools.flatMap((index) => above(pools[index] ?? null)));
          const fits = [...takes].every((pool) => pool.free >= one.amount);
          const charges = one.pools
            .flatMap((index) => pools[index] ?? [])
            .map((pool) => ({ pool, amount: one.amount }));
          const reserved = Pool.reserve(charges);
          expect(reserved.ok).toBe(fits);
          if (reserved.ok) made.push({ agent: one.agent, amount: one.amount, takes, reservation: reserved.value });
          else expect(reserved.error.pool.free).toBeLessThan(one.amount);
        } else if (one.do === 'die') {
          for (const { agent, reservation } of made) if (agent === one.agent) reservation.release();
        } else made[one.nth]?.reservation[one.do]();

        for (const pool of pools) {
          const sum = (state: string) =>
            made.reduce(
              (total, { takes, amount, reservation }) =>
                total + (takes.has(pool) && reservation.state === state ? amount : 0),
              0,
            );
          expect([pool.reserved, pool.spent]).toEqual([sum('open'), sum('settled')]);
          expect(pool.reserved + pool.spent + pool.free).toBe(pool.capacity);
          expect(pool.free).toBeGreaterThanOrEqual(0);
          expect(pool.remaining).toBe(Math.min(...above(pool).map(({ free }) => free)));
        }
      }
    }),
    { numRuns: 500 },
  );
});

test('what is over stays over', () => {
  const pool = new Pool(10);
  const first = Pool.reserve([{ pool, amount: 4 }]);
  const second = Pool.reserve([{ pool, amount: 6 }]);
  if (!first.ok || !second.ok) throw new Error('both fit');
  first.value.release();
  first.value.release();
  first.value.settle();
  second.value.settle();
  second.value.release();
  expect([pool.reserved, pool.spent, pool.free]).toEqual([0, 6, 4]);
});

test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('%d is no amount', (amount) => {
  expect(() => new Pool(amount)).toThrow(RangeError);
  expect(() => Pool.reserve([{ pool: new Pool(1), amount }])).toThrow(RangeError);
});
