/** Fixes of calls of tools, and of what environments say of their tools. */
import {
  foreignIdsAt,
  type Problem,
  referredDocuments,
  type Schema,
  suggest,
  valueAt,
  type WorkspaceDocument,
} from '../../engine/documents/index.ts';
import { misfitsOf } from '../checks/fitting.ts';
import { pointersToTexts } from '../checks/tool-schemas.ts';
import { appendItem, isJsonAt, replaceScalar } from './edit.ts';
import { type Fix, type Fixer, nodeAt, quickFix, type Scene, schemaOf } from './fix.ts';
import { removeThisKey } from './removal.ts';
import { fillEmpty, insertRequired } from './required.ts';
import { correctSpelling, maxOffers } from './spelling.ts';
import { flowText } from './yaml-text.ts';

/** A tool that a preset does not list: its name as one of the list is spelled, or on the list. */
export const listTool: Fixer = (problem, scene) => {
  const { document, file, context } = scene;
  const place = document.placeAt(problem.span.start);
  const list = nodeAt(document, ['spec', 'tools']);
  const tool = place?.node.type === 'scalar' ? place.node.value : null;
  if (place === null || list?.type !== 'sequence' || typeof tool !== 'string') return [];
  const { path = null, workspace = null } = context;
  const declared = path === null || workspace === null ? null : foreignIdsAt(document, place.path, path, workspace);
  const near = suggest(tool, textsIn(valueAt(document.value, ['spec', 'tools'])));
  // A name that the environment has is hardly misspelt. To list the tool lets the agent call it, so it is never preferred.
  return [
    ...(near === null ? [] : [spell(problem, scene, near, declared?.has(tool) !== true)]),
    quickFix(`add \`${tool}\` to \`tools\``, problem, [appendItem(file, list, tool)]),
  ];
};

const textsIn = (list: unknown): readonly string[] =>
  Array.isArray(list) ? list.filter((each) => typeof each === 'string') : [];

const spell = (problem: Problem, { file }: Scene, text: string, isPreferred: boolean): Fix =>
  quickFix(`change to \`${text}\``, problem, [replaceScalar(file, problem.span, text)], { isPreferred });

/** A target that no input has: the nearest text of the input; where none is near and there are few, each of them. */
export const reachTarget: Fixer = (problem, scene) => {
  const place = scene.document.placeAt(problem.span.start);
  const target = place?.node.type === 'scalar' ? place.node.value : null;
  if (place === null || typeof target !== 'string') return [];
  const tool = valueAt(scene.document.value, place.path.slice(0, 3));
  const listed = textsIn(valueAt(tool, ['targets']));
  const free = pointersToTexts(valueAt(tool, ['input'])).filter((pointer) => !listed.includes(pointer));
  const near = suggest(target, free);
  const offers = near === null ? (free.length <= maxOffers ? free : []) : [near];
  return offers.map((pointer) => spell(problem, scene, pointer, pointer === near));
};

/** A preset whose tools the experiment's environment does not have: one that is made for it, or the environment that it is made for. */
export const matchPreset: Fixer = (problem, scene) => {
  const { document, file, context } = scene;
  const { path = null, workspace = null } = context;
  const preset = document.placeAt(problem.span.start)?.node;
  const environment = nodeAt(document, ['spec', 'environment']);
  if (preset?.type !== 'scalar' || environment?.type !== 'scalar' || path === null || workspace === null) return [];
  const meant = (kind: 'Environment' | 'Preset', reference: unknown, from: string): WorkspaceDocument | null => {
    const [one, another] = typeof reference === 'string' ? referredDocuments(kind, reference, from, workspace) : [];
    return one === undefined || another !== undefined ? null : one;
  };
  const here = meant('Environment', environment.value, path);
  const fitting = workspace
    .documents('Preset')
    .filter((other) => here !== null && meant('Environment', other.environment, other.path) === here);
  const names = [...new Set(fitting.flatMap(({ name }) => name ?? []))];
  const chosen = meant('Preset', preset.value, path);
  const its = chosen === null ? null : meant('Environment', chosen.environment, chosen.path);
  return [
    ...names.slice(0, maxOffers).map((name) => spell(problem, scene, name, names.length === 1)),
    ...(its === null || its.name === null
      ? []
      : [quickFix(`run it in \`${its.name}\``, problem, [replaceScalar(file, environment.span, its.name)])]),
  ];
};

/** An input that does not fit: what its schema says instead, as for the forms of documents. */
export const fitInput: Fixer = (problem, scene) => {
  const place = scene.document.placeAt(problem.span.start);
  if (place === null) return [];
  const schema = schemaOf(scene, place.path);
  if (schema === null)
    return place.onKey && schemaOf(scene, place.path.slice(0, -1)) !== null
      ? [correctSpelling, removeThisKey].flatMap((fixer) => fixer(problem, scene))
      : [];
  if (place.node.type === 'mapping') return insertRequired(problem, scene);
  if (place.onKey) return fillEmpty(problem, scene);
  if (place.node.type !== 'scalar') return [];
  const written = scene.file.text.slice(problem.span.start, problem.span.end);
  const values = fittingValues(schema, place.node.value, written);
  return values.map((value) => writeValue(problem, scene, value, values.length === 1));
};

/** What a value may have been meant as, as far as that fits the schema. */
function fittingValues(schema: Schema, value: unknown, written: string): readonly unknown[] {
  const words = textsIn(schema.enum);
  const near = typeof value === 'string' ? suggest(value, words) : null;
  const candidates: readonly unknown[] = [
    ...(typeof value === 'string' ? [...numbersIn(value), ...answersIn(value)] : [written]),
    ...(typeof value === 'number' ? [intoRange(schema, value)] : []),
    [value],
    ...(near === null ? (words.length <= maxOffers ? words : []) : [near]),
  ];
  return candidates.filter((each) => misfitsOf(schema, each, { taker: '', isWhole: true }).length === 0);
}

const intoRange = ({ minimum = -Infinity, maximum = Infinity }: Schema, value: number): number =>
  Math.min(Math.max(value, minimum), maximum);

const numbersIn = (text: string): readonly number[] =>
  text.trim() === '' || Number.isNaN(Number(text)) ? [] : [Number(text)];

/** Words for yes and no, some of them from YAML 1.1. */
const answersIn = (text: string): readonly boolean[] =>
  /^(y|yes|on|true|n|no|off|false)$/i.test(text) ? [/^(y|yes|on|true)$/i.test(text)] : [];

function writeValue(problem: Problem, { file }: Scene, value: unknown, isPreferred: boolean): Fix {
  const edit =
    typeof value === 'string'
      ? replaceScalar(file, problem.span, value)
      : { span: problem.span, text: flowText(value, isJsonAt(file, problem.span.start)) };
  return quickFix(`write \`${flowText(value)}\``, problem, [edit], { isPreferred });
}
