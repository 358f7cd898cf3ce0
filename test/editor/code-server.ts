/**
 * A VS Code without a screen: starts code-server on a free loopback port with all its state in one folder, and installs
 * extensions into it. What is done in the editor is not its business.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { codeServerEntry } from './install.ts';

const quietSettings = {
  'assay.questions.answer': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'update.showReleaseNotes': false,
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'workbench.enableExperiments': false,
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.layoutControl.enabled': false,
  'npm.fetchOnlinePackageInfo': false,
  'json.schemaDownload.enable': false,
  'typescript.disableAutomaticTypeAcquisition': true,
  'chat.disableAIFeatures': true,
  'chat.commandCenter.enabled': false,
  'remote.autoForwardPorts': false,
  'git.openRepositoryInParentFolders': 'never',
  'security.workspace.trust.startupPrompt': 'always',
};

export interface EditorOptions {
  /** An empty folder for all state: settings, extensions, configuration. */
  readonly home: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** For tests: a home apart from the user's, so that keys, hosts and settings of the two never meet. */
export const ownHome = (home: string) => ({
  HOME: home,
  XDG_CONFIG_HOME: join(home, 'config'),
  XDG_DATA_HOME: join(home, 'data'),
});

/** The editor looks for extensions nowhere, and leaves out those that would. */
const offline = {
  EXTENSIONS_GALLERY: '{}',
  VSCODE_SKIP_BUILTIN_EXTENSIONS: 'GitHub.copilot-chat,vscode.github,vscode.microsoft-authentication',
};

const folders = (home: string) => [
  ...['--config', join(home, 'config.yaml')],
  ...['--user-data-dir', join(home, 'user-data')],
  ...['--extensions-dir', join(home, 'extensions')],
];

/** Installs a VSIX and gives the folder that it was unpacked into. */
export function installExtension(home: string, vsix: string): string {
  const args = [codeServerEntry, ...folders(home), '--force', '--install-extension', resolve(vsix)];
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    env: { ...process.env, ...offline },
    encoding: 'utf8',
  });
  const extensions = existsSync(join(home, 'extensions')) ? readdirSync(join(home, 'extensions')) : [];
  const name = extensions.find((entry) => entry.startsWith('assay.assay-'));
  if (name === undefined) throw new Error(`${vsix} was not installed\n${stdout}\n${stderr}`);
  return join(home, 'extensions', name);
}

/** Only where there are none yet: a home that is used again keeps what its user has set. */
function writeSettings(home: string, settings: EditorOptions['settings'] = {}): void {
  const file = join(home, 'user-data/User/settings.json');
  if (existsSync(file)) return;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ ...quietSettings, ...settings }, null, 2));
}

export interface Editor {
  readonly url: URL;
  /** Ends the server and everything that it has started. */
  stop(): Promise<void>;
}

/** Resolves when the server listens; rejects with its output when it does not within a minute. */
export async function startEditor({ home, settings, args = [], env }: EditorOptions): Promise<Editor> {
  writeSettings(home, settings);
  writeFileSync(join(home, 'config.yaml'), 'auth: none\ncert: false\n');
  const all = [
    ...[codeServerEntry, ...folders(home), '--auth', 'none', '--bind-addr', '127.0.0.1:0'],
    ...['--disable-telemetry', '--disable-update-check', '--disable-getting-started-override', ...args],
  ];
  // A group of its own, so that its many children can be ended with it.
  const child = spawn(process.execPath, all, {
    env: { ...process.env, ...offline, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  try {
    return { url: await listening(child), stop: () => endGroup(child) };
  } catch (error) {
    await endGroup(child);
    throw error;
  }
}

function listening(child: ChildProcess): Promise<URL> {
  return new Promise((resolveUrl, reject) => {
    let log = '';
    const timer = setTimeout(() => reject(new Error(`code-server did not start\n${log}`)), 60_000);
    const read = (chunk: Buffer) => {
      log += chunk;
      const url = /listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(log)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolveUrl(new URL(url));
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('exit', (code) => reject(new Error(`code-server ended with ${code}\n${log}`)));
  });
}

async function endGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return;
  const group = -child.pid;
  const signal = (name: NodeJS.Signals) => {
    try {
      process.kill(group, name);
      return true;
    } catch {
      return false;
    }
  };
  signal('SIGTERM');
  for (let waitedMs = 0; waitedMs < 5_000 && signalExists(group); waitedMs += 100)
    await new Promise((done) => setTimeout(done, 100));
  signal('SIGKILL');
}

function signalExists(group: number): boolean {
  try {
    process.kill(group, 0);
    return true;
  } catch {
    return false;
  }
}

/**
 * The address that opens a folder, or a file that names several; with `run`, runs its tests in the extension host with the
 * extension of `development`.
 */
export function workbenchUrl(editor: Editor, opened: string, run?: { development: string; tests: string }): string {
  const url = new URL('/', editor.url);
  const remote = (path: string) => `vscode-remote://${editor.url.host}${resolve(path)}`;
  url.searchParams.set(opened.endsWith('.code-workspace') ? 'workspace' : 'folder', resolve(opened));
  if (run) {
    const payload = [
      ['extensionDevelopmentPath', remote(run.development)],
      ['extensionTestsPath', remote(run.tests)],
    ];
    url.searchParams.set('payload', JSON.stringify(payload));
  }
  return url.href;
}
