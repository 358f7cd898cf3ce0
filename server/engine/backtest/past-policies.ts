/**
 * The policies of a recorded run: which of them applied to which variant, made of the texts that its ledger holds, and what
 * they come to with others in their place. It decides nothing, and where a text is gone it says so.
 */
import { asKind, type SourceText } from '../documents/index.ts';
import type { Document, RunStarted } from '../ledger/index.ts';
import { type CompiledPolicy, compilePolicy, type PolicySource, presetPolicy } from '../policy/index.ts';
import type { ZoneOffsets } from '../ports.ts';
import { PolicyTexts, type TextDocument } from './policy-texts.ts';
import type { TestedPolicy } from './tested.ts';

/** What a ledger says of the documents that decide which policies apply. */
export type PastDocuments = Pick<RunStarted, 'experiment' | 'policies' | 'presets'>;

/** The text of a recorded document; null when nobody has it any more. */
export type TextOf = (document: Document) => string | null;

/** Policies in place of recorded ones. What was compiled with a list of them is kept for that list. */
export type Replaced = readonly (TestedPolicy & { readonly record: Document })[];

export class PastPolicies {
  /** Documents whose text nobody has any more; what hangs on them cannot be decided. */
  readonly missing: readonly Document[];
  readonly #documents: PastDocuments;
  readonly #texts: PolicyTexts;
  readonly #compiled = new Map<TextDocument, CompiledPolicy | null>();
  readonly #ofReplaced = new WeakMap<Replaced, Map<TextDocument, CompiledPolicy | null>>();

  constructor(documents: PastDocuments, textOf: TextOf, zones?: ZoneOffsets, read?: (text: string) => SourceText) {
    const { experiment, policies, presets } = documents;
    const all = [experiment, ...policies, ...presets];
    const texts = all.map((document) => ({ document, text: textOf(document) }));
    this.#documents = documents;
    this.missing = texts.flatMap(({ document, text }) => (text === null ? [document] : []));
    this.#texts = new PolicyTexts(
      texts.flatMap(({ document: { path, digest }, text }) => (text === null ? [] : [{ path, digest, text }])),
      zones,
      read,
    );
  }

  /** The recorded policy that one of today is: by its name, else the only one that its file had. */
  recordOf({ name, path }: { readonly name: string; readonly path: string }): Document | null {
    const { policies } = this.#documents;
    const inFile = policies.filter((one) => one.path === path);
    return policies.find((one) => one.name === name) ?? (inFile.length === 1 ? (inFile[0] ?? null) : null);
  }

  /** Whether a recorded policy applied to a variant, by itself or included in another. */
  applied({ digest, name }: Document, variant: string): boolean {
    const isIt = (placed: TextDocument): boolean => placed.digest === digest && placed.document.name === name;
    const reaches = (placed: TextDocument, seen: Set<TextDocument>): boolean => {
      if (isIt(placed)) return true;
      if (seen.has(placed)) return false;
      seen.add(placed);
      const { include = [] } = asKind(placed.document, 'Policy')?.spec ?? {};
      return include.some((reference) => {
        const included = this.#texts.find('Policy', reference, placed.path);
        return included !== null && reaches(included, seen);
      });
    };
    return this.#listed(variant)?.policies.some((placed) => reaches(placed, new Set())) ?? false;
  }

  /** The recorded policies that a variant lists, without constitutions, which need no listing; null where its text is gone. */
  listed(variant: string): readonly { readonly name: string; readonly digest: string }[] | null {
    const policies = this.#listed(variant)?.policies ?? null;
    const ordinary = policies?.filter(({ document }) => asKind(document, 'Policy')?.spec.constitution !== true);
    const shown = ordinary?.length === 0 ? policies : ordinary;
    return shown?.map(({ document, digest }) => ({ name: document.name ?? '', digest })) ?? null;
  }

  /** The preset of a variant, whose budgets apply; null where it has none, or a text of it is gone. */
  presetOf(variant: string): string | null {
    return this.#listed(variant)?.preset?.document.name ?? null;
  }

  /** Whether any of its documents has a budget that the whole workspace shares. */
  get sharesWorkspace(): boolean {
    return this.#texts.all.some(({ document }) => {
      const { budgets = [] } = (asKind(document, 'Policy') ?? asKind(document, 'Preset'))?.spec ?? {};
      return budgets.some(({ per }) => per === 'workspace');
    });
  }

  /** The policies that applied to a variant, with others in their place; null where that cannot be told. */
  of(variant: string, replaced: Replaced): readonly CompiledPolicy[] | null {
    const listed = this.#listed(variant, replaced);
    if (listed === null) return null;
    const compiled = listed.policies.map((placed) => this.#compile(placed, replaced));
    const budgets = listed.preset && this.#budgetsOf(listed.preset);
    if (compiled.includes(null) || budgets === null) return null;
    return [...compiled, budgets].filter((one) => one != null);
  }

  /** What the recorded experiment lists for a variant, and every constitution; null where a text of it is gone. */
  #listed(
    variant: string,
    replaced: Replaced = [],
  ): { policies: TextDocument[]; preset: TextDocument | undefined } | null {
    const { experiment } = this.#documents;
    const placed = this.#texts.all.find((one) => one.path === experiment.path && one.document.name === experiment.name);
    const value = placed && asKind(placed.document, 'Experiment');
    const listed = value?.spec.variants.find(({ id }) => id === variant);
    if (placed === undefined || value == null || listed === undefined) return null;
    const references = [...(value.spec.policies ?? []), ...(listed.policies ?? [])];
    const named = references.map((reference) => this.#texts.find('Policy', reference, placed.path));
    const preset = listed.preset === undefined ? undefined : this.#texts.find('Preset', listed.preset, placed.path);
    if (named.includes(null) || preset === null) return null;
    const everywhere = this.#texts.all.filter(
      (one) => this.#sourceOf(one, replaced)?.policy.spec.constitution === true,
    );
    const all = [...everywhere, ...named].filter((one) => one !== null);
    return { policies: [...new Set(all)], preset };
  }

  /** What hangs on nothing that was replaced is compiled once. */
  #compile(placed: TextDocument, replaced: Replaced): CompiledPolicy | null {
    const known =
      replacing(placed, replaced)?.compiled ??
      this.#compiled.get(placed) ??
      this.#ofReplaced.get(replaced)?.get(placed);
    if (known !== undefined) return known;
    let isTouched = false;
    const source = this.#sourceOf(placed, replaced, () => {
      isTouched = true;
    });
    const compiled = source && compilePolicy(source).value;
    const kept = isTouched ? (this.#ofReplaced.get(replaced) ?? new Map()) : this.#compiled;
    if (isTouched) this.#ofReplaced.set(replaced, kept);
    kept.set(placed, compiled);
    return compiled;
  }

  #sourceOf(placed: TextDocument, replaced: Replaced, onReplaced: () => void = () => {}): PolicySource | null {
    return this.#texts.source(placed, (included) => {
      const other = replacing(included, replaced);
      if (other !== undefined) onReplaced();
      return other?.source;
    });
  }

  /** Undefined where the preset has none, null where it is broken. */
  #budgetsOf(placed: TextDocument): CompiledPolicy | null | undefined {
    const preset = asKind(placed.document, 'Preset');
    if (preset === null) return null;
    const policy = presetPolicy(preset);
    if (policy === null) return undefined;
    const known = this.#compiled.get(placed);
    if (known !== undefined) return known;
    const compiled = compilePolicy({ policy, digest: placed.digest, lineOf: () => undefined }).value;
    this.#compiled.set(placed, compiled);
    return compiled;
  }
}

const replacing = ({ digest, document }: TextDocument, replaced: Replaced): Replaced[number] | undefined =>
  replaced.find(({ record }) => record.digest === digest && record.name === document.name);
