/** The text of a file's bytes. */

/**
 * UTF-8, or UTF-16 where a byte order mark or the zero byte beside a first plain letter says so, as YAML 1.2 reads it
 * (section 5.2). Bytes that are neither become replacement characters; a byte order mark stays.
 */
export function decode(bytes: Buffer): string {
  const wide = wideEncodingOf(bytes);
  return wide === null ? bytes.toString('utf8') : new TextDecoder(wide, { ignoreBOM: true }).decode(bytes);
}

function wideEncodingOf([first, second]: Buffer): 'utf-16le' | 'utf-16be' | null {
  if (second === undefined) return null;
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return 'utf-16le';
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0)) return 'utf-16be';
  return null;
}
