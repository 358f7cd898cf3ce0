/** Fixes that make a missing file: agent and environment modules, and documents that are valid from the start. */
import { type DocumentKind, isPath, kindInWords, type Path, referenceAt } from '../../engine/documents/index.ts';
import type { Change, Fixer } from './fix.ts';
import { fileWord, nameFrom } from './required.ts';

/** The file that a reference means and that is not there. */
export const createMissing: Fixer = (problem, { document, context }) => {
  const { path: from = null, workspace = null } = context;
  const place = document.placeAt(problem.span.start);
  if (from === null || workspace === null || place?.node.type !== 'scalar' || document.kind === null) return [];
  const reference = place.node.value;
  const target = referenceAt(document.kind, place.path);
  if (typeof reference !== 'string' || target === null) return [];
  const kind = target === 'file' ? kindOfPart(place.path) : target;
  const written = kind !== null && !isPath(reference) ? `./${reference}.${fileWord(kind)}.yaml` : reference;
  const path = workspace.resolve(from, written);
  const name = isPath(reference) ? nameFrom(path) : nameFrom(`${reference}.yaml`);
  // Nothing is made outside the workspace, nor over what is there.
  if (name === null || path.startsWith('../') || workspace.fileExists(path)) return [];
  const changes = kind === null ? moduleFor(place.path, path) : documentFor(kind, name, path);
  if (changes.length === 0) return [];
  const what = kind === null ? 'module' : kindInWords[kind];
  return [
    { title: `create the ${what} \`${path}\``, kind: 'quickfix', problems: [problem], changes, isPreferred: false },
  ];
};

/** What a part of a capsule is, by the list that it stands in. */
const kindOfPart = (path: Path): DocumentKind | null =>
  path[1] === 'presets' ? 'Preset' : path[1] === 'policies' ? 'Policy' : null;

function moduleFor(at: Path, path: string): readonly Change[] {
  if (at.at(-1) !== 'module' || !/\.[cm]?js$/.test(path)) return [];
  return [{ type: 'create', path, text: at.includes('agent') ? agentModule : environmentModule }];
}

function documentFor(kind: DocumentKind, name: string, path: string): readonly Change[] {
  const head = `apiVersion: assay/v1\nkind: ${kind}\nmetadata:\n  name: ${name}\nspec:\n`;
  const create = (spec: string): Change => ({ type: 'create', path, text: head + spec });
  switch (kind) {
    case 'Policy':
      return [create(policySpec)];
    case 'Preset':
      return [create(presetSpec)];
    case 'TaskSet':
      return [create(taskSpec)];
    case 'Environment': {
      const folder = path.includes('/') ? path.replace(/[^/]*$/, '') : '';
      const module: Change = { type: 'create', path: `${folder}${name}.mjs`, text: environmentModule };
      return [create(environmentSpec.replace('MODULE', `./${name}.mjs`)), module];
    }
    default:
      return [];
  }
}

const policySpec = `  default: deny
  rules:
    - id: reading
      effect: allow
      when: { tool.kind: read }
      reason: looking changes nothing
`;

const presetSpec = `  role: assistant
  nodes:
    - id: act
      type: plan
      prompt: Do what the user asked.
      next: done
    - id: done
      type: end
      answer: done
`;

const taskSpec = `  tasks:
    - id: first-task
      instruction: Say in plain language what the agent is to do.
`;

const environmentSpec = `  module: MODULE
  tools:
    - name: read_note
      description: Read the note.
      kind: read
      risk: 0
      input: { type: object }
`;

const agentModule = `/** An agent: a new one is made for each trial. It can do nothing but propose actions. */
export function createAgent({ task, tools }) {
  return {
    async run({ propose }) {
      const [tool] = tools;
      if (tool === undefined) return { answer: \`no tool for: \${task.instruction}\` };
      const result = await propose(tool.name, {});
      return { answer: result.observation ?? null };
    },
  };
}
`;

const environmentModule = `/** A world of its own for each trial: the tools that agents may call, and the grader of how it ended. */
export function createEnvironment({ instruction }) {
  return {
    tools: {
      async read_note() {
        return { text: instruction };
      },
    },
    grade: (answer) => ({ utility: answer !== null }),
  };
}
`;
