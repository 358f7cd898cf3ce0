/**
 * Proves the policies that apply together with those of open files, a few milliseconds at a time, and keeps what was found
 * until it is proved anew. Proving itself, and what is told of it, are the engine's and the language's part.
 */
import { asKind, referredDocuments, type SourceDocument, valueAt } from '../engine/documents/index.ts';
import { createProver, horizonFrom, type Proof, type ProofInput } from '../engine/policy/prove/index.ts';
import type { ZoneOffsets } from '../engine/ports.ts';
import {
  type DoubtfulFile,
  type FileSummary,
  findingsIn,
  type LanguageContext,
  type LanguageWorkspace,
  type Named,
  type PlacedPolicy,
  type PolicySet,
  type ProofFinding,
  policySetsOf,
  provable,
  type SourceFile,
  type Written,
} from '../language/index.ts';
import type { OpenDocument } from './open-documents.ts';
import { ProofPace, sliceMs } from './proof-pace.ts';

const dayMs = 86_400_000;

export interface ProofOptions {
  readonly zones: ZoneOffsets;
  /** What is known around a file, not noted as read. */
  readonly contextOf: (document: OpenDocument) => LanguageContext;
  /** Another file of the document's workspace, by its name there, as the editor or the disk has it; null when there is none. */
  readonly sourceOf: (document: OpenDocument, name: string) => SourceFile | null;
  /** Told when there is something new about a document. */
  readonly proved: (document: OpenDocument) => void;
  /** Whether an edit waits for its problems: that goes first. */
  readonly isBusy: () => boolean;
}

/** What stands around an open file when it is asked about. */
interface Around {
  readonly document: OpenDocument;
  readonly workspace: LanguageWorkspace | null;
  /** The name of the file at hand. */
  readonly path: string;
}

export class Proofs {
  readonly #options: ProofOptions;
  /** By what applies together. */
  readonly #groups = new Map<string, Group>();
  /** By open file: the groups that its policies are in. */
  readonly #groupsOf = new Map<string, ReadonlySet<Group>>();
  /** Files that are not open stay read as long as nothing new is known of them. */
  readonly #sources = new WeakMap<FileSummary, SourceFile>();
  /** What is being proved. */
  readonly #waiting = new Set<Group>();
  readonly #pauses = new Map<Group, NodeJS.Timeout>();
  #next: NodeJS.Immediate | null = null;

  constructor(options: ProofOptions) {
    this.#options = options;
  }

  /**
   * What was proved last of a file's documents, by their positions; null when nothing has been proved of it yet. What
   * `noted` is asked for decides whether to ask again.
   */
  of(
    document: OpenDocument,
    noted: LanguageWorkspace | null = null,
  ): ((index: number) => readonly ProofFinding[]) | null {
    const { source, uri } = document;
    const own = source.documents.filter(({ kind }) => kind === 'Policy').map(({ name }) => name);
    if (own.length === 0) return null;
    const { path: name = null, workspace = null } = this.#options.contextOf(document);
    // As long as it is not known what else applies, it is too early.
    if (name !== null && workspace === null) return null;
    const path = name ?? uri;
    const around: Around = { document, workspace, path };
    const sets = workspace === null ? aloneIn(path, own) : policySetsOf(path, own, workspace);
    const groups = new Set(sets.map((set) => this.#group(set, around)));
    this.#leave(uri, groups);
    for (const { files } of sets) for (const file of files) noted?.file?.(file);
    // Any experiment, and any constitution, may put other policies beside these.
    for (const kind of ['Experiment', 'Policy'] as const)
      for (const { path: file } of noted?.documents(kind) ?? []) noted?.file?.(file);
    const doubts = (noted ?? workspace)?.doubts?.() ?? [];
    if (doubts.length > 0) return () => doubted(doubts.filter((one) => one.path !== path));
    // Where a proof takes but a moment, it comes with the other problems; elsewhere nobody waits for it.
    const untilMs = performance.now() + sliceMs;
    for (const group of groups)
      if (group.take(document, this.#members(group.set, around)) && !(group.pace.isQuick && group.go(untilMs)))
        this.#beginSoon(group);
    if ([...groups].every(({ isProved }) => !isProved)) return null;
    const findings = new Map<number, readonly ProofFinding[]>();
    return (index) => {
      const known = findings.get(index) ?? this.#findings(index, around, groups);
      findings.set(index, known);
      return known;
    };
  }

  release(uri: string): void {
    this.#leave(uri, new Set());
  }

  /** After an edit, in the pause that the group needs: whoever types on is left alone. */
  #beginSoon(group: Group): void {
    this.#waiting.delete(group);
    clearTimeout(this.#pauses.get(group));
    this.#pauses.set(
      group,
      setTimeout(() => {
        this.#pauses.delete(group);
        this.#goOnWith(group);
      }, group.pace.pauseMs),
    );
  }

  /** One slice of one group at a time, so that whatever arrives comes between. */
  #goOnWith(group: Group): void {
    this.#waiting.add(group);
    this.#next ??= setImmediate(() => {
      this.#next = null;
      const [first] = this.#waiting;
      if (first === undefined) return;
      if (this.#options.isBusy()) {
        this.#goOnWith(first);
        return;
      }
      this.#waiting.delete(first);
      if (!first.go(performance.now() + sliceMs)) this.#goOnWith(first);
      else for (const member of first.members) this.#options.proved(member);
      const [other] = this.#waiting;
      if (other !== undefined) this.#goOnWith(other);
    });
  }

  #group(set: PolicySet, { document, workspace }: Around): Group {
    const { policies, environment, experiments } = set;
    const root = workspace === null ? document.uri : this.#rootOf(document);
    const key = JSON.stringify([root, policies, environment, experiments]);
    const group = this.#groups.get(key) ?? new Group(key, set);
    this.#groups.set(key, group);
    return group;
  }

  /** Files of two roots may have the same name. */
  #rootOf(document: OpenDocument): string {
    const { path = '' } = this.#options.contextOf(document);
    return document.path?.slice(0, -(path?.length ?? 0)) ?? '';
  }

  #leave(uri: string, now: ReadonlySet<Group>): void {
    for (const group of this.#groupsOf.get(uri) ?? [])
      if (!now.has(group) && group.leave(uri)) {
        this.#groups.delete(group.key);
        this.#waiting.delete(group);
        clearTimeout(this.#pauses.get(group));
        this.#pauses.delete(group);
      }
    if (now.size === 0) this.#groupsOf.delete(uri);
    else this.#groupsOf.set(uri, now);
  }

  #findings(index: number, { document, path }: Around, groups: ReadonlySet<Group>): readonly ProofFinding[] {
    const there = document.source.documents[index];
    if (there?.kind !== 'Policy') return [];
    const found = [...groups].flatMap((group) => group.findings(digestOf(path, there.name)));
    // Until an edit is proved, what stood at the same place before is still told, unless something else stands there.
    const stays = found.filter(({ proved, path: at }) => {
      const [place] = proved?.places ?? [];
      return place === undefined || valueAt(there.value, at) === place.id;
    });
    return [...new Map(stays.map((finding) => [`${finding.path.join('/')} ${finding.message}`, finding])).values()];
  }

  /** The policies of a set as they are now, and what they refer to. */
  #members({ policies, environment }: PolicySet, around: Around): Members {
    const reads = new Set<SourceDocument>();
    const written = new Map<string, Written>();
    const find = ({ path, name }: Named): PlacedPolicy | null => {
      const source = this.#source(path, around);
      const document = source?.documents.find((each) => each.kind === 'Policy' && each.name === name);
      if (!source || document === undefined) return null;
      reads.add(document);
      const digest = digestOf(path, name);
      written.set(digest, { path, lines: source.lines, document });
      return { digest, document };
    };
    const { workspace } = around;
    const reading = {
      zones: this.#options.zones,
      find: (from: PlacedPolicy, reference: string) => {
        const path = written.get(from.digest)?.path ?? '';
        const [meant] = workspace === null ? [] : referredDocuments('Policy', reference, path, workspace);
        return meant === undefined ? null : find(meant);
      },
    };
    const placed = policies.map(find);
    const waiting = placed.flatMap((each) => each ?? []);
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop())
      for (const reference of includesOf(next.document)) {
        const count = reads.size;
        const other = reading.find(next, reference);
        if (other !== null && reads.size > count) waiting.push(other);
      }
    const declared = this.#environment(environment, around);
    if (declared !== null) reads.add(declared);
    return {
      reads,
      together: { environment: declared === null ? null : (environment ?? this.#only(workspace)) },
      written: (digest) => written.get(digest) ?? null,
      input: () => {
        const read = placed.map((each) => each && provable(each, reading));
        const sound = read.filter((each) => each !== null);
        // What holds for some of them holds for all, but for their defaults: then nothing is said.
        if (sound.length < read.length) return null;
        const tools = declared === null ? null : (asKind(declared, 'Environment')?.spec.tools ?? null);
        return { policies: sound, tools, horizon: horizonFrom(Math.floor(Date.now() / dayMs) * dayMs) };
      },
    };
  }

  /** The environment of the set; without one, the only one of the workspace: among several, nobody says which applies. */
  #environment(named: Named | null, around: Around): SourceDocument | null {
    const meant = named ?? this.#only(around.workspace);
    const source = meant && this.#source(meant.path, around);
    return source?.documents.find((each) => each.kind === 'Environment' && each.name === meant?.name) ?? null;
  }

  #only(workspace: LanguageWorkspace | null): Named | null {
    const [only, more] = workspace?.documents('Environment') ?? [];
    return only === undefined || more !== undefined ? null : { path: only.path, name: only.name };
  }

  #source(path: string, { document, workspace, path: own }: Around): SourceFile | null {
    if (path === own) return document.source;
    const summary = workspace?.file?.(path) ?? null;
    const known = summary && this.#sources.get(summary);
    if (known) return known;
    const source = this.#options.sourceOf(document, path);
    if (summary !== null && source !== null) this.#sources.set(summary, source);
    return source;
  }
}

const includesOf = ({ value }: SourceDocument): readonly string[] => {
  const list = valueAt(value, ['spec', 'include']);
  return Array.isArray(list) ? list.filter((each) => typeof each === 'string') : [];
};

const digestOf = (path: string, name: string | null): string => `${path}#${name ?? ''}`;

/** In doubt whether there is a constitution, nothing is proved; a file that is in doubt itself has errors that say so. */
const doubted = ([doubt]: readonly DoubtfulFile[]): readonly ProofFinding[] =>
  doubt === undefined
    ? []
    : [
        {
          code: 'proof/not-decided',
          severity: 'info',
          path: ['metadata', 'name'],
          message: `nothing is proved: ${doubt.message}`,
          proved: null,
          together: { policies: [], environment: null, experiments: [] },
          written: () => null,
        },
      ];

const aloneIn = (path: string, names: readonly (string | null)[]): readonly PolicySet[] =>
  names.map((name) => ({ policies: [{ path, name }], environment: null, experiments: [], files: [] }));

/** What a set comes to at one time. */
interface Members {
  /** Documents that the proof rests on. */
  readonly reads: ReadonlySet<SourceDocument>;
  readonly together: Pick<PolicySet, 'environment'>;
  readonly written: (digest: string) => Written | null;
  /** Null when one of the policies has errors. */
  readonly input: () => ProofInput | null;
}

/** Policies that apply together, and what is proved of them. */
class Group {
  readonly key: string;
  readonly set: PolicySet;
  readonly pace = new ProofPace();
  readonly #prover = createProver();
  /** Open files that are told. */
  readonly #members = new Map<string, OpenDocument>();
  /** What is being proved, or was last. */
  #now: Members | null = null;
  #steps: Iterator<undefined, Proof> | null = null;
  #isBegun = true;
  /** What was proved last; nothing where a policy has errors. */
  #proof: Proof | null = null;
  #proven: Members | null = null;
  #told = new Map<string, readonly ProofFinding[]>();

  constructor(key: string, set: PolicySet) {
    this.key = key;
    this.set = set;
  }

  get members(): Iterable<OpenDocument> {
    return this.#members.values();
  }

  get isProved(): boolean {
    return this.#proof !== null;
  }

  /** Takes note of what has changed; whether there is anything to prove. */
  take(asking: OpenDocument, now: Members): boolean {
    this.#members.set(asking.uri, asking);
    if (this.#isSame(now)) return false;
    this.#now = now;
    this.pace.begin();
    this.#steps = null;
    this.#isBegun = false;
    return true;
  }

  #isSame({ reads }: Members): boolean {
    const before = this.#now?.reads;
    return before !== undefined && before.size === reads.size && [...reads].every((each) => before.has(each));
  }

  /** Proves for so long; whether it has come to its end. */
  go(untilMs: number): boolean {
    const startedAtMs = performance.now();
    if (!this.#isBegun && !this.#begin()) {
      this.pace.skip();
      return true;
    }
    while (this.#steps !== null) {
      const step: IteratorResult<undefined, Proof> = this.#steps.next();
      if (step.done === true) this.#finish(step.value);
      else if (performance.now() >= untilMs) break;
    }
    const isDone = this.#steps === null;
    this.pace.worked(performance.now() - startedAtMs, isDone);
    return isDone;
  }

  /** Whether there is anything that can be proved. */
  #begin(): boolean {
    this.#isBegun = true;
    const input = this.#now?.input() ?? null;
    if (input !== null) this.#steps = this.#prover.proving(input);
    else this.#finish(null);
    return input !== null;
  }

  #finish(proof: Proof | null): void {
    this.#steps = null;
    [this.#proof, this.#proven] = [proof, this.#now];
    this.#told = new Map();
  }

  findings(digest: string): readonly ProofFinding[] {
    const known = this.#told.get(digest);
    if (known !== undefined || this.#proof === null || this.#proven === null) return known ?? [];
    const { together, written } = this.#proven;
    const found = findingsIn(digest, this.#proof, { ...this.set, ...together }, written);
    this.#told.set(digest, found);
    return found;
  }

  /** Whether nobody is left. */
  leave(uri: string): boolean {
    this.#members.delete(uri);
    return this.#members.size === 0;
  }
}
