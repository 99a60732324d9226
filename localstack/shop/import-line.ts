import type { OrderLine } from './order-lines.ts';

/** What one line of the file says about the shop, or why it cannot be sold goods. */
export type JudgedLine =
  | {
      readonly kind: 'item';
      /** Upper case, because the file writes one code both ways. */
      readonly stockCode: string;
      /** Pieces, positive on a cancellation too. */
      readonly quantity: number;
      readonly cents: number;
      readonly cancelled: boolean;
    }
  | { readonly kind: 'rejected'; readonly reason: string };

/** Largest amount of numeric(10,2), in cents. */
const MAX_CENTS = 9_999_999_999;
const MAX_INTEGER = 2_147_483_647;

export function judgeLine(line: OrderLine): JudgedLine {
  const cancelled = isCancellation(line.invoice);
  const quantity = cancelled ? Math.abs(line.quantity) : line.quantity;
  const cents = Math.round(Number(line.unitPrice) * 100);
  if (!Number.isInteger(quantity)) return rejected(`quantity is not in whole pieces: ${line.quantity}`);
  if (quantity <= 0) return rejected(`quantity is not positive: ${line.quantity}`);
  if (cents <= 0) return rejected(`price is below one cent: ${line.unitPrice}`);
  if (quantity > MAX_INTEGER || quantity * cents > MAX_CENTS) {
    return rejected(`amount is above 99999999.99: ${line.quantity} x ${line.unitPrice}`);
  }
  if (
    [line.stockCode, line.description, line.customerId, line.category].some((text) => text?.includes('\0'))
  ) {
    return rejected('text holds a NUL character, which Postgres cannot store');
  }
  return { kind: 'item', stockCode: line.stockCode.toUpperCase(), quantity, cents, cancelled };
}

/** `C536379` takes back goods: an order that is cancelled, not a sale. */
function isCancellation(invoice: string): boolean {
  return /^c/i.test(invoice);
}

function rejected(reason: string): JudgedLine {
  return { kind: 'rejected', reason };
}
