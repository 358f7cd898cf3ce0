/** `assay lsp`: becomes the language server. */
import { pathToFileURL } from 'node:url';
import { Command } from 'commander';
import { programPath } from './programs.ts';

export function lspCommand(): Command {
  return new Command('lsp')
    .description('start the language server for any editor that speaks the Language Server Protocol')
    .option('--stdio', 'speak on standard input and output (the only way here, and the default)')
    .action(async () => {
      // The server reads its transport from the arguments, as language servers do.
      if (!process.argv.includes('--stdio')) process.argv.push('--stdio');
      await import(pathToFileURL(programPath('lsp')).href);
      await new Promise(() => {});
    });
}
