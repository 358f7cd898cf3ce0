/** Wire types that several programs share. Nothing here runs. */
export * from './editor.ts';
export type * from './host.ts';
