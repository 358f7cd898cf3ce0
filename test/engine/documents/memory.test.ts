/** Versions of a text that are gone are let go of, wherever they were edited. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { readText } from '../../../server/engine/documents/index.ts';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');
const heapMb = (): number => {
  collect();
  return process.memoryUsage().heapUsed / 1e6;
};

test('edits at many places of a long text leave no older versions of it behind', () => {
  const rules = Array.from(
    { length: 8_000 },
    (_, index) => `    - { id: a-rule-with-a-long-name-${index}, effect: deny }\n`,
  );
  const head = 'apiVersion: assay/v1\nkind: Policy\nmetadata: { name: p }\nspec:\n  rules:\n';
  let source = readText(head + rules.join(''));
  const edit = (rule: number) => {
    const at = source.text.indexOf(`long-name-${rule},`);
    source = source.edit(at, at, 'very-');
  };
  for (let rule = 0; rule < 4_000; rule += 400) edit(rule);
  const before = heapMb();
  for (let rule = 4_000; rule < 8_000; rule += 40) edit(rule);
  // A hundred versions of this text are more than 50 MB.
  expect(heapMb() - before).toBeLessThan(10);
  expect(source.documents[0]?.value).toMatchObject({ spec: { rules: expect.any(Array) } });
});
