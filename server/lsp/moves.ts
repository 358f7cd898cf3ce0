/** Files and folders that are about to move, as the paths of one root see them. Nothing is looked for on disk. */
import nodePath, { type PlatformPath } from 'node:path';
import type { Relocation } from '../language/navigation/index.ts';

/** Of a file, or of a folder with all that it holds; absolute paths. */
export interface Move {
  readonly from: string;
  readonly to: string;
}

/** `paths` are those of the platform that the root's path is written for. */
export function relocationBelow(root: string, moves: readonly Move[], paths: PlatformPath = nodePath): Relocation {
  const { isAbsolute, join, relative, dirname, sep } = paths;
  const nameOf = (from: string, path: string) => relative(from, path).split(sep).join('/');
  // Where a folder moves and a file in it moves elsewhere, the file's own move counts.
  const nearestFirst = moves.toSorted((a, b) => b.from.length - a.from.length);
  return {
    moved: (name) => {
      const path = join(root, name);
      const move = nearestFirst.find(({ from }) => path === from || path.startsWith(from + sep));
      return move === undefined ? name : nameOf(root, move.to + path.slice(move.from.length));
    },
    pathBetween: (from, target) => {
      const found = nameOf(dirname(join(root, from)), join(root, target));
      // No relative path leads to another drive.
      return isAbsolute(found) ? null : found;
    },
  };
}
