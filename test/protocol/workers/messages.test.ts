/** Framing, messages and values without processes: however bytes arrive, and whatever they are. */
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ProcessFault } from '../../../server/engine/ports.ts';
import { Connection } from '../../../server/io/workers/connection.ts';
import { type Message, parseMessage } from '../../../server/io/workers/message.ts';
import { OutputTail } from '../../../server/io/workers/output.ts';
import { assertJson } from '../../../server/worker/json-value.ts';

/** What comes of `chunks`, in order. */
function receive(chunks: readonly Uint8Array[]): (Message | ProcessFault)[] {
  const received: (Message | ProcessFault)[] = [];
  const readable = new PassThrough();
  const connection = new Connection(readable, new PassThrough(), {
    message: (message) => received.push(message),
    fault: (fault) => {
      received.push(fault);
      connection.stop();
    },
  });
  for (const chunk of chunks) readable.emit('data', Buffer.from(chunk));
  return received;
}

test('messages are the same however their bytes are cut', () => {
  const params = fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(params, fc.array(fc.nat(200), { maxLength: 20 }), (bodies, cuts) => {
      const sent = bodies.map((body, id) => JSON.stringify({ jsonrpc: '2.0', id, method: 'm', params: body }));
      const bytes = Buffer.from(sent.map((line) => `${line}\n`).join(''));
      const edges = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
      const received = receive(edges.slice(1).map((end, index) => bytes.subarray(edges[index], end)));
      expect(received).toEqual(
        sent.map((line) => {
          const { id, method, params: body } = JSON.parse(line);
          return { kind: 'request', id, method, params: body, sizeBytes: Buffer.byteLength(line) };
        }),
      );
    }),
  );
});

test('no bytes break the parser', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(parseMessage(Buffer.from(bytes))).toBeTypeOf('string');
    }),
  );
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(['string', 'object']).toContain(typeof parseMessage(Buffer.from(text)));
    }),
  );
});

test('nothing is read behind the first fault', () => {
  expect(receive([Buffer.from('x\n{"jsonrpc":"2.0","method":"m"}\ny\n')])).toMatchObject([{ reason: 'PROTOCOL' }]);
});

test.each([
  ['{"jsonrpc":"2.0","id":1.5,"method":"m"}', /`id` that is neither a number nor a short string/],
  ['{"jsonrpc":"2.0","id":null,"method":"m"}', /`id`/],
  ['{"jsonrpc":"2.0","method":"m","trial":"1"}', /`trial` that is not a whole number/],
  ['{"jsonrpc":"2.0","params":{}}', /neither `method` nor `id`/],
  ['null', /not a JSON-RPC 2\.0 message/],
  ['', /is not JSON/],
])('`%s` is refused', (line, problem) => {
  expect(parseMessage(Buffer.from(line))).toMatch(problem);
});

test('every JSON value passes, and what JSON.stringify would bend does not', () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => assertJson(value, 'it')));
  const deep = Array.from({ length: 101 }).reduce<unknown>((inner) => [inner], 1);
  for (const [value, message] of [
    [() => 1, 'it is a function, which JSON cannot hold'],
    [{ a: [Symbol('s')] }, 'it has at `/a/0` a symbol, which JSON cannot hold'],
    [{ 'a/b~': Number.NaN }, 'it has at `/a~1b~0` `NaN`, which JSON cannot hold'],
    [[undefined], 'it has at `/0` `undefined`, which JSON cannot hold'],
    [new Error('e'), 'it is a value of type `Error`, which JSON cannot hold'],
    [{ '\udfff': 1 }, 'it is a key with half of a surrogate pair, which JSON cannot hold'],
  ] as const)
    expect(() => assertJson(value, 'it')).toThrow(message);
  expect(() => assertJson(deep, 'it')).toThrow('more than 100 levels');
  expect(() => assertJson({ when: new Date(0), left: undefined }, 'it')).not.toThrow();
});

test('a quote of the output is its end, printable and relative to the workspace', () => {
  const tail = new OutputTail();
  tail.add(Buffer.from(`${'z'.repeat(10_000)}\n`));
  for (let line = 0; line < 20; line++)
    tail.add(Buffer.from(`line ${line}\u0007 \u001b[31mfile:///work/a.mjs:${line}\n`));
  expect(tail.bytes).toBeGreaterThan(10_000);
  expect(tail.quote('/work').split('\n')).toEqual(
    Array.from({ length: 8 }, (_, index) => `line ${index + 12}\ufffd a.mjs:${index + 12}`),
  );
  tail.restart();
  expect([tail.bytes, tail.quote('/work')]).toEqual([0, '']);
});
