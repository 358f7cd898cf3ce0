/** `assay/policyTests` and `assay/runPolicyTests`: the policy tests of the workspace, and what comes of them. Runs no code of it. */
import { MessageType, ShowMessageNotification } from 'vscode-languageserver/node';
import {
  type CaseResult,
  type CoveredRule,
  coverageOf,
  type ReadCase,
  readCases,
  runCase,
  type Seen,
  type TestedPolicy,
} from '../../engine/backtest/index.ts';
import { asKind, valueAt } from '../../engine/documents/index.ts';
import type {
  EditorRequests,
  PolicyCaseResult,
  PolicyCoverage,
  PolicyTestDocument,
  PolicyTestResult,
  PolicyTestResults,
  PolicyTestSelection,
} from '../../protocol/index.ts';
import { pathOf } from '../open-documents.ts';
import type { Feature, Session } from './feature.ts';
import { everywhere, type Found, type PlacedDocument, type PolicyDocuments } from './policy-documents.ts';

export const policyTests: Feature = {
  capabilities: () => ({}),
  register: (session) => {
    const { connection } = session;
    connection.onRequest('assay/policyTests', async (): Promise<EditorRequests['assay/policyTests']['result']> => {
      const roots = await everywhere(session);
      return roots.flatMap((documents) => documents.all('PolicyTest').map((test) => describe(test, documents)));
    });
    connection.onRequest(
      'assay/runPolicyTests',
      ({ tests, coverage = false }: EditorRequests['assay/runPolicyTests']['params']): Promise<PolicyTestResults> =>
        runAll(session, tests, coverage),
    );
  },
};

async function runAll(
  session: Session,
  chosen: readonly PolicyTestSelection[] | undefined,
  coverage: boolean,
): Promise<PolicyTestResults> {
  const roots = await everywhere(session);
  const ran = roots.flatMap((documents) => runIn(documents, chosen, coverage));
  return { tests: ran.flatMap(({ tests }) => tests), coverage: ran.flatMap((one) => one.coverage) };
}

/** `assay.server.runPolicyTests`: the cases of one test. Tells the user what comes of them where the client does not. */
export async function runPolicyTests(session: Session, argument: unknown): Promise<PolicyTestResults> {
  const selection = isSelection(argument) ? argument : null;
  const results: PolicyTestResults =
    selection === null ? { tests: [], coverage: [] } : await runAll(session, [selection], false);
  if (session.options.showsPolicyTests === true) return results;
  const [test] = results.tests;
  const isPassed = test !== undefined && test.refused === undefined && test.cases.every(({ passed }) => passed);
  const missing =
    selection === null ? 'name a policy test: `{ uri, name }`' : `there is no policy test \`${selection.name}\` there`;
  void session.connection.sendNotification(ShowMessageNotification.type, {
    type: isPassed ? MessageType.Info : MessageType.Warning,
    message: test === undefined ? missing : inWords(test),
  });
  return results;
}

function inWords({ name, refused, cases }: PolicyTestResult): string {
  if (refused !== undefined) return `${name} was not run: ${refused.message}`;
  const failed = cases.filter(({ passed }) => !passed);
  const count = `${cases.length} ${cases.length === 1 ? 'case' : 'cases'}`;
  if (failed.length === 0) return `${name}: ${count} passed`;
  const lines = failed.map(({ name: one, failures }) => `${one}: ${failures.join('; ')}`);
  return [`${name}: ${failed.length} of ${count} failed`, ...lines].join('\n');
}

const isSelection = (value: unknown): value is PolicyTestSelection =>
  typeof valueAt(value, ['uri']) === 'string' && typeof valueAt(value, ['name']) === 'string';

function describe(placed: PlacedDocument, documents: PolicyDocuments): PolicyTestDocument {
  const { document } = placed;
  const policies = valueAt(document.value, ['spec', 'policies']);
  return {
    ...documents.place(placed, ['metadata', 'name']),
    name: nameOf(placed),
    policies: (Array.isArray(policies) ? policies : []).filter((policy) => typeof policy === 'string'),
    cases: namedCases(placed).map(({ name, index }) => ({
      name,
      range: documents.range(placed, ['spec', 'cases', index]),
    })),
  };
}

const nameOf = ({ document, path }: PlacedDocument): string => document.name ?? path;

/** Also of documents with mistakes. */
function namedCases({ document }: PlacedDocument): { readonly name: string; readonly index: number }[] {
  const cases = valueAt(document.value, ['spec', 'cases']);
  return (Array.isArray(cases) ? cases : []).flatMap((one, index) => {
    const name = valueAt(one, ['name']);
    return typeof name === 'string' ? [{ name, index }] : [];
  });
}

function runIn(
  documents: PolicyDocuments,
  chosen: readonly PolicyTestSelection[] | undefined,
  withCoverage: boolean,
): { readonly tests: readonly PolicyTestResult[]; readonly coverage: readonly PolicyCoverage[] } {
  const tests: PolicyTestResult[] = [];
  const covered: CoveredRule[] = [];
  const wanted = chosen?.map(({ uri, ...rest }) => ({ ...rest, path: pathOf(uri) }));
  for (const placed of documents.all('PolicyTest')) {
    const [uri, name] = [documents.uriOf(placed.path), nameOf(placed)];
    const path = pathOf(uri);
    const selections = wanted?.filter((one) => one.path === path && one.name === name);
    if (selections?.length === 0) continue;
    const isWanted = (name: string) =>
      selections?.every(({ cases }) => cases !== undefined && !cases.includes(name)) !== true;
    const made = preparedTest(placed, documents);
    if ('fault' in made) {
      tests.push({ uri, name, refused: { ...made.fault.at, message: made.fault.message }, cases: [] });
      continue;
    }
    const { cases, policies } = made.value;
    const compiled = policies.map((policy) => policy.compiled);
    const results = cases.filter((one) => isWanted(one.name)).map((one) => ({ one, result: runCase(one, compiled) }));
    tests.push({ uri, name, cases: results.map(({ one, result }) => told(one, result, placed, documents)) });
    if (withCoverage)
      covered.push(
        ...coverageOf(
          policies,
          results.map(({ result }) => result),
        ).rules,
      );
  }
  return { tests, coverage: coverageByFile(covered, documents) };
}

export interface PreparedTest {
  readonly cases: readonly ReadCase[];
  readonly policies: readonly TestedPolicy[];
  readonly named: readonly TestedPolicy[];
}

/** A test's cases and policies, ready to be decided. */
export function preparedTest(placed: PlacedDocument, documents: PolicyDocuments): Found<PreparedTest> {
  const test = asKind(placed.document, 'PolicyTest');
  if (test === null) return { fault: documents.faultIn(placed, 'policy test') };
  const together = documents.policies(test.spec.policies, placed);
  if ('fault' in together) return together;
  const tools = documents.tools(test.spec.environment, placed);
  if ('fault' in tools) return tools;
  const { all: policies, named } = together.value;
  return { value: { cases: readCases(test, tools.value), policies, named } };
}

function told(
  { expect, path, faults }: ReadCase,
  { name, passed, failures, outcome }: CaseResult,
  placed: PlacedDocument,
  documents: PolicyDocuments,
): PolicyCaseResult {
  const causes = outcome?.decision.causes ?? [];
  const rules = causes.flatMap(({ effect, id }) =>
    effect === outcome?.decision.effect && id !== undefined ? [id] : [],
  );
  return {
    name,
    passed,
    failures,
    expected: { decision: expect.decision, rules: expect.rules ?? [] },
    actual: outcome === null ? null : { decision: outcome.decision.effect, rules: [...new Set(rules)] },
    place: documents.place(placed, outcome === null ? (faults[0]?.path ?? path) : [...path, 'expect']),
  };
}

/** Several tests may try one policy: what they have seen adds up. */
function coverageByFile(covered: readonly CoveredRule[], documents: PolicyDocuments): PolicyCoverage[] {
  const byRule = Map.groupBy(covered, ({ kind, id, place }) => [place.digest, place.policy, kind, id].join('\0'));
  const rules = [...byRule.values()].flatMap((same) => {
    const [first] = same;
    const place = first && documents.placeOf(first.place);
    if (first === undefined || place == null) return [];
    const { kind, id } = first;
    const tests = first.tests.flatMap(({ text, place }, index) => {
      const range = documents.placeOf(place)?.range;
      const seen = sumOf(same.flatMap((one) => one.tests[index]?.seen ?? []));
      return range === undefined ? [] : [{ text, range, seen }];
    });
    return [
      { uri: place.uri, rule: { kind, id, range: place.range, seen: sumOf(same.map(({ seen }) => seen)), tests } },
    ];
  });
  return [...Map.groupBy(rules, ({ uri }) => uri)].map(([uri, ofFile]) => ({
    uri,
    rules: ofFile.map(({ rule }) => rule),
  }));
}

const sumOf = (all: readonly Seen[]) => ({
  yes: all.reduce((sum, { yes }) => sum + yes, 0),
  no: all.reduce((sum, { no }) => sum + no, 0),
});
