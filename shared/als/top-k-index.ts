import { PlatformError } from '../errors.ts';
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
  if (addresses.scratch > MAX_BYTES) {
    throw new PlatformError(
      'index_too_large',
      `${items} items of rank ${rank} take ${addresses.scratch} bytes of 4 GiB; lower the rank or index parts of the catalogue`,
    );
  }
  const memory = new WebAssembly.Memory({ initial: Math.ceil(addresses.scratch / PAGE) });
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
      memory.grow(Math.ceil(missing / PAGE));
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
  // The first bytes are the kernel's own.
  let next = 1024;
  const take = (bytes: number): number => {
    const at = next;
    next += 64 * Math.ceil(bytes / 64);
    return at;
  };
  return {
    order: take(4 * items),
    lengths: take(8 * items),
    codes: take(blocks * BLOCK * paddedRank(rank)),
    bounds: take(8 * blocks * BOUNDS),
    rows: take(4 * blocks * BLOCK * rank),
    query: take(8 * rank),
    queryCodes: take(2 * QUERY_REPEATS * paddedRank(rank)),
    eligible: take(Math.ceil(items / 8)),
    scratch: next,
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

const PAGE = 65_536;
const MAX_BYTES = 65_536 * PAGE;

let module: WebAssembly.Module | null = null;

/** Compiled once a process, when first needed. */
function compiled(): WebAssembly.Module {
  module ??= new WebAssembly.Module(Buffer.from(wasmBase64, 'base64'));
  return module;
}
