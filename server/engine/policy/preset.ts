/** What a preset adds to the policies of whoever uses it: its budgets, and nothing else. */
import type { Policy, Preset } from '../documents/index.ts';

/**
 * An overlay with the preset's budgets: it can hold back and allows nothing by itself. Null where the preset has none. Places of
 * the budgets are those in the preset. Its name is no policy's, for what is spent of a budget is kept by the name of its policy.
 */
export function presetPolicy({ metadata, spec: { budgets } }: Preset): Policy | null {
  if (budgets === undefined) return null;
  return {
    apiVersion: 'assay/v1',
    kind: 'Policy',
    metadata: { name: `preset:${metadata.name}` },
    spec: { overlay: true, budgets },
  };
}
