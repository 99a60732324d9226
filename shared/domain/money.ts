import { PlatformError } from '../errors.ts';

declare const brand: unique symbol;

/** An amount as decimal text with two digits after the point, e.g. `"12.50"` or `"-0.05"`; never a float. */
export type Money = string & { readonly [brand]: 'Money' };

/** As `moneyOfCents` writes it. */
const WRITTEN = /^(?!-0\.00$)-?(0|[1-9]\d{0,14})\.\d\d$/;

export function parseMoney(text: unknown): Money {
  if (typeof text === 'string' && WRITTEN.test(text)) return text as Money;
  if (typeof text !== 'string' || !/^-?\d{1,15}(\.\d{1,2})?$/.test(text)) {
    throw new PlatformError(
      'invalid_money',
      `an amount must be decimal text such as "12.50", got ${JSON.stringify(text)}`,
    );
  }
  return moneyOfCents(centsOf(text as Money));
}

/** Whole cents, exact. */
export function centsOf(money: Money): bigint {
  const negative = money.startsWith('-');
  const [whole = '0', fraction = ''] = money.replace('-', '').split('.');
  const cents = BigInt(whole) * 100n + BigInt(fraction.padEnd(2, '0'));
  return negative ? -cents : cents;
}

export function moneyOfCents(cents: bigint): Money {
  const digits = (cents < 0n ? -cents : cents).toString().padStart(3, '0');
  return `${cents < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}` as Money;
}
