/**
 * Takes documents of a workspace with the types of their kinds, and policies as the compiler wants them. Every problem that is met on
 * the way goes to whoever asked, once; what to do about it is theirs to say.
 */
import {
  asKind,
  checkIds,
  checkReferences,
  type DocumentKind,
  type DocumentTypes,
  LineMap,
  type Path,
  type Policy,
  type Problem,
  referredDocuments,
  type SourceDocument,
  standingOf,
} from '../../engine/documents/index.ts';
import type { PolicySource } from '../../engine/policy/index.ts';
import { createZoneOffsets } from '../zones.ts';
import type { DocumentFile, Workspace } from './documents.ts';

export interface Loaded<K extends DocumentKind> {
  readonly file: DocumentFile;
  readonly value: DocumentTypes[K];
}

export class DocumentLoader {
  readonly workspace: Workspace;
  readonly #report: (file: DocumentFile, problem: Problem) => void;
  readonly #checked = new Set<DocumentFile>();
  readonly #zones = createZoneOffsets();

  constructor(workspace: Workspace, report: (file: DocumentFile, problem: Problem) => void) {
    this.workspace = workspace;
    this.#report = report;
  }

  /** The document with the type of its kind; null when it has errors. */
  valid<K extends DocumentKind>(file: DocumentFile, kind: K): Loaded<K> | null {
    const { document, path } = file;
    if (!this.#checked.has(file)) {
      this.#checked.add(file);
      const problems = [
        ...document.problems,
        ...checkIds(document),
        ...checkReferences(document, path, this.workspace),
      ];
      for (const problem of problems) this.#report(file, problem);
    }
    const value = asKind(document, kind);
    return value === null ? null : { file, value };
  }

  /** The document that a reference in `from` means; a reference that leads nowhere is a problem of `from` itself. */
  referred<K extends DocumentKind>(from: DocumentFile, kind: K, reference: string): Loaded<K> | null {
    const [found] = referredDocuments(kind, reference, from.path, this.workspace);
    const file =
      found &&
      this.workspace.at(found.path).find(({ document }) => document.kind === kind && document.name === found.name);
    return file === undefined ? null : this.valid(file, kind);
  }

  /** The policy in `file` for the compiler, with those that it includes; `onIncluded` is told of each of them. */
  policySource(
    file: DocumentFile,
    policy: Policy,
    onIncluded: (policy: Loaded<'Policy'>) => void = () => {},
  ): PolicySource {
    return {
      policy,
      digest: file.digest,
      file: file.path,
      lineOf: (path) => this.lineOf(file, path),
      include: (reference) => {
        const included = this.referred(file, 'Policy', reference);
        if (included === null) return null;
        onIncluded(included);
        return this.policySource(included.file, included.value, onIncluded);
      },
      zones: this.#zones,
    };
  }

  /**
   * The policies that say of themselves that they apply to everything, and documents that may be meant so, which broken text
   * hides: leaving one out would permit what it forbids.
   */
  constitutions(): readonly DocumentFile[] {
    return this.workspace.files.filter((file) => {
      const standing = standingOf(file.document, file.text);
      if (standing === 'unclear') this.#report(file, unclear(file.document));
      return standing !== 'ordinary';
    });
  }

  /** The line of a place in a document, from 1; undefined when there is none. */
  lineOf(file: DocumentFile, path: Path): number | undefined {
    const place = file.document.locate(path);
    return place === null ? undefined : new LineMap(file.text).positionAt((place.key ?? place.value).start).line + 1;
  }
}

const unclear = ({ span }: SourceDocument): Problem => ({
  code: 'workspace/unclear-policy',
  severity: 'error',
  span: { start: span.start, end: span.start },
  message:
    'this may be a constitution, and nobody can tell before its errors are corrected; correct them, or name the file in `.gitignore` if it is none',
});
