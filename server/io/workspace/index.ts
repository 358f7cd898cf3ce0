/** The files of a workspace as documents. Reads only; watching and caching are the language server's business. */
export * from './code-digest.ts';
export { decode } from './decode.ts';
export * from './documents.ts';
export { FileDigests } from './file-digest.ts';
export { IgnoredPaths } from './ignored.ts';
export { DocumentLoader, type Loaded } from './loader.ts';
export * from './nested.ts';
export * from './root.ts';
export {
  type Doubt,
  doubtIn,
  doubtText,
  isCandidate,
  isSearched,
  isYaml,
  readCandidate,
  readText,
  searchDocuments,
  type UnreadFile,
  unreadProblem,
} from './search.ts';
export * from './variables.ts';
