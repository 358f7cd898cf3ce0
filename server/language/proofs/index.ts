/** Proofs of policies in documents: which apply together, what is proved of them, told where it is written. */
export { provedBy, witnessMarkdown } from './at.ts';
export { findingsIn, type ProofFinding, type Written } from './findings.ts';
export { type PlacedPolicy, provable, type Reading } from './provable.ts';
export { type Named, type PolicySet, policySetsOf } from './together.ts';
export { witnessCase, witnessText } from './witness.ts';
