/**
 * The worker's end of the channel to the host: one JSON-RPC message a line on file descriptor 3, so that standard
 * output and error stay the user's own. When the host closes it, the process ends at once, whatever user code still holds.
 */
import { Socket } from 'node:net';

const channelDescriptor = 3;
const lineLimitBytes = 1024 * 1024;

/** A message of the host. It is trusted, and not checked again here. */
export interface HostMessage {
  readonly id?: number;
  readonly method?: string;
  readonly trial?: number;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

export interface Channel {
  /** Sends `message`, which must be JSON. Throws a `RangeError` when it is longer than a line may be. */
  send(message: object): void;
  /** Calls `handler` for each message from now on. The host sends none before it knows that the module is loaded. */
  listen(handler: (message: HostMessage) => void): void;
}

export function openChannel(): Channel {
  const socket = new Socket({ fd: channelDescriptor, readable: true, writable: true });
  // Not process.exit: handlers of user code must not be able to keep an orphan alive.
  const end = () => void process.kill(process.pid, 'SIGKILL');
  socket.on('error', end).on('close', end).setEncoding('utf8');
  let handle: (message: HostMessage) => void = () => {};
  let rest = '';
  // Reading starts at once, since the end of the channel shows only to who reads.
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) handle(JSON.parse(line));
  });
  return {
    send(message) {
      const line = `${JSON.stringify(message)}\n`;
      if (line.length > lineLimitBytes / 3 && Buffer.byteLength(line) > lineLimitBytes)
        throw new RangeError(`a message of ${Buffer.byteLength(line)} bytes is over the limit of ${lineLimitBytes}`);
      socket.write(line);
    },
    listen(handler) {
      handle = handler;
    },
  };
}
