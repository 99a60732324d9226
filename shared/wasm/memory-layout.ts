import { PlatformError } from '../errors.ts';

/** Bytes of a page, the unit that a WebAssembly memory grows by. https://webassembly.github.io/spec/core/exec/runtime.html#page-size */
export const PAGE_BYTES = 65_536;
/** Bytes that 32-bit addresses reach. */
export const LARGEST_MEMORY = 65_536 * PAGE_BYTES;

/** Gives out addresses one after the other, each a multiple of 64. */
export class MemoryLayout {
  /** The first bytes are the kernel's own, and address 0 stands for "none". */
  #end = 1024;

  /** Bytes given out so far. */
  get end(): number {
    return this.#end;
  }

  /** The address of so many bytes. */
  take(bytes: number): number {
    const address = this.#end;
    this.#end += 64 * Math.ceil(bytes / 64);
    return address;
  }
}

/** How to tell that a memory cannot be had. */
export interface MemoryPurpose {
  readonly code: string;
  /** What it is for, as in "a fit". */
  readonly what: string;
  /** What to do where it is too large. */
  readonly hint: string;
}

/** @throws PlatformError `code` where it is larger than a memory can be, or the machine does not give it */
export function sharedMemory(bytes: number, { code, what, hint }: MemoryPurpose): WebAssembly.Memory {
  if (bytes > LARGEST_MEMORY) {
    throw new PlatformError(
      code,
      `${what} of this size needs ${bytes} bytes of shared memory, more than the ${LARGEST_MEMORY} that one has; ${hint}`,
    );
  }
  const pages = Math.ceil(bytes / PAGE_BYTES);
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  } catch (cause) {
    throw new PlatformError(code, `${bytes} bytes of shared memory for ${what} cannot be had`, { cause });
  }
}
