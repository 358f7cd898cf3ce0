/**
 * Experiments in meaning: variants that no policy applies to, so that all they ask for would be denied, and variants whose
 * preset gives tools that the environment does not have.
 */
import { type DocumentKind, referredDocuments, valueAt, type WorkspaceView } from '../../engine/documents/index.ts';
import { listed } from '../markdown.ts';
import { type Finding, isRecord, itemsAt, textOf } from './finding.ts';

interface Around {
  readonly path: string;
  readonly workspace: WorkspaceView;
}

/** Findings in an experiment, from its root. `around` is null while the workspace is not known. */
export function checkExperiment(value: unknown, around: Around | null): readonly Finding[] {
  return [...withoutPolicies(value, around), ...(around === null ? [] : withoutTools(value, around))];
}

function withoutPolicies(value: unknown, around: Around | null): readonly Finding[] {
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

/** Tools of presets that the environment of the experiment does not declare: no run gives them to an agent. */
function withoutTools(value: unknown, { path, workspace }: Around): readonly Finding[] {
  const oneOf = (kind: DocumentKind, reference: string | undefined | null, from: string) => {
    const found = typeof reference === 'string' ? referredDocuments(kind, reference, from, workspace) : [];
    return found.length === 1 ? (found[0] ?? null) : null;
  };
  const environment = oneOf('Environment', textOf(valueAt(value, ['spec']), 'environment'), path);
  const declared = environment?.ids?.tool;
  if (environment === null || declared === undefined) return [];
  const known = new Set(declared);
  return itemsAt(value, ['spec', 'variants']).flatMap((variant, index): Finding[] => {
    const preset = oneOf('Preset', textOf(variant, 'preset'), path);
    const missing = preset?.toolNames?.filter((tool) => !known.has(tool)) ?? [];
    if (preset === null || missing.length === 0) return [];
    const own = oneOf('Environment', preset.environment, preset.path);
    // What a preset's own environment does not declare is told there.
    if (own === environment) return [];
    const [here, there] = [environment.name ?? environment.path, preset.name ?? preset.path];
    const hasNone = missing.length === preset.toolNames?.length;
    const message = hasNone
      ? `\`${here}\` declares none of the tools of \`${there}\`, so this agent has no tools`
      : `\`${here}\` does not declare ${listed(missing)}, so this agent does not have all tools of \`${there}\``;
    const made = own === null ? '' : `\`${there}\` is made for \`${own.name ?? own.path}\`; `;
    const help = `${made}name a preset for \`${here}\`, or declare these tools there`;
    return [
      {
        code: 'meaning/missing-tools',
        severity: 'warning',
        path: ['spec', 'variants', index, 'preset'],
        message,
        help,
      },
    ];
  });
}
