/** Code lenses: what can be done with a document right above it. */
import type { Span } from '../engine/documents/index.ts';
import { asSource, type SourceFile } from './file.ts';

export interface Lens {
  readonly span: Span;
  readonly title: string;
  readonly action: 'runExperiment';
}

/** A lens above each experiment, at its `kind`. */
export function lenses(file: SourceFile | string): readonly Lens[] {
  return asSource(file).documents.flatMap((document) => {
    const span = document.kind === 'Experiment' ? document.locate(['kind'])?.key : undefined;
    return span === undefined ? [] : [{ span, title: '▶ Run experiment', action: 'runExperiment' as const }];
  });
}
