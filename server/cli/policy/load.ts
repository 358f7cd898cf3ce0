/** The policies, environments and tests that a command is about, found in the workspace, checked and compiled; or why not. */
import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { type PolicyNow, type TestedPolicy, testedPolicy } from '../../engine/backtest/index.ts';
import {
  type DocumentKind,
  type Environment,
  kindInWords,
  LineMap,
  type Path,
  type Problem,
  referredDocuments,
  suggest,
} from '../../engine/documents/index.ts';
import type { ToolDeclaration } from '../../engine/kernel/index.ts';
import { presetPolicy } from '../../engine/policy/index.ts';
import {
  type DocumentFile,
  DocumentLoader,
  findWorkspaceRoot,
  type Loaded,
  loadWorkspace,
  unreadProblem,
  type Workspace,
} from '../../io/workspace/index.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { existing } from '../workspace.ts';

/** Loads documents of one workspace. What is wrong with them ends the command with all their problems. */
export class Loader {
  readonly workspace: Workspace;
  readonly #loader: DocumentLoader;
  readonly #compiled = new Map<string, TestedPolicy | null>();
  readonly #faults = new Set<string>();

  constructor(workspace: Workspace) {
    this.workspace = workspace;
    this.#loader = new DocumentLoader(workspace, (file, problem) => {
      if (problem.severity === 'error') this.#faultAt(file, problem);
    });
  }

  /** Of the workspace that a folder or file is in. */
  static async of(path: string): Promise<Loader> {
    return new Loader(await loadWorkspace(findWorkspaceRoot(existing(path))));
  }

  /** Policies that apply together, by name or path as somebody in `fromPath` would write them, with every constitution. */
  policies(references: readonly string[], fromPath = resolve('here')): TestedPolicy[] {
    const named = references.map((reference) => this.#tested(this.#find('Policy', reference, fromPath)));
    const everywhere = this.#constitution().filter((policy) => !named.includes(policy));
    this.#refuse();
    return [...everywhere, ...named].filter((policy) => policy !== null);
  }

  /** Each policy of the workspace with every constitution; the constitutions alone where there is no other. */
  policySets(): TestedPolicy[][] {
    const files = this.workspace.files.filter(({ document }) => document.kind === 'Policy');
    const all = files.map((file) => this.#tested(file)).filter((policy) => policy !== null);
    const everywhere = this.#constitution().filter((policy) => policy !== null);
    this.#refuse();
    const others = all.filter((policy) => !everywhere.includes(policy));
    return others.length === 0 && everywhere.length > 0 ? [everywhere] : others.map((one) => [...everywhere, one]);
  }

  /** The policies that are named, each by itself, without constitutions. */
  namedPolicies(references: readonly string[], fromPath = resolve('here')): PolicyNow[] {
    const files = references.map((reference) => this.#find('Policy', reference, fromPath));
    const all = files.map((file) => ({ policy: this.#tested(file), path: file.relativePath }));
    this.#refuse();
    return all.flatMap(({ policy, path }) => (policy === null ? [] : [{ ...policy, path }]));
  }

  /** The budgets of a preset as they join the policies of whoever uses it; nothing where it has none. */
  presetBudgets(reference: string, fromPath = resolve('here')): TestedPolicy[] {
    const file = this.#find('Preset', reference, fromPath);
    const loaded = this.valid(file, 'Preset');
    this.#refuse();
    const policy = loaded && presetPolicy(loaded.value);
    const source = policy && { policy, digest: file.digest, lineOf: (path: Path) => this.lineOf(file, path) };
    const tested = source && testedPolicy(source).value;
    return tested === null ? [] : [tested];
  }

  /** The environment of that name; without one, the only one that the workspace has, or null. */
  environment(reference: string | undefined, fromPath = resolve('here')): Environment | null {
    if (reference === undefined) {
      const all = this.workspace.files.filter(({ document }) => document.kind === 'Environment');
      const [only] = all;
      if (only === undefined || all.length > 1) return null;
      return this.valid(only, 'Environment')?.value ?? null;
    }
    const loaded = this.valid(this.#find('Environment', reference, fromPath), 'Environment');
    this.#refuse();
    return loaded?.value ?? null;
  }

  /** The document with the type of its kind; null, and remembered as a fault, when it has errors. */
  valid<K extends DocumentKind>(file: DocumentFile, kind: K): Loaded<K> | null {
    return this.#loader.valid(file, kind);
  }

  /** Ends the command when anything that was asked for is broken. */
  refuseFaults(): void {
    this.#refuse();
  }

  /** The line of a place in a document, from 1; undefined when there is none. */
  lineOf(file: DocumentFile, path: Path): number | undefined {
    return this.#loader.lineOf(file, path);
  }

  /** The file that a document of this digest stands in, as people write it here. */
  shownFile(digest: string): string | null {
    const file = this.workspace.files.find((one) => one.digest === digest);
    return file === undefined ? null : shownPath(file.path);
  }

  #constitution(): (TestedPolicy | null)[] {
    for (const file of this.workspace.unread) {
      const { code, message } = unreadProblem(file);
      this.#faults.add(`  ${shownPath(file.path)}  error: ${message}  [${code}]`);
    }
    return this.#loader.constitutions().map((file) => this.#tested(file));
  }

  #find(kind: DocumentKind, reference: string, fromPath: string): DocumentFile {
    const path = resolve(fromPath, '..', reference);
    const found = existsSync(path)
      ? this.workspace.at(path).filter(({ document }) => document.kind === kind)
      : referredDocuments(kind, reference, fromPath, this.workspace).flatMap((one) =>
          this.workspace.at(one.path).filter(({ document }) => document.kind === kind && document.name === one.name),
        );
    const [file, other] = found;
    const words = kindInWords[kind];
    if (other !== undefined)
      throw new CommandFailure(
        exitCodes.usage,
        `more than one ${words} is meant by \`${reference}\`: ${found.map((one) => `\`${shownPath(one.path)}\``).join(', ')}`,
      );
    if (file !== undefined) return file;
    const names = this.workspace.documents(kind).flatMap(({ name }) => name ?? []);
    const near = suggest(reference, names);
    const known =
      names.length === 0 ? `this workspace has no ${words}` : `there are ${names.slice(0, 8).map(quoted).join(', ')}`;
    const hint = near === null ? known : `did you mean ${quoted(near)}?`;
    throw new CommandFailure(exitCodes.usage, `there is no ${words} \`${reference}\`; ${hint}`);
  }

  #tested(file: DocumentFile): TestedPolicy | null {
    const key = `${file.path}\0${file.document.name}`;
    const known = this.#compiled.get(key);
    if (known !== undefined) return known;
    const loaded = this.valid(file, 'Policy');
    const { value, problems } = loaded
      ? testedPolicy(this.#loader.policySource(file, loaded.value))
      : { value: null, problems: [] };
    for (const { path, code, message } of problems) {
      const place = file.document.locate(path);
      const span = (place?.key ?? place?.value) || { start: 0, end: 0 };
      this.#faultAt(file, { severity: 'error', span, code, message });
    }
    this.#compiled.set(key, value);
    return value;
  }

  #faultAt(file: DocumentFile, { span, severity, message, code }: Problem): void {
    const { line, column } = new LineMap(file.text).positionAt(span.start);
    this.#faults.add(`  ${shownPath(file.path)}:${line + 1}:${column + 1}  ${severity}: ${message}  [${code}]`);
  }

  #refuse(): void {
    if (this.#faults.size === 0) return;
    throw new CommandFailure(exitCodes.findings, ['documents that this needs are broken', ...this.#faults].join('\n'));
  }
}

export const shownPath = (path: string): string => relative(process.cwd(), path) || path;
export const quoted = (text: string): string => `\`${text}\``;

export const toolsOf = (environment: Environment | null): ReadonlyMap<string, ToolDeclaration> | null =>
  environment && new Map(environment.spec.tools.map((tool) => [tool.name, tool]));
