/** Code lenses: what can be done with a document right above it. */
import { type Location, type Span, valueAt } from '../engine/documents/index.ts';
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

/** An item that an alias repeats has its lens there. */
const placeOf = (place: Location | null): Span | undefined => place?.repeatedAt ?? place?.value;

/** A policy, or a rule of it, that a sample action can be put to. */
export interface EvaluationLens {
  /** Its name or id. */
  readonly span: Span;
  readonly policy: string;
  readonly rule?: string;
}

/** Each policy that has a name, and its rules that have an id, in the order of the text. */
export function evaluationLenses(file: SourceFile | string): readonly EvaluationLens[] {
  return asSource(file).documents.flatMap(({ kind, name: policy, value, locate }): EvaluationLens[] => {
    const span = locate(['metadata', 'name'])?.value;
    if (kind !== 'Policy' || policy === null || span === undefined) return [];
    const rules = valueAt(value, ['spec', 'rules']);
    const ofRules = (Array.isArray(rules) ? rules : []).flatMap((_, index): EvaluationLens[] => {
      const path = ['spec', 'rules', index, 'id'];
      const [rule, place] = [valueAt(value, path), placeOf(locate(path))];
      return typeof rule === 'string' && place !== undefined ? [{ span: place, policy, rule }] : [];
    });
    return [{ span, policy }, ...ofRules];
  });
}

/** The cases of a policy test, or one of them. */
export interface PolicyTestLens {
  /** Its name. */
  readonly span: Span;
  readonly test: string;
  /** The cases that are run. */
  readonly count: number;
  readonly case?: string;
}

/** Each policy test that has a name and cases, and its cases that have one, in the order of the text. */
export function policyTestLenses(file: SourceFile | string): readonly PolicyTestLens[] {
  return asSource(file).documents.flatMap(({ kind, name: test, value, locate }): PolicyTestLens[] => {
    const span = locate(['metadata', 'name'])?.value;
    const cases = valueAt(value, ['spec', 'cases']);
    if (kind !== 'PolicyTest' || test === null || span === undefined || !Array.isArray(cases) || cases.length === 0)
      return [];
    const ofCases = cases.flatMap((_, index): PolicyTestLens[] => {
      const path = ['spec', 'cases', index, 'name'];
      const [name, place] = [valueAt(value, path), placeOf(locate(path))];
      return typeof name === 'string' && place !== undefined ? [{ span: place, test, count: 1, case: name }] : [];
    });
    return [{ span, test, count: cases.length }, ...ofCases];
  });
}
