/** The Merkle tree of RFC 6962 section 2.1, grown leaf by leaf. Keeps one hash for each set bit of its size and no leaves. */
import type { Hash } from '../ports.ts';

/** `SHA-256(0x01 | left | right)`. */
export function nodeHash(hash: Hash, left: Uint8Array, right: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(65);
  bytes[0] = 1;
  bytes.set(left, 1);
  bytes.set(right, 33);
  return hash.sha256(bytes);
}

/** `SHA-256(0x00 | data)`. */
export function leafHash(hash: Hash, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 1);
  bytes.set(data, 1);
  return hash.sha256(bytes);
}

export class MerkleTree {
  readonly #hash: Hash;
  /** The roots of the full subtrees that the leaves fall into, from the largest. */
  readonly #roots: Uint8Array[];
  #size: number;

  constructor(hash: Hash, size = 0, roots: readonly Uint8Array[] = []) {
    this.#hash = hash;
    this.#size = size;
    this.#roots = [...roots];
  }

  get size(): number {
    return this.#size;
  }

  get roots(): readonly Uint8Array[] {
    return this.#roots;
  }

  push(leaf: Uint8Array): void {
    let node = leaf;
    for (let rest = this.#size; rest % 2 === 1; rest = Math.floor(rest / 2)) {
      const left = this.#roots.pop();
      if (left === undefined) throw new Error('a Merkle tree has fewer roots than its size says');
      node = nodeHash(this.#hash, left, node);
    }
    this.#roots.push(node);
    this.#size++;
  }

  /** The root over all leaves; the hash of nothing for an empty tree. */
  root(): Uint8Array {
    const [last, ...others] = [...this.#roots].reverse();
    if (last === undefined) return this.#hash.sha256(new Uint8Array(0));
    return others.reduce((right, left) => nodeHash(this.#hash, left, right), last);
  }

  copy(): MerkleTree {
    return new MerkleTree(this.#hash, this.#size, this.#roots);
  }
}
