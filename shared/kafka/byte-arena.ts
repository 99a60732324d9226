/** Bytes of one block. Large enough that blocks are few, small enough that a last piece holds back little. */
const BLOCK_BYTES = 256 * 1024;

/**
 * Writes many short texts side by side into few blocks. A buffer of its own for each costs more than the text: time, and above
 * all the garbage collector's, which visits every one. A block lives as long as any piece of it.
 */
export class ByteArena {
  #block = Buffer.alloc(0);
  #at = 0;

  utf8(text: string): Buffer {
    // A UTF-16 unit takes three bytes at most; only what was written is kept.
    const start = this.#reserve(text.length * 3);
    this.#at += this.#block.write(text, start, 'utf8');
    return this.#block.subarray(start, this.#at);
  }

  /** As `Buffer.from(text, 'base64')` reads it: leniently. */
  base64(text: string): Buffer {
    const start = this.#reserve(Math.ceil(text.length / 4) * 3);
    this.#at += this.#block.write(text, start, 'base64');
    return this.#block.subarray(start, this.#at);
  }

  /** @returns where the next `most` bytes are free */
  #reserve(most: number): number {
    if (this.#at + most > this.#block.length) {
      this.#block = Buffer.allocUnsafeSlow(Math.max(BLOCK_BYTES, most));
      this.#at = 0;
    }
    return this.#at;
  }
}
