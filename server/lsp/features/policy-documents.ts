/**
 * The policies, environments and policy tests of a workspace as the editor holds them, unsaved edits included, read and
 * compiled for one request. It keeps nothing from request to request and decides nothing.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Place, type TestedPolicy, testedPolicy } from '../../engine/backtest/index.ts';
import {
  asKind,
  type DocumentKind,
  kindInWords,
  type Path,
  type Policy,
  referredDocuments,
  type SourceDocument,
  type Span,
  suggest,
  type WorkspaceDocument,
} from '../../engine/documents/index.ts';
import type { ToolDeclaration } from '../../engine/kernel/index.ts';
import type { PolicySource } from '../../engine/policy/index.ts';
import { decode } from '../../io/workspace/index.ts';
import { createZoneOffsets } from '../../io/zones.ts';
import { type LanguageWorkspace, readSource, type SourceFile } from '../../language/index.ts';
import type { EditorPlace, EditorRange } from '../../protocol/index.ts';
import { toRange } from '../convert.ts';
import type { Session } from './feature.ts';
import { urisBelow } from './places.ts';

/** A document that stands in a file of the workspace. */
export interface PlacedDocument {
  /** From the root of the workspace. */
  readonly path: string;
  readonly file: SourceFile;
  readonly document: SourceDocument;
}

/** Something that cannot be used, and where that is written. Message for people. */
export interface Fault {
  readonly message: string;
  readonly at: EditorPlace;
}

/** A value, or the first fault that stands in its way. */
export type Found<T> = { readonly value: T } | { readonly fault: Fault };

/** Policies that apply together; `named` are those that were asked for, without constitutions. */
export interface Together {
  readonly all: readonly TestedPolicy[];
  readonly named: readonly TestedPolicy[];
}

const zones = createZoneOffsets();

export class PolicyDocuments {
  readonly root: string;
  readonly view: LanguageWorkspace;
  readonly #session: Session;
  readonly #uris: (name: string) => string;
  readonly #files = new Map<string, SourceFile | null>();
  readonly #compiled = new Map<SourceDocument, Found<TestedPolicy>>();
  readonly #byDigest = new Map<string, PlacedDocument[]>();

  constructor(session: Session, root: string, view: LanguageWorkspace) {
    this.#session = session;
    this.root = root;
    this.view = view;
    this.#uris = urisBelow(session, root);
  }

  uriOf(path: string): string {
    return this.#uris(path);
  }

  /** All documents of a kind, also those with mistakes, by path and place. */
  all(kind: DocumentKind): readonly PlacedDocument[] {
    const paths = new Set(this.view.documents(kind).map(({ path }) => path));
    return [...paths].flatMap((path) => this.documentsIn(path).filter(({ document }) => document.kind === kind));
  }

  /** What stands in a file; nothing when it cannot be read. */
  documentsIn(path: string): readonly PlacedDocument[] {
    const file = this.#file(path);
    return file === null ? [] : file.documents.map((document) => ({ path, file, document }));
  }

  range({ file, document }: PlacedDocument, path: Path): EditorRange {
    const place = document.locate(path);
    return this.rangeOf(file, place?.value ?? document.span);
  }

  rangeOf({ lines }: SourceFile, span: Span): EditorRange {
    return toRange(lines, span, this.#session.unit);
  }

  place(of: PlacedDocument, path: Path): EditorPlace {
    return { uri: this.uriOf(of.path), range: this.range(of, path) };
  }

  /** Where a part of a policy is written; null for one that was not compiled here. */
  placeOf({ policy, digest, path }: Place): EditorPlace | null {
    const found = this.#byDigest.get(digest)?.find(({ document }) => document.name === policy);
    return found === undefined ? null : this.place(found, path);
  }

  /** The one document that a reference in `from` means. */
  find(kind: DocumentKind, reference: string, from: PlacedDocument, at: Path): Found<PlacedDocument> {
    const words = kindInWords[kind];
    const fault = (message: string): Found<never> => ({ fault: { message, at: this.place(from, at) } });
    const [found, other] = referredDocuments(kind, reference, from.path, this.view);
    if (other !== undefined) return fault(`more than one ${words} is meant by \`${reference}\`; name its file instead`);
    const placed = found && this.#placed(found);
    if (placed !== undefined) return { value: placed };
    const near = suggest(
      reference,
      this.view.documents(kind).flatMap(({ name }) => name ?? []),
    );
    return fault(`there is no ${words} \`${reference}\`${near === null ? '' : `; did you mean \`${near}\``}`);
  }

  /** The policies that `references` in `from` mean, with every constitution of the workspace. */
  policies(references: readonly string[], from: PlacedDocument): Found<Together> {
    const named: TestedPolicy[] = [];
    for (const [index, reference] of references.entries()) {
      const found = this.find('Policy', reference, from, ['spec', 'policies', index]);
      if ('fault' in found) return found;
      const policy = this.policy(found.value);
      if ('fault' in policy) return policy;
      named.push(policy.value);
    }
    return this.#withConstitutions(named);
  }

  /** One policy with every constitution of the workspace. */
  alone(placed: PlacedDocument): Found<Together> {
    const policy = this.policy(placed);
    return 'fault' in policy ? policy : this.#withConstitutions([policy.value]);
  }

  policy(placed: PlacedDocument): Found<TestedPolicy> {
    const known = this.#compiled.get(placed.document);
    if (known !== undefined) return known;
    const compiled = this.#compile(placed);
    this.#compiled.set(placed.document, compiled);
    return compiled;
  }

  /** The tools of the environment that a test names; null when it names none. */
  tools(reference: string | undefined, from: PlacedDocument): Found<ReadonlyMap<string, ToolDeclaration> | null> {
    if (reference === undefined) return { value: null };
    const found = this.find('Environment', reference, from, ['spec', 'environment']);
    if ('fault' in found) return found;
    const environment = asKind(found.value.document, 'Environment');
    if (environment === null) return { fault: this.faultIn(found.value, 'environment') };
    return { value: new Map(environment.spec.tools.map((tool) => [tool.name, tool])) };
  }

  /** The first error of a document. */
  faultIn(placed: PlacedDocument, words: string): Fault {
    const { document, file, path } = placed;
    const problem = document.problems.find(({ severity }) => severity === 'error');
    const range = this.rangeOf(file, problem?.span ?? document.span);
    const what = `the ${words} \`${document.name ?? path}\` has mistakes`;
    return {
      message: problem === undefined ? what : `${what}: ${problem.message}`,
      at: { uri: this.uriOf(path), range },
    };
  }

  #withConstitutions(named: readonly TestedPolicy[]): Found<Together> {
    const [doubt] = this.view.doubts?.() ?? [];
    if (doubt !== undefined) return { fault: { message: doubt.message, at: this.#startOf(doubt.path) } };
    const everywhere: TestedPolicy[] = [];
    for (const { documents } of this.view.files?.() ?? [])
      for (const summary of documents) {
        if (summary.kind !== 'Policy' || summary.constitution !== true) continue;
        const placed = this.#placed(summary);
        const policy = placed && this.policy(placed);
        if (policy === undefined) continue;
        if ('fault' in policy) return policy;
        if (!named.includes(policy.value)) everywhere.push(policy.value);
      }
    return { value: { all: [...everywhere, ...named], named } };
  }

  #compile(placed: PlacedDocument): Found<TestedPolicy> {
    const policy = asKind(placed.document, 'Policy');
    if (policy === null) return { fault: this.faultIn(placed, 'policy') };
    const { value, problems } = testedPolicy(this.#source(placed, policy));
    if (value !== null) return { value };
    const [problem] = problems;
    const message = `the policy \`${placed.document.name}\` has mistakes`;
    return {
      fault: {
        message: problem === undefined ? message : `${message}: ${problem.message}`,
        at: this.place(placed, problem?.path ?? []),
      },
    };
  }

  #source(placed: PlacedDocument, policy: Policy): PolicySource {
    const { file, document } = placed;
    const digest = `sha256:${createHash('sha256').update(file.text).digest('hex')}`;
    this.#byDigest.set(digest, [...(this.#byDigest.get(digest) ?? []), placed]);
    return {
      policy,
      digest,
      file: placed.path,
      lineOf: (path) => {
        const place = document.locate(path);
        return place === null ? undefined : file.lines.positionAt((place.key ?? place.value).start).line + 1;
      },
      include: (reference) => {
        const found = this.find('Policy', reference, placed, []);
        const included = 'value' in found ? asKind(found.value.document, 'Policy') : null;
        return included === null || 'fault' in found ? null : this.#source(found.value, included);
      },
      zones,
    };
  }

  #startOf(path: string): EditorPlace {
    const start = { line: 0, character: 0 };
    return { uri: this.uriOf(path), range: { start, end: start } };
  }

  #placed({ path, kind, name }: WorkspaceDocument): PlacedDocument | undefined {
    return this.documentsIn(path).find(({ document }) => document.kind === kind && document.name === name);
  }

  #file(path: string): SourceFile | null {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    const absolute = join(this.root, path);
    const open = this.#session.openDocuments().find((document) => document.path === absolute);
    const file = open?.source ?? readFile(absolute);
    this.#files.set(path, file);
    return file;
  }
}

/** Null for what has gone since the index saw it. */
function readFile(path: string): SourceFile | null {
  try {
    return readSource(decode(readFileSync(path)));
  } catch {
    return null;
  }
}

/** The documents below every root. What was edited before is seen. */
export async function everywhere(session: Session): Promise<readonly PolicyDocuments[]> {
  await session.workspaces.views();
  await editsNoted();
  const views = await session.workspaces.views();
  return views.map(({ root, view }) => new PolicyDocuments(session, root, view));
}

/** The documents of the workspace around a file. What was edited before is seen. */
export async function around(session: Session, path: string): Promise<PolicyDocuments> {
  await session.workspaces.viewAround(path);
  await editsNoted();
  const { root, view } = await session.workspaces.viewAround(path);
  return new PolicyDocuments(session, root, view);
}

/** Edits are noted in the turn of the event loop after they came. */
const editsNoted = () => new Promise((resolve) => setImmediate(resolve));
