/** The words by which the threads of a kernel share work: the counterpart of `assembly/crew.ts`. */

/** Bytes of a crew. */
export const CREW_BYTES = 20;
const STOP_OFFSET = 16;

export function writeCrew(buffer: ArrayBufferLike, address: number, threads: number): void {
  new Int32Array(buffer, address, CREW_BYTES / 4).fill(0)[0] = threads;
}

/** The word that says why the threads stopped, or 0; setting it to another number makes them stop. */
export function stopWord(buffer: ArrayBufferLike, address: number): Int32Array {
  return new Int32Array(buffer, address + STOP_OFFSET, 1);
}
