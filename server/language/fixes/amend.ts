/** Small fixes of one value or key whose right form is known: quotes, ranges, digests, ways out of a node, new budgets. */
import { alternatives, type Problem, schemaAt, valueAt } from '../../engine/documents/index.ts';
import { appendItem, fillKey, insertKey } from './edit.ts';
import { type Fix, type Fixer, nodeAt, quickFix, type Scene } from './fix.ts';
import { valueFor } from './required.ts';
import { scalarText } from './yaml-text.ts';

const obvious = { isPreferred: true } as const;
const certain = { isPreferred: true, isSafe: true } as const;

const replace = (title: string, problem: Problem, text: string, options = {}): readonly Fix[] => [
  quickFix(title, problem, [{ span: problem.span, text }], options),
];

/** A value of another type: quotes put on or taken off, YAML 1.1's words for yes and no, one item for a list. */
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
  } else if (value !== null && types.includes('string'))
    return replace('put it in quotes', problem, JSON.stringify(written), certain);
  if (types.includes('array') && value !== null) return replace('make it a list', problem, `[${written}]`, obvious);
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

export const correctDigest: Fixer = (problem, { document, context }) => {
  const { path = null, workspace = null } = context;
  const place = document.placeAt(problem.span.start)?.path;
  const part = place === undefined ? null : valueAt(document.value, [...place.slice(0, -1), 'path']);
  if (path === null || workspace === null || typeof part !== 'string') return [];
  const digest = workspace.digestOf?.(workspace.resolve(path, part)) ?? null;
  // Nothing is preferred or safe here: somebody has to look at what the file has become.
  return digest === null ? [] : replace(`take the file as it is now: \`${digest.slice(0, 19)}…\``, problem, digest);
};

export const replaceDeprecated: Fixer = (problem, { document }) => {
  const place = document.placeAt(problem.span.start);
  const schema = place === null || document.kind === null ? null : schemaAt(document.kind, place.path);
  const successor = schema?.['x-assay-replacedBy'];
  const siblings = place === null ? null : nodeAt(document, place.path.slice(0, -1));
  const isTaken = siblings?.type === 'mapping' && siblings.entries.some(({ key }) => key === successor);
  return successor === undefined || isTaken ? [] : replace(`write \`${successor}\``, problem, successor, certain);
};

/** The mapping that a problem's value stands in. */
function mappingAround({ document }: Scene, problem: Problem) {
  const path = document.placeAt(problem.span.start)?.path.slice(0, -1);
  const node = path === undefined ? null : nodeAt(document, path);
  return path === undefined || node?.type !== 'mapping' ? null : { path, node };
}

/** `next` or `else` for a node that leads nowhere: to the first node that ends. */
export const leadOn: Fixer = (problem, scene) => {
  const around = mappingAround(scene, problem);
  if (around === null) return [];
  const key = problem.code === 'meaning/check-without-else' ? 'else' : 'next';
  const nodes = valueAt(scene.document.value, ['spec', 'nodes']);
  const end = (Array.isArray(nodes) ? nodes : []).find((node: unknown) => valueAt(node, ['type']) === 'end');
  const id = valueAt(end, ['id']);
  const toEnd =
    typeof id === 'string'
      ? [quickFix(`lead on to \`${id}\``, problem, [insertKey(scene.file, around.node, { [key]: id })], obvious)]
      : [];
  return key === 'else' ? toEnd : [...toEnd, ...replace('make it `type: end`', problem, 'end')];
};

/** The key that a node of its type needs. */
export const insertNodeKey: Fixer = (problem, scene) => {
  const around = mappingAround(scene, problem);
  const key = /the key `(\w+)`/.exec(problem.message)?.[1];
  if (around === null || key === undefined) return [];
  const edit = insertKey(scene.file, around.node, { [key]: valueFor(scene, [...around.path, key]) });
  return [quickFix(`insert \`${key}\``, problem, [edit], obvious)];
};

/** The budget that a `parent` names, of the child's unit and size. */
export const addBudget: Fixer = (problem, scene) => {
  const { document, file } = scene;
  const around = mappingAround(scene, problem);
  const list = nodeAt(document, ['spec', 'budgets']);
  if (around === null || list?.type !== 'sequence') return [];
  const child = valueAt(document.value, around.path);
  const [id, unit, limit, per] = ['parent', 'unit', 'limit', 'per'].map((key) => valueAt(child, [key]));
  if (typeof id !== 'string') return [];
  const budget = { id, unit: unit ?? 'calls', limit: limit ?? 1, ...(typeof per === 'string' && { per }) };
  return [quickFix(`add a budget \`${id}\``, problem, [appendItem(file, list, budget)])];
};

/** A policy of the workspace for a variant that has none. */
export const applyPolicy: Fixer = (problem, scene) => {
  const around = mappingAround(scene, problem);
  if (around === null) return [];
  const names = scene.context.workspace?.documents('Policy').flatMap(({ name }) => name ?? []) ?? [];
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
