/** Policies as people write them, of any number of lines, and edits of them together with what a server must say. */

/** Each about a tool, a role or a tag of its own, as in a policy that has grown: few of them are beside the point. */
const rules: readonly ((index: number) => readonly string[])[] = [
  (index) => [
    `    - id: rule-${index}`,
    '      effect: deny',
    '      when:',
    `        tool.name: [crm.write-${index}, crm.delete-${index}]`,
    `        tool.risk: { atLeast: ${1 + (index % 4)} }`,
    `      reason: Writes of this kind are held back by rule ${index}.`,
  ],
  (index) => [
    `    # Reading and running are fine, money is not (${index}).`,
    `    - id: rule-${index}`,
    '      effect: allow',
    '      when:',
    '        all:',
    `          - tool.name: [crm.read-${index}, crm.write-${index - 1}, crm.delete-${index - 1}]`,
    '          - not: { tool.tags: money }',
    '      unless: { agent.role: "operator" }',
  ],
  (index) => [`    - { id: rule-${index}, effect: ask, when: { tool.name: mail.send-${index} } }`],
  (index) => [
    '',
    `    - id: rule-${index}`,
    '      effect: halt',
    `      when: { agent.role: clerk-${index}, trial.failures: { atLeast: 3 } }`,
    '      reason: >-',
    '        Three failures in a row;',
    '        a person should look.',
  ],
];

/** A valid policy of about `lineCount` lines. */
export function policyOf(lineCount: number, name = 'measured'): string {
  const lines = [
    'apiVersion: assay/v1',
    'kind: Policy',
    'metadata:',
    `  name: ${name}`,
    'spec:',
    '  default: deny',
    '  rules:',
  ];
  for (let index = 0; lines.length < lineCount; index++) lines.push(...(rules[index % rules.length]?.(index) ?? []));
  return `${lines.join('\n')}\n`;
}

/** Replaces part of a line, or whole lines, and the diagnostic that must follow: its line and words of its message. */
export interface PolicyEdit {
  readonly line: number;
  readonly from: number;
  readonly endLine: number;
  readonly to: number;
  readonly text: string;
  /** What stood there, to undo it. */
  readonly old: string;
  readonly expected: { readonly line: number; readonly message: RegExp };
  /** Whether a server can tell it, and where, that knows JSON Schema and reads YAML as a whole. */
  readonly byOthers: boolean;
}

/** The edit number `index`: scattered over the text, of six kinds in turn. */
export function editOf(text: string, index: number): PolicyEdit {
  const lines = text.split('\n');
  const heads = lines.flatMap((line, at) => (line.startsWith('    - id: ') ? [at] : []));
  const head = heads[Math.floor(((index * 0.618_034) % 1) * heads.length)] ?? 0;
  const effect = head + 1;
  const within = (line: number, old: string, written: string, message: RegExp, byOthers = true): PolicyEdit => {
    const from = lines[line]?.indexOf(old) ?? 0;
    return {
      line,
      from,
      endLine: line,
      to: from + old.length,
      text: written,
      old,
      expected: { line, message },
      byOthers,
    };
  };
  switch (index % 6) {
    case 0:
      return within(effect, 'effect', 'efect', /efect/);
    case 1:
      // Whoever reads the whole text finds the end of it elsewhere, or a quote that closes this one.
      return within(effect, 'effect: ', 'effect: "', /quote/i, false);
    case 2:
      return within(head, 'rule-', 'Rule ', /name|pattern/i);
    case 3: {
      const written = '    - id: rule-0\n      effect: deny\n';
      const expected = { line: head === heads[0] ? head + 2 : head, message: /another rule/ };
      return { line: head, from: 0, endLine: head, to: 0, text: written, old: '', expected, byOthers: false };
    }
    case 4: {
      const old = `${lines[effect]}\n`;
      const expected = { line: head, message: /effect/ };
      return { line: effect, from: 0, endLine: effect + 1, to: 0, text: '', old, expected, byOthers: true };
    }
    default:
      return within(effect, lines[effect]?.slice(14) ?? '', 'denny', /denny|not accepted|allow/);
  }
}
