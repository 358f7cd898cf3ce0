/** Fixes of budgets: the parent that is missing, too small, or counts something else, and a question that no answer helps. */
import { type Problem, valueAt } from '../../engine/documents/index.ts';
import { areForTheSame } from '../spending.ts';
import { budgetSummaries } from '../workspace.ts';
import { appendItem, insertKey, replaceScalar } from './edit.ts';
import { type Fixer, mappingAround, nodeAt, quickFix, type Scene } from './fix.ts';

const budgetsOf = ({ document }: Scene): readonly unknown[] => {
  const list = valueAt(document.value, ['spec', 'budgets']);
  return Array.isArray(list) ? list : [];
};

/** The budget that a `parent` names, of the child's unit and size. */
export const addBudget: Fixer = (problem, scene) => {
  const { document, file } = scene;
  const around = mappingAround(scene, problem);
  const list = nodeAt(document, ['spec', 'budgets']);
  if (around === null || list?.type !== 'sequence') return [];
  const child = valueAt(document.value, around.path);
  const [id, unit, limit, per, window] = ['parent', 'unit', 'limit', 'per', 'window'].map((key) =>
    valueAt(child, [key]),
  );
  if (typeof id !== 'string') return [];
  const budget = {
    id,
    unit: unit ?? 'calls',
    limit: limit ?? 1,
    ...(typeof per === 'string' && { per }),
    ...(typeof window === 'string' && { window }),
  };
  return [quickFix(`add a budget \`${id}\``, problem, [appendItem(file, list, budget)])];
};

/** What the children of a budget hold together in the same stretch, as its own limit. */
export const raiseParent: Fixer = (problem, scene) => {
  const around = mappingAround(scene, problem);
  const budgets = budgetSummaries(valueAt(scene.document.value, ['spec']));
  const id = around === null ? null : valueAt(scene.document.value, [...around.path, 'id']);
  const own = budgets.find((each) => each.id === id);
  const children =
    own === undefined
      ? []
      : budgets.filter((each) => each.parent === own.id && each.unit === own.unit && areForTheSame(each, own));
  const sum = children.reduce((total, each) => total + each.limit, 0);
  const limit = around === null ? null : nodeAt(scene.document, [...around.path, 'limit']);
  const text = String(Math.round(sum * 1e6) / 1e6);
  if (limit?.type !== 'scalar' || !Number.isFinite(sum) || children.length === 0) return [];
  return [quickFix(`raise the limit to \`${text}\``, problem, [{ span: limit.span, text }])];
};

/** The parent's unit, or what it is per, for the child. */
export const likeParent: Fixer = (problem, scene) => {
  const around = mappingAround(scene, problem);
  const parentId = around === null ? null : valueAt(scene.document.value, [...around.path, 'parent']);
  const parent = budgetsOf(scene).find((each) => valueAt(each, ['id']) === parentId);
  const key = problem.code === 'policy/parent-unit' ? 'unit' : 'per';
  const wanted = valueAt(parent, [key]) ?? (key === 'per' ? 'trial' : undefined);
  if (around === null || parent === undefined || typeof wanted !== 'string') return [];
  return [quickFix(`write \`${key}: ${wanted}\``, problem, [withValue(scene, around, key, wanted)])];
};

function withValue(
  { file, document }: Scene,
  { path, node }: NonNullable<ReturnType<typeof mappingAround>>,
  key: string,
  value: string,
) {
  const there = nodeAt(document, [...path, key]);
  return there?.type === 'scalar' ? replaceScalar(file, there.span, value) : insertKey(file, node, { [key]: value });
}

/** What it comes to anyway. */
export const denyInstead: Fixer = (problem, { file }) => [
  quickFix('write `deny`', problem, [replaceScalar(file, problem.span, 'deny')], { isPreferred: true }),
];

/** The rule about observations, which are known only after the action is done. */
export const onObservation: Fixer = (problem: Problem, scene: Scene) => {
  const path = scene.document.placeAt(problem.span.start)?.path.slice(0, 3) ?? [];
  const node = nodeAt(scene.document, path);
  if (path[1] !== 'rules' || node?.type !== 'mapping') return [];
  const edit = withValue(scene, { path, node }, 'on', 'observation');
  return [quickFix('make it a rule about observations', problem, [edit], { isPreferred: true })];
};
