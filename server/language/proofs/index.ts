/** Proofs of policies in documents: which apply together, what is proved of them, told where it is written. */
export { findingsIn, type ProofFinding, type Written } from './findings.ts';
export { type PlacedPolicy, provable, type Reading } from './provable.ts';
export { type Named, type PolicySet, policySetsOf } from './together.ts';
export { provedBy, witnessCase, witnessMarkdown, witnessText } from './witness.ts';
