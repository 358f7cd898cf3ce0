/**
 * The part of playwright-core that the UI suite uses, and how it is loaded. It is installed apart from everything
 * else and maybe not yet, so its own types cannot be imported.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';

export interface Locator {
  first(): Locator;
  nth(index: number): Locator;
  filter(options: { hasText?: string | RegExp; has?: Locator }): Locator;
  locator(selector: string, options?: { hasText?: string | RegExp }): Locator;
  getByText(text: string | RegExp, options?: { exact?: boolean }): Locator;
  getByRole(role: string, options?: { name?: string | RegExp; exact?: boolean }): Locator;
  click(options?: { button?: 'right'; force?: boolean }): Promise<void>;
  hover(): Promise<void>;
  fill(text: string, options?: { timeout: number }): Promise<void>;
  press(key: string): Promise<void>;
  count(): Promise<number>;
  allInnerTexts(): Promise<string[]>;
  getAttribute(name: string): Promise<string | null>;
  waitFor(options?: { state?: 'visible' | 'hidden' | 'attached' | 'detached'; timeout?: number }): Promise<void>;
}

export interface Frame {
  locator(selector: string): Locator;
  getByText(text: string | RegExp, options?: { exact?: boolean }): Locator;
  getByRole(role: string, options?: { name?: string | RegExp }): Locator;
  frameLocator(selector: string): Frame;
}

export interface Page extends Frame {
  readonly keyboard: { press(key: string): Promise<void>; type(text: string): Promise<void> };
  goto(url: string): Promise<unknown>;
  reload(): Promise<unknown>;
  screenshot(options: { path: string }): Promise<unknown>;
  setDefaultTimeout(timeoutMs: number): void;
  exposeFunction(name: string, callback: (...args: never[]) => unknown): Promise<unknown>;
  waitForTimeout(timeoutMs: number): Promise<void>;
  on(event: 'pageerror', listener: (error: Error) => void): void;
  on(event: 'request', listener: (request: { url(): string }) => void): void;
}

export interface Context {
  newPage(): Promise<Page>;
  close(): Promise<void>;
}

export interface Browser {
  newContext(options: { viewport: { width: number; height: number } }): Promise<Context>;
  close(): Promise<void>;
}

interface Playwright {
  readonly chromium: {
    launch(options: { executablePath: string; headless: boolean; args: readonly string[] }): Promise<Browser>;
  };
}

/** Loads playwright-core from where the runner has installed it. */
export const loadPlaywright = (tools: string): Playwright =>
  createRequire(join(tools, 'package.json'))('playwright-core') as Playwright;
