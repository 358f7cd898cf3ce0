/**
 * What an editor can do about problems, and with the text at the cursor: a table from codes to fixers, each a function
 * from a problem to text edits and new files.
 */
import type { Problem, Span } from '../../engine/documents/index.ts';
import { diagnose } from '../diagnose.ts';
import { asSource, documentAt, type SourceFile } from '../file.ts';
import {
  applyPolicy,
  asHost,
  correctDigest,
  correctType,
  insertNodeKey,
  leadOn,
  lowerCase,
  replaceDeprecated,
  swapRange,
} from './amend.ts';
import { addBudget, denyInstead, likeParent, onObservation, raiseParent } from './budgets.ts';
import { convertMapping } from './convert.ts';
import { createMissing } from './create.ts';
import { extractRule } from './extract.ts';
import { correctFile, referByPath } from './files.ts';
import type { Fix, FixContext, Fixer, Scene, TextEdit } from './fix.ts';
import { closeBracket, closeQuote, indentBy, insertComma, isSyntax, listBelow, removeComma } from './layout.ts';
import { keepWitness, mendProved } from './proofs.ts';
import {
  removeKeyAround,
  removeRival,
  removeSuppression,
  removeThisItem,
  removeThisKey,
  separateIds,
  separateNames,
  separatePatterns,
} from './removal.ts';
import { fillEmpty, insertKind, insertRequired, wrapInKey } from './required.ts';
import { intoList, joinKeys, nextNumber, writeComparator } from './shape.ts';
import { correctAlias, correctCode, correctDirective, correctSpelling, fillWord } from './spelling.ts';
import { suppressHere } from './suppression.ts';
import {
  addColon,
  escapeBackslash,
  quoteAnchored,
  quotePattern,
  quoteValue,
  quoteWhole,
  removeAnchor,
  removeBracket,
  removeTag,
  separateComment,
  separateDash,
  separateKey,
  spacesForTabs,
} from './syntax.ts';
import { fitInput, listTool, matchPreset, reachTarget } from './tools.ts';
import { cutList, intoForm, intoRange, intoText, roundAmount, withoutUnit } from './values.ts';
import { untilMidnight } from './windows.ts';

export type { Change, Fix, FixContext, FixKind, TextEdit } from './fix.ts';

const fixers: Readonly<Record<string, readonly Fixer[]>> = {
  'yaml/duplicate-key': [removeThisKey],
  'yaml/unknown-alias': [correctAlias, quotePattern],
  'yaml/bad-scalar-start': [quoteWhole, quoteValue],
  'yaml/bad-indent': [closeBracket, indentBy],
  'yaml/block-in-flow': [insertComma],
  'yaml/block-as-implicit-key': [separateDash, quoteValue, indentBy],
  'yaml/bad-dq-escape': [escapeBackslash],
  'yaml/missing-char': [addColon, closeQuote, separateKey, closeBracket, indentBy, insertComma, separateComment],
  'yaml/multiline-implicit-key': [separateKey, separateDash, indentBy],
  'yaml/tab-as-indent': [spacesForTabs],
  'yaml/unexpected-token': [writeComparator, removeBracket, listBelow, quoteWhole, insertComma, removeComma],
  'yaml/tag-resolve-failed': [removeTag],
  'yaml/multiple-tags': [removeTag],
  'yaml/bad-collection-type': [removeTag],
  'schema/missing-kind': [insertKind],
  'schema/unknown-kind': [correctSpelling],
  'schema/unknown-key': [separateKey, joinKeys, correctSpelling, removeThisKey],
  'schema/comparator': [nextNumber, correctSpelling],
  'schema/value': [correctSpelling, fillWord],
  'schema/missing-key': [insertRequired],
  'schema/exclusive-keys': [removeRival],
  'schema/type': [intoList, writeComparator, correctType, intoText, withoutUnit, wrapInKey, separateKey, fillEmpty],
  'schema/empty': [fillEmpty],
  'schema/range': [intoRange],
  'schema/format': [intoForm],
  'schema/length': [cutList],
  'schema/duplicate-item': [removeThisItem],
  'meaning/duplicate-name': [separateNames],
  'meaning/unknown-budget': [correctSpelling, addBudget],
  'meaning/children-exceed-parent': [raiseParent],
  'meaning/unanswerable-budget': [denyInstead],
  'meaning/whole-day-window': [untilMidnight],
  'meaning/no-policy': [applyPolicy],
  'meaning/unlisted-tool': [listTool],
  'meaning/missing-tools': [matchPreset],
  'meaning/tool-input': [fitInput],
  'meaning/unreachable-target': [reachTarget],
  'meaning/node-without-key': [insertNodeKey],
  'meaning/check-without-else': [leadOn],
  'meaning/dead-end': [leadOn],
  'meaning/idle-key': [removeThisKey],
  'meaning/unreachable-node': [removeThisItem],
  'meaning/deprecated-key': [replaceDeprecated],
  'meaning/unused-anchor': [quoteAnchored, removeAnchor],
  'meaning/needless-suppression': [removeSuppression],
  'meaning/unknown-code': [correctCode],
  'meaning/unknown-directive': [correctDirective],
  'policy/reversed-range': [swapRange],
  'policy/out-of-range': [intoRange],
  'policy/inexact-number': [roundAmount],
  'policy/upper-case-domain': [lowerCase],
  'policy/odd-target': [asHost],
  'policy/parent-unit': [likeParent, removeKeyAround],
  'policy/parent-scope': [likeParent, removeKeyAround],
  'policy/parent-cycle': [removeKeyAround],
  'policy/duplicate-id': [separatePatterns],
  'policy/unknown-pattern': [correctSpelling],
  'policy/unknown-zone': [correctSpelling],
  'policy/signal-not-known-yet': [onObservation],
  'policy/ask-without-question': [removeKeyAround],
  'policy/overlay-with-default': [removeKeyAround],
  'reference/no-file': [correctFile, createMissing],
  'reference/wrong-kind': [correctFile],
  'reference/ambiguous': [referByPath],
  'reference/wrong-digest': [correctDigest],
  'proof/never-matches': [mendProved, keepWitness],
  'proof/shadowed': [mendProved, keepWitness],
  'proof/redundant': [mendProved, keepWitness],
  'proof/contradictory': [mendProved, keepWitness],
  'proof/budget-infeasible': [mendProved, keepWitness],
};

/** Families of codes, for those that are not in the table. */
const families: readonly (readonly [prefix: string, fixers: readonly Fixer[]])[] = [
  ['meaning/duplicate-', [separateIds]],
  ['meaning/unknown-', [correctSpelling]],
  ['reference/unknown-', [correctSpelling, createMissing]],
  ['reference/undeclared-', [correctSpelling]],
];

const fixersOf = (code: string): readonly Fixer[] =>
  fixers[code] ?? families.find(([prefix]) => code.startsWith(prefix))?.[1] ?? [];

/** What mends a fault of YAML is tried out on the text: of so many faults at once, and never while saving. */
const mostTried = 10;

/** The fixers that may be certain of what was meant; mending all that is certain asks no others. */
const certainFixers: ReadonlySet<Fixer> = new Set([
  asHost,
  correctSpelling,
  correctType,
  intoText,
  lowerCase,
  removeSuppression,
  removeThisItem,
  replaceDeprecated,
]);

/** Of more problems at once than this, the first are mended: nobody chooses among the fixes of so many. */
const maxProblems = 200;

/**
 * All that can be done about the problems that touch `range`, the first of them, and with what stands there; of what
 * stands where a fault of YAML makes it unclear how the text is read, only that fault is mended. Never throws.
 */
export function fixes(given: SourceFile | string, range: Span, context: FixContext = {}): readonly Fix[] {
  const file = asSource(given);
  const all = diagnose(file, context);
  const touched = all.filter(({ span }) => span.start <= range.end && range.start <= span.end).slice(0, maxProblems);
  const tried = new Set(touched.filter(isSyntax).slice(0, mostTried));
  const problems = touched.filter((problem) => !isSyntax(problem) || tried.has(problem));
  const faults = all.flatMap(({ obscures }) => obscures ?? []);
  const quick = problems
    .filter((problem) => isSyntax(problem) || !faults.some((fault) => isWithin(problem.span, fault)))
    .flatMap((problem) => ofProblem(problem, file, context, [...fixersOf(problem.code)]));
  const hiding = problems.flatMap((problem) => ofProblem(problem, file, context, [suppressHere]));
  const scene = sceneOf(file, range.start, context);
  const refactorings =
    scene === null ? [] : [...convertMapping(scene, range.start), ...extractRule(scene, range.start)];
  return [...together(quick), ...together(hiding), ...refactorings];
}

const isWithin = (inner: Span, outer: Span): boolean => outer.start <= inner.start && inner.end <= outer.end;

/** The edits that mend all that is certain, for `source.fixAll` and saving. */
export function fixAll(given: SourceFile | string, context: FixContext = {}): readonly TextEdit[] {
  const file = asSource(given);
  const edits = diagnose(file, context).flatMap((problem) => {
    // None of these is certain.
    if (isSyntax(problem)) return [];
    const certain = fixersOf(problem.code).filter((fixer) => certainFixers.has(fixer));
    const safe = ofProblem(problem, file, context, certain).find(({ isSafe }) => isSafe === true);
    return safe?.changes.flatMap((change) => (change.type === 'edit' ? change.edits : [])) ?? [];
  });
  // Of edits that touch, the first is made now and the other on the next saving.
  let end = -1;
  return edits
    .toSorted((a, b) => a.span.start - b.span.start)
    .filter(({ span }) => {
      if (span.start < end) return false;
      end = span.end;
      return true;
    });
}

function ofProblem(problem: Problem, file: SourceFile, context: FixContext, using: readonly Fixer[]): readonly Fix[] {
  const scene = sceneOf(file, problem.span.start, context);
  return scene === null ? [] : using.flatMap((fixer) => fixer(problem, scene));
}

function sceneOf(file: SourceFile, offset: number, context: FixContext): Scene | null {
  const document = documentAt(file, offset);
  return document === null ? null : { file, document, context };
}

/** Each thing that can be done once: what several fixers would do alike solves the problems of all of them. */
function together(all: readonly Fix[]): readonly Fix[] {
  const found: Fix[] = [];
  for (const fix of all) {
    const at = found.findIndex((other) => other.title === fix.title && (isSame(other, fix) || isThere(other, fix)));
    const there = found[at];
    if (there === undefined) found.push(fix);
    else if (isSame(there, fix)) found[at] = joined(there, fix);
  }
  return found;
}

const isSame = (one: Fix, other: Fix): boolean => JSON.stringify(one.changes) === JSON.stringify(other.changes);

/** Whether two are about one place: of two ways with one title, nobody could tell which is which. */
const isThere = ({ problems: [one] }: Fix, { problems: [other] }: Fix): boolean =>
  one?.span.start === other?.span.start;

const joined = (one: Fix, other: Fix): Fix => ({
  ...one,
  problems: [...new Set([...one.problems, ...other.problems])],
  ...((one.isPreferred === true || other.isPreferred === true) && { isPreferred: true }),
});
