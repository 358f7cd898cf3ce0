/**
 * Calls of tools that documents write down, in the nodes of presets and in the cases of policy tests: tools that a preset
 * does not give its agent, and inputs that do not fit what the environment declares. Tools that nothing declares are told
 * as references.
 */
import {
  type Path,
  referredDocuments,
  type SourceDocument,
  valueAt,
  visitPlaces,
  type WorkspaceView,
} from '../../engine/documents/index.ts';
import { declaredInEnvironments } from './conditions.ts';
import { type Finding, isRecord, itemsAt, textOf, under } from './finding.ts';
import { misfitsOf } from './fitting.ts';

interface Around {
  readonly path: string;
  readonly workspace: WorkspaceView;
}

/** Findings in the calls of a document, from its root. `around` is null while the workspace is not known. */
export function checkToolCalls({ kind, value }: SourceDocument, around: Around | null): readonly Finding[] {
  if (kind !== 'Preset' && kind !== 'PolicyTest') return [];
  const inputs = around === null ? null : declaredInputs(value, around);
  return kind === 'Preset' ? checkNodes(value, inputs, toolsAround(value, around)) : checkCases(value, inputs);
}

/** The tools that there are for a preset which names no environment; null where it does, or they are not known. */
const toolsAround = (value: unknown, around: Around | null): ReadonlySet<string> | null =>
  around === null || valueAt(value, ['spec', 'environment']) !== undefined
    ? null
    : (declaredInEnvironments(around.workspace)?.tool ?? null);

/** By tool: the schema of its input. Null where nothing is known. */
type Inputs = Readonly<Record<string, unknown>> | null;

function declaredInputs(value: unknown, { path, workspace }: Around): Inputs {
  const reference = valueAt(value, ['spec', 'environment']);
  if (typeof reference !== 'string' || reference === '') return null;
  const [found, other] = referredDocuments('Environment', reference, path, workspace);
  return other === undefined ? (found?.inputs ?? null) : null;
}

function checkNodes(value: unknown, inputs: Inputs, around: ReadonlySet<string> | null): readonly Finding[] {
  const own = valueAt(value, ['spec', 'tools']);
  const given = Array.isArray(own) ? new Set<unknown>(own) : null;
  const isThere = (tool: string) => (inputs === null ? (around?.has(tool) ?? true) : Object.hasOwn(inputs, tool));
  return itemsAt(value, ['spec', 'nodes']).flatMap((node, index) => {
    const tool = textOf(node, 'tool');
    if (tool === null) return [];
    const at = ['spec', 'nodes', index];
    const misfits = under([...at, 'input'], checkInput(tool, valueAt(node, ['input']), inputs, true));
    // One that the environment does not have is no tool at all, and told so.
    if (given === null || given.has(tool) || !isThere(tool)) return misfits;
    const message = `\`${tool}\` is not among the tools of this preset, so its agent may not call it`;
    const help = 'add it to `tools`, or call one of these';
    const path = [...at, 'tool'];
    return [{ code: 'meaning/unlisted-tool', severity: 'warning', path, message, help } as const, ...misfits];
  });
}

function checkCases(value: unknown, inputs: Inputs): readonly Finding[] {
  if (inputs === null) return [];
  const findings: Finding[] = [];
  const visit = (action: unknown, path: () => Path) => {
    const tool = textOf(action, 'tool');
    // Cases say of an input what matters to them, and no more.
    const found = tool === null ? [] : checkInput(tool, valueAt(action, ['input']), inputs, false);
    if (found.length > 0) findings.push(...under([...path(), 'input'], found));
  };
  visitPlaces(value, ['spec', 'cases', '*', 'action'], visit);
  visitPlaces(value, ['spec', 'cases', '*', 'before', '*', 'action'], visit);
  return findings;
}

const known = new WeakMap<object, WeakMap<object, readonly Finding[]>>();

/** Findings in an input, from its own root; remembered for as long as it and the schema stay the same. */
function checkInput(tool: string, input: unknown, inputs: Inputs, isWhole: boolean): readonly Finding[] {
  const schema = inputs !== null && Object.hasOwn(inputs, tool) ? inputs[tool] : null;
  if (!isRecord(schema) || !isRecord(input)) return [];
  const ofSchema = known.get(schema) ?? new WeakMap<object, readonly Finding[]>();
  known.set(schema, ofSchema);
  const before = ofSchema.get(input);
  if (before !== undefined) return before;
  const help = 'in a run, a call that does not fit its declaration fails before any rule is asked';
  const found = misfitsOf(schema, input, { taker: tool, isWhole }).map(
    (misfit): Finding => ({ code: 'meaning/tool-input', severity: 'warning', ...misfit, help }),
  );
  ofSchema.set(input, found);
  return found;
}
