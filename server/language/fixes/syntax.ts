/** Fixes of YAML itself, where a line shows what was meant: quotes, escapes, tabs, colons, and what stands there too much. */
import {
  alternatives,
  documentSchema,
  itemsOf,
  openBrackets,
  type Path,
  propertiesOf,
  schemaAt,
} from '../../engine/documents/index.ts';
import { cursorAt } from '../complete/cursor.ts';
import { type Fixer, quickFix, type Scene, schemaOf } from './fix.ts';
import { isSyntax, leavesFewer, triedFix } from './layout.ts';

/** Nobody looks into lines that are longer. */
const maxColumns = 5_000;

const obvious = { isPreferred: true } as const;

/** Whether the value at a path may be a text, or this one, as far as its schema tells. */
function isTextTaken(scene: Scene, path: Path, text: string | null = null): boolean {
  const schema = schemaOf(scene, path);
  if (schema === null) return true;
  return alternatives(schema).some(({ type = 'string', enum: words, const: word, pattern = '' }) => {
    if (type !== 'string' || text === null) return type === 'string';
    return words === undefined && word === undefined && new RegExp(pattern, 'u').test(text);
  });
}

/** A value up to the end of its line into quotes: one that begins with a sign of YAML, or that holds a second `:`. */
export const quoteValue: Fixer = (problem, scene) => {
  const { file } = scene;
  const { lines } = file;
  const line = lines.lineAt(problem.span.start);
  const [start, text] = [lines.startOf(line), lines.textOf(line)];
  if (text.length > maxColumns) return [];
  const match = /^(\s*(?:- +)*(?:[\w.$][\w.$-]*: +)?)([^\s"'[\]{}|>&*!#][^"[\]{}]*?)(?:\s+#.*)?\s*$/.exec(text);
  if (match === null) return [];
  const [, before = '', value = ''] = match;
  // What ends in a colon holds a key with more below it.
  if (value.endsWith(':')) return [];
  const span = { start: start + before.length, end: start + before.length + value.length };
  if (problem.span.start < span.start || span.end < problem.span.start) return [];
  const cursor = cursorAt(lines, span.start);
  if (cursor?.at === 'value' && !isTextTaken(scene, cursor.path)) return [];
  return triedFix('put it in quotes', problem, file, [{ span, text: JSON.stringify(value) }]);
};

/** A value that the problem stands on into quotes, where a sign at its beginning or a quote inside means more than was meant. */
export const quoteWhole: Fixer = (problem, { file }) => {
  const { span, message } = problem;
  const written = file.text.slice(span.start, span.end);
  const inner = written.slice(1, -1);
  const quoted = (text: string) => (text.includes('"') && !text.includes("'") ? `'${text}'` : JSON.stringify(text));
  const fix = (title: string, text: string) => triedFix(title, problem, file, [{ span, text }]);
  if (message.startsWith("a `'` inside single quotes"))
    return [
      ...(/["\\]/.test(inner) ? [] : fix('put it in double quotes', `"${inner.replaceAll("''", "'")}"`)),
      ...fix(
        "write `''` inside the quotes",
        `'${inner.replace(/'+/g, (each) => each.padEnd(Math.ceil(each.length / 2) * 2, "'"))}'`,
      ),
    ];
  if (message.startsWith('a `"` inside double quotes'))
    return [
      ...(/['\\]/.test(inner) ? [] : fix('put it in single quotes', `'${inner}'`)),
      ...fix('write `\\"` inside the quotes', `"${inner.replace(/\\.|"/g, (each) => (each === '"' ? '\\"' : each))}"`),
    ];
  if (message.startsWith('several values')) return fix('put brackets around them', `[${written}]`);
  const isWhole = message.includes('needs quotes') || message.startsWith('nothing can stand behind a closing quote');
  const isText = message.includes('stands for a text') && !/^>=?\s*[\d$]/.test(written);
  if ((!isWhole && !isText) || /:(\s|$)/.test(written)) return [];
  return fix('put it in quotes', quoted(written));
};

/** A space before the `#` of a comment. */
export const separateComment: Fixer = (problem, { file }) => {
  const { start } = problem.span;
  if (file.text[start] !== '#') return [];
  return triedFix('write a space before the `#`', problem, file, [{ span: { start, end: start }, text: ' ' }]);
};

/** A pattern that begins with `*` into quotes: preferred where it is that and no misspelt alias. */
export const quotePattern: Fixer = (problem, { file }) => {
  const { start, end } = problem.span;
  const written = file.text.slice(start, end);
  const edit = { span: problem.span, text: JSON.stringify(written) };
  const isPreferred = problem.message.includes(' needs quotes');
  if (!written.startsWith('*') || !(isPreferred || leavesFewer(file, [edit]))) return [];
  return [quickFix('put it in quotes', problem, [edit], { isPreferred })];
};

/**
 * An anchor that nothing refers to, with the text behind it, into quotes where such a text is taken: preferred where its
 * name is none that people give.
 */
export const quoteAnchored: Fixer = (problem, scene) => {
  const { document, file } = scene;
  const { text } = file;
  const { start, end } = problem.span;
  const place = document.placeAt(end + 1);
  const node = place?.node;
  const isText =
    node?.type === 'scalar' && typeof node.value === 'string' && !/["'|>!]/.test(text[node.span.start] ?? '');
  if (!isText || !/^ +$/.test(text.slice(end, node.span.start))) return [];
  const span = { start, end: node.span.end };
  const written = text.slice(start, span.end);
  if (/[\r\n]/.test(written) || (place !== null && !isTextTaken(scene, place.path, written))) return [];
  const isPreferred = !/^&[\w-]+$/.test(text.slice(start, end));
  return [quickFix('put it in quotes', problem, [{ span, text: JSON.stringify(written) }], { isPreferred })];
};

export const removeAnchor: Fixer = (problem, { file: { text } }) => {
  const { start, end } = problem.span;
  const behind = /^[ \t]+(?=\S)/.exec(text.slice(end, end + 100))?.[0].length ?? 0;
  const before = behind > 0 ? 0 : (/[ \t]+$/.exec(text.slice(Math.max(0, start - 100), start))?.[0].length ?? 0);
  const edit = { span: { start: start - before, end: end + behind }, text: '' };
  return [quickFix(`remove \`${text.slice(start, end)}\``, problem, [edit])];
};

/** A key that its value stands too close to, as in `effect:deny`, or without a colon, as in `effect deny`. */
export const separateKey: Fixer = (problem, scene) => {
  const { text, lines } = scene.file;
  const { start } = problem.span;
  const [, key = '', colon = '', gap = '', value = ''] =
    /^([\w.]+)(:?)([ \t]*)([^\s:#].*)$/.exec(text.slice(start, lines.endOf(lines.lineAt(start)))) ?? [];
  if (key === '' || (colon === '') === (gap === '') || !isInline(value)) return [];
  const cursor = cursorAt(lines, start + 1);
  if (cursor?.at !== 'key' || cursor.present.has(key)) return [];
  if (!keysAt(scene, cursor.path, false).has(key)) return [];
  const at = start + key.length + colon.length;
  const edit = { span: { start: at, end: at }, text: colon === '' ? ':' : ' ' };
  const title = colon === '' ? `write \`:\` behind \`${key}\`` : `write a space behind \`${key}:\``;
  return [quickFix(title, problem, [edit], obvious)];
};

/** A colon behind a word that lines below belong to. */
export const addColon: Fixer = (problem, { file }) => {
  const { end } = problem.span;
  if (!problem.message.endsWith('to be the key of the lines below')) return [];
  return triedFix('write a `:` behind it', problem, file, [{ span: { start: end, end }, text: ':' }]);
};

/** Whether this may stand behind a key on its line: no item of a block, no text behind the sign for lines below, and brackets that close. */
const isInline = (value: string): boolean =>
  !/^-(\s|$)|^[|>](?![-+\d]*(\s+#.*)?$)/.test(value) && !/^\{(?!.*\}\s*(#.*)?$)|^\[(?!.*\]\s*(#.*)?$)/.test(value);

/** A dash that its item stands too close to, as in `-id: a`. */
export const separateDash: Fixer = (problem, scene) => {
  const { lines } = scene.file;
  const line = lines.lineAt(problem.span.start);
  const [, indent = '', key = ''] = /^( *)-([\w.]+):(?:\s|$)/.exec(lines.textOf(line)) ?? [];
  const at = lines.startOf(line) + indent.length + 1;
  const cursor = key === '' ? null : cursorAt(lines, at);
  if (cursor?.at !== 'key' || !keysAt(scene, cursor.path, true).has(key)) return [];
  return [quickFix('write a space behind the `-`', problem, [{ span: { start: at, end: at }, text: ' ' }], obvious)];
};

/** The keys that a mapping at a path takes, or each item of the list there. Without a kind, those that every document has. */
function keysAt({ document: { kind } }: Scene, path: Path, ofItems: boolean): ReadonlyMap<string, unknown> {
  const schema = kind === null ? (path.length === 0 ? documentSchema('Policy') : null) : schemaAt(kind, path);
  const inner = schema === null || !ofItems ? schema : itemsOf(schema);
  return inner === null ? new Map() : propertiesOf(inner);
}

/** A backslash that is meant as one; or single quotes, in which each of them is. */
export const escapeBackslash: Fixer = (problem, { document, file: { text } }) => {
  const { start } = problem.span;
  if (text[start] !== '\\') return [];
  const edit = { span: { start, end: start + 1 }, text: '\\\\' };
  const escaped = quickFix('write `\\\\` for the backslash', problem, [edit], obvious);
  const span = document.placeAt(start)?.span;
  const written = span === undefined ? '' : text.slice(span.start, span.end);
  if (span === undefined || !/^"[^'"\r\n]*"$/.test(written)) return [escaped];
  const single = { span, text: `'${written.slice(1, -1).replaceAll('\\\\', '\\')}'` };
  return [escaped, quickFix('put it in single quotes', problem, [single])];
};

/** How many spaces people mean by a tab. */
const tabWidths = [2, 4, 8];

/**
 * Spaces for the tabs before the content of a line, as many as bring it where it may stand; in brackets as many as they
 * need, in all lines with tabs there.
 */
export const spacesForTabs: Fixer = (problem, { file }) => {
  const { lines, text } = file;
  const first = lines.lineAt(problem.span.start);
  const indentOf = (line: number) => /^[ \t]*/.exec(lines.textOf(line))?.[0] ?? '';
  if (!indentOf(first).includes('\t')) return [];
  const edit = (line: number, least: number, width = 2) => {
    const [start, indent] = [lines.startOf(line), indentOf(line)];
    const spaces = indent.replaceAll('\t', ' '.repeat(width));
    return { span: { start, end: start + indent.length }, text: spaces.padEnd(least) };
  };
  const open = openBrackets(text, problem.span.start).at(-1);
  if (open === undefined) {
    const edits = tabWidths.map((width) => edit(first, 0, width));
    const fitting = edits.find((each) => leavesFewer(file, [each], isSyntax));
    return [
      quickFix('indent with spaces', problem, [fitting ?? edit(first, 0)], { isPreferred: fitting !== undefined }),
    ];
  }
  const least = indentOf(lines.lineAt(open)).length + 2;
  let last = first;
  while (last + 1 < lines.lineCount && indentOf(last + 1).includes('\t')) last++;
  const edits = Array.from({ length: last - first + 1 }, (_, step) => edit(first + step, least));
  return [quickFix('indent with spaces', problem, edits, obvious)];
};

/** A bracket that closes nothing. */
export const removeBracket: Fixer = (problem, { file: { text } }) => {
  const { start, end } = problem.span;
  const written = text.slice(start, end);
  if (!/^[\]}]$/.test(written)) return [];
  return [quickFix(`remove the \`${written}\``, problem, [{ span: problem.span, text: '' }], obvious)];
};

/** A tag that means nothing, with the space behind it. */
export const removeTag: Fixer = (problem, { file: { text } }) => {
  const { start, end } = problem.span;
  const tag = text.slice(start, end);
  if (!tag.startsWith('!')) return [];
  const gap = /^[ \t]*/.exec(text.slice(end))?.[0].length ?? 0;
  return [quickFix(`remove the tag \`${tag}\``, problem, [{ span: { start, end: end + gap }, text: '' }], obvious)];
};
