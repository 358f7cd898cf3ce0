/** Starts the Chromium in which the headless editor is shown; it reaches nothing but this machine. */
import { findChromium, whatToInstall } from '../../scripts/chromium.ts';
import { tools } from './install.ts';
import { type Browser, loadPlaywright } from './playwright.ts';

const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
];

/** The size of the window, and so of the pictures for the documentation. */
export const viewport = { width: 1280, height: 800 };

/** Rejects with what to install when there is no Chromium. */
export async function startBrowser(): Promise<Browser> {
  const executablePath = findChromium(tools);
  if (executablePath === null) throw new Error(whatToInstall);
  return loadPlaywright(tools).chromium.launch({ executablePath, headless: true, args });
}
