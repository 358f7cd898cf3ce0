/** Sets of small whole numbers, as words of bits: what thousands of boxes are joined and cut by. */

export class Bits {
  /** Words of 32 bits; a plain list, because typed ones lie outside the heap and are slow to come and go. */
  readonly #words: number[];

  constructor(words: number[] = []) {
    this.#words = words;
  }

  add(index: number): void {
    const at = index >>> 5;
    while (this.#words.length <= at) this.#words.push(0);
    this.#words[at] = (this.#words[at] ?? 0) | (1 << (index & 31));
  }

  delete(index: number): void {
    const at = index >>> 5;
    if (at < this.#words.length) this.#words[at] = (this.#words[at] ?? 0) & ~(1 << (index & 31));
  }

  has(index: number): boolean {
    return ((this.#words[index >>> 5] ?? 0) & (1 << (index & 31))) !== 0;
  }

  copy(): Bits {
    return new Bits(this.#words.slice());
  }

  /** Puts in all of `others`. */
  join(others: Bits): this {
    const [mine, theirs] = [this.#words, others.#words];
    while (mine.length < theirs.length) mine.push(0);
    for (let at = 0; at < theirs.length; at++) mine[at] = (mine[at] ?? 0) | (theirs[at] ?? 0);
    return this;
  }

  /** Keeps only what is also in `others`. */
  keep(others: Bits): this {
    const [mine, theirs] = [this.#words, others.#words];
    for (let at = 0; at < mine.length; at++) mine[at] = (mine[at] ?? 0) & (theirs[at] ?? 0);
    return this;
  }

  /** Takes out all of `others`. */
  drop(others: Bits): this {
    const [mine, theirs] = [this.#words, others.#words];
    const length = Math.min(mine.length, theirs.length);
    for (let at = 0; at < length; at++) mine[at] = (mine[at] ?? 0) & ~(theirs[at] ?? 0);
    return this;
  }

  get isEmpty(): boolean {
    for (let at = 0; at < this.#words.length; at++) if (this.#words[at] !== 0) return false;
    return true;
  }

  meets(others: Bits): boolean {
    const [mine, theirs] = [this.#words, others.#words];
    const length = Math.min(mine.length, theirs.length);
    for (let at = 0; at < length; at++) if (((mine[at] ?? 0) & (theirs[at] ?? 0)) !== 0) return true;
    return false;
  }

  /** The members, ascending. */
  list(): number[] {
    const found: number[] = [];
    for (let at = 0; at < this.#words.length; at++)
      for (let word = this.#words[at] ?? 0; word !== 0; word &= word - 1)
        found.push(at * 32 + 31 - Math.clz32(word & -word));
    return found;
  }
}
