/** The language server's program: `--stdio` or `--node-ipc`. It ends with its parent or its input. */
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import {
  createConnection,
  LSPErrorCodes,
  Message,
  ProposedFeatures,
  type ResponseMessage,
} from 'vscode-languageserver/node';
import { serve } from './server.ts';

// Built, the programs lie side by side; from sources, each is the main file of its folder.
const hostProgram = import.meta.filename.endsWith('.ts')
  ? join(import.meta.dirname, '../host/main.ts')
  : join(import.meta.dirname, 'host.mjs');

const pagesFolder = import.meta.filename.endsWith('.ts')
  ? join(import.meta.dirname, '../../docs/problems')
  : join(import.meta.dirname, '../docs/problems');

// Each edit leaves a version of the text behind. A young generation that grows with them costs 80 MB and saves no time.
setFlagsFromString('--semi-space-growth-factor=1');
// The same garbage makes the old generation grow before it is looked through; sooner costs little and saves 40 MB.
setFlagsFromString('--heap-growing-percent=30');

// A message that its client does not take must not end the server for all else.
process.on('unhandledRejection', (reason) => console.error(reason));

// What was cancelled before its turn is not worked on; the protocol wants an answer all the same.
const cancelUndispatched = (message: Message): ResponseMessage | undefined => {
  const error = { code: LSPErrorCodes.RequestCancelled, message: 'cancelled' };
  return Message.isRequest(message) ? { jsonrpc: '2.0', id: message.id, error } : undefined;
};

const connection = createConnection(ProposedFeatures.all, { connectionStrategy: { cancelUndispatched } });
serve(connection, hostProgram, pagesFolder);
