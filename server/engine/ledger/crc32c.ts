/** CRC-32C (Castagnoli, RFC 3720 appendix B.4), eight bytes a step. Finds accidents; against people there are the hashes. */

const tables = makeTables();

function makeTables(): Uint32Array {
  const all = new Uint32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    all[byte] = crc;
  }
  for (let at = 256; at < all.length; at++) {
    const before = all[at - 256] ?? 0;
    all[at] = (before >>> 8) ^ (all[before & 255] ?? 0);
  }
  return all;
}

/** The CRC-32C of `bytes` from `start` to before `end`, as an unsigned 32-bit number. */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const t = tables;
  const b = (at: number) => bytes[at] as number;
  const look = (table: number, byte: number) => t[(table << 8) | (byte & 255)] as number;
  let crc = 0xffffffff;
  let at = start;
  for (; at + 8 <= end; at += 8) {
    const low = crc ^ (b(at) | (b(at + 1) << 8) | (b(at + 2) << 16) | (b(at + 3) << 24));
    crc = look(7, low) ^ look(6, low >>> 8) ^ look(5, low >>> 16) ^ look(4, low >>> 24);
    crc ^= look(3, b(at + 4)) ^ look(2, b(at + 5)) ^ look(1, b(at + 6)) ^ look(0, b(at + 7));
  }
  for (; at < end; at++) crc = look(0, crc ^ b(at)) ^ (crc >>> 8);
  return ~crc >>> 0;
}
