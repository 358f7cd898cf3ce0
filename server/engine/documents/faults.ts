/**
 * The parser's faults as authors see them: in their words, where the cause stands and not where the parser noticed it, and
 * without those that only follow from another one.
 */
import type { ErrorCode, YAMLError } from 'yaml';
import {
  behindValue,
  listOnLine,
  missingComma,
  openBrackets,
  openQuote,
  startOfLine,
  strayDash,
  type Told,
  tabInBrackets,
  textOnLine,
  uselessTag,
  wrongEscape,
  wrongStart,
} from './fault-values.ts';
import { plainMessages } from './fault-words.ts';
import type { Problem, Span } from './problem.ts';
import type { SyntaxNode } from './tree.ts';

/** A fault of the parser, and where that is in the text. */
export interface Fault {
  readonly error: YAMLError;
  readonly span: Span;
}

/** The problems of one text, in the order in which the parser met them. */
export function tellFaults(faults: readonly Fault[], root: SyntaxNode | null, text: string): readonly Problem[] {
  const problems: Problem[] = [];
  let explained: Span = { start: 0, end: -1 };
  for (const fault of faults) {
    if (isBesideAnother(fault, faults, text)) continue;
    if (explained.start <= fault.span.start && fault.span.start <= explained.end) continue;
    const { explains, code = faultCode(fault.error.code), ...said } = tell(fault, root, text);
    const told = { ...said, span: { start: said.span.start, end: Math.min(said.span.end, text.length) } };
    const explainsRest = explains === 'rest';
    if (explains === 'line') explained = lineAround(text, fault.span.start);
    if (explains === 'below') explained = { start: told.span.start, end: endBelow(text, told.span.start) };
    const reach = explains === 'below' ? explained : told.span;
    const obscures = obscuredBy(fault, reach, explainsRest ? faults : [], text);
    const isWider = obscures.start < told.span.start || obscures.end > told.span.end;
    problems.push({ code, severity: severityOf(fault.error), ...told, ...(isWider && { obscures }) });
    if (explainsRest) break;
  }
  return problems;
}

const endOfLine = (text: string, offset: number): number => {
  const end = text.indexOf('\n', offset);
  return end < 0 ? text.length : end;
};

const lineAround = (text: string, offset: number): Span => ({
  start: startOfLine(text, offset),
  end: endOfLine(text, offset),
});

/** The end of the lines below an offset that are indented more than it. */
function endBelow(text: string, offset: number): number {
  const column = offset - startOfLine(text, offset);
  let end = endOfLine(text, offset);
  for (let next = end; next < text.length; ) {
    const start = next + 1;
    next = endOfLine(text, start);
    const indent = text.slice(start, next).search(/\S/);
    if (indent >= 0 && indent <= column) break;
    if (indent >= 0) end = next;
  }
  return end;
}

/** The code of a problem for one of the parser's. */
export const faultCode = (code: ErrorCode): string =>
  code === 'RESOURCE_EXHAUSTION' ? 'yaml/too-deep' : `yaml/${code.toLowerCase().replaceAll('_', '-')}`;
const severityOf = ({ name }: YAMLError): Problem['severity'] => (name === 'YAMLWarning' ? 'warning' : 'error');

/** What the parser may have read otherwise than it was meant, because of a fault. */
function obscuredBy({ error, span }: Fault, told: Span, rest: readonly Fault[], text: string): Span {
  const spans = [span, told, ...rest.map((other) => other.span)];
  const start = Math.min(...spans.map((each) => each.start));
  const end = Math.max(...spans.map((each) => each.end));
  // A line that is indented wrongly may have belonged to the one above it.
  return { start: isOfIndent(error.message) ? contentAbove(text, start) : start, end };
}

const isOfIndent = (message: string): boolean =>
  /^(Tabs are not allowed as indentation|Sequence item without - indicator|All mapping items must start)/.test(message);

/** The end of what stands on the lines above an offset. */
const contentAbove = (text: string, offset: number): number =>
  Math.min(offset, text.slice(0, startOfLine(text, offset)).trimEnd().length);

function tell(fault: Fault, root: SyntaxNode | null, text: string): Told {
  const { error, span } = fault;
  if (error.code === 'RESOURCE_EXHAUSTION') return { span, message: 'this is nested too deeply to be read' };
  const raw = error.message.split('\n')[0] ?? error.message;
  for (const [pattern, explain] of explained) {
    const told = pattern.test(raw) ? explain(span, text, root) : null;
    if (told !== null) return told;
  }
  for (const [pattern, message, help] of plainMessages) {
    const match = pattern.exec(raw);
    if (match === null) continue;
    const said = message.replace('$1', (match[1] ?? '').slice(0, 100));
    return { span: toContent(span, text), message: said, ...(help !== undefined && { help }) };
  }
  const message = (raw.charAt(0).toLowerCase() + raw.slice(1)).replace(/\.$/, '').slice(0, 300);
  return { span: toContent(span, text), message };
}

type ExplainIn = (span: Span, text: string, root: SyntaxNode | null) => Told | null;

/** Faults whose cause stands elsewhere than where they were noticed, or that need a look at the text. */
const explained: readonly (readonly [RegExp, ExplainIn])[] = [
  [
    /^Missing closing .quote/,
    (span, text, root) => ({
      span: openingLine(root, span, text),
      message: 'this quote is not closed',
      explains: 'rest',
    }),
  ],
  [/^(?:Flow|Block)? ?(?:map|sequence) .*must .*end with a ([}\]])/i, openBracket],
  [
    /^Unexpected flow-(?:map|seq)-end token/,
    (span, text) => {
      const bracket = text.slice(span.start, span.end);
      return {
        span,
        message: `this \`${bracket}\` closes nothing`,
        help: 'remove it, or open it before',
        explains: 'line',
      };
    },
  ],
  [/^Implicit keys (?:of .* )?need to be on a single line/, openQuote],
  [/^Implicit keys need to be on a single line/, deeperLine],
  [/^Implicit keys need to be on a single line/, wordAbove],
  [/^Sequence item without - indicator/, besideItems],
  [/^A block sequence may not be used as an implicit map key/, dashWithoutSpace],
  [/^A block sequence may not be used as an implicit map key/, strayDash],
  [/^Unexpected scalar (?:at node end|token$)/, behindValue],
  [/^Missing , /, missingComma],
  [/^Unexpected block-seq-ind on same line with key/, listOnLine],
  [/^Invalid escape sequence/, wrongEscape],
  [/^Plain value cannot start with/, wrongStart],
  [/^(?:Block scalar header includes extra|Not a YAML token|Unexpected token in block scalar header)/, textOnLine],
  [/^(?:Not a valid tag|Verbatim tags|The .* tag has no suffix|Could not resolve tag|Unresolved tag)/, uselessTag],
];

/** The bracket that is open where the parser gives up; what it makes of the lines behind it is anyone's guess. */
function openBracket(span: Span, text: string): Told | null {
  const start = openBrackets(text, span.start).at(-1);
  if (start === undefined) return null;
  const tab = tabInBrackets(span, text);
  if (tab !== null) return tab;
  const closing = text[start] === '{' ? '}' : ']';
  return {
    span: { start, end: start + 1 },
    message: `this \`${text[start]}\` is not closed`,
    help: `write \`${closing}\` where it ends; lines inside it are indented more than the line that it opens on`,
    explains: 'rest',
  };
}

/** As a key, a dash that its item stands too close to has a value that goes on in the lines below. */
function closeDash(line: number, end: number, [, indent = '', key = '']: readonly string[]): Told {
  return {
    span: { start: line + indent.length, end },
    message: 'the `-` of an item needs a space behind it',
    help: `write \`- ${key}\``,
  };
}

/** A line that is indented like no key goes on with the value above it, which then cannot be a key. */
function deeperLine(span: Span, text: string): Told | null {
  const line = startOfLine(text, span.start);
  const before = text.slice(line, span.start);
  const breaks = text.slice(span.start, span.end).search(/\r?\n\s*\S/);
  const close = /^( *)-([\w.]+):/.exec(before);
  if (close !== null && breaks >= 0) return closeDash(line, span.start + breaks, close);
  if (/^\s*(?:- +)*$/.test(before) || breaks < 0) return null;
  const start = span.start + breaks + (/^\s+/.exec(text.slice(span.start + breaks))?.[0].length ?? 0);
  const column = start - startOfLine(text, start);
  const above = keyColumn(before);
  if (column <= above) return null;
  return {
    span: { start, end: endOfWords(text, start) },
    message: `this line is indented by ${column} spaces, more than the key above it, and so goes on with that key's value`,
    help: `indent it by ${above}`,
  };
}

/** A word whose colon is missing, with lines below that are indented as what belongs to it: all that is odd in them is its doing. */
function wordAbove(span: Span, text: string): Told | null {
  const before = text.slice(startOfLine(text, span.start), span.start);
  const [, word = '', indent = ''] = /^([\w.$-]+)\s*\n( *)\S/.exec(text.slice(span.start, span.end)) ?? [];
  if (word === '' || !/^\s*(?:- +)*$/.test(before) || indent.length <= before.length) return null;
  return {
    span: { start: span.start, end: span.start + word.length },
    message: `\`${word.slice(0, 100)}\` needs a \`:\` behind it to be the key of the lines below`,
    help: `write \`${word.slice(0, 100)}:\``,
    code: 'yaml/missing-char',
    explains: 'below',
  };
}

/** A line between the columns of a list and of the keys in its items. */
function besideItems(span: Span, text: string): Told | null {
  const { start } = toContent(span, text);
  const column = start - startOfLine(text, start);
  const lineStart = startOfLine(text, start);
  const lines = text
    .slice(Math.max(0, lineStart - farEnough), lineStart)
    .split('\n')
    .reverse();
  const item = lines.find((line) => /^ *- +\S/.test(line) && line.search(/\S/) < column);
  const help =
    item === undefined
      ? 'begin an item with `- `'
      : `indent it by ${keyColumn(item)} like the keys of the item above, or begin an item with \`- \``;
  return {
    span: { start, end: endOfWords(text, start) },
    message: `this line is indented by ${column} spaces, and so belongs to no item of the list`,
    help,
  };
}

/** How far above a line its list is looked for. */
const farEnough = 20_000;

/** `-key: value` is a key that begins with a dash. */
function dashWithoutSpace(span: Span, text: string): Told | null {
  const found = [...text.slice(0, span.end).matchAll(/^[ ]*(-)(?=[^\s-])/gm)].at(-1);
  if (found === undefined) return null;
  const start = found.index + found[0].length - 1;
  const message = 'a `-` without a space behind it begins no item';
  return { span: { start, end: start + 1 }, message, help: 'write `- `', explains: 'rest' };
}

/** A second fault about what is told already, such as a line that is only indented too much. */
function isBesideAnother({ error, span }: Fault, faults: readonly Fault[], text: string): boolean {
  // An alias without a name is told as every alias that stands for nothing.
  if (error.message.startsWith('Alias cannot be an empty string')) return true;
  if (error.code === 'IMPOSSIBLE' && faults.some((other) => other.error !== error && other.span.start === span.start))
    return true;
  const follows = / in YAML stream/.test(error.message);
  if (follows && faults.some((other) => other.span.start < span.start)) return true;
  if (faults.some((other) => isAboutTab(other, error, span, text))) return true;
  if (error.code !== 'BLOCK_AS_IMPLICIT_KEY') return false;
  return faults.some(
    (other) =>
      other.error.code === 'MULTILINE_IMPLICIT_KEY' &&
      other.span.start === span.start &&
      deeperLine(other.span, text) !== null,
  );
}

/** Whether a fault is only about the line that a tab indents, or its line break. */
function isAboutTab(tab: Fault, error: YAMLError, { start }: Span, text: string): boolean {
  if (tab.error.code !== 'TAB_AS_INDENT' || error.code === 'TAB_AS_INDENT') return false;
  const line = startOfLine(text, tab.span.start);
  return line - 2 <= start && startOfLine(text, Math.max(start, line)) === line;
}

/** The column in which the keys stand that a line begins with, behind its dashes. */
const keyColumn = (line: string): number => /^\s*(?:- +)*/.exec(line)?.[0].length ?? 0;

/** The end of a key, or of what else stands on the line. */
const endOfWords = (text: string, start: number): number =>
  start +
  (/^[^\r\n]*?(?=:(?:\s|$)|\s*(?:\s#[^\r\n]*)?(?:\r?\n|$))/.exec(text.slice(start, start + 1000))?.[0].length ?? 1);

/** A place in the indentation of a line means what the line begins with. */
function toContent(span: Span, text: string): Span {
  const indent = /^ +(?=[^\s])/.exec(text.slice(span.start, span.start + 1000))?.[0].length ?? 0;
  if (indent === 0 || text.slice(startOfLine(text, span.start), span.start).trim() !== '') return span;
  const start = span.start + indent;
  return { start, end: Math.max(span.end, endOfWords(text, start)) };
}

/** The parser sees an open quote where it has read to; an author looks for it where it opens. */
function openingLine(root: SyntaxNode | null, span: Span, text: string): Span {
  let node = root;
  while (node !== null && (node.type === 'mapping' || node.type === 'sequence')) {
    const children: readonly SyntaxNode[] =
      node.type === 'mapping' ? node.entries.map((entry) => entry.value) : node.items;
    const inside = children.findLast((child) => child.span.start <= span.start && span.start <= child.span.end);
    if (inside === undefined) break;
    node = inside;
  }
  if (node?.type !== 'scalar' || node.plain) return span;
  const lineEnd = text.slice(node.span.start).search(/[\r\n]/);
  return { start: node.span.start, end: lineEnd < 0 ? text.length : node.span.start + lineEnd };
}
