/** No run begins without a constitution that the workspace has, however its file is written and whatever happens to it. */
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { prepareRun } from '../../../server/host/prepare.ts';
import { nodeHash } from '../../../server/io/keys/index.ts';
import { makeWorkspace, type TestWorkspace } from './workspace.ts';

let workspace: TestWorkspace;
beforeEach(() => {
  workspace = makeWorkspace({ tasks: 1 });
});
afterEach(() => workspace.remove());

/** What a run would be held to beside what its variants list, or why there would be none. */
async function prepared() {
  const result = await prepareRun(workspace.experiment, workspace.root, nodeHash);
  return 'run' in result
    ? { constitution: result.run.constitution.map(({ name }) => name) }
    : { problems: result.problems.map(({ path, code }) => `${path.slice(workspace.root.length + 1)} ${code}`) };
}

const inForce = { constitution: ['law'] };
const head = 'apiVersion: assay/v1\nkind: Policy\n';
const body = 'metadata: { name: law }\nspec:\n  default: deny\n';
const law = `${head}${body}  constitution: true\n`;
const utf16 = (text: string) => Buffer.from(text, 'utf16le');

describe('a constitution is in force', () => {
  test.each([
    ['in any file', 'anything.yaml', law],
    ['in a folder', 'deep/er/law.yml', law],
    ['with an anchor', 'law.yaml', law.replace('assay/', '&a assay/')],
    ['with a tag', 'law.yaml', law.replace('assay/', '!!str assay/')],
    ['with a comment before the value', 'law.yaml', law.replace('assay/', '# it is\n  assay/')],
    ['as a block', 'law.yaml', law.replace('assay/v1', '>-\n  assay/v1')],
    [
      'as JSON in a YAML file',
      'law.yaml',
      JSON.stringify({
        apiVersion: 'assay/v1',
        kind: 'Policy',
        metadata: { name: 'law' },
        spec: { constitution: true },
      }),
    ],
    ['in UTF-16', 'law.yaml', utf16(`\uFEFF${law}`)],
    ['in UTF-16, the other way round', 'law.yaml', utf16(`\uFEFF${law}`).swap16()],
    ['in UTF-16 without a mark', 'law.yaml', utf16(law)],
  ])('%s', async (_, name, text) => {
    workspace.write(name, '');
    writeFileSync(join(workspace.root, name), text);
    expect(await prepared()).toEqual(inForce);
  });

  test.each([
    ['in a dot folder', '.policies/law.yaml'],
    ['outside of the workspace', '../law.yaml'],
    ['in build output', 'dist/law.yaml'],
  ])('through a link to a file %s', async (_, target) => {
    symlinkSync(workspace.write(target, law), join(workspace.root, 'law.yaml'));
    expect(await prepared()).toEqual(inForce);
  });

  test('once, where links lead to it in the workspace', async () => {
    symlinkSync(workspace.write('a/law.yaml', law), join(workspace.root, 'again.yaml'));
    expect(await prepared()).toEqual(inForce);
  });

  test('where its file is away for a moment, as some editors save', async () => {
    const path = workspace.write('policies/law.yaml', law);
    await delay(150);
    renameSync(path, `${path}~`);
    const preparing = prepared();
    await delay(30);
    writeFileSync(path, law);
    expect(await preparing).toEqual(inForce);
  });

  test('as it is once it has been written', async () => {
    const path = workspace.write('law.yaml', `${head}${body}`);
    const preparing = prepared();
    await delay(50);
    writeFileSync(path, law);
    expect(await preparing).toEqual(inForce);
  });
});

describe('a run is refused', () => {
  test.each([
    ['says `yes`', 'law.yaml', law.replace('true', 'yes'), 'schema/type'],
    ['says `"true"`', 'law.yaml', law.replace('true', '"true"'), 'schema/type'],
    ['says `on`', 'law.yaml', law.replace('true', 'on'), 'schema/type'],
    ['says `1`', 'law.yaml', law.replace('true', '1'), 'schema/type'],
    ['is cut off before the key', 'law.yaml', `${head}metadata: { name: law }\nspec:\n`, 'schema/type'],
    ['is of the kind `policy`', 'law.yaml', law.replace('Policy', 'policy'), 'schema/unknown-kind'],
    ['is no YAML before the key', 'law.yaml', law.replace('default: deny', 'default: "deny'), 'yaml/missing-char'],
  ])('where one %s', async (_, name, text, code) => {
    workspace.write(name, text);
    const { problems } = await prepared();
    expect(problems).toEqual(expect.arrayContaining([`${name} workspace/unclear-policy`, `${name} ${code}`]));
  });

  test.each([
    ['is empty', 'law.policy.yaml', ''],
    ['is cut off in its head', 'law.policy.yaml', 'apiVersion: assa'],
    ['has another version', 'law.policy.yml', law.replace('assay/', 'asay/')],
    ['has no version, in a file of any name', 'law.yaml', law.slice(law.indexOf('kind'))],
    ['has a version in lower case, in a file of any name', 'law.yaml', law.replace('apiV', 'apiv')],
    [
      'is in a file of JSON',
      'law.policy.json',
      JSON.stringify({ apiVersion: 'assay/v1', spec: { constitution: true } }),
    ],
  ])('where one may be meant that %s', async (_, name, text) => {
    workspace.write(name, text);
    expect(await prepared()).toEqual({ problems: [`${name} workspace/unread-file`] });
  });

  test.each([
    ['a policy by its name', 'law.policy.yaml', '# '],
    ['any name', 'law.yaml', law],
    ['any name, in UTF-16', 'law.yaml', utf16(law)],
  ])('where one may stand in a file that is too large, of %s', async (_, name, text) => {
    const path = workspace.write(name, '');
    writeFileSync(path, Buffer.concat([Buffer.alloc(21 * 1024 * 1024, '#'), Buffer.from('\n'), Buffer.from(text)]));
    expect(await prepared()).toEqual({ problems: [`${name} workspace/unread-file`] });
    writeFileSync(path, Buffer.alloc(21 * 1024 * 1024, '#'));
    expect(await prepared()).toEqual(
      name.includes('policy') ? { problems: [`${name} workspace/unread-file`] } : { constitution: [] },
    );
  });

  test('where one cannot be read', async () => {
    symlinkSync('nowhere.yaml', join(workspace.root, 'law.yaml'));
    symlinkSync('round.yaml', join(workspace.root, 'round.yaml'));
    expect(await prepared()).toEqual({
      problems: ['law.yaml workspace/unread-file', 'round.yaml workspace/unread-file'],
    });
  });

  test('where one is written to all the time', async () => {
    const path = workspace.write('law.yaml', law);
    const writing = setInterval(() => writeFileSync(path, law), 20);
    const result = await prepared();
    clearInterval(writing);
    expect(result).toEqual({ problems: ['law.yaml workspace/unread-file'] });
  });

  test('where a policy has become too large to be read', async () => {
    workspace.write('law.policy.yaml', `${law}#${' '.repeat(20 * 1024 * 1024)}\n`);
    expect(await prepared()).toEqual({ problems: ['law.policy.yaml workspace/unread-file'] });
  });

  test('with words that say what is wrong and what to do', async () => {
    symlinkSync('nowhere.yaml', join(workspace.root, 'law.yaml'));
    const result = await prepareRun(workspace.experiment, workspace.root, nodeHash);
    expect('problems' in result && result.problems[0]?.message).toBe(
      'this cannot be read (it is a link that leads nowhere) and may hold a constitution, without which nothing is run; see to it that it can be read, or name it in `.gitignore` if it holds none',
    );
  });
});

describe('a run is not stopped', () => {
  const none = { constitution: [] };
  test.each([
    ['a text of something else', 'notes.yaml', 'our constitution: see the wiki\n'],
    ['a policy of another program', 'pods.policy.yaml', 'apiVersion: v1\nkind: ClusterPolicy\nspec: { rules: [] }\n'],
    [
      'a broken document of another kind',
      'other.yaml',
      'apiVersion: assay/v1\nkind: TaskSet\nmetadata: { name: x }\nspec: { tasks: 7 }\n',
    ],
    ['a broken text of something else', 'broken.yaml', 'a: [\n'],
    [
      'a policy that nobody uses, with errors that hide nothing',
      'draft.policy.yaml',
      `${head}${body}  rules:\n    - { id: a, efect: deny }\n    - { id: b, effect: deny }\n`,
    ],
  ])('by %s', async (_, name, text) => {
    workspace.write(name, text);
    expect(await prepared()).toEqual(none);
  });

  test('by the lock of an editor, nor by what is gone when it is looked at', async () => {
    symlinkSync('somebody@somewhere.1', join(workspace.root, '.#law.policy.yaml'));
    mkdirSync(join(workspace.root, 'policies'));
    rmSync(join(workspace.root, 'policies'), { recursive: true });
    expect(await prepared()).toEqual(none);
  });

  test.each(['drafts/law.yaml', 'coverage/law.yaml', '.hidden/law.yaml'])(
    'by %s, which is deliberately not searched',
    async (name) => {
      workspace.write('.gitignore', 'drafts/\n');
      workspace.write(name, law.replace('true', 'yes'));
      expect(await prepared()).toEqual(none);
    },
  );

  test('by what is not searched, but for an experiment that names it', async () => {
    workspace.write('.gitignore', 'drafts/\n');
    workspace.write('drafts/law.yaml', law);
    expect(await prepared()).toEqual(none);
    const experiment = readFileSync(workspace.experiment, 'utf8');
    workspace.write('count.experiment.yaml', experiment.replace('[open]', '[open, ./drafts/law.yaml]'));
    expect(await prepared()).toEqual({ problems: ['count.experiment.yaml reference/outside-workspace'] });
  });
});
