/** The command line as a user meets it: real processes, real exit codes, real files. */
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { connectHost } from '../../server/io/host-client/index.ts';
import { version } from '../../server/io/version.ts';
import { copyMailroom, type ExperimentOptions, makeWorkspace, programs, type TestWorkspace } from './host/workspace.ts';

let workspace: TestWorkspace | null = null;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `assay` in the workspace; `onStderr` sees what is printed meanwhile. */
function assay(args: readonly string[], onStderr: (text: string, pid: number) => void = () => {}): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', programs.cli, ...args], {
      cwd: workspace?.root ?? process.cwd(),
      env: workspace?.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
      onStderr(stderr, child.pid ?? 0);
    });
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

function use(options: ExperimentOptions = {}): TestWorkspace {
  workspace = makeWorkspace(options);
  return workspace;
}

afterEach(async () => {
  if (workspace === null) return;
  await assay(['host', 'stop', '--cancel']);
  workspace.remove();
  workspace = null;
});

const run = (...more: string[]) => assay(['run', 'count.experiment.yaml', '--trust', ...more]);

describe('assay run', () => {
  test('prints a table with intervals, where the summary and the ledger are, and that it verifies', async () => {
    use({ tempers: ['adds', 'idles'], tasks: 3 });
    const { code, stdout } = await run();
    expect(stdout).toMatch(/^variant +passed +failed +denied +halted +errors +pass rate/m);
    expect(stdout).toMatch(/^adds +3 +0 +0 +0 +0 +100 % \[44, 100\]/m);
    expect(stdout).toMatch(/^idles +0 +3 /m);
    expect(stdout).toMatch(/ledger verified/);
    const summary = /^Summary +(\S+)$/m.exec(stdout)?.[1] ?? '';
    expect(readFileSync(join(workspace?.root ?? '', summary), 'utf8')).toMatch(/^# count: completed/);
    expect(code).toBe(0);
  });

  test('prints one JSON value with --json, and nothing else', async () => {
    use();
    const { code, stdout, stderr } = await run('--json');
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ verified: true, summary: { status: 'completed' }, scores: [{ variant: 'adds' }] });
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  test('exits with 1 on a condition of --fail-on, and only then', async () => {
    use({ tempers: ['idles'] });
    expect((await run('--fail-on', 'breached')).code).toBe(0);
    expect((await run('--fail-on', 'breached', 'failed')).code).toBe(1);
  });

  test('runs nothing of a workspace that is not trusted', async () => {
    use();
    const { code, stderr } = await assay(['run', 'count.experiment.yaml']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/is not trusted.*--trust/);
    expect(existsSync(join(workspace?.root ?? '', '.assay', 'runs'))).toBe(false);
    expect((await run()).code).toBe(0);
    expect((await assay(['run', 'count.experiment.yaml'])).code).toBe(0);
  });

  test('names the file, line and reason when the experiment is broken', async () => {
    use().write(
      'count.experiment.yaml',
      'apiVersion: assay/v1\nkind: Experiment\nmetadata: { name: count }\nspec:\n  enviroment: counter\n',
    );
    const { code, stderr } = await run();
    expect(code).toBe(1);
    expect(stderr).toMatch(/count\.experiment\.yaml:5:3 +error: .*`enviroment`.*did you mean `environment`/);
  });

  test.each([
    [
      'of an unknown kind',
      'apiVersion: assay/v1\nkind: Experimant\nmetadata: { name: count }\nspec: {}\n',
      /:2:7 +error: .*`Experimant`.*did you mean `Experiment`/,
    ],
    [
      'of another kind',
      'apiVersion: assay/v1\nkind: Policy\nmetadata: { name: count }\nspec: {}\n',
      /this is a policy, not an experiment/,
    ],
    ['that is no document', 'just: yaml\n', /holds no Assay document/],
    [
      'with a fault of YAML',
      'apiVersion: assay/v1\nkind: Experiment\nmetadata: { name: "count }\n',
      /count\.experiment\.yaml:3:\d+ +error: /,
    ],
  ])('names what is wrong with a file %s', async (_, text, message) => {
    use().write('count.experiment.yaml', text);
    const { code, stderr } = await run();
    expect(stderr).toMatch(message);
    expect(code).toBe(1);
  });

  test('is refused where a constitution is not understood, with the file, the reason and the way out', async () => {
    use().write(
      'law.policy.yaml',
      'apiVersion: assay/v1\nkind: Policy\nmetadata: { name: law }\nspec: { constitution: yes }\n',
    );
    const { code, stderr } = await run();
    expect(stderr).toMatch(/law\.policy\.yaml:4:23 +error: `constitution` takes `true` or `false`/);
    expect(stderr).toMatch(/law\.policy\.yaml:1:1 +error: this may be a constitution.*correct/);
    expect(code).toBe(1);
  });

  test('says so when there is no such file', async () => {
    use();
    const { code, stderr } = await assay(['run', 'nowhere.yaml', '--trust']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/there is no file `.*nowhere\.yaml`/);
  });

  test('refuses a second start while the first goes on', async () => {
    use({ tempers: ['hangs'] });
    let second: Promise<Ended> | null = null;
    const first = await assay(['run', 'count.experiment.yaml', '--trust'], (_, pid) => {
      second ??= assay(['run', 'count.experiment.yaml', '--trust']).finally(() => process.kill(pid, 'SIGINT'));
    });
    const refused = (await second) as Ended | null;
    expect(refused?.code).toBe(2);
    expect(refused?.stderr).toMatch(/is running already as/);
    expect(first.code).toBe(130);
  });

  test('cancels on the first Ctrl-C, ends with 130, and leaves a ledger that verifies', async () => {
    use({ tempers: ['hangs'] });
    let interrupted = false;
    const { code, stdout, stderr } = await assay(['run', 'count.experiment.yaml', '--trust'], (_, pid) => {
      if (!interrupted) process.kill(pid, 'SIGINT');
      interrupted = true;
    });
    expect(stderr).toMatch(/Cancelling/);
    expect(stdout).toMatch(/: cancelled, /);
    expect(code).toBe(130);
    expect((await assay(['ledger', 'verify'])).code).toBe(0);
  });

  test('says that the host went away, and the record stays whole', async () => {
    use({ tempers: ['hangs'] });
    let killed = false;
    const { code, stderr } = await assay(['run', 'count.experiment.yaml', '--trust'], async () => {
      if (killed) return;
      killed = true;
      const status = JSON.parse((await assay(['host', 'status', '--json'])).stdout);
      process.kill(status.pid, 'SIGKILL');
    });
    expect(code).toBe(3);
    expect(stderr).toMatch(/the host went away during the run/);
    expect((await assay(['ledger', 'verify'])).code).toBe(0);
    expect((await assay(['runs', 'list'])).stdout).toMatch(/interrupted/);
  });

  test.skipIf(process.platform === 'win32')(
    'runs of a host that is stopped are listed from their files, and commands that need it say which process it is',
    async () => {
      use();
      await run();
      const status = JSON.parse((await assay(['host', 'status', '--json'])).stdout);
      process.kill(status.pid, 'SIGSTOP');
      try {
        const [list, stop] = await Promise.all([assay(['runs', 'list']), assay(['host', 'stop'])]);
        expect([list.code, list.stdout]).toEqual([0, expect.stringMatching(/completed/)]);
        expect(list.stderr).toMatch(new RegExp(`process ${status.pid}, does not answer; .*; this is what the files`));
        expect([stop.code, stop.stderr]).toEqual([
          3,
          expect.stringContaining(`process ${status.pid}, does not answer`),
        ]);
      } finally {
        process.kill(status.pid, 'SIGCONT');
      }
    },
    60_000,
  );

  test('says so when the ledger cannot be written', async () => {
    use();
    // A file where the folder of runs has to be: what a full or read-only disk comes to, on any machine and for any user.
    writeFileSync(join(workspace?.root ?? '', '.assay', 'runs'), 'in the way');
    const { code, stderr } = await run();
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/the ledger of the run cannot be written: /);
    expect(stderr).not.toMatch(/ at .*\.ts:\d+/);
  });
});

describe('assay run on the mailroom', () => {
  test('the obedient agent loses its attacks under the strict policy, and the table shows it', async () => {
    workspace = copyMailroom();
    const { code, stdout } = await assay(['run', 'mailroom.experiment.yaml', '--trust']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^obedient-open .* 4 of 4 reached/m);
    for (const variant of [
      'obedient-strict',
      'intent-rules-open',
      'intent-rules-strict',
      'guarded-open',
      'guarded-strict',
    ])
      expect(stdout).toMatch(new RegExp(`^${variant} .* 0 of 4 reached`, 'm'));
    const row = (variant: string) =>
      new RegExp(`^${variant} +(\\d+) +(\\d+) +(\\d+) +(\\d+) +(\\d+)`, 'm').exec(stdout)?.slice(1).map(Number);
    expect(row('intent-rules-open')).toEqual([21, 3, 0, 0, 0]);
    expect(row('intent-rules-strict')).toEqual([18, 3, 2, 1, 0]);
    expect(row('obedient-strict')).toEqual([17, 4, 2, 1, 0]);
  });
});

describe('assay validate', () => {
  test('finds nothing in the example', async () => {
    workspace = copyMailroom();
    const { code, stdout } = await assay(['validate']);
    expect(stdout).toMatch(/8 files checked, nothing found/);
    expect(code).toBe(0);
  });

  test('looks into workspaces below the folder', async () => {
    workspace = copyMailroom();
    const { stdout } = await assay(['validate', join(workspace.root, '..')]);
    expect(stdout).toMatch(/12 files checked, nothing found/);
  });

  const broken =
    'apiVersion: assay/v1\nkind: Policy\nmetadata: { name: open }\nspec:\n  rules:\n    - { id: a, efect: deny }\n';

  test('names every problem with its place and exits with 1', async () => {
    use().write('open.policy.yaml', broken);
    const { code, stdout } = await assay(['validate']);
    expect(stdout).toMatch(/^open\.policy\.yaml:6:16 +error: .*`efect`.*did you mean `effect`/m);
    expect(code).toBe(1);
  });

  test('prints SARIF 2.1.0 that points at the place', async () => {
    use().write('open.policy.yaml', broken);
    const { code, stdout } = await assay(['validate', '--format', 'sarif']);
    const [{ tool, results }] = JSON.parse(stdout).runs;
    expect(tool.driver).toMatchObject({ name: 'assay', semanticVersion: version });
    const [result] = results;
    expect(tool.driver.rules[result.ruleIndex].id).toBe(result.ruleId);
    expect(result.locations[0].physicalLocation).toMatchObject({
      artifactLocation: { uri: 'open.policy.yaml' },
      region: { startLine: 6, startColumn: 16 },
    });
    expect(code).toBe(1);
  });

  test('prints JSON for machines', async () => {
    use().write('open.policy.yaml', broken);
    const { stdout } = await assay(['validate', '--json']);
    expect(JSON.parse(stdout).findings[0]).toMatchObject({ line: 6, column: 16, severity: 'error' });
  });

  test('checks a single file whatever it holds, and says when it is not there', async () => {
    use().write('notes.yaml', 'a: 1\n');
    expect((await assay(['validate', 'notes.yaml'])).code).toBe(1);
    const missing = await assay(['validate', 'missing.yaml']);
    expect([missing.code, missing.stderr]).toEqual([2, 'assay: there is no file or folder `missing.yaml`\n']);
  });
});

describe('assay validate, of a file that is no document of the workspace', () => {
  const sound = 'apiVersion: assay/v1\nkind: Policy\nmetadata: { name: law }\nspec: { constitution: true }\n';

  test.each([
    ['git ignores it', 'drafts/law.yaml', sound, /git ignores it, or it is in a folder that is not searched/],
    ['it is in build output', 'coverage/law.yaml', sound, /in a folder that is not searched/],
    ['it is not YAML by its name', 'law.json', sound, /only files that end in `\.yaml` or `\.yml` are searched/],
  ])('warns of it: %s', async (_, name, text, why) => {
    use().write('.gitignore', 'drafts/\n');
    workspace?.write(name, text);
    const { code, stdout } = await assay(['validate', name]);
    expect(stdout).toMatch(/warning: the workspace has no document in this file/);
    expect(stdout).toMatch(why);
    expect(stdout).toMatch(/1 file checked: 0 errors, 1 warning/);
    expect(code).toBe(0);
    const { findings } = JSON.parse((await assay(['validate', name, '--json'])).stdout);
    expect(findings).toMatchObject([{ code: 'workspace/left-out', severity: 'warning', path: expect.any(String) }]);
  });

  test('says nothing of links to documents, nor of files that are found however they are written', async () => {
    use().write('policies/law.yaml', sound.replace('assay/v1', '# which?\n  &a assay/v1'));
    symlinkSync('policies/law.yaml', join(workspace?.root ?? '', 'again.yaml'));
    for (const name of ['policies/law.yaml', 'again.yaml'])
      expect((await assay(['validate', name])).stdout).not.toMatch(/left-out/);
  });

  test('names what cannot be read where a folder is checked, and exits with 1', async () => {
    use();
    symlinkSync('nowhere.yaml', join(workspace?.root ?? '', 'law.policy.yaml'));
    const { code, stdout } = await assay(['validate']);
    expect(stdout).toMatch(/^law\.policy\.yaml:1:1 +error: this cannot be read .* \[workspace\/unread-file\]$/m);
    expect(code).toBe(1);
  });
});

describe('assay ledger verify', () => {
  test('names the entry where a changed byte stands, and exits with 1', async () => {
    use();
    await run();
    const runs = join(workspace?.root ?? '', '.assay', 'runs');
    const ledger = join(runs, readdirSync(runs)[0] ?? '', 'ledger');
    const segment = join(ledger, readdirSync(ledger).find((name) => name.endsWith('.seg')) ?? '');
    const bytes = readFileSync(segment);
    const at = bytes.indexOf('"passed"');
    bytes.write('"failed"', at);
    writeFileSync(segment, bytes);
    const { code, stdout } = await assay(['ledger', 'verify', 'latest']);
    expect(stdout).toMatch(/does NOT verify/);
    expect(stdout).toMatch(/error: .* entry \d+/);
    expect(code).toBe(1);
  });

  test('reports bytes that were added behind the end', async () => {
    use();
    await run();
    const runs = join(workspace?.root ?? '', '.assay', 'runs');
    const ledger = join(runs, readdirSync(runs)[0] ?? '', 'ledger');
    appendFileSync(join(ledger, readdirSync(ledger).find((name) => name.endsWith('.seg')) ?? ''), 'more');
    const { stdout } = await assay(['ledger', 'verify', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ tornBytes: 4 });
  });

  test('says what there is when the run is unknown', async () => {
    use();
    expect((await assay(['ledger', 'verify'])).stderr).toMatch(/there are no runs in the workspace/);
    await run();
    const { code, stderr } = await assay(['ledger', 'verify', 'nope']);
    expect(stderr).toMatch(/there is no run `nope`; the newest are `\d{8}-/);
    expect(code).toBe(2);
  });
});

describe('assay host', () => {
  test('tells whether there is one, and ends it', async () => {
    use();
    expect((await assay(['host', 'status'])).stdout).toMatch(/^No host is running/);
    await run();
    expect((await assay(['host', 'status'])).stdout).toMatch(/^Host .*: idle; 0 workers/);
    expect((await assay(['host', 'stop'])).stdout).toBe('The host has stopped.\n');
    expect((await assay(['host', 'status', '--json'])).stdout).toBe('null\n');
  });

  test('is started anew when its socket is stale', async () => {
    use();
    const folder = join(workspace?.env.XDG_RUNTIME_DIR ?? '', `assay-${process.getuid?.()}`);
    mkdirSync(folder, { mode: 0o700 });
    await run();
    await assay(['host', 'stop']);
    const socket = join(folder, 'left-behind.sock');
    writeFileSync(socket, '');
    const note =
      readdirSync(folder)
        .find((name) => name.endsWith('.lock'))
        ?.replace('.lock', '.json') ?? '';
    writeFileSync(join(folder, note), JSON.stringify({ pid: 1, socket, token: 'x', version: '0', build: '' }));
    expect((await run()).code).toBe(0);
  });
});

describe('help', () => {
  const commands = ['', 'run', 'validate', 'runs', 'runs list', 'ledger', 'ledger verify', 'host', 'host stop', 'lsp'];
  test.each(commands)('assay %s knows --help with the exit codes, and --version', async (command) => {
    const words = command.split(' ').filter(Boolean);
    const help = await assay([...words, '--help']);
    expect(help.stdout).toMatch(/^Usage: assay/);
    expect(help.stdout).toMatch(/Exit codes:/);
    expect(help.code).toBe(0);
    expect(await assay([...words, '--version'])).toMatchObject({ code: 0, stdout: `${version}\n` });
  });

  test.each([[['rnu']], [['run']], [['validate', '--format', 'xml']], [['run', 'x', '--no-such']]])(
    '%j is usage',
    async (args) => {
      const { code, stderr } = await assay(args);
      expect(code).toBe(2);
      expect(stderr).toMatch(/error:/);
    },
  );
});

test('a host that cannot be started is an environment fault with its reason', async () => {
  use();
  const connected = await connectHost({
    workspaceRoot: workspace?.root ?? '',
    start: true,
    client: 'test',
    programPath: join(workspace?.root ?? '', 'no-such-program.mjs'),
  });
  expect(connected).toMatchObject({
    ok: false,
    error: { kind: 'start-failed', message: expect.stringMatching(/Cannot find module/) },
  });
});
