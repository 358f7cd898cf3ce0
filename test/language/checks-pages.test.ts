/** The pages in docs/problems: each code has a section, and each example has the problem that its section is about. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ErrorCode } from 'yaml';
import { faultCode } from '../../server/engine/documents/faults.ts';
import { catalogue, problemCodes, problemPage } from '../../server/language/checks/index.ts';
import { folder, problemsOf, sections, sectionsOf } from './problem-pages.ts';

describe('pages', () => {
  test.each(Object.entries(catalogue))('%s has a section for each code, in order', (stage, known) => {
    expect(sectionsOf(stage).map(({ name }) => name)).toEqual(Object.keys(known));
  });

  test.each(sections.filter(({ examples }) => examples.size > 0))('$stage/$name is what its example has', (section) => {
    const { stage, name, examples } = section;
    const codes = (catalogue[stage]?.[name] ?? []).map((each) => `${stage}/${each}`);
    const found = problemsOf(stage, examples.get('wrong') ?? '').map(({ code }) => code);
    expect(
      found.some((code) => codes.includes(code)),
      `found ${found.join(', ')}`,
    ).toBe(true);
    expect(problemsOf(stage, examples.get('right') ?? '').map(({ code, message }) => `${code} ${message}`)).toEqual([]);
  });

  test('few sections go without an example', () => {
    const without = sections.filter(({ examples }) => examples.size === 0).map(({ stage, name }) => `${stage}/${name}`);
    expect(without).toEqual([
      'yaml/tab-as-indent',
      'yaml/multiline-implicit-key',
      'yaml/key-over-1024-chars',
      'yaml/too-many-aliases',
      'yaml/too-deep',
      'yaml/too-large',
      'yaml/long-line',
      'yaml/unreadable',
      'schema/empty-file',
      'schema/invalid',
      'meaning/deprecated-key',
      'policy/include',
      'policy/told-by-the-schema',
      'proof/not-decided',
    ]);
  });

  // Written by `vitest run -u` from the pages.
  test('the index lists every section', async () => {
    const titles: Record<string, string> = {
      yaml: 'YAML',
      schema: 'Form',
      meaning: 'Meaning',
      policy: 'Policies',
      reference: 'References',
      proof: 'Proofs',
    };
    const tables = Object.keys(catalogue).map((stage) => {
      const rows = sectionsOf(stage).map(({ name, about }) => {
        const codes = (catalogue[stage]?.[name] ?? []).map((each) => `\`${stage}/${each}\``).join(', ');
        return `| [${name}](${stage}.md#${name}) | ${codes} | ${about.replace(/[.;:]$/, '')} |`;
      });
      return `## [${titles[stage]}](${stage}.md)\n\n| section | codes | what it says |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
    });
    await expect(`${introduction}\n${tables.join('\n')}`).toMatchFileSnapshot(join(folder, 'README.md'));
  });
});

const introduction = `# Problems

Every problem that Assay reports in a document has a code, and every code an explanation with an example here.
\`assay validate\` and editors report the same ones.

**Hiding a problem.** \`# assay-disable-next-line CODE\` above a line, or \`# assay-disable-line CODE\` at its end; several
codes go with commas between them, and a reason may follow behind \` -- \`. Faults of YAML cannot be hidden, and a comment
that hides nothing is reported itself. What is hidden is still wrong: a run refuses a policy that cannot be decided.
`;

describe('codes', () => {
  const server = join(import.meta.dirname, '../../server');
  test.each(['engine/documents', 'engine/policy', 'language/checks'])('those that %s writes out are listed', (part) => {
    const written = readdirSync(join(server, part))
      .filter((file) => file.endsWith('.ts') && file !== 'catalogue.ts')
      .flatMap((file) => [
        ...readFileSync(join(server, part, file), 'utf8').matchAll(
          /'((?:yaml|schema|meaning|policy|reference|proof)\/[a-z-]+)'/g,
        ),
      ]);
    expect(written.length).toBeGreaterThan(0);
    expect(written.map((match) => match[1]).filter((code) => !problemCodes.has(code ?? ''))).toEqual([]);
  });

  test('those that the library for YAML has are listed', () => {
    const declared = readFileSync(join(import.meta.dirname, '../../node_modules/yaml/dist/errors.d.ts'), 'utf8');
    const union = /type ErrorCode = ([^;]+);/.exec(declared)?.[1] ?? '';
    const given = [...union.matchAll(/'(\w+)'/g)].map(([, code]) => code as ErrorCode);
    expect(given.length).toBeGreaterThan(20);
    // It is told of texts that must hold one document only; here a text may hold many.
    const told = given.filter((code) => code !== 'MULTIPLE_DOCS').map(faultCode);
    expect(told.filter((code) => !problemCodes.has(code))).toEqual([]);
  });

  test('lead to their section', () => {
    expect(problemPage('meaning/duplicate-rule')).toEqual({ page: 'meaning.md', section: 'duplicate-id' });
    expect(problemPage('yaml/something-new')).toEqual({ page: 'yaml.md', section: null });
    expect(problemPage('run/no-experiment')).toBeNull();
  });
});
