/** `assay/whatIf`, and the lenses that say of each policy and rule what it would have decided in recorded runs. */
import type { CodeLens } from 'vscode-languageserver/node';
import type { Path } from '../../engine/documents/index.ts';
import {
  clientCommands,
  type EditorRequests,
  type PolicyWhatIf,
  type WhatIfReport,
  type WhatIfTarget,
} from '../../protocol/index.ts';
import { toRange } from '../convert.ts';
import type { OpenDocument } from '../open-documents.ts';
import type { Feature, Session } from './feature.ts';

export const whatIf: Feature = {
  capabilities: () => ({}),
  register: ({ connection, whatIfs }) => {
    connection.onRequest(
      'assay/whatIf',
      ({ uri }: EditorRequests['assay/whatIf']['params']): WhatIfReport => whatIfs.of(uri),
    );
  },
};

/** One above each policy that was tried, and above its own rules, budgets and default. */
export function whatIfLenses(document: OpenDocument, session: Session): readonly CodeLens[] {
  const { policies } = session.whatIfs.of(document.uri);
  return policies.flatMap((found) => lensesOf(found, document, session));
}

function lensesOf(found: PolicyWhatIf, { source, uri }: OpenDocument, session: Session): CodeLens[] {
  const { policy } = found;
  const document = source.documents.find(({ kind, name }) => kind === 'Policy' && name === policy);
  if (document === undefined) return [];
  const lens = (path: Path, title: string, rule?: number): CodeLens[] => {
    const place = document.locate(path);
    if (place === null) return [];
    const target: WhatIfTarget = { uri, policy, ...(rule !== undefined && { rule }) };
    const command =
      session.options.showsWhatIf === true
        ? { title, command: clientCommands.showWhatIf, arguments: [target] }
        : { title, command: '' };
    return [{ range: toRange(source.lines, place.value, session.unit), command }];
  };
  const places = idPlaces(document.value);
  const ofRules = found.rules.flatMap(({ kind, policy: of, id, title }, index) => {
    const path = of === policy ? places.get(`${kind} ${id ?? ''}`) : undefined;
    return path === undefined || found.recorded === 0 ? [] : lens(path, title, index);
  });
  return [...lens(['metadata', 'name'], found.title), ...ofRules];
}

/** Where the rules and budgets of a policy have their ids, and where its default is, also in a text with mistakes. */
function idPlaces(value: unknown): ReadonlyMap<string, Path> {
  const places = new Map<string, Path>([['default ', ['spec', 'default']]]);
  const spec = below(value, 'spec');
  for (const [kind, key] of [
    ['rule', 'rules'],
    ['budget', 'budgets'],
  ] as const) {
    const list = below(spec, key);
    for (const [index, one] of (Array.isArray(list) ? list : []).entries()) {
      const id = below(one, 'id');
      if (typeof id === 'string') places.set(`${kind} ${id}`, ['spec', key, index, 'id']);
    }
  }
  return places;
}

const below = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;
