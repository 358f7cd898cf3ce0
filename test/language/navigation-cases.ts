/** A small workspace in which every kind of document refers to others, as navigation and renaming need it. */
import { posix } from 'node:path';
import { type LanguageContext, type LanguageWorkspace, readSource, summarize } from '../../server/language/index.ts';

/** Four lines: `spec:` is the fourth. */
export const head = (kind: string, name = 'x'): string =>
  `apiVersion: assay/v1\nkind: ${kind}\nmetadata: { name: ${name} }\nspec:\n`;

export const office: Readonly<Record<string, string>> = {
  'office.yaml': `${head('Environment', 'office')}  module: ./gone.mjs
  tools:
    - { name: read_mail, description: Reads., kind: read, risk: 0, input: {} }
    - { name: send_mail, description: Sends., kind: write, risk: 3, input: {} }
    - { name: pay, description: Pays., kind: write, risk: 4, input: {} }
`,
  'strict.yaml': `${head('Policy', 'strict')}  budgets:
    - { id: spend, unit: usd, limit: 5 }
    - { id: some, unit: usd, limit: 1, parent: spend }
  rules:
    - { id: no-money, effect: deny, when: { tool.name: { anyOf: [pay] } } }
    - { id: only-first, effect: deny, unless: { agent.id: first } }
    - { id: no-strangers, effect: ask, when: { any: [{ not: { tool.name: "*_mail" } }] } }
  default: deny
`,
  'lib/open.yaml': `${head('Policy', 'open')}  default: allow\n`,
  'clerk.yaml': `${head('Preset', 'clerk')}  environment: office
  tools: [read_mail, send_mail]
  start: look
  nodes:
    - { id: look, type: tool, tool: read_mail, next: done }
    - { id: again, type: check, else: look }
    - { id: done, type: end }
`,
  'tasks.yaml': `${head('TaskSet', 'chores')}  tasks:
    - { id: sort, instruction: Sort the mail. }
`,
  'test.yaml': `${head('PolicyTest', 'promises')}  { policies: [strict], environment: office,
    cases: [
      { name: no money, action: { tool: pay },
        expect: { decision: deny, rules: [no-money, spend, strict/no-strangers] } } ] }
`,
  'capsule.yaml': `${head('Capsule', 'mail')}  workflow:
    - { id: triage, preset: clerk }
    - { id: answer, preset: "./clerk.yaml", needs: ["triage"] }
  personas: [{ id: robin }]
  policies: [{ path: ./strict.yaml }]
  permissions: [{ tool: send_mail }]
`,
  'e.yaml': `${head('Experiment', 'try')}  environment: office
  tasks: chores
  variants:
    - { id: first, agent: { module: ./agent.mjs }, preset: "clerk", policies: [strict] }
  policies: [./lib/open.yaml]
`,
};

/** Presets, variants, tools and policies that share words: nodes, roles, tags and patterns. */
export const desks: Readonly<Record<string, string>> = {
  'office.yaml': `${head('Environment', 'office')}  module: ./gone.mjs
  tools:
    - { name: read_mail, description: Reads., kind: read, tags: [mail], risk: 0, input: {} }
    - { name: send_mail, description: Sends., kind: write, tags: [mail, send], risk: 3, input: {} }
`,
  'clerk.yaml': `${head('Preset', 'clerk')}  role: assistant
  start: act
  budgets: [{ id: b, unit: calls, limit: 1, when: { agent.node: act } }]
  nodes: [{ id: act, type: plan, next: done }, { id: done, type: end }]
`,
  'twin.yaml': `${head('Preset', 'twin')}  role: assistant
  nodes: [{ id: rest, type: end }]
`,
  'strict.yaml': `${head('Policy', 'strict')}  scope: { roles: [assistant, "boss*"], nodes: [act] }
  patterns: [{ id: orders, match: ["*obey*"] }, { id: other, match: [x] }]
  rules:
    - { id: a, effect: deny, when: { agent.node: act, tool.tags: { anyOf: [send] } } }
    - { id: c, effect: deny, scope: { tags: [mail], nodes: [done] }, unless: { agent.role: [boss] } }
    - { id: o, effect: deny, on: observation, when: { any: [{ observation.patterns: orders }] } }
`,
  'test.yaml': `${head('PolicyTest', 'promises')}  { policies: [strict], cases: [{ name: n, action: { type: tool },
      signals: { agent.role: assistant, tool.tags: [send], agent.node: act, observation.patterns: [strict/orders] },
      expect: { decision: deny } }] }
`,
  'e.yaml': `${head('Experiment', 'try')}  variants: [{ id: v, role: boss }, { id: w, preset: clerk }]
`,
  'tasks.yaml': `${head('TaskSet', 'chores')}  tasks: [{ id: sort, instruction: Sort., tags: [mail] }]
`,
};

/** The workspace of these texts as the file at `path` sees it; `agent.mjs` is there too. */
export function workspaceOf(
  files: Readonly<Record<string, string>>,
  path: string,
): LanguageContext & { readonly workspace: LanguageWorkspace } {
  const summaries = Object.entries(files).map(([each, text]) => summarize(each, readSource(text)));
  return {
    path,
    workspace: {
      documents: (kind) => summaries.flatMap(({ documents }) => documents.filter((document) => document.kind === kind)),
      resolve: (from, reference) => posix.join(posix.dirname(from), reference),
      fileExists: (each) => each === 'agent.mjs' || Object.hasOwn(files, each),
      files: () => summaries,
      file: (each) => summaries.find((summary) => summary.path === each) ?? null,
    },
  };
}
