/** Sets of small whole numbers, as words of bits: what thousands of boxes are joined and cut by. */

export class Bits {
  /**
   * Words of 32 bits; a plain list, because typed ones lie outside the heap and are slow to come and go. The first is the word
   * number `#from`: most sets hold but a few numbers near each other.
   */
  readonly #words: number[];
  #from: number;

  constructor(words: number[] = [], from = 0) {
    this.#words = words;
    this.#from = from;
  }

  add(index: number): void {
    const at = index >>> 5;
    this.#cover(at, at + 1);
    this.#words[at - this.#from] = this.#word(at) | (1 << (index & 31));
  }

  delete(index: number): void {
    const at = (index >>> 5) - this.#from;
    const word = this.#words[at];
    if (word !== undefined) this.#words[at] = word & ~(1 << (index & 31));
  }

  has(index: number): boolean {
    return (this.#word(index >>> 5) & (1 << (index & 31))) !== 0;
  }

  copy(): Bits {
    return new Bits(this.#words.slice(), this.#from);
  }

  /** Puts in all of `others`. */
  join(others: Bits): this {
    const [theirs, from] = [others.#words, others.#from];
    if (theirs.length === 0) return this;
    this.#cover(from, from + theirs.length);
    const [mine, by] = [this.#words, from - this.#from];
    for (let at = 0; at < theirs.length; at++) mine[at + by] = (mine[at + by] ?? 0) | (theirs[at] ?? 0);
    return this;
  }

  /** Keeps only what is also in `others`. */
  keep(others: Bits): this {
    const [mine, theirs, by] = [this.#words, others.#words, this.#from - others.#from];
    for (let at = 0; at < mine.length; at++) mine[at] = (mine[at] ?? 0) & (theirs[at + by] ?? 0);
    return this;
  }

  /** Takes out all of `others`. */
  drop(others: Bits): this {
    const [mine, theirs, by] = [this.#words, others.#words, this.#from - others.#from];
    const end = Math.min(mine.length, theirs.length - by);
    for (let at = Math.max(0, -by); at < end; at++) mine[at] = (mine[at] ?? 0) & ~(theirs[at + by] ?? 0);
    return this;
  }

  get isEmpty(): boolean {
    for (let at = 0; at < this.#words.length; at++) if (this.#words[at] !== 0) return false;
    return true;
  }

  meets(others: Bits): boolean {
    const [mine, theirs, by] = [this.#words, others.#words, this.#from - others.#from];
    const end = Math.min(mine.length, theirs.length - by);
    for (let at = Math.max(0, -by); at < end; at++) if (((mine[at] ?? 0) & (theirs[at + by] ?? 0)) !== 0) return true;
    return false;
  }

  /** The members, ascending. */
  list(): number[] {
    const found: number[] = [];
    for (let at = 0; at < this.#words.length; at++)
      for (let word = this.#words[at] ?? 0; word !== 0; word &= word - 1)
        found.push((at + this.#from) * 32 + 31 - Math.clz32(word & -word));
    return found;
  }

  #word(at: number): number {
    return this.#words[at - this.#from] ?? 0;
  }

  /** Makes room for the words from `first` up to `end`. */
  #cover(first: number, end: number): void {
    if (this.#words.length === 0) this.#from = first;
    while (this.#from > first) {
      this.#words.unshift(0);
      this.#from--;
    }
    while (this.#from + this.#words.length < end) this.#words.push(0);
  }
}
