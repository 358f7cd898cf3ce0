/** `assay policy test`: the cases of policy tests, what they cover, and what they would not notice. */
import { stat } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import colours from 'picocolors';
import {
  type CaseResult,
  type Coverage,
  coverageOf,
  isCovered,
  isTried,
  type MutationScore,
  mutationScore,
  readCases,
  runCase,
} from '../../engine/backtest/index.ts';
import type { DocumentFile } from '../../io/workspace/index.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { plural } from '../terminal.ts';
import { causeText, placeText } from './decide.ts';
import { junitReport } from './junit.ts';
import { Loader, shownPath, toolsOf } from './load.ts';

export interface TestOptions {
  readonly mutate?: boolean;
  readonly format: 'text' | 'json' | 'junit';
  readonly json?: boolean;
  readonly workspace: string;
}

/** One document of cases, run. */
export interface TestedDocument {
  readonly name: string;
  /** As people write it from here. */
  readonly file: string;
  readonly cases: readonly (CaseResult & { readonly line: number | undefined })[];
  readonly coverage: Coverage;
  /** Null unless it was asked for. */
  readonly mutation: MutationScore | null;
  readonly durationMs: number;
}

export async function testPolicies(paths: readonly string[], options: TestOptions): Promise<number> {
  const loader = await Loader.of(paths[0] ?? options.workspace);
  const files = await testFiles(paths, options.workspace, loader);
  const documents = files.map((file) => runFile(file, loader, options.mutate ?? false));
  const format = options.json ? 'json' : options.format;
  const text = format === 'json' ? jsonReport(documents) : format === 'junit' ? junitReport(documents) : null;
  process.stdout.write(`${text ?? documents.map((document) => textReport(document, loader)).join('\n\n')}\n`);
  return documents.every(({ cases }) => cases.every(({ passed }) => passed)) ? exitCodes.done : exitCodes.findings;
}

async function testFiles(paths: readonly string[], folder: string, loader: Loader): Promise<DocumentFile[]> {
  const all = loader.workspace.files.filter(({ document }) => document.kind === 'PolicyTest');
  const found = new Set<DocumentFile>();
  for (const given of paths.length > 0 ? paths : [folder]) {
    const path = resolve(given);
    const what = await stat(path).catch(() => null);
    if (what === null) throw new CommandFailure(exitCodes.usage, `there is no file or folder \`${given}\``);
    const here = what.isDirectory()
      ? all.filter((file) => paths.length === 0 || file.path.startsWith(path.endsWith(sep) ? path : path + sep))
      : loader.workspace.at(path).filter(({ document }) => document.kind === 'PolicyTest');
    if (here.length === 0)
      throw new CommandFailure(
        exitCodes.usage,
        `\`${given}\` holds no policy test; one begins with \`apiVersion: assay/v1\` and \`kind: PolicyTest\``,
      );
    for (const file of here) found.add(file);
  }
  return [...found];
}

function runFile(file: DocumentFile, loader: Loader, mutate: boolean): TestedDocument {
  const startedAtMs = performance.now();
  const loaded = loader.valid(file, 'PolicyTest');
  loader.refuseFaults();
  if (loaded === null) throw new CommandFailure(exitCodes.findings, `\`${shownPath(file.path)}\` is broken`);
  const { spec, metadata } = loaded.value;
  const policies = loader.policies(spec.policies, file.path);
  const environment = spec.environment === undefined ? null : loader.environment(spec.environment, file.path);
  const cases = readCases(loaded.value, toolsOf(environment));
  const compiled = policies.map((policy) => policy.compiled);
  const results = cases.map((one) => ({ ...runCase(one, compiled), line: loader.lineOf(file, [...one.path, 'name']) }));
  return {
    name: metadata.name,
    file: shownPath(file.path),
    cases: results,
    coverage: coverageOf(policies, results),
    mutation: mutate ? mutationScore(policies, cases) : null,
    durationMs: performance.now() - startedAtMs,
  };
}

function textReport({ name, file, cases, coverage, mutation }: TestedDocument, loader: Loader): string {
  const failed = cases.filter(({ passed }) => !passed);
  const lines = failed.flatMap(({ name, line, failures, outcome }) => [
    `${colours.red('✗')} ${name}  ${colours.dim(`${file}:${line}`)}`,
    ...failures.map((failure) => `    ${failure}`),
    ...(outcome?.decision.causes ?? []).map((cause) => `    ${causeText(cause, loader)}`),
  ]);
  const passed = cases.length - failed.length;
  const head = `${colours.bold(name)}  ${plural(cases.length, 'case')}: ${passed} passed, ${failed.length} failed`;
  return [
    head,
    ...lines,
    ...coverageLines(coverage, loader),
    ...(mutation === null ? [] : mutationLines(mutation, loader)),
  ].join('\n');
}

function coverageLines({ rules, totals }: Coverage, loader: Loader): string[] {
  const silent = rules
    .filter((rule) => !isCovered(rule))
    .map(({ kind, policy, id, place, seen }) => {
      const never = seen.yes > 0 ? 'in every case' : seen.unknown > 0 ? 'never for certain' : 'in no case';
      const what = { rule: 'matches', budget: 'is exhausted', default: 'speaks' }[kind];
      return `  ${kind} \`${policy}/${id}\` ${what} ${never}  ${colours.dim(placeText(loader, place.digest, place.line))}`;
    });
  const untried = rules.flatMap(({ id, tests }) =>
    tests
      .filter((test) => !isTried(test))
      .map(({ text, place, seen }) => {
        const always = seen.yes > 0 ? 'never false' : seen.no > 0 ? 'never true' : 'neither true nor false';
        return `  \`${text}\` of \`${id}\` is ${always}  ${colours.dim(placeText(loader, place.digest, place.line))}`;
      }),
  );
  const { rules: ofRules, tests } = totals;
  return [
    `coverage: ${ofRules.covered} of ${plural(ofRules.of, 'rule')} (with budgets and defaults), ${tests.covered} of ${plural(tests.of, 'condition')} both true and false`,
    ...silent,
    ...untried,
  ];
}

function mutationLines({ mutants, noticed, survivors }: MutationScore, loader: Loader): string[] {
  const share = mutants === 0 ? 100 : Math.floor((noticed / mutants) * 100);
  return [
    `mutation score: ${share} %, ${noticed} of ${plural(mutants, 'change')} noticed`,
    ...survivors.map(({ what, place }) => {
      const where = placeText(loader, place.digest, place.line);
      return `  nobody notices: ${what}  ${colours.dim(where)}`;
    }),
  ];
}

function jsonReport(documents: readonly TestedDocument[]): string {
  const plain = documents.map(({ cases, ...document }) => ({
    ...document,
    cases: cases.map(({ outcome, ...one }) => ({
      ...one,
      decision: outcome?.decision ?? null,
      signals: outcome?.signals ?? null,
    })),
  }));
  return JSON.stringify({ documents: plain }, null, 2);
}
