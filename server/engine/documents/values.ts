/** Careful looks into values of which nothing is known yet, as broken documents give them. */
import type { Path, PathStep } from './problem.ts';

/** A path in which `*` stands for every item of a list. */
export type Pattern = readonly string[];

export interface PlacedValue {
  readonly path: Path;
  readonly value: unknown;
}

/** The value at `path`; undefined when there is none. */
export function valueAt(value: unknown, path: Path): unknown {
  let here = value;
  for (const step of path)
    here =
      typeof here === 'object' && here !== null && Object.hasOwn(here, step)
        ? (here as Readonly<Record<PathStep, unknown>>)[step]
        : undefined;
  return here;
}

/** All values at places that fit `pattern`, with their paths. */
export function placesMatching(value: unknown, pattern: Pattern): readonly PlacedValue[] {
  let places: readonly PlacedValue[] = [{ path: [], value }];
  for (const step of pattern)
    places = places.flatMap((place) => {
      if (step === '*')
        return Array.isArray(place.value)
          ? place.value.map((item: unknown, index) => ({ path: [...place.path, index], value: item }))
          : [];
      const below = valueAt(place.value, [step]);
      return below === undefined ? [] : [{ path: [...place.path, step], value: below }];
    });
  return places;
}

/**
 * Calls `visit` with each value at a place that fits `pattern`. The path is made only when it is asked for, so that going
 * through thousands of sound places costs next to nothing.
 */
export function visitPlaces(value: unknown, pattern: Pattern, visit: (value: unknown, path: () => Path) => void): void {
  const path: PathStep[] = [];
  const here = () => [...path];
  const below = (place: unknown): void => {
    const step = pattern[path.length];
    if (step === undefined) visit(place, here);
    else if (step === '*') {
      if (!Array.isArray(place)) return;
      for (let index = 0; index < place.length; index++) {
        path.push(index);
        below(place[index]);
        path.pop();
      }
    } else if (typeof place === 'object' && place !== null && Object.hasOwn(place, step)) {
      path.push(step);
      below((place as Readonly<Record<string, unknown>>)[step]);
      path.pop();
    }
  };
  below(value);
}
