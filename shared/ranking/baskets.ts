/** One product in one sold order of a customer. */
export interface Purchase {
  readonly product: number;
  /** The order that it was bought in. */
  readonly basket: number;
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
  readonly quantity: number;
  /** Of one piece, in the shop's currency; absent where it is not known. */
  readonly price?: number | undefined;
}

/** All that one customer bought, in any order; cancelled orders are left out by whoever collects it. */
export type History = readonly Purchase[];

export interface BasketLine {
  readonly quantity: number;
  /** Mean of one piece; NaN where it is not known. */
  readonly price: number;
}

export interface Basket {
  readonly id: number;
  /** Of its first line. */
  readonly at: number;
  /** By product; a product counts once, its quantities added up. */
  readonly lines: ReadonlyMap<number, BasketLine>;
}

/**
 * Latest first, of two of one moment the one with the higher id; lines by ascending product. The same to the last bit in whatever
 * order a history comes: lines of one product are added up by ascending price, then quantity.
 */
export function basketsOf(history: History): Basket[] {
  const byId = new Map<number, { id: number; at: number; lines: Map<number, BasketLine> }>();
  for (const purchase of [...history].sort(byProduct)) {
    const { basket: id, at, product, quantity, price = Number.NaN } = purchase;
    let basket = byId.get(id);
    if (basket === undefined) {
      basket = { id, at, lines: new Map() };
      byId.set(id, basket);
    }
    basket.at = Math.min(basket.at, at);
    const line = basket.lines.get(product);
    basket.lines.set(product, line === undefined ? { quantity, price } : added(line, quantity, price));
  }
  return [...byId.values()].sort((a, b) => b.at - a.at || b.id - a.id);
}

function byProduct(a: Purchase, b: Purchase): number {
  return a.product - b.product || (a.price ?? 0) - (b.price ?? 0) || a.quantity - b.quantity;
}

function added(line: BasketLine, quantity: number, price: number): BasketLine {
  const pieces = line.quantity + quantity;
  return { quantity: pieces, price: (line.quantity * line.price + quantity * price) / pieces };
}
