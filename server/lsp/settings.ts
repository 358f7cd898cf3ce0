/** What a client's settings say about the server, whether it sends them or is asked. Unknown settings are left alone. */
import type { ClientCapabilities, Connection } from 'vscode-languageserver/node';

export interface Settings {
  /** The Node executable for the host; null when the settings name none. */
  readonly hostNodePath: string | null;
  /** Whether problems of files that are not open are told, too. */
  readonly allProblems: boolean;
  /** Whether policies are tried on recorded runs, and whether trials count in which they were not in force. */
  readonly whatIf: { readonly enabled: boolean; readonly everywhere: boolean };
}

export const defaultSettings: Settings = {
  hostNodePath: null,
  allProblems: true,
  whatIf: { enabled: true, everywhere: false },
};

/** The settings below `assay` in whatever shape a client gives them. */
export function settingsIn(section: unknown): Settings {
  const path = below(below(section, 'host'), 'nodePath') ?? below(section, 'host.nodePath');
  const scope = below(below(section, 'problems'), 'scope') ?? below(section, 'problems.scope');
  return {
    hostNodePath: typeof path === 'string' && path.trim() !== '' ? path : null,
    allProblems: scope !== 'openFiles',
    whatIf: {
      enabled: (below(below(section, 'whatIf'), 'enabled') ?? below(section, 'whatIf.enabled')) !== false,
      everywhere: (below(below(section, 'whatIf'), 'everywhere') ?? below(section, 'whatIf.everywhere')) === true,
    },
  };
}

const below = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;

/** The settings after a change: asked for where the client can be asked, else those that it sent along. */
export async function changedSettings(
  connection: Connection,
  client: ClientCapabilities,
  sent: unknown,
): Promise<Settings> {
  if (client.workspace?.configuration !== true) return settingsIn(below(sent, 'assay'));
  return settingsIn(await connection.workspace.getConfiguration('assay'));
}
