/**
 * Extracts a rule into a policy of its own and names that wherever the old one applies. Offered only where no decision
 * changes: a rule that is weaker than its policy's default would lose against it once it stands apart.
 */
import {
  type DocumentKind,
  dereference,
  type Effect,
  isPath,
  placesMatching,
  type SourceDocument,
  type SyntaxNode,
  valueAt,
  type WorkspaceView,
} from '../../engine/documents/index.ts';
import { strengthOf } from '../../engine/policy/index.ts';
import type { SourceFile } from '../file.ts';
import { appendItem, columnOf, contentEnd, lineBreakOf, removeEntry, removeItem } from './edit.ts';
import { type Change, type Fix, nodeAt, type Scene, type TextEdit } from './fix.ts';
import { freeId } from './required.ts';

const effects: ReadonlySet<unknown> = new Set<Effect>(['allow', 'ask', 'deny', 'halt']);
const isEffect = (value: unknown): value is Effect => effects.has(value);

/** The extraction of the rule at `offset`; none where it would change a decision or cannot be done everywhere. */
export function extractRule(scene: Scene, offset: number): readonly Fix[] {
  const { document, file, context } = scene;
  const { path: from = null, workspace = null } = context;
  if (document.kind !== 'Policy' || !document.valid || document.name === null || from === null || workspace === null)
    return [];
  const [spec, rules, index] = document.placeAt(offset)?.path ?? [];
  if (spec !== 'spec' || rules !== 'rules' || typeof index !== 'number') return [];
  const rule = valueAt(document.value, ['spec', 'rules', index]);
  const [id, effect] = [valueAt(rule, ['id']), valueAt(rule, ['effect'])];
  const fallback = valueAt(document.value, ['spec', 'default']) ?? 'deny';
  if (typeof id !== 'string' || !isEffect(effect) || !isEffect(fallback)) return [];
  if (strengthOf(effect) < strengthOf(fallback)) return [];
  const removal = removalOf(file, document, index);
  const text = ruleText(file, document, index);
  if (removal === null || text === null) return [];
  const taken = new Set(workspace.documents('Policy').flatMap(({ name }) => name ?? []));
  const name = freeId(id, taken);
  const path = workspace.resolve(from, `./${name}.policy.yaml`);
  const uses = referenceEverywhere(scene, document.name, from, name, workspace);
  if (workspace.fileExists(path) || uses === null) return [];
  const eol = lineBreakOf(file);
  const head = `apiVersion: assay/v1${eol}kind: Policy${eol}metadata:${eol}  name: ${name}${eol}spec:${eol}  default: allow${eol}  rules:${eol}`;
  const create: Change = { type: 'create', path, text: `${head}${text}${eol}` };
  const here: Change = { type: 'edit', path: null, edits: [removal] };
  const title = `extract rule \`${id}\` into a policy of its own`;
  return [{ title, kind: 'refactor.extract', problems: [], changes: [create, here, ...uses] }];
}

/** The rule out of its list; the last one takes the list with it. */
function removalOf(file: SourceFile, document: SourceDocument, index: number): TextEdit | null {
  const list = nodeAt(document, ['spec', 'rules']);
  if (list?.type !== 'sequence') return null;
  if (list.items.length > 1) return removeItem(file, list, index);
  const spec = nodeAt(document, ['spec']);
  if (spec?.type !== 'mapping') return null;
  return removeEntry(
    file,
    spec,
    spec.entries.findIndex(({ key }) => key === 'rules'),
  );
}

/** The rule as it is written, as an item of a list indented by four; null where its text leans on the rest of the file. */
function ruleText(file: SourceFile, document: SourceDocument, index: number): string | null {
  const list = nodeAt(document, ['spec', 'rules']);
  const item = list?.type === 'sequence' ? list.items[index] : undefined;
  if (item === undefined || !standsAlone(item)) return null;
  const column = columnOf(file, item.span.start);
  const lines = file.text.slice(item.span.start, contentEnd(file, item)).split(/\r?\n/);
  if (/(^|\s)&\S/.test(lines.join('\n'))) return null;
  const shifted = lines.slice(1).map((line) => {
    const indent = /^ */.exec(line)?.[0].length ?? 0;
    return line.trim() === '' ? '' : `${' '.repeat(Math.max(6, indent - column + 6))}${line.trimStart()}`;
  });
  return [`    - ${lines[0]}`, ...shifted].join(lineBreakOf(file));
}

function standsAlone(node: SyntaxNode): boolean {
  if (node.type === 'alias') return false;
  if (node.type === 'sequence') return node.items.every(standsAlone);
  return node.type !== 'mapping' || node.entries.every(({ value, merge }) => !merge && standsAlone(value));
}

/** Lists of policies in other documents; in capsules, lists of files. */
const lists: readonly { readonly kind: DocumentKind; readonly at: readonly string[]; readonly key?: string }[] = [
  { kind: 'Experiment', at: ['spec', 'policies'] },
  { kind: 'Experiment', at: ['spec', 'variants', '*', 'policies'] },
  { kind: 'PolicyTest', at: ['spec', 'policies'] },
  { kind: 'Capsule', at: ['spec', 'policies'], key: 'path' },
];

/** The new policy beside the old one in every list; null when a document that may name the old one cannot be edited. */
function referenceEverywhere(
  scene: Scene,
  oldName: string,
  oldPath: string,
  newName: string,
  workspace: WorkspaceView,
): readonly Change[] | null {
  const kinds: readonly DocumentKind[] = ['Experiment', 'PolicyTest', 'Capsule'];
  const paths = new Set(kinds.flatMap((kind) => workspace.documents(kind).map(({ path }) => path)));
  const changes: Change[] = [];
  for (const path of paths) {
    const isHere = path === oldPath;
    const file = isHere ? scene.file : (scene.context.read?.(path) ?? null);
    if (file === null) return null;
    const edits = file.documents.flatMap((document) =>
      lists
        .filter(({ kind }) => kind === document.kind)
        .flatMap(({ at, key }) =>
          placesMatching(document.value, at).flatMap((place) => {
            const reference = referenceTo(place.value, key, oldName, oldPath, path, workspace);
            const list = reference === null ? null : nodeAt(document, place.path);
            if (reference === null || list?.type !== 'sequence' || !isOwnText(document, list)) return [];
            const name = isPath(reference) ? reference.replace(/[^/]*$/, `${newName}.policy.yaml`) : newName;
            return [appendItem(file, list, key === undefined ? name : { [key]: name })];
          }),
        ),
    );
    // Two edits at one place mean a list that several share through an alias: once is enough.
    const each = [...new Map(edits.map((edit) => [edit.span.start, edit])).values()];
    if (each.length > 0) changes.push({ type: 'edit', path: isHere ? null : path, edits: each });
  }
  return changes;
}

const isOwnText = (document: SourceDocument, list: SyntaxNode): boolean =>
  list.span.start >= document.span.start && dereference(list) === list;

/** How a list refers to the old policy; null when it does not. */
function referenceTo(
  list: unknown,
  key: string | undefined,
  name: string,
  path: string,
  from: string,
  workspace: WorkspaceView,
): string | null {
  for (const item of Array.isArray(list) ? list : []) {
    const reference: unknown = key === undefined ? item : valueAt(item, [key]);
    if (typeof reference !== 'string') continue;
    if (isPath(reference) ? workspace.resolve(from, reference) === path : reference === name) return reference;
  }
  return null;
}
