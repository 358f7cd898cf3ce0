/** Writes to the ledger in the folder that it is given, in bursts, and prints each acknowledged entry, until it is killed. */
import { writeSync } from 'node:fs';
import { openLedger } from '../../server/io/ledger/index.ts';
import { observation, origin, signer, trialId } from '../engine/ledger/ledgers.ts';

const clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };
const { writer } = await openLedger(process.argv[2] ?? '', { clock, signer, origin, maxSegmentBytes: 100_000 });
for (let n = 0; ; n += 8) {
  const large = writer.payload(`${process.pid} ${n} ${'x'.repeat(20_000)}`);
  await Promise.all(
    Array.from({ length: 8 }, async (_, at) => {
      const text = `${process.pid}-${n + at}`;
      const body = observation(trialId(1), n + at, n % 64 === 0 && at === 0 ? large : { json: text });
      const index = await writer.append(body);
      writeSync(1, `${index} ${n + at}\n`);
    }),
  );
}
