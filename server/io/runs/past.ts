/**
 * A recorded run as policies are tried on it, read from its ledger and read on as that grows, with the texts of the documents
 * that it was made of. Decides nothing.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type PastDocuments, PastPolicies, type PastRun, RecordedRun } from '../../engine/backtest/index.ts';
import { readText, type SourceText } from '../../engine/documents/index.ts';
import type { Document } from '../../engine/ledger/index.ts';
import { beginning, readBlobValue, readEntries } from '../ledger/index.ts';
import { createZoneOffsets } from '../zones.ts';

const zones = createZoneOffsets();

export class PastRunReader {
  readonly run = new RecordedRun();
  readonly #ledger: string;
  readonly #place = beginning();
  /** Of the ledger when it was read last, so that one that has not grown is not opened. */
  #sizeBytes = -1;
  #policies: PastPolicies | null = null;

  /** `directory` is the run's. */
  constructor(directory: string) {
    this.#ledger = join(directory, 'ledger');
  }

  /** Null before the run's first entry has been read. */
  get past(): PastRun | null {
    return this.#policies && { run: this.run, policies: this.#policies };
  }

  /**
   * Takes in what is new in the ledger, no more than `maxActions` actions in all; whether there was anything. `textOf` is
   * asked for documents whose text the ledger does not have any more. Rejects with a `StoreError` where it cannot be read.
   */
  async readOn(
    textOf: (document: Document) => string | null = () => null,
    maxActions = Number.POSITIVE_INFINITY,
  ): Promise<boolean> {
    const sizeBytes = ledgerSizeOf(this.#ledger);
    if (sizeBytes === this.#sizeBytes || this.run.actions >= maxActions) return false;
    this.#sizeBytes = sizeBytes;
    const { next } = this.#place;
    for await (const entry of readEntries(this.#ledger, this.#place)) {
      this.run.add(entry);
      if (this.run.actions >= maxActions) break;
    }
    const { documents } = this.run;
    if (documents !== null) this.#policies ??= await readPastPolicies(this.#ledger, documents, textOf);
    return this.#place.next > next;
  }
}

/** The policies of a run by the texts in its ledger, else by those of `textOf`. */
export async function readPastPolicies(
  ledger: string,
  documents: PastDocuments,
  textOf: (document: Document) => string | null,
): Promise<PastPolicies> {
  const texts = new Map<Document, string | null>();
  for (const document of [documents.experiment, ...documents.policies, ...documents.presets]) {
    const { source } = document;
    const value = 'json' in source ? source.json : await readBlobValue(ledger, source.blob.slice(7));
    texts.set(document, typeof value === 'string' ? value : textOf(document));
  }
  return new PastPolicies(documents, (document) => texts.get(document) ?? null, zones, readShared);
}

/** Most runs are made of the same texts: each is held and read once, for as long as any run has it. */
const shared = new Map<string, WeakRef<SourceText>>();
const forgotten = new FinalizationRegistry((text: string) => shared.delete(text));

function readShared(text: string): SourceText {
  const known = shared.get(text)?.deref();
  if (known !== undefined) return known;
  const made = readText(text);
  shared.set(text, new WeakRef(made));
  forgotten.register(made, text);
  return made;
}

/** Of all segments together; 0 when there are none. */
export function ledgerSizeOf(ledger: string): number {
  try {
    const names = readdirSync(ledger).filter((name) => name.endsWith('.seg'));
    return names.reduce((sum, name) => sum + statSync(join(ledger, name)).size, 0);
  } catch {
    return 0;
  }
}
