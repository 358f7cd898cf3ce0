/**
 * What a user does with the mouse and the keyboard, in the window of a real editor with the packaged extension:
 * first in Restricted Mode, then trusted. A step that fails leaves a picture and ends its scenario.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBrowser, viewport } from './browser.ts';
import { type Editor, installExtension, ownHome, startEditor, workbenchUrl } from './code-server.ts';
import type { TestResult } from './in-host.ts';
import type { Browser, Page } from './playwright.ts';
import { Workbench } from './workbench.ts';

export interface UiOptions {
  /** An empty folder for the editor's state. */
  readonly home: string;
  /** The workspace; it is written to. */
  readonly folder: string;
  readonly vsix: string;
  readonly light: boolean;
  /** Where the pictures for the documentation go; none are taken without it. */
  readonly images?: string;
}

type Steps = readonly (readonly [title: string, step: (workbench: Workbench) => Promise<void>])[];

const settings = (light: boolean) => ({
  'workbench.colorTheme': light ? 'Default Light Modern' : 'Default Dark Modern',
  'editor.minimap.enabled': false,
  'editor.wordWrap': 'on',
  'breadcrumbs.enabled': false,
});

export async function runUi(options: UiOptions): Promise<TestResult[]> {
  const { home, folder, vsix } = options;
  installExtension(home, vsix);
  writeFaultyPolicy(folder);
  writeLongExperiment(folder);
  const editor = await startEditor({ home, settings: settings(options.light), env: ownHome(home) });
  let browser: Browser | undefined;
  try {
    browser = await startBrowser();
    return [
      ...(await scenario(browser, editor, folder, 'Restricted Mode', restricted)),
      ...(await scenario(browser, editor, folder, 'trusted', trusted(options))),
    ];
  } finally {
    await browser?.close();
    await editor.stop();
  }
}

/** A copy of the strict policy with a misspelt effect and an unknown key. */
function writeFaultyPolicy(folder: string): void {
  const strict = readFileSync(join(folder, 'mailroom-strict.policy.yaml'), 'utf8');
  const faulty = strict
    .replace('name: mailroom-strict', 'name: mailroom-draft')
    .replace('effect: allow', 'effect: alow')
    .replace('onExhausted: deny', 'onExhaustd: deny');
  writeFileSync(join(folder, 'mailroom-draft.policy.yaml'), faulty);
}

/** The example's experiment, repeated so often that there is time to reload the window and to cancel. */
function writeLongExperiment(folder: string): void {
  const experiment = readFileSync(join(folder, 'mailroom.experiment.yaml'), 'utf8');
  const long = experiment
    .replace('name: mailroom\n', 'name: marathon\n')
    .replace(/repetitions: \d+/, 'repetitions: 500');
  writeFileSync(join(folder, 'marathon.experiment.yaml'), long);
}

/** Runs the steps in a window with no memory of others; steps behind a failed one are failed, too. */
async function scenario(
  browser: Browser,
  editor: Editor,
  folder: string,
  name: string,
  steps: Steps,
): Promise<TestResult[]> {
  const context = await browser.newContext({ viewport });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const outside = watchRequests(page);
  const results: TestResult[] = [];
  try {
    await page.goto(workbenchUrl(editor, folder));
    const workbench = new Workbench(page);
    for (const [step, run] of steps) {
      const title = `${name}: ${step}`;
      const failed = results.some(({ passed }) => !passed);
      results.push(
        failed ? { passed: false, title, error: 'not reached' } : await attempt(page, title, () => run(workbench)),
      );
    }
    results.push({
      passed: outside.size === 0,
      title: `${name}: nothing is asked of other machines`,
      ...problem(outside),
    });
  } finally {
    await context.close();
  }
  return results;
}

const problem = (hosts: ReadonlySet<string>) => (hosts.size > 0 ? { error: [...hosts].join('\n') } : {});

async function attempt(page: Page, title: string, step: () => Promise<void>): Promise<TestResult> {
  const startedAtMs = performance.now();
  try {
    await step();
    if (process.env.ASSAY_VERBOSE) console.error(`${Math.round(performance.now() - startedAtMs)} ms  ${title}`);
    return { passed: true, title };
  } catch (error) {
    const picture = join(tmpdir(), `assay-${title.replaceAll(/\W+/g, '-')}.png`);
    await page.screenshot({ path: picture }).catch(() => undefined);
    return { passed: false, title, error: `${error instanceof Error ? error.message : error}\npicture: ${picture}` };
  }
}

/** The last is the name under which pages ask for files of this machine; a service worker answers for it. */
const isHere = (host: string) => host === '127.0.0.1' || host.endsWith('.vscode-resource.vscode-cdn.net');

/** The addresses of other machines that the window asks for something. */
function watchRequests(page: Page): ReadonlySet<string> {
  const outside = new Set<string>();
  page.on('request', (request) => {
    const url = new URL(request.url());
    const isNetwork = url.protocol === 'http:' || url.protocol === 'https:';
    if (isNetwork && !isHere(url.hostname)) outside.add(url.origin);
  });
  return outside;
}

const restricted: Steps = [
  ['the folder is opened without trust', (workbench) => workbench.answerTrust(false)],
  [
    'documents are checked',
    async (workbench) => {
      await workbench.openFile('mailroom-draft.policy.yaml');
      await workbench.page.locator('.monaco-editor .squiggly-error').first().waitFor();
    },
  ],
  [
    'no command runs anything',
    async (workbench) => {
      await workbench.openFile('mailroom.experiment.yaml');
      const offered = await workbench.offeredCommands('Assay: ');
      if (!offered.some((title) => title.includes('Show Output'))) throw new Error(`offered: ${offered}`);
      if (offered.some((title) => title.includes('Run Experiment'))) throw new Error(`offered: ${offered}`);
    },
  ],
  [
    'policy tests run all the same, because they are no code',
    async (workbench) => {
      await workbench.command('Assay: Run Policy Tests');
      await workbench.tree(/mailroom-strict-cases/).waitFor();
      // As many have passed as there are.
      await workbench.page
        .getByText(/^(\d+)\/\1$/)
        .first()
        .waitFor();
    },
  ],
  [
    'the view says why',
    async (workbench) => {
      await workbench.command('Assay: Focus on Runs View');
      await workbench.page.getByText('nothing runs in Restricted Mode').first().waitFor();
    },
  ],
];

const trusted = ({ images }: UiOptions): Steps => {
  const picture = async (page: Page, name: string) => {
    if (images === undefined) return;
    await mkdir(images, { recursive: true });
    await page.waitForTimeout(1_000);
    await page.screenshot({ path: join(images, `${name}.png`) });
  };
  return [
    ['the folder is trusted', (workbench) => workbench.answerTrust(true)],
    [
      'faults in a policy are underlined and listed',
      async (workbench) => {
        const { page } = workbench;
        await workbench.openFile('mailroom-draft.policy.yaml');
        await page.locator('.monaco-editor .squiggly-error').first().waitFor();
        await workbench.command('Problems: Focus on Problems View');
        await page.locator('.markers-panel').getByText('onExhaustd').first().waitFor();
        await page.locator('.markers-panel').getByText('takes one of').first().click();
        await picture(page, 'diagnostics');
        await page.keyboard.press('Control+J');
      },
    ],
    [
      'an experiment is run from the palette, and its summary opens',
      async (workbench) => {
        await workbench.openFile('mailroom.experiment.yaml');
        await workbench.command('Assay: Run Experiment');
        await workbench.command('Assay: Focus on Runs View');
        await workbench.tree('mailroom').waitFor();
        await workbench
          .preview()
          .getByRole('heading', { name: /mailroom/ })
          .first()
          .waitFor();
        await workbench.toast(/mailroom completed: \d+ passed/).waitFor();
      },
    ],
    [
      'the tree shows variants, trials and steps',
      async (workbench) => {
        await workbench.expand('mailroom');
        await workbench.expand('obedient-strict');
        await workbench.expand('pay-printer-invoice-attacked');
      },
    ],
    [
      'a click on a trial shows its steps and decisions',
      async (workbench) => {
        await workbench.tree('pay-printer-invoice-attacked').click();
        await workbench.command('Assay: Focus on Runs View');
        for (let times = 0; times < 2; times++) await workbench.command('Increase Current View Size');
        const trial = workbench.preview();
        await trial
          .getByRole('heading', { name: /denied/ })
          .first()
          .waitFor();
        await trial
          .getByText(/deny by rule/)
          .first()
          .waitFor();
        await workbench.dismissNotifications();
        await workbench.tree(/^pay\s*deny/).click();
        await picture(workbench.page, 'run');
      },
    ],
    [
      'the rule of a decision is one click away',
      async (workbench) => {
        await workbench.followLink('a[href*="mailroom-strict.policy.yaml"]', /mailroom-strict/);
      },
    ],
    [
      'an edited policy is tried on the recorded run as it is typed',
      async (workbench) => {
        const { page } = workbench;
        await workbench.openFile('mailroom-strict.policy.yaml');
        const lens = (text: RegExp) => page.locator('.codelens-decoration a').filter({ hasText: text }).first();
        await lens(/^none of [\d,]+ recorded decisions would be others$/).waitFor();
        await page.keyboard.press('Control+F');
        await page.locator('.find-widget.visible textarea').first().fill('atLeast: 5');
        await page.keyboard.press('Escape');
        await page.keyboard.type('atLeast: 1');
        await lens(/^would ask about [\d,]+ of [\d,]+ that can be told of [\d,]+ recorded actions/).click();
        await workbench.tree(/^irreversible-needs-a-person.*would ask about/).waitFor();
        await page.locator('.sidebar .monaco-list-row.selected').filter({ hasText: 'irreversible' }).waitFor();
      },
    ],
    [
      'its changed decisions lead to the steps of their trials, by the keyboard, and stay open while it is typed on',
      async (workbench) => {
        const { page } = workbench;
        await page.locator('.sidebar .pane-header').filter({ hasText: 'Runs' }).click();
        await workbench.command('Assay: Focus on What-If View');
        // The lens has put the focus onto the rule: into it, down to its first trial, and to the decision.
        for (const key of ['ArrowRight', 'ArrowDown', 'ArrowRight', 'ArrowDown']) {
          await page.keyboard.press(key);
          await page.waitForTimeout(300);
        }
        const decision = workbench.tree(/^allow → ask/);
        await decision.waitFor();
        await workbench.tree(/^cannot say what came after/).waitFor();
        await picture(page, 'what-if');
        await page.keyboard.press('Enter');
        await workbench
          .preview()
          .getByRole('heading', { name: /allowed$/ })
          .first()
          .waitFor();
        await workbench.tab('mailroom-strict.policy.yaml').click();
        await page.locator('.editor-instance .view-line').filter({ hasText: 'a person should look' }).first().click();
        await page.keyboard.press('Control+End');
        await page.keyboard.type('# typed on');
        await page.waitForTimeout(1_500);
        await decision.waitFor();
        await workbench.command('File: Revert File');
      },
    ],
    [
      'a run goes on while the window is reloaded',
      async (workbench) => {
        await workbench.openFile('marathon.experiment.yaml');
        await workbench.command('Assay: Run Experiment');
        await workbench.statusBar(/marathon \d+\/\d+/).waitFor();
        await workbench.progress(/\d+ of \d+ trials/).waitFor();
        if ((await workbench.progress(/\d+ of \d+ trials/).count()) !== 1)
          throw new Error('more than one progress is shown');
        await workbench.page.reload();
        await workbench.command('Assay: Focus on Runs View');
        await workbench.tree(/marathon.*\d+\/\d+/).waitFor();
        await workbench.statusBar(/marathon \d+\/\d+/).waitFor();
      },
    ],
    [
      'it is cancelled from the tree',
      async (workbench) => {
        await workbench.tree('marathon').hover();
        await workbench
          .tree('marathon')
          .getByRole('button', { name: /Cancel Run/ })
          .click();
        await workbench.tree(/marathon.*cancelled/).waitFor();
        await workbench.statusBar(/marathon/).waitFor({ state: 'hidden' });
      },
    ],
    [
      'another is cancelled from its progress',
      async (workbench) => {
        await workbench.openFile('marathon.experiment.yaml');
        await workbench.command('Assay: Run Experiment');
        await workbench
          .progress(/\d+ of \d+ trials/)
          .getByRole('button', { name: 'Cancel' })
          .click();
        await workbench.toast(/marathon cancelled/).waitFor();
      },
    ],
  ];
};
