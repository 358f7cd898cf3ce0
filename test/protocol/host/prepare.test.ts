/** A run that cannot begin says why: what stands in the experiment that no run could follow. */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { prepareRun } from '../../../server/host/prepare.ts';
import { nodeHash } from '../../../server/io/keys/index.ts';
import { makeWorkspace, type TestWorkspace } from './workspace.ts';

let workspace: TestWorkspace;
beforeEach(() => {
  workspace = makeWorkspace({ tasks: 1 });
});
afterEach(() => workspace.remove());

test.each([
  ['environment: counter', 'environment: ""', 'write the name or path of an environment'],
  ['tasks: counting', 'tasks: ""', 'write the name or path of a task set'],
  ['policies: [open]', 'policies: [""]', 'write the name or path of a policy'],
  ['policies: [open]', 'policies: [open], preset: ""', 'write the name or path of a preset'],
])('%s made %s', async (written, instead, why) => {
  const text = readFileSync(workspace.experiment, 'utf8');
  expect(text).toContain(written);
  workspace.write('count.experiment.yaml', text.replace(written, instead));
  expect(await prepareRun(workspace.experiment, workspace.root, nodeHash)).toEqual({
    problems: [expect.objectContaining({ code: 'schema/empty', message: expect.stringContaining(why) })],
  });
});
