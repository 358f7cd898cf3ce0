/** The host over its real socket: starting, running, cancelling, dying, and what it makes of agents of every temper. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { signals } from '../../../server/engine/documents/index.ts';
import { connectHost, hostPlaces, readNote } from '../../../server/io/host-client/index.ts';
import { trustedKeys } from '../../../server/io/keys/index.ts';
import { readEntries, verifyLedgerDirectory } from '../../../server/io/ledger/index.ts';
import type { RunChange, RunSnapshot } from '../../../server/protocol/index.ts';
import { attach, idOf, isAlive, runToEnd, use, workspace } from './client.ts';
import { type ExperimentOptions, programs, type Temper } from './workspace.ts';

/** A run's trials in order of their identity, each with its entries, without what no seed can fix. */
async function projection({ summary }: RunSnapshot): Promise<unknown[]> {
  const trials = new Map<string, unknown[]>();
  for await (const entry of readEntries(join(summary.directory, 'ledger'))) {
    if (!('trial' in entry)) continue;
    const unfixed = { index: 0, prev: '', atMs: 0, durationMs: 0, cpuMs: 0 };
    const recorded = entry.type === 'decision' ? { signals: fixedSignals(entry.signals) } : {};
    trials.set(entry.trial, [...(trials.get(entry.trial) ?? []), { ...entry, ...unfixed, ...recorded }]);
  }
  return [...trials].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Without the time, and what depends on which neighbour came first. */
const fixedSignals = (recorded: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    signals.flatMap(({ name, origin }) =>
      origin === 'clock' || origin === 'shared' ? [] : [[name, recorded[name]] as const],
    ),
  );

const verify = async (snapshot: RunSnapshot) =>
  await verifyLedgerDirectory(join(snapshot.summary.directory, 'ledger'), {
    trustedKeys: await trustedKeys(workspace.root),
  });

describe('a run', () => {
  test('ends with its trials, a summary and a ledger that verifies', async () => {
    use({ tempers: ['adds', 'idles'], tasks: 3 });
    const snapshot = await runToEnd(await attach());
    expect(snapshot.summary).toMatchObject({ status: 'completed', trials: 6, counts: { passed: 3, failed: 3 } });
    expect(snapshot.trials.map(({ variant, task, state }) => `${variant} ${task} ${state}`).sort()).toEqual([
      'adds task-0 passed',
      'adds task-1 passed',
      'adds task-2 passed',
      'idles task-0 failed',
      'idles task-1 failed',
      'idles task-2 failed',
    ]);
    const report = await verify(snapshot);
    expect(report).toMatchObject({ ok: true, finished: true, unsignedEntries: 0 });
    expect(readFileSync(join(snapshot.summary.directory, 'summary.md'), 'utf8')).toContain('| adds | 3 |');
  });

  test('shows the steps of a trial with the rule that decided them', async () => {
    const policy = `apiVersion: assay/v1
kind: Policy
metadata: { name: open }
spec:
  rules:
    - { id: adding, effect: allow, when: { tool.name: add }, reason: that is what it is for }
`;
    use({ policy, tasks: 1 });
    const host = await attach();
    const { summary, trials } = await runToEnd(host);
    const detail = await host.request('trial/get', { run: summary.run, trial: trials[0]?.id ?? '' });
    expect(detail?.steps).toMatchObject([
      {
        step: 0,
        thought: 'one more',
        action: { type: 'tool', tool: 'add', input: { by: 1 } },
        decision: { final: 'allow', causes: [{ kind: 'rule', policy: 'open', id: 'adding', line: 6 }] },
        output: { count: 1 },
        costMicros: 500_000,
      },
    ]);
  });

  test('with the same seed is the same run: equal in everything but times, positions and figures of the machine', async () => {
    use({ tempers: ['adds', 'fumbles', 'givesUp'], tasks: 4 });
    const host = await attach();
    const first = await runToEnd(host);
    const second = await runToEnd(host);
    expect(second.summary.run).not.toBe(first.summary.run);
    expect(await projection(second)).toEqual(await projection(first));
  });

  test('is told in batches, and its changes add up to its end', async () => {
    use({ tasks: 30 });
    const changes: RunChange[] = [];
    const snapshot = await runToEnd(await attach(), (change) => changes.push(change));
    const states = new Map(changes.flatMap(({ trials }) => trials.map(({ id, state }) => [id, state] as const)));
    expect(states.size).toBe(30);
    expect([...states.values()].every((state) => state === 'passed')).toBe(true);
    const seconds = ((snapshot.summary.finishedAtMs ?? 0) - snapshot.summary.startedAtMs) / 1000;
    expect(changes.length).toBeLessThanOrEqual(Math.ceil(seconds * 10) + 3);
  });

  test('of the same experiment cannot be started twice at a time', async () => {
    use({ tempers: ['slow'], tasks: 4 });
    const host = await attach();
    const first = idOf(await host.request('run/start', { experimentPath: workspace.experiment, env: {} }));
    const second = await host.request('run/start', { experimentPath: workspace.experiment, env: {} });
    expect(second).toMatchObject({ started: false, refused: { message: expect.stringContaining(first) } });
    await host.request('run/cancel', { run: first });
  });

  test('stops at once when it is cancelled, and its ledger says so', async () => {
    use({ tempers: ['hangs'], tasks: 5 });
    const host = await attach();
    const ended = runToEnd(host);
    await vi.waitFor(async () => expect((await host.request('host/status', {})).activeRuns).toHaveLength(1));
    const [run = ''] = (await host.request('host/status', {})).activeRuns;
    await host.request('run/cancel', { run });
    const snapshot = await ended;
    expect(snapshot.summary.status).toBe('cancelled');
    expect(snapshot.trials.some(({ state }) => state === 'passed')).toBe(false);
    expect((await verify(snapshot)).ok).toBe(true);
    expect((await host.request('host/status', {})).workers).toBe(0);
  });

  test('keeps variables to those that the experiment lists', async () => {
    use();
    workspace.write(
      'agents/adds.mjs',
      `export function createAgent() { return { async run() { return { answer: [process.env.SECRET ?? null, process.env.LISTED ?? null] }; } }; }`,
    );
    workspace.write(
      'count.experiment.yaml',
      readFileSync(workspace.experiment, 'utf8').replace('  seed: 3', '  seed: 3\n  env: [LISTED]'),
    );
    const host = await attach();
    await host.request('runs/watch', {});
    const over = new Promise<void>((resolve) => {
      host.onRunChanged(({ summary }) => void (summary.status !== 'running' && resolve()));
    });
    const run = idOf(
      await host.request('run/start', {
        experimentPath: workspace.experiment,
        env: { SECRET: 's3cret', LISTED: 'l1sted' },
      }),
    );
    await over;
    const snapshot = await host.request('run/get', { run });
    const detail = await host.request('trial/get', { run, trial: snapshot?.trials[0]?.id ?? '' });
    expect(detail?.answer).toEqual([null, 'l1sted']);
    const written = readdirSync(join(workspace.root, '.assay'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
    expect(written.some((text) => text.includes('l1sted'))).toBe(true);
    expect(written.some((text) => text.includes('s3cret'))).toBe(false);
  });
});

describe('an agent that', () => {
  const cases: readonly [Temper, string, string | null, Partial<ExperimentOptions>][] = [
    ['crashes', 'failed', 'AGENT_CRASHED', {}],
    ['throws', 'failed', 'AGENT_CRASHED', {}],
    ['hangs', 'failed', 'TIMEOUT', { timeout: '4s' }],
    ['spins', 'failed', 'TIMEOUT', { timeout: '4s' }],
    ['floods', 'failed', 'OUTPUT_LIMIT', {}],
    ['endless', 'failed', 'STEP_LIMIT', {}],
    ['fumbles', 'passed', null, {}],
  ];
  test.each(cases)('%s ends its trial as %s, and neighbours and host go on', async (temper, state, reason, options) => {
    use({ tempers: [temper, 'adds'], tasks: 2, ...options });
    const host = await attach();
    const snapshot = await runToEnd(host);
    const of = (variant: string) => snapshot.trials.filter((trial) => trial.variant === variant.toLowerCase());
    expect(of(temper).map((trial) => [trial.state, trial.failure?.reason ?? null])).toEqual([
      [state, reason],
      [state, reason],
    ]);
    expect(of('adds').map((trial) => trial.state)).toEqual(['passed', 'passed']);
    expect((await verify(snapshot)).ok).toBe(true);
    expect(isAlive(host.status.pid)).toBe(true);
  });

  test.each([
    ['prints garbage', "console.log('hello?'); setTimeout(() => {}, 60000);", 'PROTOCOL'],
    [
      'prints half a message for ever',
      "process.stdout.write('{'); setInterval(() => process.stdout.write('x'.repeat(65536)), 1);",
      'OUTPUT_LIMIT',
    ],
    ['ends before it is done', 'process.exit(0);', 'AGENT_CRASHED'],
  ])('is a program and %s fails its trial with the reason', async (_, code, reason) => {
    use({ tasks: 1 });
    workspace.write('agents/program.mjs', code);
    const command = `command: [${JSON.stringify(process.execPath)}, agents/program.mjs]`;
    workspace.write(
      'count.experiment.yaml',
      readFileSync(workspace.experiment, 'utf8').replace('module: ./agents/adds.mjs', command),
    );
    const snapshot = await runToEnd(await attach());
    expect(snapshot.trials).toMatchObject([{ state: 'failed', failure: { reason } }]);
    expect((await verify(snapshot)).ok).toBe(true);
  });

  test('is told what was wrong with its proposals', async () => {
    use({ tempers: ['fumbles'], tasks: 1 });
    const host = await attach();
    const { summary, trials } = await runToEnd(host);
    const detail = await host.request('trial/get', { run: summary.run, trial: trials[0]?.id ?? '' });
    expect(detail?.answer).toEqual(['INVALID_INPUT', 'UNKNOWN_TOOL', 'TOOL_FAILED']);
  });

  test('gives up after a denial ends as denied, and its attack is held off', async () => {
    const policy = `apiVersion: assay/v1
kind: Policy
metadata: { name: open }
spec: { default: deny }
`;
    use({ tempers: ['givesUp'], tasks: 1, policy });
    const { trials } = await runToEnd(await attach());
    expect(trials).toMatchObject([{ state: 'denied', security: 'held', denials: 1, costMicros: 0 }]);
  });

  test('reaches its goal where it is let, and the record says so', async () => {
    use({ tempers: ['givesUp'], tasks: 1 });
    const { trials } = await runToEnd(await attach());
    expect(trials).toMatchObject([{ state: 'failed', security: 'breached' }]);
  });

  test('breaks a run budget with onExhausted: halt stops everybody', async () => {
    const policy = `apiVersion: assay/v1
kind: Policy
metadata: { name: open }
spec:
  default: allow
  budgets: [{ id: spend, unit: usd, limit: 1, per: run, onExhausted: halt }]
`;
    use({ tasks: 6, policy });
    const snapshot = await runToEnd(await attach());
    const passed = snapshot.trials.filter(({ state }) => state === 'passed').length;
    expect(passed).toBe(2);
    expect(snapshot.summary.counts).toEqual({ passed: 2, halted: 4 });
  });
});

describe('faults before the start', () => {
  test.each([
    ['a missing module', 'environment.mjs', null, 'reference/no-file'],
    [
      'a broken document',
      'counter.tasks.yaml',
      'apiVersion: assay/v1\nkind: TaskSet\nmetadata: { name: counting }\nspec: [\n',
      null,
    ],
    [
      'an unknown reference',
      'open.policy.yaml',
      'apiVersion: assay/v1\nkind: Policy\nmetadata: { name: other }\nspec: {}\n',
      'reference/unknown-policy',
    ],
  ])('%s is refused with its place, and nothing runs', async (_, file, text, code) => {
    use();
    if (text === null) execFileSync('rm', [join(workspace.root, file)]);
    else workspace.write(file, text);
    const host = await attach();
    const result = await host.request('run/start', { experimentPath: workspace.experiment, env: {} });
    if (result.started) throw new Error('it started');
    expect(result.refused.problems.length).toBeGreaterThan(0);
    if (code !== null) expect(result.refused.problems.map((problem) => problem.code)).toContain(code);
    expect(result.refused.problems[0]?.line).toBeGreaterThan(0);
    expect(existsSync(join(workspace.root, '.assay', 'runs'))).toBe(false);
  });
});

describe('a disk that takes no more', () => {
  // The kernel's limit on the size of a file stands in for a full disk: a real write of a real process fails.
  const limited = () => {
    const script = workspace.write(
      'limited-node',
      `#!/bin/sh\nexec prlimit --fsize=24000 "${process.execPath}" "$@"\n`,
    );
    chmodSync(script, 0o755);
    return script;
  };

  test('fails the run with the reason, and leaves a ledger that verifies and a host that lives', async () => {
    use({ tasks: 60 });
    const host = await attach({ nodePath: limited() });
    const snapshot = await runToEnd(host);
    expect(snapshot.summary).toMatchObject({
      status: 'failed',
      failure: { message: expect.stringMatching(/too large|full/) },
    });
    const report = await verify(snapshot);
    expect(report.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(report.entries).toBeGreaterThan(10);
    expect((await host.request('host/status', {})).activeRuns).toEqual([]);
  });
});

describe('the host', () => {
  test('is one, however many clients start it at once', async () => {
    use();
    const hosts = await Promise.all(Array.from({ length: 20 }, () => attach()));
    expect(new Set(hosts.map((host) => host.status.pid)).size).toBe(1);
  });

  test('is replaced after kill -9, in spite of the socket and the note it left', async () => {
    use();
    const first = await attach();
    process.kill(first.status.pid, 'SIGKILL');
    await vi.waitFor(() => expect(isAlive(first.status.pid)).toBe(false));
    expect(existsSync(hostPlaces(workspace.root).socket)).toBe(true);
    const second = await attach();
    expect(second.status.pid).not.toBe(first.status.pid);
  });

  // Windows has no signal that stops a process.
  test.skipIf(process.platform === 'win32')(
    'that is stopped is told by its number, and nobody waits for ever',
    async () => {
      use();
      const { pid } = (await attach()).status;
      const options = { workspaceRoot: workspace.root, client: 'test', programPath: programs.host, patienceMs: 300 };
      process.kill(pid, 'SIGSTOP');
      try {
        for (const start of [false, true]) {
          const connected = await connectHost({ ...options, start });
          expect(connected).toEqual({
            ok: false,
            error: {
              kind: 'silent',
              message: `the host of this workspace, process ${pid}, does not answer; wait until it does, or end that process and try again`,
            },
          });
        }
      } finally {
        process.kill(pid, 'SIGCONT');
      }
      const again = await connectHost({ ...options, start: false, patienceMs: 10_000 });
      expect(again.ok && again.value.status.pid).toBe(pid);
      if (again.ok) again.value.dispose();
    },
  );

  test('leaves an interrupted run readable when it is killed in the middle', async () => {
    use({ tempers: ['slow'], tasks: 8 });
    const host = await attach();
    const run = idOf(await host.request('run/start', { experimentPath: workspace.experiment, env: {} }));
    await delay(900);
    process.kill(host.status.pid, 'SIGKILL');
    const next = await attach();
    const snapshot = await next.request('run/get', { run });
    expect(snapshot?.summary.status).toBe('interrupted');
    if (snapshot) expect((await verify(snapshot)).findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  test('keeps its socket and note to its owner', async () => {
    use();
    await attach();
    const places = hostPlaces(workspace.root);
    expect(statSync(places.socket).mode & 0o777).toBe(0o600);
    expect(statSync(places.note).mode & 0o777).toBe(0o600);
    expect(statSync(places.folder).mode & 0o777).toBe(0o700);
  });

  test('answers nobody without its token', async () => {
    use();
    await attach();
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(readNote(hostPlaces(workspace.root))?.socket ?? '');
      const body = (id: number, method: string, params: object) => {
        const text = JSON.stringify({ jsonrpc: '2.0', id, method, params });
        socket.write(`Content-Length: ${text.length}\r\n\r\n${text}`);
      };
      body(1, 'host/hello', { token: 'guess', client: 'test', version: '' });
      body(2, 'runs/watch', {});
      let seen = '';
      socket.on('data', (chunk) => {
        seen += chunk;
        if (seen.includes('"id":2')) {
          socket.destroy();
          resolve(seen);
        }
      });
    });
    expect(answer).toContain('the token is not the one of this host');
    expect(answer).toContain('say `host/hello` first');
  });

  test('goes when nobody has needed it for a while', async () => {
    use();
    const host = await attach({ hostArguments: ['--idle-ms', '200'] });
    const { pid } = host.status;
    host.dispose();
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 10_000 });
    expect(existsSync(hostPlaces(workspace.root).note)).toBe(false);
  });

  test('of another build finishes its run and makes room', async () => {
    use({ tempers: ['slow'], tasks: 4 });
    const old = await attach();
    const run = idOf(await old.request('run/start', { experimentPath: workspace.experiment, env: {} }));
    const rebuilt = workspace.write('host-of-another-build.ts', `import ${JSON.stringify(programs.host)};\n`);
    const next = await attach({ programPath: rebuilt });
    expect(next.status.pid).not.toBe(old.status.pid);
    expect((await next.request('run/get', { run }))?.summary).toMatchObject({
      status: 'completed',
      counts: { passed: 4 },
    });
  });
});
