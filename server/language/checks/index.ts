/**
 * What is wrong with a document in meaning, beyond its schema: within the document, and across the workspace once that
 * is known. Each check is in a file of its own; here they are chosen by kind.
 */
import {
  checkIds,
  checkReferences,
  type DocumentKind,
  documentsNamed,
  kindInWords,
  type Problem,
  type RelatedPlace,
  referenceAt,
  referredDocuments,
  type SourceDocument,
  type Span,
  valueAt,
  type WorkspaceDocument,
  type WorkspaceView,
  withArticle,
} from '../../engine/documents/index.ts';
import type { ZoneOffsets } from '../../engine/ports.ts';
import type { LanguageWorkspace } from '../workspace.ts';
import { checkAgents } from './agents.ts';
import { checkBudgets } from './budgets.ts';
import { conditionalLists, impossibleIn, undeclaredIn } from './conditions.ts';
import { checkDeprecated } from './deprecated.ts';
import { checkExperiment } from './experiment.ts';
import { type Finding, itemsAt, textOf, toProblem, under } from './finding.ts';
import { checkGraph, checkNodes, checkWorkflow } from './graph.ts';
import { checkIncludes } from './includes.ts';
import { checkPolicyHead, partChecks } from './policy.ts';
import { checkCase } from './policy-test.ts';
import { checkToolCalls } from './tool-calls.ts';
import { checkTool } from './tool-schemas.ts';

export { catalogue, problemCodes, problemPage } from './catalogue.ts';
export { nodeKeys } from './graph.ts';
export {
  nearestCode,
  nearestDirective,
  type Suppression,
  suppress,
  suppressionAt,
  suppressionsIn,
} from './suppression.ts';
export { checkAnchors } from './unused-anchors.ts';

/** A file's place in a workspace that has been read. */
export interface Surroundings {
  readonly path: string;
  readonly workspace: LanguageWorkspace;
}

/**
 * Problems in the meaning of a document that has been read and held against its schema. What stands where the text is
 * broken or the schema was hurt is left out: it has been told already. Never throws.
 */
export function checkMeaning(
  document: SourceDocument,
  around: Surroundings | null,
  zones: ZoneOffsets | null = null,
): readonly Problem[] {
  if (document.kind === null) return [];
  const isPartial = document.problems.some(({ code, severity }) => severity === 'error' && code.startsWith('yaml/'));
  const findings = [
    ...checkParts(document, document.kind, zones),
    ...checkConditions(document, document.kind, around?.workspace ?? null),
    ...checkKind(document, document.kind, isPartial, around),
    ...checkToolCalls(document, around),
    ...(around === null ? [] : checkAgents(document, around.workspace)),
    ...checkDeprecated(document.kind, document.value),
  ];
  const problems = [
    ...checkIds(document, isPartial),
    ...findings.map((finding) => toProblem(document, finding)),
    ...(around === null ? [] : checkReferences(document, around.path, around.workspace)).map((problem) =>
      around === null || problem.code !== 'reference/ambiguous' ? problem : withMeant(problem, document, around),
    ),
    ...(around === null ? [] : checkName(document, around)),
    ...(around === null ? [] : checkIncludes(document, around)),
  ];
  return withoutTold(problems, document);
}

/** What does not compile, rule by rule and condition by condition. */
function checkParts({ value }: SourceDocument, kind: DocumentKind, zones: ZoneOffsets | null): readonly Finding[] {
  if (kind !== 'Policy' && kind !== 'Preset') return [];
  const { rules, conditions } = partChecks({
    patterns: kind === 'Policy' ? valueAt(value, ['spec', 'patterns']) : null,
    zones,
  });
  return [
    ...(kind === 'Policy' ? checkPolicyHead(value, zones) : []),
    ...checkList(value, 'rules', rules),
    ...checkList(value, 'budgets', conditions),
    ...checkList(value, 'nodes', conditions),
  ];
}

function checkConditions(
  { value }: SourceDocument,
  kind: DocumentKind,
  workspace: WorkspaceView | null,
): readonly Finding[] {
  const lists = conditionalLists[kind];
  if (lists === undefined) return [];
  const undeclared = workspace === null ? null : undeclaredIn(workspace);
  return lists.flatMap((list) => [
    ...checkList(value, list, impossibleIn),
    ...(undeclared === null ? [] : checkList(value, list, undeclared)),
  ]);
}

/** What `check` finds in the items of a list under `spec`, from the document's root. */
const checkList = (
  value: unknown,
  list: string,
  check: (items: readonly unknown[]) => readonly Finding[],
): readonly Finding[] => under(['spec', list], check(itemsAt(value, ['spec', list])));

function checkKind(
  { value }: SourceDocument,
  kind: DocumentKind,
  isPartial: boolean,
  around: Surroundings | null,
): readonly Finding[] {
  const list = (name: string, check: (items: readonly unknown[]) => readonly Finding[]) =>
    checkList(value, name, check);
  switch (kind) {
    case 'Policy':
      return list('budgets', checkBudgets);
    case 'Preset': {
      const start = textOf(typeof value === 'object' && value !== null && 'spec' in value ? value.spec : null, 'start');
      const graph = isPartial ? [] : list('nodes', (nodes) => checkGraph(nodes, start));
      return [...list('budgets', checkBudgets), ...list('nodes', checkNodes), ...graph];
    }
    case 'Capsule':
      return list('workflow', checkWorkflow);
    case 'Experiment':
      return isPartial ? [] : checkExperiment(value, around);
    case 'Environment':
      return list('tools', (tools) => tools.flatMap((each, index) => under([index], checkTool(each))));
    case 'PolicyTest':
      return list('cases', (cases) => cases.flatMap((each, index) => under([index], checkCase(each))));
    default:
      return [];
  }
}

/** An ambiguous reference with the places of all that it may mean. */
function withMeant(problem: Problem, document: SourceDocument, { path, workspace }: Surroundings): Problem {
  const at = document.placeAt(problem.span.start)?.path ?? [];
  const kind = document.kind === null ? null : referenceAt(document.kind, at);
  const text = valueAt(document.value, at);
  if (kind === null || kind === 'file' || typeof text !== 'string') return problem;
  const related = referredDocuments(kind, text, path, workspace).flatMap((other) => nameOf(other, workspace) ?? []);
  return related.length === 0 ? problem : { ...problem, related };
}

/** Where a document of the workspace is named; null where its file is not known. */
function nameOf({ kind, name, path }: WorkspaceDocument, workspace: LanguageWorkspace): RelatedPlace | null {
  const symbols = workspace.file?.(path)?.symbols;
  const there = symbols?.documents.find(({ self }) => self.noun === kind && self.name === name)?.self;
  return symbols && there
    ? { span: there.span, message: 'it is named here', file: { path, lines: symbols.lines } }
    : null;
}

function checkName(document: SourceDocument, { path, workspace }: Surroundings): readonly Problem[] {
  const { kind, name } = document;
  if (kind === null || name === null) return [];
  const other = documentsNamed(kind, name, workspace).find((each) => each.path !== path);
  const span = other === undefined ? undefined : document.locate(['metadata', 'name'])?.value;
  if (other === undefined || span === undefined) return [];
  const message = `\`${other.path}\` holds ${withArticle(kindInWords[kind])} called \`${name}\` too`;
  const help = 'a name is unique among the documents of one kind in a workspace';
  const there = nameOf(other, workspace);
  const related = there === null ? {} : { related: [there] };
  return [{ code: 'meaning/duplicate-name', severity: 'warning', span, message, help, ...related }];
}

/** Leaves out what stands where an earlier stage has found an error. */
function withoutTold(problems: readonly Problem[], document: SourceDocument): readonly Problem[] {
  const errors = document.problems.filter(({ severity }) => severity === 'error');
  if (errors.length === 0 || problems.length === 0) return problems;
  const told = errors.flatMap(({ code, span }) => [span, ...valuesTold(code, span, document)]);
  return problems.filter(
    ({ span }) =>
      !told.some((each) => each.start < span.end && span.start < each.end) &&
      !told.some((each) => each.start === span.start),
  );
}

/** What is told of a key because of its value is told of that value, too. */
function valuesTold(code: string, span: Span, document: SourceDocument): readonly Span[] {
  const place = aboutValues.has(code) ? document.placeAt(span.start) : null;
  const value = place?.onKey ? document.locate(place.path)?.value : undefined;
  return value === undefined ? [] : [value];
}
const aboutValues: ReadonlySet<string> = new Set(['schema/empty', 'schema/type', 'schema/value']);

/** Documents of one kind in one file with one name. */
export function checkNamesOf(documents: readonly SourceDocument[]): readonly Problem[] {
  const first = new Map<string, SourceDocument>();
  return documents.flatMap((document): Problem[] => {
    if (document.kind === null || document.name === null) return [];
    const key = `${document.kind} ${document.name}`;
    const earlier = first.get(key);
    if (earlier === undefined) {
      first.set(key, document);
      return [];
    }
    const span = document.locate(['metadata', 'name'])?.value;
    const place = earlier.locate(['metadata', 'name'])?.value;
    if (span === undefined || place === undefined) return [];
    const message = `this file has another ${kindInWords[document.kind]} called \`${document.name}\``;
    const related = [{ span: place, message: 'it is named here' }];
    return [{ code: 'meaning/duplicate-name', severity: 'error', span, message, related }];
  });
}
