/** The kernel's answer, in the shape of `decision` in the ledger's schema; a test holds the two together. */
import type { Cause } from '../policy/index.ts';

export interface Decision {
  /** The strongest effect over all policies. */
  effect: 'allow' | 'ask' | 'deny' | 'halt';
  /** What is done: `ask` with nobody to answer becomes `deny`. */
  final: 'allow' | 'deny' | 'halt';
  /** Everything that matched, strongest first; at least one. */
  causes: Cause[];
  /** The digests of all policies that were asked. */
  policies: string[];
}
