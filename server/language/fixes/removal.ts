/** Fixes that take out what is there twice or does nothing, and new names for what has another's. */
import {
  declarations,
  declaredIds,
  kindInWords,
  type Path,
  type Span,
  schemaAt,
  valueAt,
} from '../../engine/documents/index.ts';
import { suppressionAt } from '../checks/index.ts';
import { insertKey, removeEntry, removeItem, replaceScalar } from './edit.ts';
import { type Fixer, mappingAround, nodeAt, quickFix, type Scene, type TextEdit } from './fix.ts';
import { freeId } from './required.ts';
import { scalarText } from './yaml-text.ts';

/** The list and the place in it of the innermost item around `path`. */
function removalOf({ document, file }: Scene, path: Path): TextEdit | null {
  const at = path.findLastIndex((step) => typeof step === 'number');
  const list = at < 0 ? null : nodeAt(document, path.slice(0, at));
  return list?.type === 'sequence' ? removeItem(file, list, Number(path[at])) : null;
}

/** An id that another item has: a free one, or away with the item. */
export const separateIds: Fixer = (problem, scene) => {
  const { document } = scene;
  const path = document.placeAt(problem.span.start)?.path ?? [];
  const noun = problem.code.split('duplicate-')[1] ?? '';
  const declaration = document.kind && declarations[document.kind].find((each) => each.noun === noun);
  const item = declaration ? path.slice(0, declaration.list.length + 1) : [];
  const id = declaration ? valueAt(document.value, [...item, declaration.key]) : null;
  if (!declaration || typeof id !== 'string') return [];
  const { pattern } = (document.kind && schemaAt(document.kind, [...item, declaration.key])) ?? {};
  const free = freeId(id, new Set(declaredIds(document, noun).keys()), pattern);
  const edit = newId(problem.span, scene, { path, item, key: declaration.key, id: free });
  const rename =
    edit === null ? [] : [quickFix(`call this ${noun} \`${free}\``, problem, [edit], { isPreferred: true })];
  const removal = removalOf(scene, item);
  return removal === null ? rename : [...rename, quickFix(`remove this ${noun}`, problem, [removal])];
};

interface NewId {
  /** Where the id is told to be another's: it itself, or the alias that repeats the item or merges its keys. */
  readonly path: Path;
  readonly item: Path;
  readonly key: string;
  readonly id: string;
}

/** An id in the place of one that is written, or beside the alias that it comes through. */
function newId(span: Span, { document, file }: Scene, { path, item, key, id }: NewId): TextEdit | null {
  if (path.length === item.length + 1 && path.at(-1) === key) return replaceScalar(file, span, id);
  const node = nodeAt(document, item);
  if (node?.type !== 'mapping') return null;
  if (path.length > item.length) return insertKey(file, node, { [key]: id });
  return { span, text: `{ <<: ${file.text.slice(span.start, span.end)}, ${key}: ${scalarText(id)} }` };
}

/** An item that does nothing. */
export const removeThisItem: Fixer = (problem, scene) => {
  const path = scene.document.placeAt(problem.span.start)?.path;
  const removal = path === undefined ? null : removalOf(scene, path);
  const isSafe = problem.code === 'schema/duplicate-item';
  return removal === null ? [] : [quickFix('remove it', problem, [removal], { isPreferred: isSafe, isSafe })];
};

/** A key that is written twice, or that nothing reads. Of two, one that has nothing behind it says nothing. */
export const removeThisKey: Fixer = (problem, { document, file }) => {
  const place = document.placeAt(problem.span.start);
  if (place === null || !place.onKey) return [];
  const parent = nodeAt(document, place.path.slice(0, -1));
  if (parent?.type !== 'mapping') return [];
  const key = place.path.at(-1);
  const own = parent.entries.findIndex(({ keySpan }) => keySpan.start === problem.span.start);
  const empty = parent.entries.findIndex((each) => each.key === key && each.value.span.start === each.value.span.end);
  const removal = own < 0 ? null : removeEntry(file, parent, empty < 0 ? own : empty);
  return removal === null ? [] : [quickFix(key === '' ? 'remove it' : `remove \`${key}\``, problem, [removal])];
};

/** The key whose value is in the way. */
export const removeKeyAround: Fixer = (problem, scene) => {
  const around = mappingAround(scene, problem);
  const key = scene.document.placeAt(problem.span.start)?.path.at(-1);
  const index = around?.node.entries.findIndex((entry) => entry.key === key) ?? -1;
  const removal = around === null || index < 0 ? null : removeEntry(scene.file, around.node, index);
  return removal === null ? [] : [quickFix(`remove \`${key}\``, problem, [removal])];
};

/** All but one of the keys that cannot stand together: each of them can go. */
export const removeRival: Fixer = (problem, { document, file }) => {
  const place = document.placeAt(problem.span.start);
  const node = place === null ? null : nodeAt(document, place.path);
  if (node?.type !== 'mapping') return [];
  return node.entries.flatMap(({ key }, index) => {
    const removal = problem.message.includes(`\`${key}\``) ? removeEntry(file, node, index) : null;
    return removal === null ? [] : [quickFix(`remove \`${key}\``, problem, [removal])];
  });
};

/** A pattern whose id another has. */
export const separatePatterns: Fixer = (problem, { document, file }) => {
  const patterns = valueAt(document.value, ['spec', 'patterns']);
  const path = document.placeAt(problem.span.start)?.path ?? [];
  const id = valueAt(document.value, path);
  if (path[1] !== 'patterns' || typeof id !== 'string' || !Array.isArray(patterns)) return [];
  const free = freeId(id, new Set(patterns.map((each: unknown) => String(valueAt(each, ['id'])))));
  return [quickFix(`call this pattern \`${free}\``, problem, [replaceScalar(file, problem.span, free)])];
};

/** A document whose name another of its kind has. */
export const separateNames: Fixer = (problem, { document, file, context }) => {
  const { kind, name } = document;
  if (kind === null || name === null) return [];
  const others = context.workspace?.documents(kind) ?? [];
  const own = file.documents.filter((each) => each.kind === kind);
  const free = freeId(name, new Set([...others, ...own].flatMap((each) => each.name ?? [])));
  const edit = replaceScalar(file, problem.span, free);
  return [quickFix(`call this ${kindInWords[kind]} \`${free}\``, problem, [edit])];
};

/** A code in a suppression comment that hides nothing; with the last code goes the comment. */
export const removeSuppression: Fixer = (problem, { file }) => {
  const { text, lines } = file;
  const comment = suppressionAt(file, problem.span.start);
  const index = comment?.codes.findIndex(({ span }) => span.start === problem.span.start) ?? -1;
  if (comment === null || index < 0) return [];
  const { codes } = comment;
  const title = codes.length > 1 ? `take \`${codes[index]?.code}\` out` : 'remove this comment';
  const fix = (edit: TextEdit) => [quickFix(title, problem, [edit], { isPreferred: true, isSafe: true })];
  if (codes.length > 1) {
    const [before, here, after] = [codes[index - 1], codes[index], codes[index + 1]];
    if (after !== undefined) return fix({ span: { start: problem.span.start, end: after.span.start }, text: '' });
    return fix({
      span: { start: before?.span.end ?? problem.span.start, end: here?.span.end ?? problem.span.end },
      text: '',
    });
  }
  const line = lines.lineAt(comment.span.start);
  const ahead = text.slice(lines.startOf(line), comment.span.start);
  if (ahead.trim() !== '')
    return fix({ span: { start: lines.startOf(line) + ahead.trimEnd().length, end: comment.span.end }, text: '' });
  return fix({ span: { start: lines.startOf(line), end: lines.startOf(line + 1) }, text: '' });
};
