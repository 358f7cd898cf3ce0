/** Questions of policies on the command line: asked on a real terminal, answered from another one, denied in scripts. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { afterEach, describe, expect, test } from 'vitest';
import { makeWorkspace, programs, type TestWorkspace } from './host/workspace.ts';

const policy = (rule: string) => `apiVersion: assay/v1
kind: Policy
metadata: { name: open }
spec:
  default: allow
  rules:
    - { id: look-first, when: { tool.name: add }, reason: adding changes the world, ${rule} }
`;

let workspace: TestWorkspace | null = null;
const node = ['--disable-warning=ExperimentalWarning', programs.cli];

function use(rule: string): void {
  workspace = makeWorkspace({ tasks: 1, policy: policy(rule) });
  workspace.write('../.gitconfig', '[user]\n  name = Ada\n  email = ada@example.org\n');
}

interface Program {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; text: string }>;
  /** Resolves when `pattern` has been printed since the last time. */
  shows(pattern: RegExp): Promise<void>;
}

function start(file: string, args: readonly string[]): Program {
  if (workspace === null) throw new Error('no workspace is in use');
  const { root, env } = workspace;
  const child = spawn(file, args, { cwd: root, env, stdio: ['pipe', 'pipe', 'pipe'] });
  let text = '';
  let waiting: (() => void)[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk) => {
      text += chunk;
      for (const look of waiting) look();
    });
  const ended = new Promise<{ code: number | null; text: string }>((resolve) =>
    child.on('close', (code) => {
      resolve({ code, text });
      for (const look of waiting) look();
    }),
  );
  const shows = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (pattern.test(text)) resolve();
        else if (child.exitCode !== null) reject(new Error(`it never showed ${pattern}: ${text}`));
        else return;
        waiting = waiting.filter((one) => one !== look);
      };
      waiting.push(look);
      look();
    });
  return { child, ended, shows };
}

const assay = (...args: readonly string[]) => start(process.execPath, [...node, ...args]);
const run = (...more: readonly string[]) => assay('run', 'count.experiment.yaml', '--trust', ...more);

/** `assay run` on a terminal of its own, made by `script` of util-linux. */
function runOnTerminal(...more: readonly string[]): Program {
  const line = [process.execPath, ...node, 'run', 'count.experiment.yaml', '--trust', ...more];
  return start('script', ['-qefc', line.map((part) => `'${part}'`).join(' '), '/dev/null']);
}
const hasTerminals = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') === true;

afterEach(async () => {
  await assay('host', 'stop', '--cancel').ended;
  workspace?.remove();
  workspace = null;
});

/** Answers from another process as soon as something is asked. */
async function answered(...args: readonly string[]) {
  for (;;) {
    const { text } = await assay('runs', 'answer', '--json').ended;
    if (/"id"/.test(text)) break;
  }
  return await assay('runs', 'answer', ...args).ended;
}

describe('assay run', () => {
  test('without a terminal lets nobody answer, so that the action is denied', async () => {
    use('effect: ask');
    const { text } = await run().ended;
    expect(text).toMatch(/^adds +0 +1 /m);
  });

  test('does not ask on a terminal that is not there', async () => {
    use('effect: ask');
    expect(await run('--questions', 'prompt').ended).toMatchObject({
      code: 2,
      text: expect.stringContaining('`--questions wait`'),
    });
  });

  test.skipIf(!hasTerminals)('asks on the terminal, with the action and the rule, and waits', async () => {
    use('effect: ask, ask: { who: [Ada], wait: 1m }');
    const program = runOnTerminal();
    await program.shows(
      /\? add[\s\S]*input: +\{"by":1\}[\s\S]*rule: +open\/look-first:7: adding changes the world \(Ada\)/,
    );
    await program.shows(/allow it\?/);
    program.child.stdin?.write('maybe\n');
    await program.shows(/begin with `y` or `n`/);
    program.child.stdin?.write('y the sum is known\n');
    const { text } = await program.ended;
    expect(text).toMatch(/^adds +1 +0 /m);
  });

  test('tells whom a rule wants to be told', async () => {
    use('effect: allow, obligations: { notify: [security] }');
    const { text } = await run().ended;
    expect(text).toContain('! for security: adding changes the world (add, allow, adds on task-0, step 1)');
  });
});

describe('assay runs answer', () => {
  test('lets the action through from another terminal', async () => {
    use('effect: ask, ask: { who: [security], wait: 1m }');
    const program = run('--questions', 'wait');
    expect(await answered('--allow', '--group', 'security', '--note', 'known')).toEqual({
      code: 0,
      text: 'Allowed: add\n',
    });
    expect((await program.ended).text).toMatch(/^adds +1 +0 /m);
  });

  test('is refused with words for somebody whom the rule does not name; the question stays', async () => {
    use('effect: ask, ask: { who: [security], wait: 1m }');
    const program = run('--questions', 'wait');
    expect(await answered('--allow')).toMatchObject({
      code: 1,
      text: expect.stringContaining('only `security` may answer this, and you are `Ada`, `ada@example.org`'),
    });
    expect(await answered('--deny', '--group', 'security')).toEqual({ code: 0, text: 'Denied: add\n' });
    expect((await program.ended).text).toMatch(/^adds +0 +1 /m);
  });

  test('says that nothing is asked where nothing runs', async () => {
    use('effect: ask');
    expect(await assay('runs', 'answer', '--allow').ended).toMatchObject({
      code: 2,
      text: expect.stringContaining('nothing is asked'),
    });
  });
});

test('a run that waits for an answer is under way, not interrupted', async () => {
  use('effect: ask, ask: { who: [Ada], wait: 1m }');
  const program = run('--questions', 'wait');
  while (!/"id"/.test((await assay('runs', 'answer', '--json').ended).text));
  expect((await assay('runs', 'list').ended).text).toMatch(/ running +1 /);
  expect((await assay('runs', 'show').ended).text).toMatch(/^\S+: running\n/);
  const [listed] = JSON.parse((await assay('runs', 'list', '--json').ended).text);
  expect(listed).toMatchObject({ status: 'running', counts: { running: 1 } });
  const { summary, trials } = JSON.parse((await assay('runs', 'show', listed.directory, '--json').ended).text);
  expect([summary.status, trials[0].state, trials[0].failure]).toEqual(['running', 'running', undefined]);
  expect(await assay('runs', 'answer', '--allow').ended).toMatchObject({ code: 0 });
  await program.ended;
  expect((await assay('runs', 'list').ended).text).toMatch(/ completed +1 /);
});
