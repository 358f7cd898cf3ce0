/** Experiments in meaning: variants that no policy applies to, so that all they ask for would be denied. */
import { referredDocuments, type WorkspaceView } from '../../engine/documents/index.ts';
import { type Finding, isRecord, itemsAt, textOf } from './finding.ts';

/** Findings in an experiment, from its root. `around` is null while the workspace is not known. */
export function checkExperiment(
  value: unknown,
  around: { readonly path: string; readonly workspace: WorkspaceView } | null,
): readonly Finding[] {
  if (itemsAt(value, ['spec', 'policies']).length > 0) return [];
  return itemsAt(value, ['spec', 'variants']).flatMap((variant, index): Finding[] => {
    if (!isRecord(variant) || itemsAt(variant, ['policies']).length > 0) return [];
    const preset = textOf(variant, 'preset');
    if (preset !== null) {
      // The budgets of a preset act as a policy that allows the rest.
      const [found] = around === null ? [] : referredDocuments('Preset', preset, around.path, around.workspace);
      const budgets = found?.ids?.budget;
      if (budgets === undefined || budgets.length > 0) return [];
    }
    const path = ['spec', 'variants', index, 'id'];
    const message = 'no policy applies to this variant, so every action of it is denied';
    const help = 'name one under `policies`, here or for the whole experiment';
    return [{ code: 'meaning/no-policy', severity: 'warning', path, message, help }];
  });
}
