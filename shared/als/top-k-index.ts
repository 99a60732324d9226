import { PlatformError } from '../errors.ts';
import { LARGEST_MEMORY, MemoryLayout, PAGE_BYTES } from '../wasm/index.ts';
import { wasmBase64 } from './kernel/top-k.wasm.ts';
import {
  BLOCK,
  BOUNDS,
  encodeItems,
  type ItemCodes,
  MAX_RANK,
  paddedRank,
  QUERY_REPEATS,
} from './top-k-codes.ts';

/**
 * Item factors made ready for exact searches over the whole catalogue. It takes 5 bytes a factor, 14 an item and, for the largest
 * search so far, 16 an item that was wanted or 8 an item that was scored: 334 MB for 1,000,000 items of rank 64. All of it is one
 * WebAssembly memory, which the garbage collector frees with the index.
 */
export interface ItemIndex {
  /** Items are told by their row in the factors: 0 to `items` - 1. */
  readonly items: number;
  readonly rank: number;
  readonly memory: WebAssembly.Memory;
  readonly kernel: Kernel;
  readonly addresses: Addresses;
}

/**
 * @param factors row-major, items × rank; copied
 * @throws PlatformError `invalid_factors` where a factor is not finite or the shape is wrong, `index_too_large` beyond 4 GiB
 */
export function indexItems(factors: Float32Array, rank: number): ItemIndex {
  if (!Number.isInteger(rank) || rank < 1 || rank > MAX_RANK || factors.length % rank !== 0) {
    throw new PlatformError(
      'invalid_factors',
      `${factors.length} factors are no rows of rank ${rank}; a rank is 1 to ${MAX_RANK}`,
    );
  }
  const items = factors.length / rank;
  const addresses = addressesOf(items, rank);
  if (addresses.scratch > LARGEST_MEMORY) {
    throw new PlatformError(
      'index_too_large',
      `${items} items of rank ${rank} take ${addresses.scratch} bytes of 4 GiB; lower the rank or index parts of the catalogue`,
    );
  }
  const memory = new WebAssembly.Memory({ initial: Math.ceil(addresses.scratch / PAGE_BYTES) });
  encodeItems(factors, rank, itemCodes(memory, addresses, items, rank));
  const { exports } = new WebAssembly.Instance(compiled(), { env: { memory } });
  const kernel = exports as unknown as Kernel;
  const { order, codes, bounds, rows, lengths, query, queryCodes } = addresses;
  kernel.open(items, rank, order, codes, bounds, rows, lengths, query, queryCodes);
  return { items, rank, memory, kernel, addresses };
}

/** The memory's bytes, with as many for the answer: those of before are not to be used once it has grown. */
export function withScratch({ memory, addresses }: ItemIndex, bytes: number): ArrayBufferLike {
  const missing = addresses.scratch + bytes - memory.buffer.byteLength;
  if (missing > 0) {
    try {
      memory.grow(Math.ceil(missing / PAGE_BYTES));
    } catch (cause) {
      throw new PlatformError(
        'index_too_large',
        `an answer of ${bytes} bytes does not fit; ask for fewer items`,
        {
          cause,
        },
      );
    }
  }
  return memory.buffer;
}

export interface Kernel {
  open(items: number, rank: number, ...addresses: number[]): void;
  topItems(
    wanted: number,
    eligible: number,
    scale: number,
    length: number,
    error: number,
    norm: number,
    slack: number,
    cosine: number,
    heap: number,
  ): number;
  scoreAll(out: number): void;
}

/** Bytes from the memory's begin. */
export type Addresses = Readonly<
  Record<
    | 'order'
    | 'lengths'
    | 'codes'
    | 'bounds'
    | 'rows'
    | 'query'
    | 'queryCodes'
    | 'eligible'
    /** Last, as it grows with what is asked for. */
    | 'scratch',
    number
  >
>;

function addressesOf(items: number, rank: number): Addresses {
  const blocks = Math.ceil(items / BLOCK);
  const space = new MemoryLayout();
  return {
    order: space.take(4 * items),
    lengths: space.take(8 * items),
    codes: space.take(blocks * BLOCK * paddedRank(rank)),
    bounds: space.take(8 * blocks * BOUNDS),
    rows: space.take(4 * blocks * BLOCK * rank),
    query: space.take(8 * rank),
    queryCodes: space.take(2 * QUERY_REPEATS * paddedRank(rank)),
    eligible: space.take(Math.ceil(items / 8)),
    scratch: space.end,
  };
}

function itemCodes({ buffer }: WebAssembly.Memory, at: Addresses, items: number, rank: number): ItemCodes {
  const blocks = Math.ceil(items / BLOCK);
  return {
    order: new Uint32Array(buffer, at.order, items),
    lengths: new Float64Array(buffer, at.lengths, items),
    codes: new Int8Array(buffer, at.codes, blocks * BLOCK * paddedRank(rank)),
    bounds: new Float64Array(buffer, at.bounds, blocks * BOUNDS),
    factors: new Float32Array(buffer, at.rows, blocks * BLOCK * rank),
  };
}

let module: WebAssembly.Module | null = null;

/** Compiled once a process, when first needed. */
function compiled(): WebAssembly.Module {
  module ??= new WebAssembly.Module(Buffer.from(wasmBase64, 'base64'));
  return module;
}
