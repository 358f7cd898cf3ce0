/** A key on its way out, declared in a schema as any would be: told, struck through and replaced. */
import { expect, test, vi } from 'vitest';

// No schema has such a key yet, so `unless` of rules is one here: the same object that all else reads.
vi.mock('../../server/engine/documents/generated/schemas.ts', async (original) => {
  const { schemas } = await original<{ schemas: Record<string, unknown> }>();
  const changed = structuredClone(schemas) as Record<string, { $defs: Record<string, { properties: object }> }>;
  Object.assign(changed['policy.schema.json']?.$defs.rule?.properties ?? {}, {
    unless: { $ref: '#/$defs/condition', deprecated: true, 'x-assay-replacedBy': 'when' },
  });
  return { schemas: changed };
});
const { complete, diagnose, fixAll, fixes } = await import('../../server/language/index.ts');
const { policy } = await import('./cases.ts');

const rule = (keys: string) => policy(`  rules:\n    - { id: a, effect: deny, ${keys} }\n`);

test('it is told and replaced, when asked and on saving', () => {
  const text = rule('unless: { tool.risk: 1 }');
  const [problem, ...others] = diagnose(text);
  expect(others).toEqual([]);
  expect(problem).toMatchObject({ code: 'meaning/deprecated-key', severity: 'warning', tag: 'deprecated' });
  const start = problem?.span.start ?? 0;
  const [fix] = fixes(text, { start, end: start });
  expect(fix).toMatchObject({ title: 'write `when`', isPreferred: true });
  const [edit] = fixAll(text);
  const after = text.slice(0, edit?.span.start) + edit?.text + text.slice(edit?.span.end);
  expect(after).toBe(rule('when: { tool.risk: 1 }'));
  expect(diagnose(after)).toEqual([]);
});

test('it is not replaced by a key that is there, and not offered', () => {
  const text = rule('when: { tool.risk: 2 }, unless: { tool.risk: 1 }');
  expect(diagnose(text).map(({ code }) => code)).toEqual(['meaning/deprecated-key']);
  expect(fixAll(text)).toEqual([]);
  expect(complete(rule(''), rule('').length - 3).map(({ label }) => label)).not.toContain('unless');
});
