/** Anchors that no alias stands for: left over, or a `&` that was meant as text. */
import type { Problem } from '../../engine/documents/index.ts';
import { type Mark, marksIn } from '../anchors.ts';
import type { SourceFile } from '../file.ts';

/** Where the text is broken, an alias may be in what could not be read: then nothing is said. */
export function checkAnchors(file: SourceFile): readonly Problem[] {
  // Few files have any, and marks are looked up in the text.
  if (!file.text.includes('&')) return [];
  return file.documents.flatMap((document) => {
    const isBroken = document.problems.some(({ severity, code }) => severity === 'error' && code.startsWith('yaml/'));
    if (document.kind === null || isBroken) return [];
    const unused = new Map<string, Mark>();
    const found: Mark[] = [];
    for (const mark of marksIn(file, document)) {
      const before = unused.get(mark.name);
      if (mark.type === 'alias') unused.delete(mark.name);
      else {
        if (before !== undefined) found.push(before);
        unused.set(mark.name, mark);
      }
    }
    return [...found, ...unused.values()].map(unusedAnchor);
  });
}

const unusedAnchor = ({ name, span }: Mark): Problem => ({
  code: 'meaning/unused-anchor',
  severity: 'warning',
  span,
  message: `\`&${name}\` is an anchor, and nothing refers to it`,
  help: `write \`*${name}\` where its value is wanted again, or remove it; put the value in quotes if \`&\` is part of a text`,
  tag: 'unnecessary',
});
