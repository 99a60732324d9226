/**
 * The part of the WebAssembly JavaScript API (https://www.w3.org/TR/wasm-js-api-2/) that kernels are started with. Node's types
 * leave it to the DOM's, which would also bring a browser's globals.
 */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }

  class Memory {
    /** Sizes in pages of 64 KiB; a shared memory needs a maximum. */
    constructor(size: { readonly initial: number; readonly maximum?: number; readonly shared?: boolean });
    /** A memory that is not shared gives a new buffer after it has grown; the old one is detached. */
    readonly buffer: ArrayBuffer | SharedArrayBuffer;
    /** Adds pages and returns how many there were. */
    grow(pages: number): number;
  }

  class Instance {
    constructor(module: Module, imports?: Readonly<Record<string, Readonly<Record<string, unknown>>>>);
    readonly exports: Readonly<Record<string, unknown>>;
  }
}
