/** Runs in memory: scripted trials under the real kernel, with the entries that a ledger would hold of them. */

import {
  type PastDocuments,
  RecordedRun,
  type TestedPolicy,
  testedPolicy,
} from '../../../server/engine/backtest/index.ts';
import type { Policy } from '../../../server/engine/documents/index.ts';
import { createKernel, type ToolDeclaration } from '../../../server/engine/kernel/index.ts';
import type { LedgerEntry, Payload } from '../../../server/engine/ledger/index.ts';
import type { CompiledPolicy } from '../../../server/engine/policy/index.ts';

export function policy(name: string, spec: Policy['spec']): TestedPolicy {
  const document: Policy = { apiVersion: 'assay/v1', kind: 'Policy', metadata: { name }, spec };
  const { value, problems } = testedPolicy({ policy: document, digest: `sha256:${name}`, lineOf: () => undefined });
  if (value === null) throw new Error(JSON.stringify(problems));
  return value;
}

const tool = (name: string, more: Partial<ToolDeclaration> = {}): ToolDeclaration => ({
  name,
  description: name,
  kind: 'read',
  risk: 1,
  input: { type: 'object' },
  ...more,
});

export const tools: ReadonlyMap<string, ToolDeclaration> = new Map(
  [
    tool('look', { tags: ['mail'] }),
    tool('send', { kind: 'write', risk: 3, cost: 0.01, tags: ['mail', 'send'], targets: ['/to'] }),
    tool('pay', { kind: 'write', risk: 4, cost: 0.1, tags: ['money'] }),
  ].map((one) => [one.name, one]),
);

/** What an agent does in one step: a call, how it goes if it is allowed, or something malformed. */
export interface ScriptedStep {
  readonly trial: number;
  readonly tool: 'look' | 'send' | 'pay' | 'malformed';
  readonly failed?: boolean;
  readonly input?: unknown;
  readonly output?: unknown;
}

/** Plays the steps in turn, each in its trial until that is halted; trials take their variants in turn. */
export function record(
  steps: readonly ScriptedStep[],
  variants: Readonly<Record<string, readonly CompiledPolicy[]>>,
  documents: PastDocuments | object = {},
): { run: RecordedRun; entries: LedgerEntry[] } {
  const entries: LedgerEntry[] = [];
  let atMs = 1_790_000_000_000;
  const add = (body: object): void => {
    const head = { v: 1, index: entries.length, prev: '0'.repeat(64), atMs };
    entries.push({ ...head, ...body } as unknown as LedgerEntry);
  };
  const names = Object.keys(variants);
  const kernel = createKernel({
    variants: new Map(Object.entries(variants).map(([name, policies]) => [name, { role: 'assistant', policies }])),
    clock: { nowMs: () => atMs, monotonicMs: () => atMs },
  });
  add({ type: 'run-started', run: 'a-run', environment: { name: 'e' }, ...documents });
  const open = new Map<
    number,
    { ids: { trial: string; attempt: number }; kernel: ReturnType<typeof kernel.openTrial> | null }
  >();
  for (const { trial, tool: name, failed = false, input = {}, output = null } of steps) {
    atMs += 700;
    const ids = { trial: trial.toString(16).padStart(32, '0'), attempt: 1 };
    let own = open.get(trial);
    if (own === undefined) {
      const variant = names[trial % names.length] ?? '';
      own = { ids, kernel: kernel.openTrial({ trial: ids.trial, variant }) };
      open.set(trial, own);
      add({ type: 'trial-started', ...ids, variant, task: 'a-task', repetition: 0, seed: 0 });
    }
    if (own.kernel === null) continue;
    const step = entries.length;
    const declared = tools.get(name);
    const payload: Payload = { json: input };
    if (declared === undefined) {
      own.kernel.reject();
      add({
        type: 'rejected',
        ...ids,
        step,
        action: { type: 'tool', tool: name, input: payload },
        failure: { reason: 'X', message: '' },
      });
      continue;
    }
    const action = { type: 'tool' as const, tool: declared, input };
    const { signals, decision, reservation } = own.kernel.decide(own.kernel.signals(action));
    add({ type: 'decision', ...ids, step, action: { type: 'tool', tool: name, input: payload }, signals, decision });
    let isOver = decision.final === 'halt';
    if (decision.final === 'allow') {
      const costMicros = Math.round((declared.cost ?? 0) * 1e6);
      own.kernel.settle(reservation, { failed });
      const guarded = own.kernel.guard(action, { failed, output });
      const verdict = guarded && { signals: guarded.signals, decision: guarded.decision };
      add({
        type: 'observation',
        ...ids,
        step,
        status: failed ? 'failed' : 'ok',
        costMicros,
        durationMs: 1,
        ...verdict,
      });
      isOver = guarded?.decision.final === 'halt';
    }
    if (!isOver) continue;
    own.kernel.close();
    own.kernel = null;
    add({
      type: 'trial-finished',
      ...ids,
      outcome: 'halted',
      steps: 0,
      failures: 0,
      denials: 0,
      costMicros: 0,
      durationMs: 0,
    });
  }
  for (const { ids, kernel: own } of open.values())
    if (own !== null)
      add({
        type: 'trial-finished',
        ...ids,
        outcome: 'passed',
        steps: 0,
        failures: 0,
        denials: 0,
        costMicros: 0,
        durationMs: 0,
      });
  const run = new RecordedRun();
  for (const entry of entries) run.add(entry);
  return { run, entries };
}
