/** Where an entry holds values that may stand in blobs. The only place that knows it. */
import type { LedgerEntry, Payload } from './generated/entry.ts';

/** An entry as the caller gives it; the ledger adds version, position, chain and time. */
export type EntryBody = WithoutPosition<LedgerEntry>;
type WithoutPosition<E> = E extends LedgerEntry ? Omit<E, 'v' | 'index' | 'prev' | 'atMs'> : never;

/** The entry with each of its payloads replaced by what `change` makes of it. */
export function mapPayloads<E extends EntryBody>(entry: E, change: (payload: Payload) => Payload): E {
  const body: EntryBody = entry;
  switch (body.type) {
    case 'run-started': {
      const document = <D extends { source: Payload }>(from: D): D => ({ ...from, source: change(from.source) });
      const { experiment, environment, tasks, policies, presets } = body;
      return {
        ...entry,
        experiment: document(experiment),
        environment: document(environment),
        tasks: document(tasks),
        policies: policies.map(document),
        presets: presets.map(document),
      };
    }
    case 'decision': {
      const thought = body.thought === undefined ? {} : { thought: change(body.thought) };
      return { ...entry, action: { ...body.action, input: change(body.action.input) }, ...thought };
    }
    case 'rejected':
      return { ...entry, action: { ...body.action, input: change(body.action.input) } };
    case 'observation':
      return body.output === undefined ? entry : { ...entry, output: change(body.output) };
    case 'trial-finished':
      return body.answer === undefined ? entry : { ...entry, answer: change(body.answer) };
    default:
      return entry;
  }
}

/** All payloads of an entry. */
export function payloadsOf(entry: EntryBody): Payload[] {
  const found: Payload[] = [];
  mapPayloads(entry, (payload) => {
    found.push(payload);
    return payload;
  });
  return found;
}
