/** A new name or path as text of a document, in the place of another: in its quotes, or in quotes of its own where it needs them. */
import type { Occurrence } from './facts.ts';

/** The name in the quotes that its place has; in quotes of its own where it would not be read as text without. */
export function writtenName(name: string, { style, span, whole }: Omit<Occurrence, 'noun'>): string {
  switch (style) {
    case 'single':
      return name.replaceAll("'", "''");
    case 'double':
      return JSON.stringify(name).slice(1, -1);
    case 'part':
      return name;
    case 'plain':
      return isPlainText(name) ? name : JSON.stringify(name);
    case 'block':
      return span.start === whole.start ? `${JSON.stringify(name)}\n` : name;
  }
}

/** Whether YAML reads it as text without quotes, in version 1.1 too. */
function isPlainText(name: string): boolean {
  if (!/^(?:\.{1,2}\/)*[\p{L}\p{N}_](?:[\p{L}\p{N}_.'/ -]*[\p{L}\p{N}_.'/-])?$/u.test(name)) return false;
  return !/^(?:null|true|false|yes|no|on|off|y|n|\d[\d_.:ex-]*|0x[\da-f_]+|0o[0-7]+)$/i.test(name);
}
