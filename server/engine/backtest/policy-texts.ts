/** Documents out of texts alone, as a ledger or an editor holds them, and their policies with what they include. Reads no files. */
import {
  asKind,
  type DocumentKind,
  describeDocument,
  isPath,
  type LineMap,
  type Path,
  readText,
  referredDocuments,
  type SourceDocument,
  type SourceText,
  type WorkspaceDocument,
  type WorkspaceView,
} from '../documents/index.ts';
import type { PolicySource } from '../policy/index.ts';
import type { ZoneOffsets } from '../ports.ts';

export interface PlacedText {
  /** From the root of the workspace, with forward slashes. */
  readonly path: string;
  /** Of the document; of the whole file where it holds several. */
  readonly digest: string;
  readonly text: string;
}

export interface TextDocument extends PlacedText {
  readonly lines: LineMap;
  readonly document: SourceDocument;
}

/** Another source for a document; undefined leaves it as it is. */
export type Instead = (document: TextDocument) => PolicySource | undefined;

/** A workspace that has these texts and nothing else. */
export class PolicyTexts implements WorkspaceView {
  readonly all: readonly TextDocument[];
  readonly #zones: ZoneOffsets | undefined;

  /** `read` is for callers who have the same text in many places and read it once. */
  constructor(texts: readonly PlacedText[], zones?: ZoneOffsets, read: (text: string) => SourceText = readText) {
    this.#zones = zones;
    this.all = texts.flatMap((placed) => {
      const { lines, documents } = read(placed.text);
      return documents.map((document) => ({ ...placed, lines, document }));
    });
  }

  documents(kind: DocumentKind): readonly WorkspaceDocument[] {
    return this.all
      .filter(({ document }) => document.kind === kind)
      .flatMap(({ document, path }) => describeDocument(document, path) ?? []);
  }

  resolve(fromPath: string, reference: string): string {
    return resolvedPath(fromPath, reference);
  }

  fileExists(path: string): boolean {
    return this.all.some((one) => one.path === path);
  }

  /** The document that a reference in the document at `fromPath` means; null when no text holds it. */
  find(kind: DocumentKind, reference: string, fromPath: string): TextDocument | null {
    const [found] = referredDocuments(kind, reference, fromPath, this);
    if (found === undefined) return null;
    const { path, name } = found;
    return (
      this.all.find((one) => one.path === path && one.document.kind === kind && one.document.name === name) ?? null
    );
  }

  /** A policy for the compiler; null where it has mistakes. What it includes comes from these texts, or from `instead`. */
  source(placed: TextDocument, instead: Instead = () => undefined): PolicySource | null {
    const other = instead(placed);
    if (other !== undefined) return other;
    const { document, lines, digest, path } = placed;
    const policy = asKind(document, 'Policy');
    if (policy === null) return null;
    return {
      policy,
      digest,
      file: path,
      lineOf: (at: Path) => {
        const place = document.locate(at);
        return place === null ? undefined : lines.positionAt((place.key ?? place.value).start).line + 1;
      },
      include: (reference) => {
        const included = this.find('Policy', reference, path);
        return included && this.source(included, instead);
      },
      ...(this.#zones && { zones: this.#zones }),
    };
  }
}

/** The path of `reference` as written in the document at `fromPath`, both from the root. */
function resolvedPath(fromPath: string, reference: string): string {
  if (!isPath(reference)) return reference;
  const steps = fromPath.split('/').slice(0, -1);
  for (const step of reference.replaceAll('\\', '/').split('/')) {
    if (step === '..' && steps.length > 0 && steps.at(-1) !== '..') steps.pop();
    else if (step !== '.' && step !== '') steps.push(step);
  }
  return steps.join('/');
}
