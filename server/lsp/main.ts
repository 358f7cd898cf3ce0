/** The language server's program: `--stdio` or `--node-ipc`. It ends with its parent or its input. */
import { join } from 'node:path';
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { serve } from './server.ts';

// Built, the programs lie side by side; from sources, each is the main file of its folder.
const hostProgram = import.meta.filename.endsWith('.ts')
  ? join(import.meta.dirname, '../host/main.ts')
  : join(import.meta.dirname, 'host.mjs');

// A message that its client does not take must not end the server for all else.
process.on('unhandledRejection', (reason) => console.error(reason));

serve(createConnection(ProposedFeatures.all), hostProgram);
