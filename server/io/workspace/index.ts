/** The files of a workspace as documents. Reads only; watching and caching are the language server's business. */
export * from './code-digest.ts';
export * from './documents.ts';
export * from './root.ts';
export * from './variables.ts';
