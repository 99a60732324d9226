import { productId } from '../domain/index.ts';
import { keys, type OnlineProduct, type OnlineStore, PRODUCT_FIELD, productCodec } from '../online/index.ts';

/** Reads each product once, and keeps what it read. */
export class ProductReader {
  readonly #online: OnlineStore;
  readonly #known = new Map<number, OnlineProduct | undefined>();

  constructor(online: OnlineStore) {
    this.#online = online;
  }

  async read(ids: Iterable<number>): Promise<void> {
    const missing = [...new Set(ids)].filter((id) => !this.#known.has(id));
    const hashes = await this.#online.read(missing.map((id) => keys.product(productId(id))));
    missing.forEach((id, i) => {
      const text = hashes[i]?.get(PRODUCT_FIELD);
      this.#known.set(id, text === undefined ? undefined : productCodec.decode(text));
    });
  }

  hasRead(id: number): boolean {
    return this.#known.has(id);
  }

  /** undefined: deleted, or not read. */
  known(id: number): OnlineProduct | undefined {
    return this.#known.get(id);
  }
}

/** Whether a product may be recommended. */
export function isSellable(product: OnlineProduct | undefined): product is OnlineProduct {
  return product?.active === true && product.stock > 0;
}
