/** What the checks of meaning find, before its place in the text is looked up: most checks find nothing, and places cost. */
import {
  ItemMemo,
  type LineMap,
  type Path,
  type Problem,
  type Severity,
  type SourceDocument,
  type Span,
} from '../../engine/documents/index.ts';
import type { PolicyProblem } from '../../engine/policy/index.ts';

export interface Finding {
  readonly code: string;
  readonly severity: Severity;
  /** From the document's root. */
  readonly path: Path;
  /** Whether the key at `path` is meant or, which is usual, its value. */
  readonly on?: 'key' | 'value';
  readonly message: string;
  readonly help?: string;
  readonly related?: readonly RelatedFinding[];
  readonly tag?: NonNullable<Problem['tag']>;
  readonly data?: NonNullable<Problem['data']>;
}

export interface RelatedFinding {
  readonly path: Path;
  readonly message: string;
  /** Where it is written, when it is another file. */
  readonly file?: { readonly path: string; readonly lines: LineMap; readonly document: SourceDocument };
}

/** A finding as a problem at its place, or at the nearest place around it that is written in the text. */
export function toProblem(
  document: SourceDocument,
  { code, severity, path, on, message, help, related, tag, data }: Finding,
): Problem {
  const places = related?.map((place) => {
    const { file } = place;
    const span = spanOf(file?.document ?? document, place.path);
    return { span, message: place.message, ...(file && { file: { path: file.path, lines: file.lines } }) };
  });
  return {
    code,
    severity,
    span: spanOf(document, path, on),
    message,
    ...(help !== undefined && { help }),
    ...(places !== undefined && { related: places }),
    ...(tag !== undefined && { tag }),
    ...(data !== undefined && { data }),
  };
}

function spanOf(document: SourceDocument, path: Path, on: Finding['on'] = 'value'): Span {
  for (let length = path.length; length > 0; length--) {
    const place = document.locate(path.slice(0, length));
    if (place !== null) return on === 'value' && length === path.length ? place.value : (place.key ?? place.value);
  }
  return document.locate(['kind'])?.key ?? document.span;
}

/** What the compiler says of a policy, told from the root of a part `below` steps down. */
export const fromRoot = ({ path, related, ...problem }: PolicyProblem, below: number): Omit<Finding, 'severity'> => ({
  ...problem,
  path: path.slice(below),
  ...(related && { related: related.map((place) => ({ ...place, path: place.path.slice(below) })) }),
});

/** Findings of a part of a document, told from the document's root. */
export const under = (prefix: Path, findings: readonly Finding[]): readonly Finding[] =>
  findings.map((finding) => ({
    ...finding,
    path: [...prefix, ...finding.path],
    ...(finding.related && {
      related: finding.related.map((place) => ({ ...place, path: [...prefix, ...place.path] })),
    }),
  }));

/**
 * A check of one item (a rule, a node), remembered for as long as the item's value lives: a reader that keeps the values of
 * what an edit did not touch has only the touched items checked again.
 */
export function remembered<T>(check: (item: unknown) => readonly T[]): (item: unknown) => readonly T[] {
  const known = new WeakMap<object, readonly T[]>();
  return (item) => {
    if (typeof item !== 'object' || item === null) return check(item);
    const before = known.get(item);
    if (before !== undefined) return before;
    const found = check(item);
    known.set(item, found);
    return found;
  };
}

/** The same for lists of such items: what is found in them, told from the list's own root. */
export function rememberedItems(
  check: (item: unknown) => readonly Finding[],
): (items: readonly unknown[]) => readonly Finding[] {
  const checkItem = remembered(check);
  const memo = new ItemMemo<readonly Finding[]>();
  return (items) => {
    const found = memo.of(items, (item) => {
      const findings = checkItem(item);
      return findings.length === 0 ? null : findings;
    });
    return found.flatMap(({ index, found: findings }) => under([index], findings));
  };
}

/** The items of the list at `path`; none where no list stands. */
export function itemsAt(value: unknown, path: readonly string[]): readonly unknown[] {
  let here = value;
  for (const step of path) here = isRecord(here) && Object.hasOwn(here, step) ? here[step] : undefined;
  return Array.isArray(here) ? here : [];
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const textOf = (value: unknown, key: string): string | null => {
  const found = isRecord(value) && Object.hasOwn(value, key) ? value[key] : null;
  return typeof found === 'string' ? found : null;
};
