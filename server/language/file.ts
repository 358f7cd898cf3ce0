/** A file as all features share it: its text, lines and documents, read once per version. */
import { readText, type SourceDocument, type SourceText } from '../engine/documents/index.ts';
import type { ZoneOffsets } from '../engine/ports.ts';
import type { ProofFinding } from './proofs/findings.ts';
import type { LanguageWorkspace } from './workspace.ts';

/** `edit` gives the next version at the cost of what changes. */
export type SourceFile = SourceText;

/** What is known around a file. Without a workspace, nothing across files is checked or offered. */
export interface LanguageContext {
  /** The file's path in the form of the workspace's view; null for a file that is nowhere on disk. */
  readonly path?: string | null;
  readonly workspace?: LanguageWorkspace | null;
  /** Without it, names of time zones are not checked. */
  readonly zones?: ZoneOffsets | null;
  /** The time, in milliseconds since 1970 UTC; without it, nothing is said of what comes next. */
  readonly nowMs?: number | null;
  /** What has been proved of each document of the file, by its position; without it, nothing is said of proofs. */
  readonly proofs?: ((index: number) => readonly ProofFinding[]) | null;
}

export const readSource = (text: string): SourceFile => readText(text);

/** Every feature takes a text, or a file that has been read already. */
export const asSource = (file: SourceFile | string): SourceFile => (typeof file === 'string' ? readSource(file) : file);

/** The document that an offset lies in; the nearest one before it when it lies between two. */
export function documentAt(file: SourceFile, offset: number): SourceDocument | null {
  return file.documents.findLast((document) => document.span.start <= offset) ?? file.documents[0] ?? null;
}
