/** Small fixes of one value or key whose right form is known: quotes, ranges, digests, ways out of a node, policies. */
import { alternatives, declaredIds, type Problem, schemaAt, valueAt } from '../../engine/documents/index.ts';
import { comparedDomain } from '../../engine/policy/index.ts';
import { appendItem, fillKey, insertKey, replaceScalar } from './edit.ts';
import { type Fix, type Fixer, mappingAround, nodeAt, quickFix, type TextEdit } from './fix.ts';
import { freeId, valueFor } from './required.ts';
import { scalarText } from './yaml-text.ts';

const obvious = { isPreferred: true } as const;
const certain = { isPreferred: true, isSafe: true } as const;

const replace = (title: string, problem: Problem, text: string, options = {}): readonly Fix[] => [
  quickFix(title, problem, [{ span: problem.span, text }], options),
];

/** A value of another type: quotes taken off, YAML 1.1's words for yes and no, one item for a list. */
export const correctType: Fixer = (problem, { document, file }) => {
  const place = document.placeAt(problem.span.start);
  if (place === null || place.onKey || place.node.type !== 'scalar' || document.kind === null) return [];
  const schema = schemaAt(document.kind, place.path);
  const types = schema === null ? [] : alternatives(schema).map(({ type }) => type);
  const { value, plain } = place.node;
  const written = file.text.slice(place.span.start, place.span.end);
  if (typeof value === 'string') {
    const isNumber = value.trim() !== '' && !Number.isNaN(Number(value));
    if (isNumber && !plain && (types.includes('integer') || types.includes('number')))
      return replace('remove the quotes', problem, value.trim(), certain);
    if (types.includes('boolean') && /^(y|yes|on|n|no|off)$/i.test(value)) {
      const word = String(/^(y|yes|on)$/i.test(value));
      return replace(`write \`${word}\``, problem, word, certain);
    }
  } else if (types.includes('string')) return [];
  // Brackets inside would be read as a list's own.
  const isWhole = !plain || !/[[\]{}]/.test(written);
  if (types.includes('array') && value !== null && isWhole)
    return replace('make it a list', problem, `[${written}]`, obvious);
  return [];
};

export const swapRange: Fixer = (problem, { document }) => {
  const path = document.placeAt(problem.span.start + 1)?.path ?? [];
  const range = path.lastIndexOf('between');
  const ends = range < 0 ? null : valueAt(document.value, path.slice(0, range + 1));
  if (!Array.isArray(ends) || ends.length !== 2) return [];
  return replace(`write \`[${ends[1]}, ${ends[0]}]\``, problem, `[${ends[1]}, ${ends[0]}]`, obvious);
};

export const lowerCase: Fixer = (problem, { file }) => {
  const written = file.text.slice(problem.span.start, problem.span.end);
  return replace('write it in lower case', problem, written.toLowerCase(), certain);
};

/** The host that an address, a URL or another spelling stands for. */
export const asHost: Fixer = (problem, { document, file }) => {
  const place = document.placeAt(problem.span.start);
  if (place === null || !place.path.includes('target.domains')) return [];
  for (const node of place.node.type === 'sequence' ? place.node.items : [place.node]) {
    const value = node?.type === 'scalar' ? node.value : null;
    const host = typeof value === 'string' ? comparedDomain(value) : null;
    if (node === null || !host || host === value) continue;
    return [quickFix(`write \`${host}\``, problem, [replaceScalar(file, node.span, host)], certain)];
  }
  return [];
};

export const correctDigest: Fixer = (problem, { document, file, context }) => {
  const { path = null, workspace = null } = context;
  const place = document.placeAt(problem.span.start)?.path;
  const part = place === undefined ? null : valueAt(document.value, [...place.slice(0, -1), 'path']);
  if (path === null || workspace === null || typeof part !== 'string') return [];
  const digest = workspace.digestOf?.(workspace.resolve(path, part)) ?? null;
  // Nothing is preferred or safe here: somebody has to look at what the file has become.
  if (digest === null) return [];
  const title = `take the file as it is now: \`${digest.slice(0, 19)}…\``;
  return [quickFix(title, problem, [replaceScalar(file, problem.span, digest)])];
};

export const replaceDeprecated: Fixer = (problem, { document, file }) => {
  const place = document.placeAt(problem.span.start);
  const schema = place === null || document.kind === null ? null : schemaAt(document.kind, place.path);
  const successor = schema?.['x-assay-replacedBy'];
  const siblings = place === null ? null : nodeAt(document, place.path.slice(0, -1));
  const isTaken = siblings?.type === 'mapping' && siblings.entries.some(({ key }) => key === successor);
  if (successor === undefined || isTaken) return [];
  return [quickFix(`write \`${successor}\``, problem, [replaceScalar(file, problem.span, successor)], certain)];
};

/** `next` or `else` for a node that leads nowhere: to the first node that ends, or to a new one. */
export const leadOn: Fixer = (problem, scene) => {
  const { document, file } = scene;
  const around = mappingAround(scene, problem);
  const list = nodeAt(document, ['spec', 'nodes']);
  if (around === null || list?.type !== 'sequence') return [];
  const key = problem.code === 'meaning/check-without-else' ? 'else' : 'next';
  const nodes = valueAt(document.value, ['spec', 'nodes']);
  const end = (Array.isArray(nodes) ? nodes : []).find((node: unknown) => valueAt(node, ['type']) === 'end');
  const id = valueAt(end, ['id']);
  if (typeof id === 'string')
    return [quickFix(`lead on to \`${id}\``, problem, [insertKey(file, around.node, { [key]: id })], obvious)];
  const free = freeId('done', declaredIds(document, 'node'));
  const edits = joined(
    insertKey(file, around.node, { [key]: free }),
    appendItem(file, list, { id: free, type: 'end' }),
  );
  return [quickFix(`lead on to a new node \`${free}\` that ends`, problem, edits, obvious)];
};

/** Two edits, as one where both put something in at the same place. */
const joined = (first: TextEdit, second: TextEdit): readonly TextEdit[] =>
  first.span.start === second.span.start && first.span.end === second.span.end
    ? [{ span: first.span, text: first.text + second.text }]
    : [first, second];

/** The key that a node of its type needs. */
export const insertNodeKey: Fixer = (problem, scene) => {
  const around = mappingAround(scene, problem);
  const key = /the key `(\w+)`/.exec(problem.message)?.[1];
  if (around === null || key === undefined) return [];
  const edit = insertKey(scene.file, around.node, { [key]: valueFor(scene, [...around.path, key]) });
  return [quickFix(`insert \`${key}\``, problem, [edit], obvious)];
};

/** A policy of the workspace for a variant that has none. */
export const applyPolicy: Fixer = (problem, scene) => {
  const around = mappingAround(scene, problem);
  if (around === null) return [];
  const all = scene.context.workspace?.documents('Policy').flatMap(({ name }) => name ?? []) ?? [];
  const names = all.filter((name) => all.indexOf(name) === all.lastIndexOf(name));
  const policies = around.node.entries.find(({ key }) => key === 'policies');
  return names.slice(0, 4).map((name) => {
    const edit =
      policies === undefined
        ? insertKey(scene.file, around.node, { policies: [name] })
        : policies.value.type === 'sequence'
          ? appendItem(scene.file, policies.value, name)
          : fillKey(scene.file, policies.keySpan, [name]);
    return quickFix(`apply the policy \`${scalarText(name)}\``, problem, [edit], { isPreferred: names.length === 1 });
  });
};
