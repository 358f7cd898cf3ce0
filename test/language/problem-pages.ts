/** The pages in docs/problems: their sections with the examples, and a workspace that these stand in. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Problem } from '../../server/engine/documents/index.ts';
import { createZoneOffsets } from '../../server/io/zones.ts';
import { catalogue } from '../../server/language/checks/index.ts';
import { diagnose, type LanguageContext, readSource } from '../../server/language/index.ts';
import { provedIn } from './proved.ts';
import { around } from './workspace-view.ts';

export const folder = join(import.meta.dirname, '../../docs/problems');

export interface Section {
  readonly stage: string;
  readonly name: string;
  readonly about: string;
  /** By `wrong` and `right`. */
  readonly examples: ReadonlyMap<string, string>;
}

export function sectionsOf(stage: string): readonly Section[] {
  const [, ...parts] = readFileSync(join(folder, `${stage}.md`), 'utf8').split(/^## /m);
  return parts.map((part) => {
    const [name = '', ...body] = part.split('\n');
    const examples = new Map(
      [...part.matchAll(/^```yaml (wrong|right)(?: (\w+))?\n([\s\S]*?)^```/gm)].map(
        ([, use = '', kind = 'Policy', text = '']) => [use, whole(kind, text)] as const,
      ),
    );
    return { stage, name, about: (body[0] ?? '').split(/(?<=[.;:])\s/)[0] ?? '', examples };
  });
}

/** What an example leaves out. */
function whole(kind: string, text: string): string {
  if (!/^(metadata|spec):/.test(text)) return text;
  const metadata = text.startsWith('metadata:') ? '' : 'metadata: { name: x }\n';
  return `apiVersion: assay/v1\nkind: ${kind}\n${metadata}${text}`;
}

const zones = createZoneOffsets();

const policyNamed = (name: string, spec: string) => whole('Policy', `metadata: { name: ${name} }\nspec:\n${spec}`);
/** Files beside the examples, by path. */
export const filesBeside: Readonly<Record<string, string>> = {
  'strict.policy.yaml': policyNamed('strict', '  rules: [{ id: no-money, effect: deny }]\n'),
  'twice-a.policy.yaml': policyNamed('twice', '  default: deny\n'),
  'twice-b.policy.yaml': policyNamed('twice', '  default: deny\n'),
  'office.environment.yaml': whole(
    'Environment',
    'metadata: { name: office }\nspec:\n  module: ./office.mjs\n  tools:\n    - { name: pay, description: Pay., kind: write, risk: 4, tags: [money, bank], input: { properties: { to: { type: string } }, required: [to] } }\n    - { name: read_mail, description: Read., kind: read, risk: 0, input: {} }\n',
  ),
  'helper.preset.yaml': whole('Preset', 'metadata: { name: helper }\nspec:\n  role: assistant\n'),
  'garden.environment.yaml': whole(
    'Environment',
    'metadata: { name: garden }\nspec:\n  module: ./office.mjs\n  tools: [{ name: dig, description: Dig., kind: write, risk: 1, input: {} }]\n',
  ),
  'digger.preset.yaml': whole('Preset', 'metadata: { name: digger }\nspec:\n  environment: garden\n  tools: [dig]\n'),
  'chores.tasks.yaml': whole('TaskSet', 'metadata: { name: chores }\nspec:\n  tasks: [{ id: a, instruction: Do. }]\n'),
  // In another workspace.
  '../shared.policy.yaml': '',
  'office.mjs': '',
  'agent.mjs': '',
};
/** The file `here.yaml` with this text among those files and `more`. */
export const contextWith = (text: string, more: Readonly<Record<string, string>> = {}) => ({
  ...around(
    'here.yaml',
    { 'here.yaml': text, ...filesBeside, ...more },
    { 'strict.policy.yaml': `sha256:${'a'.repeat(64)}` },
  ),
  zones,
});

/** A context with what is proved of a text, where its page is about that. */
export function withProofs<C extends LanguageContext>(stage: string, text: string, context: C): C {
  if (stage !== 'proof') return context;
  const proofs = provedIn(readSource(text));
  return { ...context, proofs };
}

/** The problems of an example; what is proved of it too, where its page is about that. */
export const problemsOf = (
  stage: string,
  text: string,
  context: LanguageContext = contextWith(text),
): readonly Problem[] => diagnose(text, withProofs(stage, text, context));

export const sections: readonly Section[] = Object.keys(catalogue).flatMap(sectionsOf);
