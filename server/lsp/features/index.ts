/** All features that answer requests about open files, in no particular order. */
import { codeActions } from './code-actions.ts';
import { completion } from './completion.ts';
import { definitions } from './definition.ts';
import type { Feature } from './feature.ts';
import { fileMoves } from './file-moves.ts';
import { folding } from './folding.ts';
import { formatting } from './formatting.ts';
import { highlight } from './highlight.ts';
import { hover } from './hover.ts';
import { inlayHints } from './inlay-hints.ts';
import { lenses } from './lenses.ts';
import { links } from './links.ts';
import { policyTests } from './policy-tests.ts';
import { references } from './references.ts';
import { rename } from './rename.ts';
import { selection } from './selection.ts';
import { semanticTokens } from './semantic-tokens.ts';
import { symbols } from './symbols.ts';
import { whatIf } from './what-if.ts';

export const features: readonly Feature[] = [
  codeActions,
  completion,
  definitions,
  fileMoves,
  folding,
  formatting,
  highlight,
  hover,
  inlayHints,
  lenses,
  links,
  policyTests,
  references,
  rename,
  selection,
  semanticTokens,
  symbols,
  whatIf,
];
export { evaluate } from './evaluate.ts';
export type { Feature, Session } from './feature.ts';
export { runPolicyTests } from './policy-tests.ts';
export { addPolicyTestCase } from './what-if-case.ts';
