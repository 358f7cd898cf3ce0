/** "Did you mean": keys, values, ids, names and codes that are near to what is written. */
import {
  alternatives,
  type DocumentKind,
  documentKinds,
  entryOf,
  foreignIdsAt,
  localIdsAt,
  namesBeside,
  type Path,
  type PlaceInTree,
  propertiesOf,
  referenceAt,
  type Schema,
  schemaAt,
  signals,
  suggest,
  suggestKey,
  valueAt,
} from '../../engine/documents/index.ts';
import { declaredAgents } from '../checks/agents.ts';
import { declaredInEnvironments } from '../checks/conditions.ts';
import { nearestCode, nearestDirective } from '../checks/index.ts';
import { fillKey, isJsonAt, replaceScalar } from './edit.ts';
import { type Fixer, nodeAt, quickFix, type Scene, schemaOf } from './fix.ts';
import { flowText } from './yaml-text.ts';

/** More words than this are no choice but a list. */
export const maxOffers = 5;

/** The nearest word; where none is near and few are possible, each of them. */
export const correctSpelling: Fixer = (problem, scene) => {
  const place = scene.document.placeAt(problem.span.start);
  if (place === null) return [];
  const word = String(place.onKey ? place.path.at(-1) : place.node.type === 'scalar' ? place.node.value : '');
  // What has no name at all is no spelling of one.
  const words = word === '' && place.onKey ? [] : [...(wordsFor(problem.code, place, scene) ?? [])];
  // A key that its value stands too close to is not misspelt.
  if (place.onKey && words.some((each) => word.startsWith(`${each}:`) || word.startsWith(`${each} `))) return [];
  const near = (place.onKey ? suggestKey : suggest)(word, words);
  if (near === null && problem.message.includes('did you mean `')) return [];
  const few = words.length <= maxOffers ? words : [];
  const meant = problem.code === 'schema/unknown-key' ? few.filter(isTaken(place, scene)) : few;
  const offers = near === null ? meant : [near];
  return offers.map((offer) =>
    quickFix(`change to \`${offer}\``, problem, [replaceScalar(scene.file, problem.span, offer)], {
      isPreferred: offer === near,
      isSafe: fold(offer) === fold(word),
    }),
  );
};

/** Of keys that are not near to what is written, only one that takes what stands behind it may have been meant. */
function isTaken({ path }: PlaceInTree, scene: Scene): (word: string) => boolean {
  const value = valueAt(scene.document.value, path);
  const schema = schemaOf(scene, path.slice(0, -1));
  const known = schema === null || value === null ? null : propertiesOf(schema);
  return (word) => {
    const below = known?.get(word);
    return below === undefined || takes(below, value);
  };
}

const fold = (word: string): string => word.toLowerCase().replace(/[-_\s]/g, '');

/** What may stand at a place where something else was found. */
function wordsFor(code: string, place: PlaceInTree, scene: Scene): Iterable<string> | null {
  const { document, context } = scene;
  const { kind } = document;
  const { path: file = null, workspace = null } = context;
  const around = file === null || workspace === null ? null : { file, workspace };
  if (code === 'schema/unknown-kind') return documentKinds;
  if (kind === null) return null;
  switch (code) {
    case 'schema/unknown-key':
    case 'schema/comparator':
    case 'meaning/tool-input': {
      const schema = schemaOf(scene, place.path.slice(0, -1));
      const parent = nodeAt(document, place.path.slice(0, -1));
      const isPresent = (key: string) => parent?.type === 'mapping' && entryOf(parent, key) !== null;
      if (schema === null) return null;
      const value = valueAt(document.value, place.path);
      // A key that does not take what stands behind it was not meant.
      return [...propertiesOf(schema)].flatMap(([key, below]) =>
        isPresent(key) || (code === 'schema/comparator' && !takes(below, value)) ? [] : key,
      );
    }
    case 'schema/value':
      return place.onKey ? null : listedWords(kind, place.path);
    case 'policy/unknown-pattern':
      return idsIn(valueAt(document.value, ['spec', 'patterns']));
    case 'policy/unknown-zone':
      return context.zones?.names?.() ?? null;
    case 'meaning/unknown-signal':
      return signals.map(({ name }) => name);
    case 'reference/undeclared-tool':
    case 'reference/undeclared-tag': {
      const declared = workspace === null ? null : declaredInEnvironments(workspace);
      return declared?.[code === 'reference/undeclared-tool' ? 'tool' : 'tag'] ?? null;
    }
    case 'reference/undeclared-role':
      return workspace === null ? null : declaredAgents(workspace).role;
    case 'reference/undeclared-node':
      return workspace === null ? null : declaredAgents(workspace).node;
    case 'reference/undeclared-variant':
      return workspace === null ? null : declaredAgents(workspace).variant;
    case 'reference/unknown-rule':
    case 'reference/unknown-tool':
      return around === null ? null : foreignIdsAt(document, place.path, around.file, around.workspace);
  }
  if (code.startsWith('meaning/unknown-')) return localIdsAt(document, place.path);
  const target = referenceAt(kind, place.path);
  if (around === null || target === null || target === 'file') return null;
  return namesBeside(target, document, around.file, around.workspace);
}

/** The values that the schema at a path lists. */
function listedWords(kind: DocumentKind, path: Path): readonly string[] {
  const schema = schemaAt(kind, path);
  const branches = schema === null ? [] : alternatives(schema);
  return branches.flatMap((branch) => branch.enum ?? (branch.const === undefined ? [] : [branch.const])).map(String);
}

/** A key with nothing behind it that takes one of a few words: each of them. */
export const fillWord: Fixer = (problem, { document, file }) => {
  const place = document.placeAt(problem.span.start);
  if (place === null || !place.onKey || document.kind === null) return [];
  const node = nodeAt(document, place.path);
  // What an alias stands for is written elsewhere.
  if (node?.type !== 'scalar' || node.value !== null || node.span.start < place.span.end) return [];
  const words = listedWords(document.kind, place.path);
  const isJson = isJsonAt(file, place.span.start);
  return (words.length <= maxOffers ? words : []).map((word) => {
    const isEmpty = node.span.start === node.span.end;
    const edit = isEmpty ? fillKey(file, place.span, word) : { span: node.span, text: flowText(word, isJson) };
    return quickFix(`write \`${word}\``, problem, [edit], { isPreferred: words.length === 1 });
  });
};

const idsIn = (list: unknown): readonly string[] =>
  (Array.isArray(list) ? list : []).flatMap((item: unknown) => {
    const id = valueAt(item, ['id']);
    return typeof id === 'string' ? id : [];
  });

/** Whether a value is of a type, and among the words, that a schema takes. */
function takes(schema: Schema, value: unknown): boolean {
  return alternatives(schema).some(({ type, enum: words }) => {
    if (words !== undefined) return words.includes(value);
    if (type === undefined) return true;
    if (Array.isArray(value)) return type === 'array';
    return type === (Number.isInteger(value) && type === 'number' ? 'number' : typeOf(value));
  });
}

const typeOf = (value: unknown): string => (Number.isInteger(value) ? 'integer' : typeof value);

/** An alias of no anchor: the nearest anchor before it. */
export const correctAlias: Fixer = (problem, { file }) => {
  const name = file.text.slice(problem.span.start + 1, problem.span.end);
  const before = file.text.slice(0, problem.span.start);
  const anchors = [...before.matchAll(/(?:^|[\s[{,])&([^\s,[\]{}]+)/g)].flatMap((match) => match[1] ?? []);
  const near = suggest(name, new Set(anchors));
  if (near === null) return [];
  return [
    quickFix(`change to \`*${near}\``, problem, [{ span: problem.span, text: `*${near}` }], { isPreferred: true }),
  ];
};

/** A code in a suppression comment. */
export const correctCode: Fixer = (problem, { file }) => {
  const near = nearestCode(file.text.slice(problem.span.start, problem.span.end));
  if (near === null) return [];
  return [quickFix(`change to \`${near}\``, problem, [{ span: problem.span, text: near }], { isPreferred: true })];
};

/** The word that begins a comment which hides problems. */
export const correctDirective: Fixer = (problem, { file }) => {
  const near = nearestDirective(file.text.slice(problem.span.start, problem.span.end));
  if (near === null) return [];
  return [quickFix(`change to \`${near}\``, problem, [{ span: problem.span, text: near }], { isPreferred: true })];
};
