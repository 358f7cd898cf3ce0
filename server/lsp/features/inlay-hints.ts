/** `textDocument/inlayHint`. Which of them are wanted is asked of the client, under `assay.inlayHints`. */
import { type HintTopic, hints } from '../../language/index.ts';
import { toOffset, toPosition } from '../convert.ts';
import type { Feature, Session } from './feature.ts';

export const inlayHints: Feature = {
  capabilities: () => ({ inlayHintProvider: true }),
  register: (session) => {
    session.connection.languages.inlayHint.on(async ({ textDocument, range }) => {
      const isWanted = await wantedTopics(session, textDocument.uri);
      const document = session.document(textDocument.uri);
      if (document === undefined) return null;
      const { lines } = document.source;
      const [start, end] = [toOffset(lines, range.start, session.unit), toOffset(lines, range.end, session.unit)];
      return hints(document.source, { start, end }, session.contextOf(document))
        .filter(({ topic }) => isWanted(topic))
        .map(({ offset, label }) => ({
          position: toPosition(lines, offset, session.unit),
          label,
          paddingLeft: true,
        }));
    });
  },
};

/** Clients without settings want everything; one folder may want other hints than the next. */
async function wantedTopics({ client, connection }: Session, scopeUri: string): Promise<(topic: HintTopic) => boolean> {
  if (client.workspace?.configuration !== true) return () => true;
  const settings: unknown = await connection.workspace
    .getConfiguration({ scopeUri, section: 'assay.inlayHints' })
    .catch(() => null);
  return (topic) =>
    typeof settings !== 'object' || settings === null || (settings as Record<string, unknown>)[topic] !== false;
}
