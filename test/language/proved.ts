/** What is proved of the policies of one text, each by itself, as the language server has it a moment after an edit. */
import { createProver, horizonFrom } from '../../server/engine/policy/prove/index.ts';
import { createZoneOffsets } from '../../server/io/zones.ts';
import { findingsIn, type ProofFinding, provable, type SourceFile } from '../../server/language/index.ts';

const zones = createZoneOffsets();
const horizon = horizonFrom(1_790_000_000_000);

export function provedIn(source: SourceFile, path = 'here.yaml'): (index: number) => readonly ProofFinding[] {
  return (index) => {
    const document = source.documents[index];
    const digest = String(index);
    const policy = document && provable({ digest, document }, { zones, find: () => null });
    if (!policy || document === undefined) return [];
    const proof = createProver().prove({ policies: [policy], horizon });
    const together = { policies: [{ path, name: document.name }], environment: null, experiments: [] };
    return findingsIn(digest, proof, together, () => ({ path, lines: source.lines, document }));
  };
}
