/**
 * What can be done about findings of proofs: a rule or budget that does nothing goes, a rule gets an exception, a budget
 * another limit; and the action that shows the finding becomes a case of a policy test.
 */
import { referredDocuments, type SourceDocument, valueAt } from '../../engine/documents/index.ts';
import type { Place, Fix as WayOut } from '../../engine/policy/prove/index.ts';
import { addCase, type PolicyCase, policyTestText } from '../cases.ts';
import type { SourceFile } from '../file.ts';
import { type ProofFinding, provedBy, witnessCase } from '../proofs/index.ts';
import { contentEnd, insertKey, isJsonAt, removeEntry, removeItem } from './edit.ts';
import { type Change, type Fix, type Fixer, nodeAt, type Scene, type TextEdit } from './fix.ts';
import { flowText } from './yaml-text.ts';

export const mendProved: Fixer = (problem, scene) => {
  const finding = provedBy(problem, scene.file, scene.context);
  if (!finding?.proved) return [];
  const { fixes } = finding.proved;
  return fixes.flatMap((way, index) => {
    const there = hold(way.place, finding, scene);
    const made = there && editFor(way, there, finding, scene);
    if (there === null || made === null) return [];
    const changes: Change[] = [{ type: 'edit', path: there.path, edits: [made.edit] }];
    const isPreferred = index === 0 && way.kind !== 'narrow';
    return [{ title: made.title, kind: 'quickfix', problems: [problem], changes, ...(isPreferred && { isPreferred }) }];
  });
};

/** A document as it can be edited. */
interface Held {
  /** Null for the file at hand. */
  readonly path: string | null;
  readonly file: SourceFile;
  readonly document: SourceDocument;
}

function hold(place: Place, finding: ProofFinding, { file, context }: Scene): Held | null {
  const there = finding.written(place);
  if (there === null) return null;
  const source = there.path === null ? file : (context.read?.(there.path) ?? null);
  // What has been edited since it was proved is better left alone.
  const document = source?.documents.find(
    ({ name, value }) => name === there.document.name && valueAt(value, [...place.path, 'id']) === place.id,
  );
  return source && document ? { path: there.path, file: source, document } : null;
}

function editFor(
  way: WayOut,
  held: Held,
  finding: ProofFinding,
  scene: Scene,
): { title: string; edit: TextEdit } | null {
  const { place } = way;
  const name = `\`${place.id}\``;
  const elsewhere = held.path === null ? '' : ` in \`${held.path}\``;
  switch (way.kind) {
    case 'delete': {
      const edit = removal(held, place);
      return edit && { title: `remove this ${place.kind}`, edit };
    }
    case 'set-limit': {
      const limit = nodeAt(held.document, [...place.path, 'limit']);
      if (limit?.type !== 'scalar') return null;
      return { title: `set the limit to \`${way.limit}\``, edit: { span: limit.span, text: String(way.limit) } };
    }
    case 'narrow': {
      const conditions = way.like.map((like) => {
        const there = hold(like, finding, scene);
        return there && conditionOf(there.document, like);
      });
      const sound = conditions.filter((condition) => condition !== null);
      const [only] = sound;
      if (sound.length < way.like.length || only === undefined) return null;
      const edit = exception(held, place, sound.length === 1 ? only : { any: sound });
      const names = way.like.map(({ id }) => `\`${id}\``).join(' and ');
      return (
        edit && {
          title: `except from ${name}${elsewhere} what ${names} ${way.like.length > 1 ? 'are' : 'is'} about`,
          edit,
        }
      );
    }
  }
}

/** The item, or with the last one its list. */
function removal({ file, document }: Held, { path }: Place): TextEdit | null {
  const list = nodeAt(document, path.slice(0, -1));
  const index = Number(path.at(-1));
  if (list?.type !== 'sequence') return null;
  if (list.items.length > 1) return removeItem(file, list, index);
  const parent = nodeAt(document, path.slice(0, -2));
  if (parent?.type !== 'mapping') return null;
  return removeEntry(
    file,
    parent,
    parent.entries.findIndex(({ key }) => key === path.at(-2)),
  );
}

const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** When a rule matches, as a condition; null when that cannot be written as one, as with times, or is always. */
function conditionOf(document: SourceDocument, { path }: Place): object | null {
  const spec = valueAt(document.value, ['spec']);
  const rule = valueAt(document.value, path);
  const isTimed = (extent: unknown) =>
    ['during', 'validFrom', 'until', 'renew'].some((key) => valueAt(extent, [key]) !== undefined);
  if (isTimed(spec) || isTimed(rule)) return null;
  const [when, unless] = [valueAt(rule, ['when']), valueAt(rule, ['unless'])];
  const parts = [
    ...[spec, rule].map((extent) => scopeOf(valueAt(extent, ['scope']))),
    ...(isMapping(when) ? [when] : []),
    ...(isMapping(unless) ? [{ not: unless }] : []),
  ].filter((part) => Object.keys(part).length > 0);
  const keys = parts.flatMap((part) => Object.keys(part));
  if (keys.length === 0) return null;
  return new Set(keys).size === keys.length ? Object.assign({}, ...parts) : { all: parts };
}

function scopeOf(scope: unknown): object {
  const signals = { roles: 'agent.role', nodes: 'agent.node', tags: 'tool.tags' };
  return Object.fromEntries(
    Object.entries(signals).flatMap(([key, signal]) => {
      const list = valueAt(scope, [key]);
      return Array.isArray(list) ? [[signal, list]] : [];
    }),
  );
}

/** `unless` with one condition more. */
function exception({ file, document }: Held, { path }: Place, condition: object): TextEdit | null {
  const rule = nodeAt(document, path);
  if (rule?.type !== 'mapping') return null;
  const there = rule.entries.find(({ key }) => key === 'unless');
  if (there === undefined) return insertKey(file, rule, { unless: condition });
  const before = valueAt(document.value, [...path, 'unless']);
  const start = file.text.indexOf(':', there.keySpan.end) + 1;
  const text = ` ${flowText({ any: [before, condition] }, isJsonAt(file, there.keySpan.start))}`;
  return { span: { start, end: Math.max(start, contentEnd(file, there.value)) }, text };
}

export const keepWitness: Fixer = (problem, scene) => {
  const finding = provedBy(problem, scene.file, scene.context);
  const witness = finding?.proved?.witness() ?? null;
  const made = witness && witnessCase(witness);
  if (finding === null || !made) return [];
  const inTests = testsOf(finding, scene).flatMap(({ path, document, file }): Fix[] => {
    const edit = addCase(file, document, made);
    const title = `add the action that shows it to the policy test \`${document.name ?? path}\``;
    return edit === null ? [] : [asFix(title, { type: 'edit', path, edits: [edit] })];
  });
  const created = inTests.length > 0 ? null : newTest(finding, made, scene);
  return created === null ? inTests : [asFix('make a policy test of the action that shows it', created)];
};

/** It solves no problem: the finding stays. */
const asFix = (title: string, change: Change): Fix => ({ title, kind: 'quickfix', problems: [], changes: [change] });

/** The first tests of just those policies, in the same environment: in others something else may be decided. */
function testsOf({ together }: ProofFinding, { context }: Scene): (Held & { readonly path: string })[] {
  const { workspace, read } = context;
  if (workspace == null || read === undefined) return [];
  const wanted = together.policies.map(({ path, name }) => `${path} ${name}`).sort();
  const paths = [...new Set(workspace.documents('PolicyTest').map(({ path }) => path))];
  return paths
    .flatMap((path) => {
      const file = read(path);
      const tests = file?.documents.filter((document) => document.kind === 'PolicyTest' && document.valid) ?? [];
      return tests.flatMap((document) => (file === null ? [] : [{ path, file, document }]));
    })
    .filter(({ path, document }) => {
      const named = valueAt(document.value, ['spec', 'policies']);
      const meant = (Array.isArray(named) ? named : []).flatMap((text) =>
        referredDocuments('Policy', String(text), path, workspace).map((each) => `${each.path} ${each.name}`),
      );
      const environment = valueAt(document.value, ['spec', 'environment']) ?? null;
      const isThere =
        typeof environment === 'string'
          ? referredDocuments('Environment', environment, path, workspace)[0]?.path === together.environment?.path
          : together.environment === null;
      return isThere && meant.sort().join() === wanted.join();
    })
    .slice(0, 2);
}

/** A file beside the policy, under a name that is free. */
function newTest({ together }: ProofFinding, made: PolicyCase, { document, context }: Scene): Change | null {
  const { path = null, workspace = null } = context;
  const names = together.policies.flatMap(({ name }) => name ?? []);
  if (path === null || workspace === null || document.name === null || names.length < together.policies.length)
    return null;
  const isTaken = (name: string) =>
    workspace.fileExists(workspace.resolve(path, `./${name}.policytest.yaml`)) ||
    workspace.documents('PolicyTest').some((other) => other.name === name);
  let name = `${document.name}-proofs`;
  for (let count = 2; isTaken(name); count++) name = `${document.name}-proofs-${count}`;
  const environment = together.environment?.name ?? undefined;
  const text = policyTestText(name, { policies: names, environment }, [made]);
  return { type: 'create', path: workspace.resolve(path, `./${name}.policytest.yaml`), text };
}
