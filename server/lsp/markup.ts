/** Texts for people in the format that a client shows: Markdown, or plain text made of it. Nothing is left out but the signs. */
import type { MarkupContent, MarkupKind } from 'vscode-languageserver/node';

/** `formats` are those that the client takes, the best first; clients that name none take Markdown. */
export function markup(markdown: string, formats: readonly MarkupKind[] | undefined): MarkupContent {
  const isPlain = formats !== undefined && formats[0] !== 'markdown';
  return isPlain ? { kind: 'plaintext', value: plainText(markdown) } : { kind: 'markdown', value: markdown };
}

/** Blocks and spans of code, escaped signs, bold text and links, each to be read as what it shows. */
const signs =
  /^(?<fence>`{3,})\w*\n(?<block>[\s\S]*?)\n\k<fence>$|(?<tick>`+)(?<code>[^`](?:(?!\n\n)[\s\S])*?)\k<tick>|\\(?<sign>[\\`*_{}[\]()#+!|<>~])|\*\*|\[(?<label>[^\]\n]*)\]\([^)\n]*\)/gm;

function plainText(markdown: string): string {
  return markdown.replace(signs, (...found) => {
    const { block, code, sign, label } = found.at(-1) as Readonly<Record<string, string | undefined>>;
    // Spaces stand beside code that itself begins or ends with a backtick.
    return block ?? code?.replace(/^ (.*) $/s, '$1') ?? sign ?? label ?? '';
  });
}
