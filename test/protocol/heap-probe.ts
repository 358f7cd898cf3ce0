/**
 * Loaded into a server before it starts: tells how much of its heap is in use when a message asks for it, after all that
 * nobody holds has been collected. With `ASSAY_PROBE_LEAK`, it holds something of each message to the server for ever.
 */
const collect = (globalThis as { gc?: () => void }).gc;
const leak: string[][] = [];

if (process.env.ASSAY_PROBE_LEAK) {
  const emit = process.stdin.emit.bind(process.stdin);
  process.stdin.emit = (event: string, ...values: unknown[]): boolean => {
    const messages = event === 'data' ? String(values[0]).split('Content-Length: ').length - 1 : 0;
    // As much as the lines of a small document.
    for (let index = 0; index < messages; index++)
      leak.push(Array.from({ length: 100 }, (_, line) => `line ${line} of ${leak.length}`));
    return emit(event, ...values);
  };
}

process.on('message', async () => {
  for (let turn = 0; turn < 8; turn++) {
    collect?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  process.send?.(process.memoryUsage().heapUsed);
});
// To be asked is no reason to stay alive.
process.channel?.unref();
