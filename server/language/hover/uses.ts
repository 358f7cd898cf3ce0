/** Where what is named under the cursor is used. */
import type { PlaceInTree } from '../../engine/documents/index.ts';
import { references } from '../navigation/index.ts';
import type { Surroundings } from '../surroundings.ts';

const shown = 5;

/** The uses of the name that is declared at a place; null where there is nothing to say of them. */
export function usesMarkdown({ source, context }: Surroundings, place: PlaceInTree, offset: number): string | null {
  const uses = references(source, offset, context, false);
  if (uses.length === 0)
    return place.path.at(-1) === 'name' && place.path[0] === 'metadata' && context.workspace
      ? 'Not used in this workspace'
      : null;
  const places = uses.slice(0, shown).map(({ path, lines, span }) => {
    const line = lines === null ? '' : `${lines.lineAt(span.start) + 1}`;
    return path === '' || path === context.path ? `line ${line}` : `\`${path}\` line ${line}`;
  });
  const more = uses.length > shown ? ` and ${uses.length - shown} more` : '';
  return `Used ${uses.length === 1 ? 'once' : `${uses.length} times`}: ${places.join(', ')}${more}`;
}
