/**
 * Turns an experiment's file into everything that a run needs: documents resolved, policies compiled, programs found,
 * trials planned. Finds all faults before anything runs; runs nothing itself.
 */
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import {
  durationMs,
  type Environment,
  type Experiment,
  kindInWords,
  LineMap,
  type Path,
  type Policy,
  type Problem,
  withArticle,
} from '../engine/documents/index.ts';
import { type PlannedTrial, planTrials, type Tool, type Variant } from '../engine/experiment/index.ts';
import { type CompiledPolicy, compilePolicy, presetPolicy } from '../engine/policy/index.ts';
import type { Hash } from '../engine/ports.ts';
import {
  codeDigest,
  type DocumentFile,
  DocumentLoader,
  type Loaded,
  loadWorkspace,
  unreadProblem,
  type Workspace,
} from '../io/workspace/index.ts';
import type { FileProblem } from '../protocol/index.ts';

/** Raised when what is recorded or computed changes its meaning; part of every trial's identity. */
const engineFormat = '1';

export interface PreparedVariant {
  readonly variant: Variant;
  readonly role: string;
  /** Whether its preset has nodes. Agents are programs, so that nobody knows which of them acts. */
  readonly hasNodes: boolean;
  readonly policies: readonly CompiledPolicy[];
  readonly tools: ReadonlyMap<string, Tool>;
  readonly agent: { readonly module: string } | { readonly command: readonly string[]; readonly cwd: string };
}

export interface Program {
  readonly path: string;
  readonly digest: string;
}

export interface PreparedRun {
  readonly experiment: Loaded<'Experiment'>;
  readonly environment: Loaded<'Environment'>;
  readonly tasks: Loaded<'TaskSet'>;
  readonly policies: readonly Loaded<'Policy'>[];
  readonly presets: readonly Loaded<'Preset'>[];
  readonly programs: readonly Program[];
  readonly variants: ReadonlyMap<string, PreparedVariant>;
  /** Policies that apply to every variant without being listed. */
  readonly constitution: readonly CompiledPolicy[];
  readonly environmentModule: string;
  readonly trials: readonly PlannedTrial[];
  readonly seed: number;
  readonly concurrency: number;
  readonly limits: { readonly steps: number; readonly timeoutMs: number; readonly outputBytes: number };
  readonly env: readonly string[];
}

export type Prepared = { readonly run: PreparedRun } | { readonly problems: readonly FileProblem[] };

/** Reads the workspace and prepares a run of the experiment at `path`; or says everything that is wrong with it. */
export async function prepareRun(path: string, root: string, hash: Hash): Promise<Prepared> {
  const preparation = new Preparation(await loadWorkspace(root), hash);
  const run = await preparation.prepare(path);
  return run === null ? { problems: preparation.problems } : { run };
}

class Preparation {
  readonly problems: FileProblem[] = [];
  readonly #loader: DocumentLoader;
  readonly #hash: Hash;
  readonly #compiled = new Map<string, CompiledPolicy | null>();
  readonly #policies = new Map<string, Loaded<'Policy'>>();
  readonly #presets = new Map<string, Loaded<'Preset'>>();
  readonly #programs = new Map<string, Program>();

  constructor(workspace: Workspace, hash: Hash) {
    this.#loader = new DocumentLoader(workspace, (file, problem) => this.#found(file, problem));
    this.#hash = hash;
  }

  async prepare(path: string): Promise<PreparedRun | null> {
    const experiment = this.#experimentAt(path);
    if (experiment === null) return null;
    const { spec } = experiment.value;
    const environment = this.#loader.referred(experiment.file, 'Environment', spec.environment);
    const tasks = this.#loader.referred(experiment.file, 'TaskSet', spec.tasks);
    if (environment === null || tasks === null) return null;
    const environmentModule = this.#pathFrom(environment.file, environment.value.spec.module);
    const environmentCode = await this.#program(environment.file, ['spec', 'module'], environmentModule);
    const constitution = this.#constitution();
    const variants = new Map<string, PreparedVariant>();
    const variantDigests = new Map<string, readonly string[]>();
    for (const [index, variant] of spec.variants.entries()) {
      const prepared = await this.#variant(experiment, environment.value, variant, index);
      if (prepared === null) continue;
      variants.set(variant.id, prepared.variant);
      variantDigests.set(variant.id, prepared.digests);
    }
    if (environmentCode === null || this.problems.some((problem) => problem.severity === 'error')) return null;
    const limits = limitsOf(experiment.value);
    const trials = planTrials(
      {
        variants: spec.variants,
        tasks: tasks.value.spec.tasks,
        repetitions: spec.repetitions ?? 1,
        seed: spec.seed ?? 0,
        engine: engineFormat,
        variantDigests,
        environmentDigests: [
          environment.file.digest,
          environmentCode.digest,
          ...constitution.flatMap(({ digests }) => digests),
        ],
        limits,
      },
      this.#hash,
    );
    return {
      experiment,
      environment,
      tasks,
      policies: [...this.#policies.values()],
      presets: [...this.#presets.values()],
      programs: [...this.#programs.values()],
      variants,
      constitution,
      environmentModule,
      trials,
      seed: spec.seed ?? 0,
      concurrency: spec.concurrency ?? 2,
      limits,
      env: spec.env ?? [],
    };
  }

  #experimentAt(path: string): Loaded<'Experiment'> | null {
    const files = this.#loader.workspace.at(path);
    if (files.length === 0) {
      const message = this.#loader.workspace.fileExists(path)
        ? 'this file holds no Assay document; an experiment begins with `apiVersion: assay/v1` and `kind: Experiment`'
        : `there is no file \`${path}\``;
      this.#report(path, null, null, 'run/no-experiment', message);
      return null;
    }
    const file = files.find(({ document }) => document.kind === 'Experiment');
    if (file !== undefined) return this.#loader.valid(file, 'Experiment');
    for (const other of files) {
      // A document whose kind is unknown has a problem that says so; one of another kind is fine in itself.
      if (other.document.kind === null) this.#loader.valid(other, 'Experiment');
      else
        this.#report(
          path,
          other,
          ['kind'],
          'run/wrong-kind',
          `this is ${withArticle(kindInWords[other.document.kind])}, not an experiment`,
        );
    }
    return null;
  }

  async #variant(
    experiment: Loaded<'Experiment'>,
    environment: Environment,
    variant: Variant,
    index: number,
  ): Promise<{ variant: PreparedVariant; digests: string[] } | null> {
    const at: Path = ['spec', 'variants', index];
    const { file, value } = experiment;
    const preset = variant.preset === undefined ? null : this.#loader.referred(file, 'Preset', variant.preset);
    if (variant.preset !== undefined && preset === null) return null;
    if (preset) this.#presets.set(preset.value.metadata.name, preset);
    const named = [...(value.spec.policies ?? []), ...(variant.policies ?? [])];
    const policies = named.map((name) => this.#policy(file, name));
    const ownBudgets = preset === null ? null : this.#presetPolicy(preset);
    const agent = await this.#agent(file, at, variant);
    if (agent === null || policies.includes(null)) return null;
    const applied = [...policies, ownBudgets].filter((policy) => policy !== null);
    const digests = [...(agent.digest ? [agent.digest] : []), ...named, ...applied.flatMap(({ digests }) => digests)];
    if (preset) digests.push(preset.file.digest);
    const allowed = preset?.value.spec.tools;
    const tools = environment.spec.tools.filter((tool) => allowed === undefined || allowed.includes(tool.name));
    return {
      variant: {
        variant,
        role: variant.role ?? preset?.value.spec.role ?? 'agent',
        hasNodes: (preset?.value.spec.nodes ?? []).length > 0,
        policies: applied,
        tools: new Map(tools.map((tool) => [tool.name, tool])),
        agent: agent.program,
      },
      digests,
    };
  }

  async #agent(
    file: DocumentFile,
    at: Path,
    { agent }: Variant,
  ): Promise<{ program: PreparedVariant['agent']; digest: string | null } | null> {
    if (agent.module !== undefined) {
      const module = this.#pathFrom(file, agent.module);
      const program = await this.#program(file, [...at, 'agent', 'module'], module);
      return program === null ? null : { program: { module }, digest: program.digest };
    }
    const cwd = dirname(file.path);
    const command = agent.command ?? [];
    // A script among the arguments is code of the trial, so it belongs to its identity.
    const scripts = command
      .map((word) => resolve(cwd, word))
      .filter((path) => path.startsWith(cwd) && this.#loader.workspace.fileExists(path));
    const digests = await Promise.all(scripts.map((path) => this.#program(file, [...at, 'agent', 'command'], path)));
    return { program: { command, cwd }, digest: digests.map((program) => program?.digest ?? '').join(',') || null };
  }

  #policy(from: DocumentFile, name: string): CompiledPolicy | null {
    const loaded = this.#loader.referred(from, 'Policy', name);
    if (loaded === null) return null;
    this.#note(loaded);
    return this.#compile(loaded.file, loaded.value);
  }

  #presetPolicy({ file, value }: Loaded<'Preset'>): CompiledPolicy | null {
    const policy = presetPolicy(value);
    return policy && this.#compile(file, policy);
  }

  #compile(file: DocumentFile, policy: Policy): CompiledPolicy | null {
    const key = `${file.path}\0${file.document.kind}\0${policy.metadata.name}`;
    const known = this.#compiled.get(key);
    if (known !== undefined) return known;
    const { value, problems } = compilePolicy(
      this.#loader.policySource(file, policy, (included) => this.#note(included)),
    );
    for (const { code, path, message } of problems) this.#report(file.path, file, path, code, message);
    this.#compiled.set(key, value);
    return value;
  }

  /** The policies of the workspace that apply to everything; a broken one refuses the run, and so does one that may be one. */
  #constitution(): CompiledPolicy[] {
    for (const file of this.#loader.workspace.unread) {
      const { code, message } = unreadProblem(file);
      this.#report(file.path, null, null, code, message);
    }
    return this.#loader.constitutions().flatMap((file) => {
      const loaded = this.#loader.valid(file, 'Policy');
      if (loaded === null) return [];
      this.#note(loaded);
      return this.#compile(file, loaded.value) ?? [];
    });
  }

  /** Keeps a policy for the record of the run. */
  #note(policy: Loaded<'Policy'>): void {
    this.#policies.set(policy.file.path + policy.value.metadata.name, policy);
  }

  async #program(from: DocumentFile, at: Path, path: string): Promise<Program | null> {
    const known = this.#programs.get(path);
    if (known !== undefined) return known;
    try {
      const program = { path, digest: await codeDigest(path, this.#loader.workspace.root) };
      this.#programs.set(path, program);
      return program;
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      const shown = relative(this.#loader.workspace.root, path).replaceAll('\\', '/');
      const message = missing
        ? `there is no file \`${shown}\``
        : `\`${shown}\` cannot be read: ${(error as Error).message}`;
      this.#report(from.path, from, at, 'run/unreadable-program', message);
      return null;
    }
  }

  #pathFrom(file: DocumentFile, path: string): string {
    return isAbsolute(path) ? path : resolve(dirname(file.path), path);
  }

  #found({ path, text }: DocumentFile, { span, severity, code, message }: Problem): void {
    const { line, column } = new LineMap(text).positionAt(span.start);
    this.problems.push({ path, line: line + 1, column: column + 1, severity, code, message });
  }

  #report(path: string, file: DocumentFile | null, at: Path | null, code: string, message: string): void {
    const place = at === null ? null : file?.document.locate(at);
    const position = place && file ? new LineMap(file.text).positionAt(place.value.start) : null;
    this.problems.push({
      path,
      line: position ? position.line + 1 : 0,
      column: position ? position.column + 1 : 0,
      severity: 'error',
      code,
      message,
    });
  }
}

function limitsOf({ spec: { limits } }: Experiment): PreparedRun['limits'] {
  return {
    steps: limits?.steps ?? 50,
    timeoutMs: durationMs(limits?.timeout ?? '60s') ?? 60_000,
    outputBytes: limits?.outputBytes ?? 4 * 1024 * 1024,
  };
}
