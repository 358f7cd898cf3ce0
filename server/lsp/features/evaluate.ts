/** `assay.server.evaluatePolicy`: a sample action decided under a policy, with what each of its rules says. Performs nothing. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { MessageType, ShowMessageNotification } from 'vscode-languageserver/node';
import {
  decideIn,
  type ExplainedPart,
  explain,
  givenByRecord,
  type Situation,
  type TestedPolicy,
} from '../../engine/backtest/index.ts';
import { valueAt } from '../../engine/documents/index.ts';
import type { DecisionMade } from '../../engine/ledger/index.ts';
import { readBlobValue, readEntries } from '../../io/ledger/index.ts';
import { runDirectory } from '../../io/runs/index.ts';
import type { ActionSample, EvaluatedRule, EvaluateParams, Evaluation } from '../../protocol/index.ts';
import { pathOf } from '../open-documents.ts';
import type { Session } from './feature.ts';
import { around, type PlacedDocument, type PolicyDocuments } from './policy-documents.ts';
import { preparedTest } from './policy-tests.ts';

/** A sample as it can be decided, and the policies that it is put to. */
interface Put {
  readonly words: string;
  readonly situation: Situation;
  readonly policies: readonly TestedPolicy[];
}

type PutOrNot = Put | { readonly refused: string };

/** The samples that were used last, by file and policy; for clients that do not choose one. */
const lastSamples = new WeakMap<Session, Map<string, ActionSample>>();

/** Never rejects for what users have written; tells the user where the client does not. */
export async function evaluate(session: Session, argument: unknown): Promise<Evaluation> {
  const result = await evaluated(session, argument);
  if (session.options.showsEvaluations !== true) {
    const type = result.refused === undefined ? MessageType.Info : MessageType.Warning;
    void session.connection.sendNotification(ShowMessageNotification.type, {
      type,
      message: inWords(result, argument),
    });
  }
  return result;
}

async function evaluated(session: Session, argument: unknown): Promise<Evaluation> {
  if (!isParams(argument)) return refused('', 'name a policy: `{ uri, policy }`');
  const { uri, policy } = argument;
  const path = pathOf(uri);
  if (path === null) return refused(policy, 'the policy is in no file on disk; save it first');
  const documents = await around(session, path);
  const placed = documents
    .documentsIn(session.workspaces.nameOf(path))
    .find(({ document }) => document.kind === 'Policy' && document.name === policy);
  if (placed === undefined) return refused(policy, `this file has no policy \`${policy}\``);
  const key = `${uri}\0${policy}`;
  const used = lastSamples.get(session) ?? new Map<string, ActionSample>();
  lastSamples.set(session, used);
  const sample = argument.sample ?? used.get(key) ?? firstCase(placed, documents);
  if (sample === null)
    return refused(
      policy,
      `no policy test names \`${policy}\`, so there is no sample action; write one, or give a \`sample\``,
    );
  const put = sample.kind === 'case' ? putCase(sample, placed, documents) : await putStep(sample, placed, documents);
  if ('refused' in put) return refused(policy, put.refused);
  used.set(key, sample);
  return decided(put, placed, documents);
}

function decided({ situation, policies, words }: Put, placed: PlacedDocument, documents: PolicyDocuments): Evaluation {
  const { on, decision, facts } = decideIn(
    situation,
    policies.map(({ compiled }) => compiled),
  );
  const uri = documents.uriOf(placed.path);
  const own = policies.filter(({ source }) => source.policy.metadata.name === placed.document.name);
  const rules = explain(own, facts, on).flatMap((rule): EvaluatedRule[] => {
    const place = documents.placeOf(rule.place);
    if (place?.uri !== uri || rule.policy !== placed.document.name) return [];
    const { id, effect, matches, because } = rule;
    const decides = decision.causes.some(
      (cause) =>
        cause.kind === 'rule' && cause.id === id && cause.policy === rule.policy && cause.effect === decision.effect,
    );
    const parts = rule.parts.flatMap((part) => tellParts(part));
    return [{ id, effect, range: place.range, matches, decides, because, parts }];
  });
  return {
    policy: placed.document.name ?? '',
    sample: words,
    on,
    decision: decision.effect,
    causes: decision.causes,
    policies: policies.map(({ compiled }) => compiled.name),
    range: documents.range(placed, ['metadata', 'name']),
    rules,
  };
}

/** The parts that ask something themselves. */
function tellParts({ kind, text, answer, facts, parts }: ExplainedPart, within = ''): EvaluatedRule['parts'][number][] {
  const prefix = kind === 'unless' || kind === 'not' ? `${within}${kind} ` : within;
  if (parts.length > 0) return parts.flatMap((part) => tellParts(part, prefix));
  const read = Object.entries(facts).map(([name, value]) => `${name}: ${shownFact(value)}`);
  return [
    {
      text: kind === 'test' || kind === 'when' ? `${within}${text}` : `${prefix}${text}`,
      answer,
      facts: read.join(', '),
    },
  ];
}

function shownFact(value: ExplainedPart['facts'][string]): string {
  if (value === null) return 'does not apply';
  if (typeof value === 'object' && 'unknown' in value) return `unknown, ${value.unknown}`;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The first case of a test that names the policy. */
function firstCase({ document }: PlacedDocument, documents: PolicyDocuments): ActionSample | null {
  for (const test of documents.all('PolicyTest')) {
    const policies = valueAt(test.document.value, ['spec', 'policies']);
    const name = valueAt(test.document.value, ['spec', 'cases', 0, 'name']);
    if (typeof name === 'string' && Array.isArray(policies) && policies.includes(document.name))
      return { kind: 'case', uri: documents.uriOf(test.path), test: test.document.name ?? test.path, case: name };
  }
  return null;
}

/** Under the policies of the case's test; under the policy alone where the test does not name it. */
function putCase(
  sample: Extract<ActionSample, { kind: 'case' }>,
  placed: PlacedDocument,
  documents: PolicyDocuments,
): PutOrNot {
  const path = pathOf(sample.uri);
  const test = documents
    .all('PolicyTest')
    .find((one) => pathOf(documents.uriOf(one.path)) === path && (one.document.name ?? one.path) === sample.test);
  if (test === undefined)
    return { refused: `there is no policy test \`${sample.test}\` any more; choose another sample` };
  const prepared = preparedTest(test, documents);
  if ('fault' in prepared) return { refused: prepared.fault.message };
  const { cases, policies, named } = prepared.value;
  const read = cases.find(({ name }) => name === sample.case);
  if (read === undefined)
    return { refused: `the test \`${sample.test}\` has no case \`${sample.case}\` any more; choose another sample` };
  if (read.situation === null)
    return {
      refused: `the case \`${sample.case}\` has mistakes: ${read.faults[0]?.message ?? 'look at its problems'}`,
    };
  const isNamed = named.some(({ source }) => source.policy.metadata.name === placed.document.name);
  const together = isNamed ? policies : allOf(documents.alone(placed));
  if ('refused' in together) return together;
  return { words: sample.case, situation: read.situation, policies: together };
}

const allOf = (found: ReturnType<PolicyDocuments['alone']>): readonly TestedPolicy[] | { readonly refused: string } =>
  'fault' in found ? { refused: found.fault.message } : found.value.all;

/** As it was recorded, with all signals that it was decided on, under the policy alone. */
async function putStep(
  { run, trial, step }: Extract<ActionSample, { kind: 'step' }>,
  placed: PlacedDocument,
  documents: PolicyDocuments,
): Promise<PutOrNot> {
  const together = allOf(documents.alone(placed));
  if ('refused' in together) return together;
  const ledger = join(runDirectory(documents.root, run), 'ledger');
  const missing = { refused: `step ${step} is not in the ledger of this run; choose another sample` };
  if (/[\\/]/.test(run) || !existsSync(ledger)) return missing;
  const found = await recorded(ledger, trial, step);
  if (found === null) return missing;
  const { action, signals } = found;
  const input = 'json' in action.input ? action.input.json : await readBlobValue(ledger, action.input.blob.slice(7));
  return {
    words: `step ${step}, \`${action.tool ?? action.type}\`, of a recorded trial`,
    situation: { action: { type: action.type, input }, given: givenByRecord(signals) },
    policies: together,
  };
}

async function recorded(ledger: string, trial: string, step: number): Promise<DecisionMade | null> {
  for await (const entry of readEntries(ledger))
    if (entry.type === 'decision' && entry.trial === trial && entry.step === step) return entry;
  return null;
}

const refused = (policy: string, message: string): Evaluation => ({
  policy,
  refused: message,
  sample: '',
  on: 'action',
  decision: null,
  causes: [],
  policies: [],
  range: null,
  rules: [],
});

function isParams(value: unknown): value is EvaluateParams {
  if (typeof value !== 'object' || value === null) return false;
  return 'uri' in value && typeof value.uri === 'string' && 'policy' in value && typeof value.policy === 'string';
}

/** For clients that show nothing themselves: one line, about the rule that was asked for where there is one. */
function inWords({ policy, refused, sample, decision, causes, rules }: Evaluation, argument: unknown): string {
  if (refused !== undefined) return `not evaluated: ${refused}`;
  const deciding = causes.filter(({ effect }) => effect === decision).map(({ id, kind }) => id ?? kind);
  const line = `${sample}: ${decision} by ${[...new Set(deciding)].join(', ')} (${policy})`;
  const asked = isParams(argument) ? rules.find(({ id }) => id === argument.rule) : undefined;
  if (asked === undefined) return line;
  const answer = asked.matches === 'yes' ? 'matches' : asked.matches === 'no' ? 'does not match' : 'cannot be told';
  return `${line}; ${asked.id} ${answer}: ${asked.because}`;
}
