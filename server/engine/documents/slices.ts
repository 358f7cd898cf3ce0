/**
 * Reads a text in slices: each key of the spine of a document and each item of its lists for itself, so that an edit
 * costs what it touches and a fault spoils nothing beside it. What a text gives depends on the text alone; slices that
 * an edit left alone are taken over from the version before.
 */
import { Anchors, type Linked, link, type Marked, tooManyAliases } from './anchors.ts';
import { byteOrderMark, indentOf, kindOf, LineMap, lineKinds } from './lines.ts';
import {
  duplicateKey,
  type Fragment,
  type ParsedDocument,
  parseFragment,
  parseYaml,
  type Spine,
  tooLarge,
} from './parse.ts';
import { recordFrom } from './plain.ts';
import { maxProblems, type Problem, type Span } from './problem.ts';
import { readQuickly } from './quick.ts';
import { shiftEntry, shiftNode, shiftProblem, type Targets } from './shift.ts';
import { type Overlap, type Slice, SlicedList, sliceUp } from './sliced-list.ts';
import { type MappingEntry, type SyntaxNode, withoutTargets } from './tree.ts';

/** What was read of a text, to be taken over into its next version. */
export interface SliceStore {
  /** By what the collections stand in, the collections in the order of the text. */
  readonly rows: Map<string, Row[]>;
  readonly documents: Map<number, Kept<readonly ParsedDocument[]>>;
}
interface Kept<T> {
  readonly length: number;
  readonly result: T;
}

/** The slices of one collection in their order, as far as it is not cut further. */
interface Row {
  readonly starts: readonly number[];
  readonly slices: readonly KeptFragment[];
  /** Where it is a list without references. */
  readonly list: SlicedList<KeptFragment> | null;
}

/** A fragment together with its parts where they stood last. */
interface KeptFragment extends Slice {
  placed: PlacedParts | null;
}
interface PlacedParts {
  readonly start: number;
  readonly entries: readonly MappingEntry[];
  readonly items: readonly SyntaxNode[];
  readonly values: readonly unknown[];
  readonly problems: readonly Problem[];
  /** Null when the fragment has no anchors, aliases or merge keys. */
  readonly references: PlacedReferences | null;
}
interface PlacedReferences {
  readonly linked: Linked;
  readonly targets: Targets;
  /** What the fragment marks, in its place. */
  readonly marked: ReadonlyMap<string, Marked>;
}

export interface Change {
  /** In the text before. */
  readonly start: number;
  readonly end: number;
  readonly insertedLength: number;
}

export interface ReadText {
  readonly documents: readonly ParsedDocument[];
  readonly store: SliceStore;
}

/** Entries whose value has fewer lines than this are not cut further. */
const linesWorthCutting = 8;
const maxSpine = 4;
const entryPattern = /(?:[A-Za-z_][\w./-]*|<<):(?:[ ]|\r?\n|\r?$)/y;
const headPattern = /([A-Za-z_][\w./-]*):[ ]*(?:(?<=[ ])#[^\n]*)?\r?\n/y;
const markerPattern = /---[ ]*(?:(?<=[ ])#[^\n]*)?(?:\r?\n|\r?$)/y;
const endPattern = /\.\.\.[ ]*(?:(?<=[ ])#[^\n]*)?(?:\r?\n|\r?$)/y;
const directivePattern = /%YAML[ ]+1\.2[ ]*(?:\r?\n|\r?$)/y;
const wordsThatAreNoText = /^(?:true|false|null)$/i;

/** Reads the documents of a text. `before` and `change` say what is known of the version that it was edited from. */
export function readSlices(lines: LineMap, before: SliceStore | null, change: Change | null): ReadText {
  const reader = new SliceReader(lines, before, change);
  return { documents: reader.read(), store: reader.store };
}

class SliceReader {
  readonly store: SliceStore = { rows: new Map(), documents: new Map() };
  readonly #lines: LineMap;
  readonly #shapes: Int32Array;
  readonly #text: string;
  readonly #before: SliceStore | null;
  readonly #change: Change | null;
  /** Those of the document that is being read. */
  #anchors = new Anchors();

  constructor(lines: LineMap, before: SliceStore | null, change: Change | null) {
    this.#lines = lines;
    this.#shapes = lines.shapes;
    this.#text = lines.text;
    this.#before = before;
    this.#change = change;
  }

  read(): readonly ParsedDocument[] {
    const parts = this.#parts();
    const tooMuch = tooLarge(this.#text.length, this.#shapes.length, parts?.length ?? 1);
    if (tooMuch !== null) return [tooMuch];
    if (parts === null) return this.#whole(0, this.#text.length, this.#text.length);
    return parts.flatMap((part) => this.#document(part));
  }

  /** The documents by their lines; null when only the full parser can tell where they are. */
  #parts(): readonly Part[] | null {
    const parts: Part[] = [];
    let part: Part = { first: 0, contentEnd: -1, end: -1, isOdd: false };
    let hasContent = false;
    let hasDirective = false;
    const lineCount = this.#shapes.length;
    for (let line = 0; line < lineCount; line++) {
      const kind = kindOf(this.#shape(line));
      if (kind === lineKinds.blank || kind === lineKinds.comment) continue;
      const isEnded = part.contentEnd >= 0;
      if (kind === lineKinds.directive) {
        if ((hasContent && !isEnded) || hasDirective || !this.#fits(directivePattern, line)) return null;
        hasDirective = true;
        continue;
      }
      if (kind === lineKinds.end) {
        if (!hasContent || isEnded || !this.#fits(endPattern, line)) return null;
        part.contentEnd = line;
        continue;
      }
      if (kind !== lineKinds.document) {
        const isOdd = kind === lineKinds.odd;
        if (isEnded || hasDirective || (isOdd && !hasContent)) return null;
        part.isOdd ||= isOdd;
      } else if (hasContent) {
        part.end = line;
        parts.push(part);
        part = { first: line, contentEnd: -1, end: -1, isOdd: false };
      }
      hasContent = true;
      hasDirective = false;
    }
    part.end = lineCount;
    parts.push(part);
    return hasDirective ? null : parts;
  }

  #document({ first, contentEnd, end, isOdd }: Part): readonly ParsedDocument[] {
    const span = { start: this.#lines.startOf(first), end: this.#startOf(end) };
    const sliced = isOdd ? null : this.#sliced(first, contentEnd < 0 ? end : contentEnd, span);
    // What stands behind `...` belongs to the next document.
    const readEnd = contentEnd < 0 ? span.end : this.#startOf(contentEnd + 1);
    return sliced === null ? this.#whole(span.start, readEnd, span.end) : [sliced];
  }

  /** Null when the document is not a block mapping, or can only be read as a whole. */
  #sliced(first: number, end: number, span: Span): ParsedDocument | null {
    let head = this.#nextContent(first, end);
    if (head < end && kindOf(this.#shape(head)) === lineKinds.directive) head = this.#nextContent(head + 1, end);
    if (head < end && kindOf(this.#shape(head)) === lineKinds.document) {
      if (!this.#fits(markerPattern, head)) return null;
      head = this.#nextContent(head + 1, end);
    }
    if (head >= end || !this.#isEntry(head)) return null;
    const column = indentOf(this.#shape(head));
    // What stands left of the outermost keys is a fault of the document, not of a slice.
    for (let line = head; column > 0 && line < end; line = this.#nextContent(line + 1, end))
      if (indentOf(this.#shape(line)) < column) return null;
    this.#anchors = new Anchors();
    const branch = this.#branch(head, end, [{ type: 'mapping', column }]);
    if (branch === null) return null;
    const { node: root, value, problems } = branch;
    return this.#anchors.areTooMany()
      ? { root: withoutTargets(root), value: null, span, problems: [...problems, tooManyAliases(root)] }
      : { root, value, span, problems };
  }

  /** The collection whose first entry or item is on line `first`; null when one of its slices cannot be told from those around it. */
  #branch(first: number, end: number, spine: Spine): Branch | null {
    const last = spine.at(-1);
    const starts = last === undefined ? null : this.#boundaries(first, end, last.type, last.column);
    if (last === undefined || starts === null) return null;
    const context = spine.map(({ type, column }) => `${type} ${column}`).join();
    if (last.type === 'mapping') return this.#mapping(starts, end, spine, context);
    return this.#list(starts, end, spine, context);
  }

  #mapping(starts: readonly number[], end: number, spine: Spine, context: string): Branch | null {
    const entries: MappingEntry[] = [];
    const values: unknown[] = [];
    const problems: Problem[] = [];
    const offsets: number[] = [];
    const slices: KeptFragment[] = [];
    for (let index = 0; index < starts.length; index++) {
      const from = starts[index] ?? end;
      const to = starts[index + 1] ?? end;
      const inner = this.#innerBranch(from, to, spine);
      if (inner !== null) {
        entries.push(inner.entry);
        values.push(inner.branch.value);
        append(inner.branch.problems, problems, maxProblems);
        continue;
      }
      const slice = this.#slice(from, to, spine, context);
      if (slice === null) return null;
      offsets.push(this.#startOf(from));
      slices.push(slice);
      const placed = this.#placed(slice, this.#startOf(from));
      append(placed.entries, entries);
      append(placed.values, values);
      append(placed.problems, problems, maxProblems);
    }
    this.#keep(context, { starts: offsets, slices, list: null });
    const start = this.#startOf(starts[0] ?? end) + (spine.at(-1)?.column ?? 0);
    const doubles = duplicatesAmong(entries);
    const node: SyntaxNode = {
      type: 'mapping',
      span: { start, end: entries.at(-1)?.value.span.end ?? start },
      flow: false,
      entries,
    };
    return {
      node,
      value: recordFrom(entries, values),
      problems: doubles.length === 0 ? problems : [...problems, ...doubles],
    };
  }

  #list(starts: readonly number[], end: number, spine: Spine, context: string): Branch | null {
    const offsets = starts.map((line) => this.#startOf(line));
    const overlap = this.#overlap(offsets, this.#startOf(end), context);
    const changed: KeptFragment[] = [];
    for (let index = overlap?.first ?? 0; index < starts.length - (overlap?.last ?? 0); index++) {
      const slice = this.#slice(starts[index] ?? end, starts[index + 1] ?? end, spine, context);
      if (slice === null) return null;
      changed.push(slice);
    }
    const start = (offsets[0] ?? 0) + (spine.at(-1)?.column ?? 0);
    const slices = sliceUp(overlap, changed);
    if (changed.some(({ fragment }) => fragment.references !== null)) {
      this.#keep(context, { starts: offsets, slices, list: null });
      return this.#linkedList(start, offsets, slices);
    }
    const list = new SlicedList(start, offsets, changed, overlap);
    this.#keep(context, { starts: offsets, slices, list });
    return { node: list.node, value: list.values, problems: list.problems(maxProblems) };
  }

  /** A list in which anchors, aliases or merge keys are: what a slice means depends on those before it. */
  #linkedList(start: number, offsets: readonly number[], slices: readonly KeptFragment[]): Branch {
    const items: SyntaxNode[] = [];
    const values: unknown[] = [];
    const problems: Problem[] = [];
    for (const [index, slice] of slices.entries()) {
      const placed = this.#placed(slice, offsets[index] ?? 0);
      append(placed.items, items);
      append(placed.values, values);
      append(placed.problems, problems, maxProblems);
    }
    const span = { start, end: items.at(-1)?.span.end ?? start };
    return { node: { type: 'sequence', span, flow: false, items }, value: values, problems };
  }

  /** Which slices of a list, from its beginning and from its end, are those of the version before. */
  #overlap(offsets: readonly number[], end: number, context: string): Overlap<KeptFragment> | null {
    const [change, start] = [this.#change, offsets[0] ?? end];
    const old = this.#placeBefore(start, start);
    const before = old === null ? null : (rowAt(this.#before?.rows.get(context), old)?.list ?? null);
    if (change === null || before === null || before.starts[0] !== old) return null;
    const count = offsets.length;
    const countBefore = before.starts.length;
    const most = Math.min(count, countBefore);
    const endOf = (slice: number) => offsets[slice + 1] ?? end;
    /** Whether a slice of before stood where the text of one of now has come from, and is as long. */
    const isSame = (index: number, now: number, by: number): boolean => {
      const from = offsets[now] ?? end;
      return before.starts[index] === from - by && before.slices[index]?.length === endOf(now) - from;
    };
    let first = 0;
    while (first < most && endOf(first) <= change.start && isSame(first, first, 0)) first++;
    const behind = change.start + change.insertedLength;
    const by = behind - change.end;
    let last = 0;
    while (
      last < most - first &&
      (offsets[count - 1 - last] ?? 0) >= behind &&
      isSame(countBefore - 1 - last, count - 1 - last, by)
    )
      last++;
    return { before, first, last, by };
  }

  /** An entry of the spine whose value is cut further; null when it is to be read at once. */
  #innerBranch(first: number, end: number, spine: Spine): { entry: MappingEntry; branch: Branch } | null {
    if (end - first < linesWorthCutting || spine.length >= maxSpine) return null;
    const column = spine.at(-1)?.column ?? 0;
    const start = this.#startOf(first) + column;
    headPattern.lastIndex = start;
    const key = headPattern.exec(this.#text)?.[1];
    if (key === undefined || wordsThatAreNoText.test(key)) return null;
    const next = this.#nextContent(first + 1, end);
    if (next >= end) return null;
    const shape = this.#shape(next);
    const indent = indentOf(shape);
    const isSequence = kindOf(shape) === lineKinds.dash;
    if (isSequence ? indent < column : indent <= column || !this.#isEntry(next)) return null;
    const { position } = this.#anchors;
    const branch = this.#branch(next, end, [...spine, { type: isSequence ? 'sequence' : 'mapping', column: indent }]);
    if (branch === null) {
      this.#anchors.goBack(position);
      return null;
    }
    const keySpan = { start, end: start + key.length };
    return { entry: { key, keySpan, value: branch.node, merge: false }, branch };
  }

  /** The lines on which the entries or items of a collection begin; null when it has keys of the long form, `? key`. */
  #boundaries(first: number, end: number, type: 'mapping' | 'sequence', column: number): readonly number[] | null {
    const starts: number[] = [];
    for (let line = first; line < end; line++) {
      const shape = this.#shape(line);
      if (indentOf(shape) !== column) continue;
      const kind = kindOf(shape);
      if (type === 'sequence') {
        if (kind === lineKinds.dash) starts.push(line);
      } else if (kind === lineKinds.other) {
        const offset = this.#startOf(line) + column;
        const unit = this.#text[offset];
        if ((unit === '?' || unit === ':') && /^[\s]?$/.test(this.#text[offset + 1] ?? '')) return null;
        // What closes a bracket, and what a tab begins, belongs to what stands above it.
        if (unit !== ']' && unit !== '}' && unit !== '\t') starts.push(line);
      }
    }
    return starts;
  }

  /** Lines `first` up to `end` read as entries or items of the innermost collection of `spine`; null when they are not for themselves. */
  #slice(first: number, end: number, spine: Spine, context: string): KeptFragment | null {
    const start = this.#startOf(first);
    const stop = this.#startOf(end);
    const old = this.#placeBefore(start, stop);
    const row = old === null ? null : rowAt(this.#before?.rows.get(context), old);
    const kept = row === null || old === null ? undefined : row.slices[positionIn(row.starts, old)];
    if (kept?.length === stop - start && row?.starts[positionIn(row.starts, old ?? -1)] === old) return kept;
    const fragment = this.#read(first, end, spine);
    return fragment === null ? null : { length: stop - start, fragment, placed: null };
  }

  /** The parts of a fragment that begins at `start`: the very same objects as before where nothing has changed. */
  #placed(slice: KeptFragment, start: number): PlacedParts {
    const { fragment, placed: before } = slice;
    if (fragment.references === null) {
      slice.placed = before?.start === start ? before : placeAt(fragment, start);
      return slice.placed;
    }
    const linked = link(fragment, fragment.references, this.#anchors, before?.references?.linked ?? null);
    const targets = this.#targetsOf(linked);
    const isSame = before?.start === start && before.references?.linked === linked;
    const placed =
      isSame && areEqual(targets, before.references.targets) ? before : placeLinked(fragment, start, linked, targets);
    slice.placed = placed;
    this.#anchors.pass(placed.references?.marked ?? linked.marked, linked.excess);
    return placed;
  }

  #targetsOf({ taken }: Linked): Targets {
    const targets = new Map<string, SyntaxNode>();
    for (const name of taken.keys()) {
      const node = this.#anchors.get(name)?.node;
      if (node !== undefined) targets.set(name, node);
    }
    return targets;
  }

  #keep(context: string, row: Row): void {
    if (row.slices.length === 0) return;
    const rows = this.store.rows.get(context);
    if (rows === undefined) this.store.rows.set(context, [row]);
    else rows.push(row);
  }

  #read(first: number, end: number, spine: Spine): Fragment | null {
    const start = this.#startOf(first);
    const column = spine.at(-1)?.column ?? 0;
    const part = this.#text.slice(start, this.#startOf(end));
    if (this.#before === null) return readQuickly(this.#lines, first, end, column, start) ?? parseFragment(part, spine);
    const alone = withoutSurroundings(part);
    return readQuickly(new LineMap(alone), 0, end - first, column, 0) ?? parseFragment(alone, spine);
  }

  /** A part of the text that only the full parser can read, up to `readEnd`, with all documents in it. */
  #whole(start: number, readEnd: number, end: number): readonly ParsedDocument[] {
    const kept = this.#kept(this.#before?.documents, start, readEnd) ?? {
      length: readEnd - start,
      result: parseYaml(this.#text.slice(start, readEnd)),
    };
    this.store.documents.set(start, kept);
    const documents = start === 0 ? kept.result : kept.result.map((document) => shiftDocument(document, start));
    const last = documents.at(-1);
    if (last === undefined || readEnd === end) return documents;
    return [...documents.slice(0, -1), { ...last, span: { start: last.span.start, end } }];
  }

  /** What the version before gave for documents of the text that have not changed. */
  #kept<T extends Kept<unknown>>(store: ReadonlyMap<number, T> | undefined, start: number, end: number): T | undefined {
    const old = this.#placeBefore(start, end);
    const kept = old === null ? undefined : store?.get(old);
    return kept?.length === end - start ? kept : undefined;
  }

  /** Where a part of the text began in the version before; null when it has changed. */
  #placeBefore(start: number, end: number): number | null {
    const change = this.#change;
    if (change === null) return null;
    const behind = change.start + change.insertedLength;
    if (end <= change.start) return start;
    return start >= behind ? start - behind + change.end : null;
  }

  /** Whether a whole line is of a form. */
  #fits(pattern: RegExp, line: number): boolean {
    pattern.lastIndex = this.#startOf(line);
    return pattern.test(this.#text);
  }

  #shape(line: number): number {
    return this.#shapes[line] ?? lineKinds.blank;
  }

  /** The offset of a line's first unit, behind a byte order mark. */
  #startOf(line: number): number {
    const start = this.#lines.startOf(line);
    return start === 0 && line === 0 && this.#text.charCodeAt(0) === byteOrderMark ? 1 : start;
  }

  #nextContent(line: number, end: number): number {
    let next = line;
    while (
      next < end &&
      (kindOf(this.#shape(next)) === lineKinds.blank || kindOf(this.#shape(next)) === lineKinds.comment)
    )
      next++;
    return next;
  }

  #isEntry(line: number): boolean {
    if (kindOf(this.#shape(line)) !== lineKinds.other) return false;
    entryPattern.lastIndex = this.#startOf(line) + indentOf(this.#shape(line));
    return entryPattern.test(this.#text);
  }
}

/** A document by its lines; `contentEnd` is where `...` ends it, or -1. */
interface Part {
  readonly first: number;
  contentEnd: number;
  end: number;
  isOdd: boolean;
}

interface Branch {
  readonly node: SyntaxNode;
  readonly value: unknown;
  readonly problems: readonly Problem[];
}

/** The row that an offset stands in, if any does. */
function rowAt(rows: readonly Row[] | undefined, offset: number): Row | null {
  if (rows === undefined) return null;
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle]?.starts[0] ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return rows[low - 1] ?? null;
}

/** The position of the last start that is not behind `offset`. */
function positionIn(starts: readonly number[], offset: number): number {
  let [low, high] = [0, starts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The parts of a fragment without references in their places. */
const placeAt = (fragment: Fragment, start: number): PlacedParts => ({
  start,
  entries: fragment.entries.length === 0 ? none : fragment.entries.map((entry) => shiftEntry(entry, start)),
  items: fragment.items.length === 0 ? none : fragment.items.map((item) => shiftNode(item, start)),
  values: fragment.values,
  problems: fragment.problems.length === 0 ? none : fragment.problems.map((each) => shiftProblem(each, start)),
  references: null,
});

function placeLinked(fragment: Fragment, start: number, linked: Linked, targets: Targets): PlacedParts {
  const marked = new Map<string, Marked>();
  for (const [name, each] of linked.marked) marked.set(name, { ...each, node: shiftNode(each.node, start, targets) });
  return {
    start,
    entries: fragment.entries.map((entry) => shiftEntry(entry, start, targets)),
    items: fragment.items.map((item) => shiftNode(item, start, targets)),
    values: linked.values,
    problems: [...fragment.problems, ...linked.problems].map((each) => shiftProblem(each, start)),
    references: { linked, targets, marked },
  };
}

const areEqual = (some: Targets, others: Targets): boolean => {
  for (const [name, node] of some) if (others.get(name) !== node) return false;
  return some.size === others.size;
};

const none: readonly never[] = [];

/**
 * The same text for itself. What is cut out of a text keeps the whole of it in memory; without this, every edit at another
 * place would leave one more version of the file behind.
 */
const withoutSurroundings = (part: string): string => JSON.parse(JSON.stringify(part));

/** Appends what was found, up to so many in all. */
function append<T>(found: readonly T[], all: T[], most = Number.POSITIVE_INFINITY): void {
  for (let index = 0; index < found.length && all.length < most; index++) all.push(found[index] as T);
}

function duplicatesAmong(entries: readonly MappingEntry[]): readonly Problem[] {
  const first = new Map<string, Span>();
  const problems: Problem[] = [];
  for (const { key, keySpan, merge } of entries) {
    if (merge) continue;
    const earlier = first.get(key);
    if (earlier === undefined) first.set(key, keySpan);
    else if (problems.length < maxProblems) problems.push(duplicateKey(key, keySpan, earlier));
  }
  return problems;
}

const shiftDocument = ({ root, value, span, problems }: ParsedDocument, by: number): ParsedDocument => ({
  root: root === null ? null : shiftNode(root, by),
  value,
  span: { start: span.start + by, end: span.end + by },
  problems: problems.map((problem) => shiftProblem(problem, by)),
});
