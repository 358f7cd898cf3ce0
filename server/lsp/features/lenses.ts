/** `textDocument/codeLens`. */
import type { CodeLens } from 'vscode-languageserver/node';
import { evaluationLenses, lenses as lensesOf, policyTestLenses } from '../../language/index.ts';
import { referenceCounts } from '../../language/navigation/index.ts';
import { clientCommands, type EvaluateTarget, type PolicyTestSelection, serverCommands } from '../../protocol/index.ts';
import { toRange } from '../convert.ts';
import type { OpenDocument } from '../open-documents.ts';
import type { Feature, Session } from './feature.ts';
import { settled, toLocation, urisAround } from './places.ts';
import { whatIfLenses } from './what-if.ts';

export const lenses: Feature = {
  capabilities: () => ({ codeLensProvider: { resolveProvider: false } }),
  register: (session) => {
    session.connection.onCodeLens(async ({ textDocument }) => {
      const document = session.document(textDocument.uri);
      if (document === undefined) return [];
      await settled(session, document);
      const actions = lensesOf(document.source).map((lens) => ({
        range: toRange(document.source.lines, lens.span, session.unit),
        command: { title: lens.title, command: serverCommands[lens.action], arguments: [document.uri] },
      }));
      return [
        ...actions,
        ...policyTestsOf(document, session),
        ...countsOf(document, session),
        ...evaluationsOf(document, session),
        ...whatIfLenses(document, session),
      ];
    });
  },
};

/** Above each policy and each of its rules: what it says to a sample action. */
function evaluationsOf({ source, uri }: OpenDocument, session: Session): readonly CodeLens[] {
  const command =
    session.options.showsEvaluations === true ? clientCommands.evaluatePolicy : serverCommands.evaluatePolicy;
  return evaluationLenses(source).map(({ span, policy, rule }) => {
    const target: EvaluateTarget = { uri, policy, ...(rule !== undefined && { rule }) };
    return {
      range: toRange(source.lines, span, session.unit),
      command: { title: 'Evaluate…', command, arguments: [target] },
    };
  });
}

/** Above each policy test; above its cases too where the client does not show these as tests itself. */
function policyTestsOf({ source, uri }: OpenDocument, session: Session): readonly CodeLens[] {
  const isShown = session.options.showsPolicyTests === true;
  const command = isShown ? clientCommands.runPolicyTest : serverCommands.runPolicyTests;
  return policyTestLenses(source)
    .filter((lens) => !isShown || lens.case === undefined)
    .map(({ span, test, count, case: one }) => {
      const selection: PolicyTestSelection = { uri, name: test, ...(one !== undefined && { cases: [one] }) };
      const title = one !== undefined ? '▶ Run case' : count === 1 ? '▶ Run 1 case' : `▶ Run ${count} cases`;
      return { range: toRange(source.lines, span, session.unit), command: { title, command, arguments: [selection] } };
    });
}

/** How often what a file declares is referred to; a click lists the places, in clients that can. */
function countsOf(document: OpenDocument, session: Session): readonly CodeLens[] {
  const { source, uri } = document;
  const uris = urisAround(session, document);
  return referenceCounts(source, session.contextOf(document)).map(({ target, references }) => {
    const range = toRange(source.lines, target.span, session.unit);
    const title = references.length === 1 ? '1 reference' : `${references.length} references`;
    if (session.options.showsReferences !== true) return { range, command: { title, command: '' } };
    const places = references.map((each) => toLocation(each, uris, session));
    return { range, command: { title, command: clientCommands.showReferences, arguments: [uri, range.start, places] } };
  });
}
