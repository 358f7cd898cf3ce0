/** Proofs over policies that apply together: what never matches, changes nothing, contradicts or cannot be paid. */
export type { Example, Finding, FindingCode, Fix, Place, Proof, Undecided, Witness } from './finding.ts';
export { createProver, horizonFrom, type ProofInput, type ProvablePolicy, type Prover } from './prover.ts';
export type { Horizon } from './translate.ts';
export type { DeclaredTool } from './worlds.ts';
