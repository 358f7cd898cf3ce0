/**
 * Proves open policies a moment after each edit and keeps what was found until it is proved anew, so that findings neither hold up
 * typing nor flicker. Proving itself is the engine's part.
 */
import { asKind, type Policy, referredDocuments, type SourceDocument } from '../engine/documents/index.ts';
import type { PolicySource } from '../engine/policy/index.ts';
import { createProver, type DeclaredTool, type Prover } from '../engine/policy/prove/index.ts';
import type { ZoneOffsets } from '../engine/ports.ts';
import { checkProofs, type LanguageContext, type ProofFinding, type SourceFile } from '../language/index.ts';
import type { OpenDocument } from './open-documents.ts';

/** How long after an edit proofs begin at the least: the time in which the next key mostly comes. */
const leastPauseMs = 120;
/** Where proving takes long, it waits so many times as long, so that whoever types on is hardly ever held up. */
const pauseForWork = 8;
/** What proving a policy of so many lines takes about, before it has been done once. */
const linesPerMs = 100;
const dayMs = 86_400_000;

export interface ProofOptions {
  readonly zones: ZoneOffsets;
  readonly contextOf: (document: OpenDocument) => LanguageContext;
  /** Another file of the document's workspace, by its name there, as the editor or the disk has it; null when there is none. */
  readonly sourceOf: (document: OpenDocument, name: string) => SourceFile | null;
  /** Told when there is something new about a document. */
  readonly proved: (document: OpenDocument) => void;
}

interface Kept {
  readonly prover: Prover;
  source: SourceFile | null;
  /** In the order of the file's documents. */
  findings: readonly (readonly ProofFinding[])[];
  timer: NodeJS.Timeout | null;
  /** How long it took the last time. */
  tookMs: number;
}

export class Proofs {
  readonly #options: ProofOptions;
  readonly #kept = new Map<string, Kept>();

  constructor(options: ProofOptions) {
    this.#options = options;
  }

  /** What was proved last of a file's documents; null when nothing has been proved of it yet. */
  of(document: OpenDocument): ((index: number) => readonly ProofFinding[]) | null {
    if (!document.source.documents.some(({ kind }) => kind === 'Policy')) return null;
    const kept = this.#kept.get(document.uri) ?? newlyKept(document);
    this.#kept.set(document.uri, kept);
    if (kept.source !== document.source) {
      if (kept.timer !== null) clearTimeout(kept.timer);
      const pauseMs = Math.max(leastPauseMs, kept.tookMs * pauseForWork);
      kept.timer = setTimeout(() => this.#prove(document, kept), pauseMs);
    }
    return kept.source === null ? null : (index) => kept.findings[index] ?? [];
  }

  release(uri: string): void {
    const timer = this.#kept.get(uri)?.timer;
    if (timer) clearTimeout(timer);
    this.#kept.delete(uri);
  }

  #prove(document: OpenDocument, kept: Kept): void {
    const { source } = document;
    const startedAtMs = performance.now();
    kept.timer = null;
    kept.source = source;
    kept.findings = source.documents.map((each) => this.#proveDocument(document, each, kept.prover));
    kept.tookMs = performance.now() - startedAtMs;
    this.#options.proved(document);
  }

  #proveDocument(
    document: OpenDocument,
    { kind, valid, value }: SourceDocument,
    prover: Prover,
  ): readonly ProofFinding[] {
    if (kind !== 'Policy' || !valid) return [];
    const { zones } = this.#options;
    const nowMs = Math.floor(Date.now() / dayMs) * dayMs;
    const include = (reference: string) => this.#included(document, reference);
    return checkProofs(value as Policy, { prover, nowMs, zones, include, tools: this.#tools(document) });
  }

  #included(from: OpenDocument, reference: string): PolicySource | null {
    const { path, workspace } = this.#options.contextOf(from);
    if (path == null || workspace == null) return null;
    const [found] = referredDocuments('Policy', reference, path, workspace);
    const source = found && this.#options.sourceOf(from, found.path);
    const policies = source?.documents.flatMap((each) => asKind(each, 'Policy') ?? []) ?? [];
    const policy = policies.find(({ metadata }) => metadata.name === found?.name);
    if (policy === undefined || found === undefined) return null;
    return {
      policy,
      digest: found.path,
      lineOf: () => undefined,
      include: (next) => this.#included(from, next),
      zones: this.#options.zones,
    };
  }

  /** Those of the one environment of the workspace; null where there are several, because nobody says which applies. */
  #tools(document: OpenDocument): readonly DeclaredTool[] | null {
    const environments = this.#options.contextOf(document).workspace?.documents('Environment') ?? [];
    const [only] = environments;
    if (only === undefined || environments.length > 1) return null;
    const source = this.#options.sourceOf(document, only.path);
    const environment = source?.documents.flatMap((each) => asKind(each, 'Environment') ?? [])[0];
    return environment?.spec.tools ?? null;
  }
}

const newlyKept = ({ source }: OpenDocument): Kept => ({
  prover: createProver(),
  source: null,
  findings: [],
  timer: null,
  tookMs: source.lines.lineCount / linesPerMs,
});
