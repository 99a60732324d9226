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
    const fields = missing.map((id) => ({ key: keys.product(productId(id)), field: PRODUCT_FIELD }));
    const rows = await this.#online.readFields(fields);
    missing.forEach((id, i) => {
      const text = rows[i] ?? null;
      this.#known.set(id, text === null ? undefined : productCodec.decode(text));
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
