/** Text for terminals: tables that line up, and a few lines that are drawn over while something is under way. */
import colours from 'picocolors';

/** A table with columns lined up; the first row is the head. Columns named in `right` are flush right. */
export function tableText(rows: readonly (readonly string[])[], right: ReadonlySet<number> = new Set()): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => width(row[column] ?? ''))));
  const pad = (cell: string, column: number) => {
    const room = ' '.repeat(Math.max(0, (widths[column] ?? 0) - width(cell)));
    return right.has(column) ? room + cell : cell + room;
  };
  return rows
    .map((row, index) => {
      const line = row.map(pad).join('  ').trimEnd();
      return index === 0 ? colours.bold(line) : line;
    })
    .join('\n');
}

/** The width of the widest line, in characters that show. */
export const textWidth = (text: string): number => Math.max(...text.split('\n').map(width));

function width(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes begin with the escape character
  return [...text.replaceAll(/\u001b\[[0-9;]*m/g, '')].length;
}

export interface LiveLines {
  /** Draws `lines` in place of those drawn before. */
  show(lines: readonly string[]): void;
  /** Takes the lines away, so that ordinary output can follow. */
  clear(): void;
}

/** Lines on a terminal that overwrite each other; never longer than the terminal is wide, so that they do not wrap. */
export function liveLines(stream: NodeJS.WriteStream): LiveLines {
  let drawn = 0;
  const clear = () => {
    if (drawn > 0) stream.write(`\u001b[${drawn}A\u001b[0J`);
    drawn = 0;
  };
  return {
    clear,
    show: (lines) => {
      const room = Math.max(20, stream.columns ?? 80) - 1;
      const shown = lines.slice(0, Math.max(1, (stream.rows ?? 24) - 2)).map((line) => cut(line, room));
      const back = drawn > 0 ? `\u001b[${drawn}A` : '';
      stream.write(`${back}${shown.map((line) => `\u001b[2K${line}\n`).join('')}\u001b[0J`);
      drawn = shown.length;
    },
  };
}

/** Cuts to a visible width and closes colours that the cut left open. */
function cut(text: string, room: number): string {
  if (width(text) <= room) return text;
  let visible = 0;
  let result = '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes begin with the escape character
  for (const part of text.match(/\u001b\[[0-9;]*m|./gu) ?? []) {
    if (!part.startsWith('\u001b')) visible++;
    if (visible >= room) break;
    result += part;
  }
  return `${result}…\u001b[0m`;
}

export const bar = (share: number, cells: number): string => {
  const full = Math.round(Math.min(1, Math.max(0, share)) * cells);
  return '█'.repeat(full) + colours.dim('░'.repeat(cells - full));
};

export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;
