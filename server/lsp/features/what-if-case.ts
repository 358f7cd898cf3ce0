/**
 * `assay.server.addPolicyTestCase`: a recorded step becomes a case of a policy test, put by the client into a test of the same
 * policies or into a new file. What the case says is made in `server/language`.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CreateFile, TextDocumentEdit } from 'vscode-languageserver/node';
import { asKind, type Effect } from '../../engine/documents/index.ts';
import type { DecisionMade, Observation, Payload, TrialStarted } from '../../engine/ledger/index.ts';
import { readBlobValue, readEntries } from '../../io/ledger/index.ts';
import { PastRunReader, runDirectory } from '../../io/runs/index.ts';
import {
  addCase,
  type CaseMade,
  freeCaseName,
  type PolicyCase,
  policyTestText,
  recordedCase,
} from '../../language/index.ts';
import type { AddedPolicyTestCase, AddPolicyTestCaseParams } from '../../protocol/index.ts';
import { toRange } from '../convert.ts';
import type { Session } from './feature.ts';
import { everywhere, type PlacedDocument, type PolicyDocuments } from './policy-documents.ts';

/** Never rejects for what users have written. */
export async function addPolicyTestCase(session: Session, argument: unknown): Promise<AddedPolicyTestCase> {
  if (!isParams(argument)) return { refused: 'name a step: `{ run, trial, step }`' };
  if (/[\\/]/.test(argument.run)) return { refused: `there is no run \`${argument.run}\`` };
  for (const documents of await everywhere(session)) {
    const directory = runDirectory(documents.root, argument.run);
    if (existsSync(join(directory, 'ledger'))) return await added(session, argument, directory, documents);
  }
  return { refused: `there is no run \`${argument.run}\` in this workspace` };
}

const isParams = (value: unknown): value is AddPolicyTestCaseParams =>
  typeof value === 'object' &&
  value !== null &&
  'run' in value &&
  typeof value.run === 'string' &&
  'trial' in value &&
  typeof value.trial === 'string' &&
  'step' in value &&
  typeof value.step === 'number';

/** The policies that the case is about, as the workspace has them now, and the test that it goes into. */
interface Setting {
  readonly references: readonly string[];
  readonly named: readonly PlacedDocument[];
  readonly environment: string | undefined;
  readonly test: PlacedDocument | null;
  /** Whether they are what they were when the step was recorded. */
  readonly isUnchanged: boolean;
}

async function added(
  session: Session,
  params: AddPolicyTestCaseParams,
  directory: string,
  documents: PolicyDocuments,
): Promise<AddedPolicyTestCase> {
  const step = await recordedStep(join(directory, 'ledger'), params);
  if (step === null) return { refused: `step ${params.step} is not in the ledger of this run` };
  const setting = await settingOf(directory, step, documents);
  if ('refused' in setting) return setting;
  const made = caseFor(step, setting, params, documents);
  if ('refused' in made) return made;
  const { written, decision } = made;
  const put = await putCase(written, setting, documents, session);
  if ('refused' in put) return put;
  const { effect } = step.decided.decision;
  const note = effect === decision ? {} : { note: `The run had decided \`${effect}\`.` };
  return { ...put, decision, ...note };
}

interface Step {
  readonly started: TrialStarted;
  readonly decided: DecisionMade;
  readonly observed: Observation | null;
  readonly input: unknown;
  readonly output: unknown;
  readonly before: { action: { type: string; tool: string | null; input: unknown }; failed: boolean }[];
}

/** The step in the last attempt that has it, with all that the attempt had proposed before. */
async function recordedStep(ledger: string, { trial, step }: AddPolicyTestCaseParams): Promise<Step | null> {
  let started: TrialStarted | null = null;
  let attempt: (DecisionMade | Observation)[] = [];
  let found: { started: TrialStarted; entries: typeof attempt } | null = null;
  for await (const entry of readEntries(ledger)) {
    if (!('trial' in entry) || entry.trial !== trial) continue;
    if (entry.type === 'trial-started') [started, attempt] = [entry, []];
    if (started === null || (entry.type !== 'decision' && entry.type !== 'observation') || entry.step > step) continue;
    attempt.push(entry);
    if (entry.step === step) found = { started, entries: attempt };
  }
  if (found === null) return null;
  const value = (payload: Payload | undefined) => payloadValue(ledger, payload);
  const decisions = found.entries.filter((entry) => entry.type === 'decision');
  const observations = new Map(
    found.entries.flatMap((entry) => (entry.type === 'observation' ? [[entry.step, entry]] : [])),
  );
  const decided = decisions.find((entry) => entry.step === step);
  if (decided === undefined) return null;
  const before: Step['before'] = [];
  for (const { action, step: earlier } of decisions)
    if (earlier < step)
      before.push({
        action: { type: action.type, tool: action.tool ?? null, input: await value(action.input) },
        failed: observations.get(earlier)?.status === 'failed',
      });
  const observed = observations.get(step) ?? null;
  const [input, output] = [await value(decided.action.input), await value(observed?.output)];
  return { started: found.started, decided, observed, input, output, before };
}

async function payloadValue(ledger: string, payload: Payload | undefined): Promise<unknown> {
  if (payload === undefined) return undefined;
  return 'json' in payload ? payload.json : await readBlobValue(ledger, payload.blob.slice(7));
}

async function settingOf(
  directory: string,
  { started: { variant } }: Step,
  documents: PolicyDocuments,
): Promise<Setting | { readonly refused: string }> {
  const reader = new PastRunReader(directory);
  await reader.readOn(() => null, 1);
  const listed = reader.past?.policies.listed(variant) ?? null;
  if (listed === null) return { refused: 'the ledger does not say any more which policies applied to this trial' };
  const all = documents.all('Policy');
  const named: PlacedDocument[] = [];
  for (const { name } of listed) {
    const placed = all.find(({ document }) => document.name === name);
    if (placed === undefined)
      return { refused: `the policy \`${name}\`, which applied, is not in this workspace any more` };
    named.push(placed);
  }
  if (named.length === 0) return { refused: 'no policy that could be tested applied to this trial' };
  const recorded = reader.run.environment;
  const environment = documents.all('Environment').some(({ document }) => document.name === recorded)
    ? recorded
    : undefined;
  const references = listed.map(({ name }) => name);
  const isUnchanged = named.every((placed, index) => {
    const policy = documents.policy(placed);
    return 'value' in policy && digestOf(placed) === listed[index]?.digest;
  });
  return { references, named, environment, test: testOf(references, environment, documents), isUnchanged };
}

/** The first test of the very same policies and environment. */
function testOf(references: readonly string[], environment: string | undefined, documents: PolicyDocuments) {
  const wanted = [...references].sort().join('\0');
  const same = documents.all('PolicyTest').find(({ document }) => {
    const spec = asKind(document, 'PolicyTest')?.spec;
    return spec && [...spec.policies].sort().join('\0') === wanted && spec.environment === environment;
  });
  return same ?? null;
}

/** As ledgers have it: of the file's bytes, of the document's own where the file holds several. */
function digestOf({ file: { text, documents }, document: { span } }: PlacedDocument): string {
  const own = documents.length === 1 ? text : text.slice(span.start, span.end);
  return `sha256:${createHash('sha256').update(own).digest('hex')}`;
}

function caseFor(
  { decided, observed, input, output, before, started }: Step,
  { references, named: [first], environment, isUnchanged }: Setting,
  { step, on = 'action', expected }: AddPolicyTestCaseParams,
  documents: PolicyDocuments,
): CaseMade {
  if (first === undefined) return { refused: 'no policy that could be tested applied to this trial' };
  const together = documents.policies(references, first);
  if ('fault' in together) return { refused: together.fault.message };
  const tools = documents.tools(environment, first);
  if ('fault' in tools) return { refused: tools.fault.message };
  const isObserved = on === 'observation';
  if (isObserved && observed === null) return { refused: `nothing came back at step ${step}` };
  const decision = isObserved ? observed?.decision : decided.decision;
  const wanted: Effect | undefined = expected ?? (isUnchanged ? (decision?.effect ?? 'allow') : undefined);
  const { type, tool = null } = decided.action;
  return recordedCase(
    `${isObserved ? 'what ' : ''}${tool ?? type}${isObserved ? ' gave back' : ''} at step ${step} of ${started.task} by ${started.variant}`,
    {
      action: { type, tool, input },
      signals: (isObserved ? observed?.signals : undefined) ?? decided.signals,
      before,
      ...(isObserved && { observation: { ...(observed?.status === 'failed' && { status: 'failed' }), output } }),
    },
    { references, policies: together.value.all, tools: tools.value, ...(wanted && { wanted }) },
  );
}

/** Asks the client to write; the name may get a number, so that no two cases are called the same. */
async function putCase(
  written: PolicyCase,
  { test, named: [first], references, environment }: Setting,
  documents: PolicyDocuments,
  session: Session,
): Promise<Required<Pick<AddedPolicyTestCase, 'uri' | 'name'>> | { readonly refused: string }> {
  const changes: (CreateFile | TextDocumentEdit)[] = [];
  const name = test === null ? written.name : freeCaseName(test.document, written.name);
  let uri: string;
  const added = test && addCase(test.file, test.document, written);
  if (test !== null && added !== null) {
    uri = documents.uriOf(test.path);
    const range = toRange(test.file.lines, added.span, session.unit);
    const version = session.document(uri)?.version ?? null;
    changes.push({ textDocument: { uri, version }, edits: [{ range, newText: added.text }] });
  } else {
    const { resourceOperations = [] } = session.client.workspace?.workspaceEdit ?? {};
    if (!resourceOperations.includes('create'))
      return {
        refused: `there is no policy test of ${references.join(', ')}, and this editor cannot make files; make one`,
      };
    const path = freePath(first?.path ?? 'recorded', documents);
    uri = documents.uriOf(path);
    const own = path.split('/').at(-1)?.replace('.policytest.yaml', '') ?? 'recorded';
    const newText = policyTestText(own, { policies: references, environment }, [written]);
    const start = { line: 0, character: 0 };
    changes.push({ kind: 'create', uri, options: { overwrite: false, ignoreIfExists: false } });
    changes.push({ textDocument: { uri, version: null }, edits: [{ range: { start, end: start }, newText }] });
  }
  const edit = session.client.workspace?.workspaceEdit?.documentChanges
    ? { documentChanges: changes }
    : {
        changes: Object.fromEntries(
          changes.flatMap((one) =>
            'edits' in one ? [[one.textDocument.uri, one.edits.filter((each) => 'newText' in each)]] : [],
          ),
        ),
      };
  const { applied, failureReason } = await session.connection.workspace.applyEdit({
    label: 'Add Policy Test Case',
    edit,
  });
  return applied ? { uri, name } : { refused: failureReason ?? 'the editor did not take the change' };
}

/** A file beside the policy that is not there yet. */
function freePath(policyPath: string, { root }: PolicyDocuments): string {
  const stem = policyPath.replace(/(\.policy)?\.ya?ml$/, '');
  for (let count = 1; ; count++) {
    const path = `${stem}-recorded${count === 1 ? '' : `-${count}`}.policytest.yaml`;
    if (!existsSync(join(root, path))) return path;
  }
}
