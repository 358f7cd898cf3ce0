/** The part of mocha that the suites in the extension host use; it is installed apart and maybe not yet. */
declare module 'mocha' {
  export function suite(title: string, body: () => void): void;
  export function suiteSetup(body: () => void | Promise<void>): void;
  export function teardown(body: () => void | Promise<void>): void;
  export function test(title: string, body: () => void | Promise<void>): void;
  export function setup(body: () => void | Promise<void>): void;
  export interface Runnable {
    fullTitle(): string;
  }
  export interface Runner {
    on(event: 'pass', listener: (test: Runnable) => void): this;
    on(event: 'fail', listener: (test: Runnable, error: Error) => void): this;
  }
  export default class Mocha {
    constructor(options: { ui: 'tdd'; timeout: number; grep?: string; reporter: new (runner: Runner) => object });
    readonly suite: { emit(event: 'pre-require', context: object, file: string, mocha: Mocha): void };
    run(done: (failures: number) => void): Runner;
  }
}
