/** The editor's window in the words of a user: files, views, commands, notifications. Knows how the window is built; nothing of ours. */
import type { Frame, Locator, Page } from './playwright.ts';

export class Workbench {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  async answerTrust(trust: boolean): Promise<void> {
    const name = trust ? 'Yes, I trust the authors' : "No, I don't trust the authors";
    await this.page.getByRole('button', { name: new RegExp(name) }).click();
  }

  async openFile(name: string): Promise<void> {
    await this.#ask('Control+P', name);
    await this.page.locator('.quick-input-list .monaco-list-row').filter({ hasText: name }).first().waitFor();
    await this.#accept();
    await this.tab(name).waitFor();
    await this.page.locator('.editor-instance .monaco-editor .view-line').first().waitFor();
  }

  tab(name: string | RegExp): Locator {
    return this.page.locator('.tabs-container .tab').filter({ hasText: name }).first();
  }

  async command(title: string): Promise<void> {
    const row = this.page.locator('.quick-input-list .monaco-list-row').filter({ hasText: title }).first();
    for (let attempt = 1; ; attempt++) {
      await this.#ask('F1', `>${title}`);
      // A palette that was opened before a command was registered never lists it: it is opened anew.
      const isListed = await row.waitFor({ timeout: 10_000 }).then(
        () => true,
        () => false,
      );
      if (isListed) return await this.#accept();
      if (attempt === 5) throw new Error(`the palette does not list \`${title}\``);
      await this.page.keyboard.press('Escape');
    }
  }

  /** The titles that the palette offers for `text`. */
  async offeredCommands(text: string): Promise<string[]> {
    await this.#ask('F1', `>${text}`);
    const rows = this.page.locator('.quick-input-list .monaco-list-row');
    await rows.first().waitFor();
    await this.page.waitForTimeout(500);
    const titles = await rows.allInnerTexts();
    await this.page.keyboard.press('Escape');
    return titles;
  }

  /** Opens the quick input with a key and fills it; again when something that was just opening has closed it. */
  async #ask(key: string, text: string): Promise<void> {
    const input = this.page.locator('.quick-input-widget input.input').first();
    for (let attempt = 1; ; attempt++) {
      await this.page.keyboard.press(key);
      try {
        return await input.fill(text, { timeout: 5_000 });
      } catch (error) {
        if (attempt === 5) throw error;
      }
    }
  }

  async #accept(): Promise<void> {
    await this.page.keyboard.press('Enter');
    await this.page.locator('.quick-input-widget').first().waitFor({ state: 'hidden' });
  }

  /** The first row of a tree view that has this label, or whose text matches. */
  tree(label: string | RegExp): Locator {
    const rows = this.page.locator('.sidebar .monaco-list-row');
    const row =
      typeof label === 'string'
        ? rows.filter({ has: this.page.getByText(label, { exact: true }) })
        : rows.filter({ hasText: label });
    return row.first();
  }

  async expand(label: string | RegExp): Promise<void> {
    const row = this.tree(label);
    await row.waitFor();
    if ((await row.getAttribute('aria-expanded')) === 'false') await row.locator('.monaco-tl-twistie').click();
    await this.page
      .locator('.sidebar .monaco-list-row[aria-expanded="true"]')
      .filter({ hasText: label })
      .first()
      .waitFor();
  }

  /** The document inside the markdown preview that is to be seen. */
  preview(): Frame {
    return this.page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
  }

  /** Clicks a link of the preview until its tab is there: a page that is just being drawn anew loses a click. */
  async followLink(selector: string, tab: RegExp): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      await this.preview().locator(selector).first().click();
      try {
        return await this.tab(tab).waitFor({ timeout: 5_000 });
      } catch (error) {
        if (attempt === 5) throw error;
      }
    }
  }

  toast(text: RegExp): Locator {
    return this.page.locator('.notifications-toasts .notification-list-item').filter({ hasText: text }).first();
  }

  /** Notifications with a progress bar. */
  progress(text: RegExp): Locator {
    return this.page
      .locator('.notifications-toasts .notification-list-item')
      .filter({ hasText: text, has: this.page.getByRole('button', { name: 'Cancel' }) });
  }

  async dismissNotifications(): Promise<void> {
    await this.command('Notifications: Clear All Notifications');
  }

  statusBar(text: RegExp): Locator {
    return this.page.locator('.statusbar-item').filter({ hasText: text }).first();
  }
}
