/**
 * Pools: nothing over-allocated, nothing lost, nothing given back twice, over random schedules with deaths, windows, clocks
 * that jump and limits that change while something is held.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Budgeted, Holder, Pool, Tally } from '../../../server/engine/budget/index.ts';

const of = (more: Partial<Budgeted> = {}): Budgeted => ({
  budget: 'p/b',
  per: 'run',
  unit: 'calls',
  windowMs: null,
  ...more,
});
const poolOf = (capacity: number): Pool => new Pool(capacity, new Tally(of()));

type Event =
  | { readonly do: 'reserve'; readonly agent: number; readonly pool: number; readonly amount: number }
  | { readonly do: 'end'; readonly agent: number; readonly nth: number; readonly part: number }
  | { readonly do: 'die'; readonly agent: number }
  | { readonly do: 'limit'; readonly pool: number; readonly capacity: number }
  | { readonly do: 'pass'; readonly minutes: number };

const agents = 4;
const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('reserve' as const),
      agent: fc.nat(agents - 1),
      pool: fc.nat(5),
      amount: fc.integer({ min: 1, max: 12 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      agent: fc.nat(agents - 1),
      nth: fc.nat(20),
      part: fc.constantFrom(0, 0.5, 1, 1.5),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('die' as const), agent: fc.nat(agents - 1) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('limit' as const), pool: fc.nat(5), capacity: fc.nat(60) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('pass' as const), minutes: fc.integer({ min: -90, max: 90 }) }),
  },
);
/** A forest: each pool draws from one made before it, or from none; each counts for good or by the hour. */
const forest = fc.array(
  fc.record({ capacity: fc.nat(60), parent: fc.option(fc.nat(5)), windowMs: fc.constantFrom(null, 3_600_000) }),
  { minLength: 6, maxLength: 6 },
);

/** What a tally must say, kept by the book: each amount with what became of it. */
class Book {
  reserved = 0;
  spent = 0;
  window: number | null = null;
}

test('conservation holds at every event, in every pool and above it, whoever dies', () => {
  fc.assert(
    fc.property(forest, fc.array(event, { maxLength: 120 }), (shape, events) => {
      const pools: Pool[] = [];
      for (const { capacity, parent, windowMs } of shape)
        pools.push(new Pool(capacity, new Tally(of({ windowMs })), pools[parent ?? -1] ?? null));
      const books = new Map(pools.map(({ tally }) => [tally, new Book()]));
      const holders: Holder[] = Array.from({ length: agents }, (_, agent) => new Holder(`a${agent}`));
      let lives = agents;
      const made: { agent: number; lease: string; amount: number; takes: readonly Tally[]; open: boolean }[] = [];
      const above = (pool: Pool | null): Pool[] => (pool === null ? [] : [pool, ...above(pool.parent)]);
      const bookOf = (tally: Tally): Book => books.get(tally) ?? new Book();
      const end = (one: (typeof made)[number], spent: number) => {
        one.open = false;
        for (const tally of one.takes) {
          bookOf(tally).reserved -= one.amount;
          bookOf(tally).spent += spent;
        }
      };
      let nowMs = 3_600_000 * 1000;
      // Nobody but the holders looks at the clock.
      const begin = (tally: Tally) => {
        const book = bookOf(tally);
        const window = tally.of.windowMs && Math.floor(nowMs / tally.of.windowMs);
        if (window === null || (book.window !== null && window <= book.window)) return;
        if (book.window !== null) book.spent = 0;
        book.window = window;
      };

      for (const one of events) {
        if (one.do === 'pass') {
          nowMs += one.minutes * 60_000;
        } else if (one.do === 'limit') {
          // Another limit, for those who come from now on; what is taken stays taken.
          const old = pools[one.pool];
          if (old === undefined) continue;
          pools[one.pool] = new Pool(one.capacity, old.tally, old.parent);
        } else if (one.do === 'reserve') {
          const pool = pools[one.pool];
          if (pool === undefined) continue;
          const chain = above(pool);
          for (const { tally } of chain) begin(tally);
          const fits = chain.every(
            ({ tally, capacity }) => bookOf(tally).reserved + bookOf(tally).spent + one.amount <= capacity,
          );
          const reserved = holders[one.agent]?.reserve(pool, one.amount, nowMs);
          expect(reserved?.ok).toBe(fits);
          if (!reserved?.ok) continue;
          const takes = [...new Set(chain.map(({ tally }) => tally))];
          for (const tally of takes) bookOf(tally).reserved += one.amount;
          made.push({ agent: one.agent, lease: reserved.value, amount: one.amount, takes, open: true });
          for (const { tally, capacity } of chain) expect(tally.reserved + tally.spent).toBeLessThanOrEqual(capacity);
        } else if (one.do === 'die') {
          holders[one.agent]?.close(nowMs);
          holders[one.agent] = new Holder(`a${lives++}`);
          for (const lost of made) {
            if (lost.agent !== one.agent || !lost.open) continue;
            for (const tally of lost.takes) begin(tally);
            end(lost, 0);
          }
        } else {
          const lease = made[one.nth];
          if (lease === undefined) continue;
          const spent = Math.floor(lease.amount * one.part);
          const ended = holders[one.agent]?.end(lease.lease, spent, nowMs);
          const isHis = lease.open && lease.agent === one.agent;
          if (isHis && spent <= lease.amount) {
            for (const tally of lease.takes) begin(tally);
            expect(ended).toMatchObject({ ok: true, value: { spent } });
            end(lease, spent);
          } else if (isHis) expect(ended).toMatchObject({ ok: false, error: { kind: 'too-much' } });
          else expect(ended?.ok === false || ended?.value.state === 'ended-before').toBe(true);
        }

        for (const { tally, free, capacity, remaining, parent } of pools) {
          expect(tally).toMatchObject(bookOf(tally));
          expect(free).toBe(Math.max(0, capacity - tally.reserved - tally.spent));
          expect(remaining).toBe(Math.min(free, ...above(parent).map((pool) => pool.free)));
        }
        expect(holders.reduce((sum, { size }) => sum + size, 0)).toBe(made.filter(({ open }) => open).length);
      }
      for (const holder of holders) holder.close(nowMs);
      for (const { tally } of pools) expect(tally.reserved).toBe(0);
    }),
    { numRuns: 500 },
  );
});

test('a tally that is reached in several ways gives once, the most that is asked', () => {
  const parent = poolOf(10);
  const child = new Pool(10, new Tally(of({ budget: 'p/c' })), parent);
  const other = new Pool(7, parent.tally);
  const reserved = Pool.reserve([
    { pool: child, amount: 4 },
    { pool: parent, amount: 6 },
    { pool: other, amount: 5 },
  ]);
  expect(reserved.ok && [child.reserved, parent.reserved, other.free]).toEqual([4, 6, 1]);
  expect(Pool.reserve([{ pool: child, amount: 5 }])).toMatchObject({ ok: false, error: { pool: parent } });
});

test('what is over stays over', () => {
  const pool = poolOf(12);
  const [first, second, third] = [4, 6, 2].map((amount) => Pool.reserve([{ pool, amount }]));
  if (!first?.ok || !second?.ok || !third?.ok) throw new Error('all fit');
  first.value.release();
  first.value.release();
  first.value.settle();
  second.value.settle();
  second.value.release();
  third.value.settle(1);
  third.value.settle(2);
  expect([pool.reserved, pool.spent, pool.free]).toEqual([0, 7, 5]);
});

test('balances add up in whatever order, each in its window', () => {
  const balance = fc.record({ spent: fc.nat(100), window: fc.integer({ min: 5, max: 7 }) });
  fc.assert(
    fc.property(fc.array(balance, { minLength: 1, maxLength: 8 }), (balances) => {
      const latest = Math.max(...balances.map(({ window }) => window));
      const spent = balances.reduce((sum, one) => sum + (one.window === latest ? one.spent : 0), 0);
      for (const order of [balances, balances.toReversed()]) {
        const tally = new Tally(of({ windowMs: 1000 }));
        for (const one of order) tally.add(one);
        expect(tally.balance).toEqual({ spent, window: latest });
      }
    }),
  );
});

test('sums that cannot be counted stay at the most that can', () => {
  const pool = poolOf(Number.MAX_SAFE_INTEGER);
  for (const spent of [Number.MAX_SAFE_INTEGER - 1, 7]) pool.tally.add({ spent, window: null });
  expect([pool.spent, pool.free]).toEqual([Number.MAX_SAFE_INTEGER, 0]);
});

test('what is held over the edge of a window is spent in the window in which it ends', () => {
  const pool = new Pool(10, new Tally(of({ windowMs: 10_000 })));
  const holder = new Holder('h');
  const held = holder.reserve(pool, 10, 9_999);
  if (!held.ok) throw new Error('it fits');
  expect(holder.end(held.value, 10, 10_001)).toMatchObject({
    ok: true,
    value: { takings: [{ tally: { window: 1 } }] },
  });
  expect(holder.reserve(pool, 10, 10_002)).toMatchObject({ ok: false, error: { kind: 'exhausted' } });
  expect(holder.reserve(pool, 10, 20_000).ok).toBe(true);
});

test('what is held for something that may go on is spent when its holder is gone, and the rest goes back', () => {
  const pool = new Pool(10, new Tally(of({ windowMs: 1000 })));
  const holder = new Holder('h');
  holder.reserve(pool, 4, 0);
  holder.reserve(pool, 5, 0, 'spent');
  expect(holder.close(1000)).toMatchObject([{ state: 'settled', spent: 5, takings: [{ tally: { window: 1 } }] }]);
  expect([pool.reserved, pool.spent, holder.close(1000)]).toEqual([0, 5, []]);
});

test('who looks at a pool begins no window', () => {
  const pool = new Pool(5, new Tally(of({ windowMs: 1000 })));
  pool.advance(1000);
  pool.tally.add({ spent: 3, window: 1 });
  expect([pool.asOf(1999).remaining, pool.asOf(2000).remaining, pool.asOf(2000).tally.window]).toEqual([2, 5, 2]);
  expect([pool.remaining, pool.tally.window]).toEqual([2, 1]);
});

test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('%d is no amount', (amount) => {
  expect(() => poolOf(amount)).toThrow(RangeError);
  expect(() => Pool.reserve([{ pool: poolOf(1), amount }])).toThrow(RangeError);
  expect(() => poolOf(1).tally.add({ spent: amount, window: null })).toThrow(RangeError);
  const holder = new Holder('h');
  expect(holder.reserve(poolOf(1), amount, 0)).toMatchObject({ ok: false, error: { kind: 'invalid' } });
  expect(holder.end('h-0', amount, 0)).toMatchObject({ ok: false, error: { kind: 'invalid' } });
});

test.each([['g-0'], ['h-1'], ['h-00'], ['h-'], ['h-0x0'], ['']])('`%s` is no lease of `h`', (lease) => {
  const pool = poolOf(3);
  const holder = new Holder('h');
  expect(holder.reserve(pool, 3, 0)).toEqual({ ok: true, value: 'h-0' });
  expect(holder.end(lease, 3, 0)).toMatchObject({ ok: false, error: { kind: 'unknown-lease' } });
  expect([pool.reserved, pool.spent]).toEqual([3, 0]);
});
