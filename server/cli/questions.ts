/**
 * Questions of a run on the command line: asked on the terminal while `assay run` waits, or answered from another one with
 * `assay runs answer`. There is no way here to allow what has not been shown to a person.
 */
import { createInterface } from 'node:readline/promises';
import { Command } from 'commander';
import colours from 'picocolors';
import type { HostConnection } from '../io/host-client/index.ts';
import { personHere } from '../io/person.ts';
import { findWorkspaceRoot } from '../io/workspace/index.ts';
import type { OpenQuestion, Person } from '../protocol/index.ts';
import { CommandFailure, exitCodes } from './exit-codes.ts';
import { presentHost } from './host-connection.ts';
import { plural } from './terminal.ts';
import { workspaceOption } from './workspace.ts';

/** `prompt` asks here, `deny` leaves nobody to answer, `wait` leaves questions open for other clients. */
export const questionModes = ['prompt', 'deny', 'wait'] as const;
export type QuestionMode = (typeof questionModes)[number];

const longestInput = 2_000;

/** The question as it is shown: what, by whom, on which rules, until when. */
export function questionText(question: OpenQuestion): string {
  const { experiment, variant, task, step, on, tool, input, output, thought, rules, deadlineAtMs } = question;
  const until = new Date(deadlineAtMs).toISOString().slice(11, 19);
  const lines = [
    `${colours.bold(`? ${on === 'action' ? tool : `the agent sees what came of ${tool}`}`)}  ${experiment}, ${variant} on ${task}, step ${step + 1}`,
    ...(thought === undefined ? [] : [`  it says: ${printable(thought)}`]),
    `  input:   ${shownValue(input)}`,
    ...(on === 'observation' ? [`  output:  ${shownValue(output)}`] : []),
    ...rules.map(({ policy, id, kind, line, message, who }) => {
      const place = `${policy ?? ''}${id ? `/${id}` : ` ${kind}`}${line ? `:${line}` : ''}`;
      return `  rule:    ${place}${message ? `: ${printable(message)}` : ''}${who ? ` (${who.join(' or ')})` : ''}`;
    }),
    `  denied at ${until} UTC without an answer, as question ${question.id}`,
  ];
  return lines.join('\n');
}

function shownValue(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  if (text.length <= longestInput) return printable(text);
  return `${printable(text.slice(0, longestInput))}… (${text.length} characters in all)`;
}

/** What an agent writes must not steer the terminal. */
const printable = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '·');

export interface QuestionAsker {
  /** While this holds, nothing else may be drawn. */
  readonly isBusy: boolean;
  dispose(): void;
}

/** Asks on the terminal, one question after the other, as the host tells of them. `before` clears what is drawn. */
export async function askOnTerminal(host: HostConnection, person: Person, before: () => void): Promise<QuestionAsker> {
  let open: readonly OpenQuestion[] = [];
  let asking: AbortController | null = null;
  let current = '';
  const done = new Set<string>();

  const next = async (): Promise<void> => {
    const question = open.find(({ id }) => !done.has(id));
    if (asking !== null || question === undefined) return;
    const own = new AbortController();
    asking = own;
    current = question.id;
    before();
    try {
      await askOne(host, question, own.signal);
    } catch {
      process.stderr.write(`\n  ${own.signal.aborted ? 'this question is over' : 'not answered here'}\n`);
    } finally {
      done.add(question.id);
      asking = null;
    }
    await next();
  };
  const take = (questions: readonly OpenQuestion[]) => {
    open = questions;
    if (asking !== null && !questions.some(({ id }) => id === current)) asking.abort();
    void next();
  };
  const subscription = host.onQuestionsChanged(take);
  take(await host.request('questions/watch', { person }));
  return {
    get isBusy() {
      return asking !== null;
    },
    dispose: () => {
      subscription.dispose();
      open = [];
      asking?.abort();
    },
  };
}

async function askOne(host: HostConnection, question: OpenQuestion, signal: AbortSignal): Promise<void> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  // Nobody is there to answer where the input has ended, as by Ctrl-D.
  const gone = new AbortController();
  lines.on('close', () => gone.abort());
  const over = AbortSignal.any([signal, gone.signal]);
  // Readline takes Ctrl-C for itself; whoever cancels runs has to hear of it.
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    process.stderr.write(`\n${questionText(question)}\n`);
    for (;;) {
      const said = await lines.question('  allow it? [y/N, and a note if you like] ', { signal: over });
      const [, word = '', note = ''] = /^\s*(\S*)\s*(.*)$/.exec(said) ?? [];
      if (!/^(y|yes|n|no|)$/i.test(word)) {
        process.stderr.write('  begin with `y` or `n`\n');
        continue;
      }
      const allow = /^y/i.test(word);
      const result = await host.request('question/answer', { question: question.id, allow, ...(note && { note }) });
      process.stderr.write(result.accepted ? `  ${allow ? 'allowed' : 'denied'}\n` : `  ${result.why}\n`);
      return;
    }
  } finally {
    lines.close();
  }
}

interface AnswerOptions {
  readonly allow?: boolean;
  readonly deny?: boolean;
  readonly note?: string;
  readonly question?: string;
  readonly group?: readonly string[];
  readonly workspace: string;
  readonly json?: boolean;
}

export function answerCommand(): Command {
  return new Command('answer')
    .description('show what a run asks, or answer it')
    .argument('[run]', "a run's id or a unique beginning of it; may be left out when one run asks")
    .option('--allow', 'let the action through')
    .option('--deny', 'keep it back')
    .option('--note <text>', 'why; the ledger keeps it')
    .option('--question <id>', 'which question, where a run asks several')
    .option('--group <names...>', 'groups that you answer for, as rules name them')
    .addOption(workspaceOption())
    .option('--json', 'print the open questions as JSON')
    .action(async (run: string | undefined, options: AnswerOptions) => {
      process.exitCode = await answer(run ?? '', options);
    });
}

async function answer(run: string, options: AnswerOptions): Promise<number> {
  if (options.allow && options.deny) throw new CommandFailure(exitCodes.usage, 'say `--allow` or `--deny`, not both');
  const root = findWorkspaceRoot(options.workspace);
  const host = await presentHost(root);
  if (host === null)
    throw new CommandFailure(exitCodes.usage, `nothing runs in the workspace \`${root}\`, so nothing is asked`);
  try {
    const person = await personHere(root, options.group ?? []);
    const all = await host.request('questions/watch', { person });
    const open = all.filter(
      (question) => question.run.startsWith(run) && (options.question ?? question.id) === question.id,
    );
    if (options.allow || options.deny) return await answerOne(host, open, options);
    if (options.json) process.stdout.write(`${JSON.stringify(open, null, 2)}\n`);
    else if (open.length === 0) process.stdout.write('Nothing is asked.\n');
    else
      process.stdout.write(
        `${open.map((question) => `${questionText(question)}\n  run ${question.run}\n`).join('\n')}`,
      );
    return exitCodes.done;
  } finally {
    host.dispose();
  }
}

async function answerOne(
  host: HostConnection,
  open: readonly OpenQuestion[],
  { allow = false, note, question: id }: AnswerOptions,
): Promise<number> {
  const [question, ...others] = open;
  // One that is over is asked for all the same: the host knows how it ended.
  const asked = question?.id ?? id;
  if (asked === undefined) throw new CommandFailure(exitCodes.usage, 'nothing is asked');
  if (others.length > 0) {
    const ids = open.map((one) => `\`${one.id}\` (${one.tool}, ${one.variant} on ${one.task})`).join(', ');
    throw new CommandFailure(
      exitCodes.usage,
      `${plural(open.length, 'question')} are open: ${ids}; say which with \`--question\``,
    );
  }
  const result = await host.request('question/answer', { question: asked, allow, ...(note && { note }) });
  if (!result.accepted) throw new CommandFailure(exitCodes.findings, result.why);
  process.stdout.write(`${allow ? 'Allowed' : 'Denied'}: ${question?.tool ?? asked}\n`);
  return exitCodes.done;
}
