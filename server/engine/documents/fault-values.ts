/** Faults inside a value or behind it: quotes, escapes, commas and signs that mean more than their author knew. */
import type { Span } from './problem.ts';
import { asComparator } from './words.ts';

/** What is told of a fault, beside its code. */
export interface Told {
  readonly span: Span;
  readonly message: string;
  readonly help?: string;
  /** Where it is another fault than the parser took it for. */
  readonly code?: string;
  /** Whether the faults behind it are its doing: all of them, those on its line, or those in lines below that are indented more. */
  readonly explains?: 'rest' | 'line' | 'below';
}

export type Explain = (span: Span, text: string) => Told | null;

/** Brackets; and quoted texts and comments, in which brackets mean nothing. */
const signs = /(?<=^|[\s,:[{])"(?:[^"\\]|\\.)*"|(?<=^|[\s,:[{])'(?:[^']|'')*'|(?<=^|\s)#[^\n]*|[{}[\]]/g;

/** How far before an offset brackets are looked for. */
const mostBefore = 200_000;

/** Where the brackets stand that are open at an offset; one of the other kind, closed too early, is told at its own end. */
export function openBrackets(text: string, offset: number): readonly number[] {
  const open: number[] = [];
  const closes = (at: number, closing: string) => text[at] === (closing === '}' ? '{' : '[');
  const from = offset > mostBefore ? startOfLine(text, offset - mostBefore) : 0;
  for (const { index, 0: sign } of text.slice(from, offset).matchAll(signs))
    if (sign === '{' || sign === '[') open.push(from + index);
    else if (sign === '}' || sign === ']') {
      const at = open.findLastIndex((each) => closes(each, sign));
      if (at === open.length - 1) open.pop();
    }
  return open;
}

export const startOfLine = (text: string, offset: number): number => text.lastIndexOf('\n', offset - 1) + 1;

/** How much of a line is looked at. */
const farEnough = 20_000;

/** Where the line's content ends behind an offset, a comment left out. */
const endOfContent = (text: string, start: number): number =>
  start +
  (/^[^\r\n]*?(?=[ \t]*(?:[ \t]#[^\r\n]*)?(?:[\r\n]|$))/.exec(text.slice(start, start + farEnough))?.[0].length ?? 0);

/** Where a value ends that begins at an offset and goes on to the end of its line, or in brackets to the next comma. */
function endOfValue(text: string, start: number): number {
  const end = endOfContent(text, start);
  if (openBrackets(text, start).length === 0) return end;
  const found = text.slice(start, end).search(/\s*[,\]}]/);
  return found < 0 ? end : start + found;
}

/** The quoted text that ends at an offset, on its line. */
function quotedBefore(text: string, end: number): Span | null {
  const line = startOfLine(text, end);
  const quoted = /(?<=^|[\s,:[{])(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')/g;
  for (const { index, 0: written } of text.slice(Math.max(line, end - farEnough), end).matchAll(quoted))
    if (Math.max(line, end - farEnough) + index + written.length === end) return { start: end - written.length, end };
  return null;
}

/** Something behind a value that is complete: mostly a quote inside quotes, or a comma that is missing. */
export function behindValue(span: Span, text: string): Told | null {
  const unclosed = quoteLeftOpen(text, span.start);
  if (unclosed !== null) return unclosed;
  const before = text.slice(startOfLine(text, span.start), span.start).trimEnd();
  const valueEnd = startOfLine(text, span.start) + before.length;
  const quoted = quotedBefore(text, valueEnd);
  const inBrackets = openBrackets(text, span.start).length > 0;
  const end = endOfValue(text, span.start);
  const rest = { start: span.start, end };
  if (quoted !== null && text.charAt(span.start) === ',')
    return {
      span: { start: quoted.start, end },
      message: 'several values need brackets around them',
      help: `write \`[${text.slice(quoted.start, end).slice(0, 100)}]\``,
      explains: 'line',
    };
  if (quoted !== null && valueEnd === span.start) {
    const sign = text.charAt(quoted.start);
    const last = text.slice(span.start, endOfContent(text, span.start)).search(new RegExp(`${sign}\\s*(?:[,\\]}]|$)`));
    if (last >= 0) {
      const [message, help] =
        sign === "'"
          ? ["a `'` inside single quotes is written twice", "write `''`, or put the text in double quotes"]
          : ['a `"` inside double quotes needs a backslash', 'write `\\"`, or put the text in single quotes'];
      return { span: { start: quoted.start, end: span.start + last + 1 }, message, help, explains: 'line' };
    }
  }
  if (inBrackets && /["'\]}]$/.test(before)) return withoutComma(rest);
  if (quoted !== null) {
    const help = 'put the whole value in quotes';
    const message = 'nothing can stand behind a closing quote';
    return { span: { start: quoted.start, end }, message, help, explains: 'line' };
  }
  const bracket = /[\]}]$/.exec(before)?.[0];
  if (bracket === undefined) return null;
  const message = `nothing can stand behind this \`${bracket}\``;
  return { span: rest, message, help: 'put what follows on a line of its own, or remove it', explains: 'line' };
}

const withoutComma = (span: Span): Told => ({
  span,
  message: 'there is no `,` between this and the value before it',
  help: 'write a `,` before it',
  explains: 'line',
});

/**
 * A quote that its line does not close, and that the next one in the text closes, which stands close to a word and so was
 * meant to open a text itself. What is read behind it is anyone's guess.
 */
export function openQuote({ start }: Span, text: string): Told | null {
  const line = /^[^\n]*/.exec(text.slice(start, start + farEnough))?.[0] ?? '';
  if (!/^["']/.test(line) || /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')/.test(line)) return null;
  const next = text.indexOf(line.charAt(0), start + line.length);
  if (next < 0 || !/\w/.test(text.charAt(next + 1))) return null;
  const span = { start, end: start + line.trimEnd().length };
  const help = `write \`${line.charAt(0)}\` where the text ends`;
  return { code: 'yaml/missing-char', span, message: 'this quote is not closed', help, explains: 'rest' };
}

/** The quote that is closed by one right before an offset, on a line further down. */
function quoteLeftOpen(text: string, offset: number): Told | null {
  const quote = text.charAt(offset - 1);
  const open = /["']/.test(quote) ? text.lastIndexOf(quote, offset - 2) : -1;
  return open < 0 ? null : openQuote({ start: open, end: offset }, text);
}

/** A value beside another in brackets. */
export function missingComma(span: Span, text: string): Told {
  const { start } = span;
  const unclosed = quoteLeftOpen(text, start);
  if (unclosed !== null) return unclosed;
  return withoutComma({ start, end: Math.max(start + 1, endOfValue(text, start)) });
}

/** `key: - item`. */
export const listOnLine: Explain = ({ start }, text) => ({
  span: { start, end: endOfContent(text, start) },
  message: 'a list begins on the line below its key',
  help: 'write each item on a line of its own, with a `- ` before it',
  explains: 'rest',
});

export function wrongEscape({ start }: Span, text: string): Told {
  const written = /^\\(?:[xuU][0-9a-fA-F]*|[^\r\n]|)/.exec(text.slice(start, start + 12))?.[0] ?? '\\';
  return {
    span: { start, end: start + written.length },
    message: `\`${written}\` means nothing inside double quotes`,
    help: 'write `\\\\` for a backslash, or use single quotes',
  };
}

/** A value that begins with a sign that no value can begin with. */
export function wrongStart({ start, end }: Span, text: string): Told {
  const sign = text.charAt(start);
  return {
    span: { start, end: Math.max(end, endOfValue(text, start)) },
    message: `a value that begins with \`${sign}\` needs quotes`,
  };
}

/** `|` or `>` with something behind it on its line. */
export function textOnLine({ start }: Span, text: string): Told | null {
  const line = startOfLine(text, start);
  const [before, sign] = /^(?:.*?[:-][ \t]+|[ \t]*)([|>])/.exec(text.slice(line, start)) ?? [];
  if (before === undefined) return null;
  const span = { start: line + before.length - 1, end: endOfContent(text, line + before.length) };
  const written = text.slice(span.start, span.end);
  const compared = asComparator(written, false);
  const help =
    compared !== null
      ? `write \`${compared}\``
      : /^>=?\s*[\d$]/.test(written)
        ? 'compare with a comparator, such as `{ atLeast: 100 }`'
        : 'put the value in quotes, or the text on the lines below';
  const message = `a \`${sign}\` at the beginning of a value stands for a text on the lines below`;
  return { span, message, help, explains: 'line' };
}

/** The tab that keeps a line in brackets from being deep enough. */
export function tabInBrackets({ start }: Span, text: string): Told | null {
  const line = startOfLine(text, start);
  const indent = text.slice(line, start);
  if (!/^[ \t]*\t[ \t]*$/.test(indent)) return null;
  const message = 'a tab cannot indent YAML';
  return {
    code: 'yaml/tab-as-indent',
    span: { start: line, end: start },
    message,
    help: 'indent with spaces',
    explains: 'rest',
  };
}

/** A `-` where no item can be: not in the column of those before it, or after keys. */
export function strayDash(span: Span, text: string): Told | null {
  const found = /^\s*/.exec(text.slice(span.start, span.start + farEnough))?.[0].length ?? 0;
  const start = span.start + found;
  if (!/^-\s/.test(text.slice(start, start + 2))) return null;
  const line = startOfLine(text, start);
  const column = start - line;
  const before = text
    .slice(Math.max(0, line - farEnough), line)
    .split('\n')
    .reverse();
  const above = before.find((each) => each.trim() !== '' && each.search(/\S/) <= column);
  const deeper = before.slice(0, above === undefined ? before.length : before.indexOf(above));
  const item = deeper.findLast((each) => /^ *- /.test(each));
  const told =
    item === undefined
      ? { message: 'keys and list items are mixed here', help: 'a value is either a list or has keys' }
      : { message: 'this item is not indented like those before it', help: `indent it by ${item.search(/\S/)}` };
  return { span: { start, end: endOfContent(text, start) }, ...told, explains: 'rest' };
}

/** A tag; none means anything here. */
export const uselessTag = (span: Span, text: string): Told => ({
  span,
  message: `the tag \`${text.slice(span.start, span.end)}\` means nothing here; the value is read as it is written`,
});
