/** `assay validate`: every problem in the documents of files and folders, for people, for machines, or as SARIF. */
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Command, Option } from 'commander';
import colours from 'picocolors';
import { LineMap, type Problem } from '../engine/documents/index.ts';
import { version } from '../io/version.ts';
import {
  findWorkspaceRoot,
  IgnoredPaths,
  isYaml,
  loadWorkspace,
  nestedWorkspaces,
  readText,
  unreadProblem,
  type Workspace,
} from '../io/workspace/index.ts';
import { createZoneOffsets } from '../io/zones.ts';
import { diagnose } from '../language/index.ts';
import { CommandFailure, exitCodes } from './exit-codes.ts';
import { plural } from './terminal.ts';

type Format = 'text' | 'json' | 'sarif';

/** A problem with its place in a file; lines and columns from 1, columns in UTF-16 units. */
interface Finding {
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly problem: Problem;
}

export function validateCommand(): Command {
  return new Command('validate')
    .description('check the documents of files and folders (default: this folder)')
    .argument('[paths...]', 'files and folders')
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json', 'sarif']).default('text'))
    .option('--json', 'the same as --format json')
    .action(async (paths: string[], { format, json }: { format: Format; json?: boolean }) => {
      process.exitCode = await validate(paths.length > 0 ? paths : ['.'], json ? 'json' : format);
    });
}

async function validate(paths: readonly string[], format: Format): Promise<number> {
  const findings: Finding[] = [];
  const unread = new Map<string, Finding>();
  const checked = new Set<string>();
  const workspaces = new Map<string, Promise<Workspace>>();
  const workspaceOf = (root: string): Promise<Workspace> => {
    const loading = workspaces.get(root) ?? loadWorkspace(root);
    workspaces.set(root, loading);
    return loading;
  };
  for (const given of paths) {
    const path = resolve(given);
    const found = await stat(path).catch(() => null);
    if (found === null) throw new CommandFailure(exitCodes.usage, `there is no file or folder \`${given}\``);
    const within = found.isDirectory() ? await nestedWorkspaces(path) : [];
    for (const root of [findWorkspaceRoot(path), ...within]) {
      const workspace = await workspaceOf(root);
      // A file that is named is checked, whatever it holds; a folder is searched for Assay documents.
      const files = found.isDirectory() ? searched(workspace, path) : [path];
      for (const file of files) {
        if (checked.has(file)) continue;
        checked.add(file);
        findings.push(...(await check(file, workspace)));
        if (!found.isDirectory()) findings.push(...(await leftOut(path, workspace)));
      }
      for (const finding of found.isDirectory() ? unreadIn(workspace, path) : []) unread.set(finding.path, finding);
    }
  }
  findings.push(...unread.values());
  process.stdout.write(`${print[format](findings, checked)}\n`);
  return findings.some(({ problem }) => problem.severity === 'error') ? exitCodes.findings : exitCodes.done;
}

const zones = createZoneOffsets();

const isWithin = (file: string, folder: string): boolean =>
  file.startsWith(folder.endsWith(sep) ? folder : folder + sep);

const searched = ({ files }: Workspace, folder: string): string[] =>
  files.map(({ path }) => path).filter((path) => isWithin(path, folder));

/** What a run of the workspace would be refused for, as nobody can tell what it holds. */
const unreadIn = ({ unread }: Workspace, folder: string): Finding[] =>
  unread
    .filter(({ path }) => path === folder || isWithin(path, folder))
    .map((file) => ofWhole(file.path, { severity: 'error', ...unreadProblem(file) }));

/** Whoever has a file checked may take it to be in force; this says where it is not. */
async function leftOut(path: string, { root, files }: Workspace): Promise<Finding[]> {
  const here = join(await realpath(dirname(path)), basename(path));
  const names = new Set([here, await realpath(path)]);
  if (files.some((file) => names.has(file.path))) return [];
  const isIgnored = new IgnoredPaths(root).hasFile(relative(root, here).split(sep).join('/'));
  const why = !isYaml(path)
    ? 'only files that end in `.yaml` or `.yml` are searched'
    : isIgnored
      ? 'git ignores it, or it is in a folder that is not searched'
      : 'it does not say `apiVersion: assay/v1`';
  const message = `the workspace has no document in this file: ${why}`;
  const help = 'nothing can refer to it, and a constitution in it is not in force';
  return [ofWhole(path, { code: 'workspace/left-out', severity: 'warning', message, help })];
}

const ofWhole = (path: string, problem: Omit<Problem, 'span'>): Finding => ({
  path,
  line: 1,
  column: 1,
  endLine: 1,
  endColumn: 1,
  problem: { ...problem, span: { start: 0, end: 0 } },
});

async function check(path: string, { files: _, ...workspace }: Workspace): Promise<Finding[]> {
  const text = workspace.at(path)[0]?.text ?? (await readText(path));
  if (text === null) throw new CommandFailure(exitCodes.usage, `\`${path}\` cannot be read as text`);
  const lines = new LineMap(text);
  return diagnose(text, { path, workspace, zones }).map((problem) => {
    const start = lines.positionAt(problem.span.start);
    const end = lines.positionAt(problem.span.end);
    return {
      path,
      line: start.line + 1,
      column: start.column + 1,
      endLine: end.line + 1,
      endColumn: end.column + 1,
      problem,
    };
  });
}

const shownPath = (path: string): string => relative(process.cwd(), path) || path;

const print: Record<Format, (findings: readonly Finding[], checked: ReadonlySet<string>) => string> = {
  text: (findings, checked) => {
    const lines = findings.map(({ path, line, column, problem: { severity, message, code, help } }) => {
      const paint = severity === 'error' ? colours.red : severity === 'warning' ? colours.yellow : colours.cyan;
      const hint = help === undefined ? '' : `\n    ${colours.dim(help)}`;
      return `${shownPath(path)}:${line}:${column}  ${paint(severity)}: ${message}  ${colours.dim(`[${code}]`)}${hint}`;
    });
    const count = (severity: string) => findings.filter(({ problem }) => problem.severity === severity).length;
    const result =
      findings.length === 0
        ? colours.green(`${plural(checked.size, 'file')} checked, nothing found`)
        : `${plural(checked.size, 'file')} checked: ${plural(count('error'), 'error')}, ${plural(count('warning'), 'warning')}`;
    return [...lines, result].join('\n');
  },
  json: (findings, checked) =>
    JSON.stringify(
      {
        files: checked.size,
        findings: findings.map(({ problem: { span: _, related: __, obscures: ___, ...problem }, ...place }) => ({
          ...place,
          ...problem,
        })),
      },
      null,
      2,
    ),
  sarif: (findings) => JSON.stringify(sarifLog(findings), null, 2),
};

/** SARIF 2.1.0, as code scanning services take it. */
function sarifLog(findings: readonly Finding[]): object {
  const rules = [...new Set(findings.map(({ problem }) => problem.code))].sort();
  return {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'assay', semanticVersion: version, rules: rules.map((id) => ({ id })) } },
        columnKind: 'utf16CodeUnits',
        results: findings.map(({ path, line, column, endLine, endColumn, problem }) => ({
          ruleId: problem.code,
          ruleIndex: rules.indexOf(problem.code),
          level: problem.severity === 'info' ? 'note' : problem.severity,
          message: { text: problem.help === undefined ? problem.message : `${problem.message} (${problem.help})` },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: sarifUri(path) },
                region: { startLine: line, startColumn: column, endLine, endColumn },
              },
            },
          ],
        })),
      },
    ],
  };
}

/** Relative to the current folder where that is possible, percent-encoded. */
function sarifUri(path: string): string {
  const below = relative(process.cwd(), path);
  if (below.startsWith('..') || below === '') return pathToFileURL(path).href;
  return below.split(sep).map(encodeURIComponent).join('/');
}
