/** A small workspace for cases about names across files: an environment, policies, a preset and tasks. */
import type { LanguageContext } from '../../server/language/index.ts';
import { readSource, summarize } from '../../server/language/index.ts';

export const officeFiles: Readonly<Record<string, string>> = {
  'office.environment.yaml': `apiVersion: assay/v1
kind: Environment
metadata: { name: office, description: A small office. }
spec:
  module: ./office.mjs
  tools:
    - name: read_mail
      description: Read one mail.
      kind: read
      tags: [mail]
      cost: 0.001
      risk: 1
      input: { type: object, required: [id], properties: { id: { type: string, description: The mail. } } }
    - name: send_mail
      description: Send a mail.
      kind: write
      tags: [mail, send]
      cost: 0.01
      risk: 3
      targets: [/to]
      input: { type: object, required: [to], properties: { to: { type: string }, urgent: { type: boolean } } }
`,
  'policies/strict.policy.yaml': `apiVersion: assay/v1
kind: Policy
metadata: { name: strict, description: Nothing leaves. }
spec:
  default: deny
  budgets:
    - { id: sends, unit: calls, limit: 4, onExhausted: halt }
  rules:
    - { id: inside, effect: deny, when: { tool.tags: send }, unless: { target.domains: { only: [acme.example] } } }
    - { id: helpers, effect: allow, when: { agent.role: assistant } }
`,
  'policies/open.policy.yaml': `apiVersion: assay/v1
kind: Policy
metadata: { name: open }
spec:
  default: allow
  budgets:
    - { id: spend, unit: usd, limit: 1, per: run }
`,
  'helper.preset.yaml': `apiVersion: assay/v1
kind: Preset
metadata: { name: helper }
spec:
  role: assistant
  environment: office
  tools: [read_mail]
  budgets:
    - { id: calls, unit: calls, limit: 9 }
`,
  'chores.tasks.yaml': `apiVersion: assay/v1
kind: TaskSet
metadata: { name: chores }
spec:
  tasks:
    - { id: a, instruction: Read., tags: [easy] }
    - { id: b, instruction: Send., tags: [easy] }
`,
  'office.mjs': '',
  'agents/plain.mjs': '',
  'agents/notes.txt': '',
  '.hidden/secret.mjs': '',
};

const parse = (path: string): string[] => {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts;
};

/** The office as seen from the file at `path`, with other files beside or instead of those above. */
export function office(path = 'e.yaml', more: Readonly<Record<string, string>> = {}): LanguageContext {
  const all = { ...officeFiles, ...more };
  const files = Object.entries(all)
    .filter(([name]) => name.endsWith('.yaml'))
    .map(([name, text]) => summarize(name, readSource(text)));
  const names = Object.keys(all);
  return {
    path,
    workspace: {
      documents: (kind) => files.flatMap((file) => file.names.filter((document) => document.kind === kind)),
      files: () => files,
      file: (name) => files.find((file) => file.path === name) ?? null,
      resolve: (from, reference) => parse([...from.split('/').slice(0, -1), reference].join('/')).join('/'),
      fileExists: (name) => names.includes(name),
      digestOf: (name) => (names.includes(name) ? `sha256:${'0'.repeat(64)}` : null),
      entries: (folder) => {
        const prefix = folder === '' ? '' : `${folder}/`;
        const inside = names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
        const heads = new Map(inside.map((name) => [name.split('/')[0] ?? '', name.includes('/')]));
        return [...heads].map(([name, isFolder]) => ({ name, isFolder }));
      },
    },
  };
}
