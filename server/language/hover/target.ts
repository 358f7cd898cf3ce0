/** What a name under the cursor leads to: a node, rule, budget or whatever is declared elsewhere, as it is written there. */
import { kindInWords } from '../../engine/documents/index.ts';
import { documentMarkdown, listed, yamlMarkdown } from '../markdown.ts';
import { isDocumentKind, isShared, type Meaning, type Meant, nounInWords } from '../navigation/index.ts';
import type { Surroundings } from '../surroundings.ts';

const shown = 3;

/** Null for what leads nowhere, and for what is declared here itself. */
export function targetMarkdown(meaning: Meaning | null, around: Surroundings): string | null {
  if (meaning === null || meaning.isDeclared) return null;
  const [first] = meaning.found;
  if (first === undefined) return null;
  if (isShared(first.noun)) return sharedMarkdown(first, meaning.found);
  const parts = meaning.found.slice(0, shown).map((each) => meantMarkdown(each, around));
  const more = meaning.found.length > shown ? [`and ${meaning.found.length - shown} more`] : [];
  return [...parts, ...more].join('\n\n');
}

/** A word that many places declare is best known by who they are. */
function sharedMarkdown({ noun, name }: Meant, found: readonly Meant[]): string {
  const owners = [...new Set(found.map(({ document, path }) => (document === '' ? path : document)))];
  return `${nounInWords(noun)} \`${name}\`, given by ${listed(owners)}`;
}

function meantMarkdown(meant: Meant, { context }: Surroundings): string {
  const { noun, name, kind, document, path, lines, item, span } = meant;
  if (isDocumentKind(noun)) {
    const summary = context.workspace?.file?.(path)?.documents.find((each) => each.kind === noun && each.name === name);
    if (summary !== undefined) return documentMarkdown(summary);
  }
  const line = lines === null ? '' : ` line ${lines.lineAt(span.start) + 1}`;
  const place = path === '' || path === context.path ? line : ` \`${path}\`${line}`;
  const owner = isDocumentKind(noun) || document === '' ? '' : ` of ${kindInWords[kind]} \`${document}\``;
  const title = `${nounInWords(noun)} \`${name}\`${owner},${place}`;
  return lines === null ? title : `${title}\n${yamlMarkdown(lines, item)}`;
}
