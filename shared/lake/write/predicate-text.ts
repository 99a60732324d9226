import type { Value } from '../schema/batch.ts';
import type { Predicate } from '../schema/predicate.ts';

/** A predicate as SQL, for people who read the history of a table. */
export function predicateText(predicate: Predicate): string {
  switch (predicate.op) {
    case 'and':
    case 'or':
      return `(${predicate.of.map(predicateText).join(predicate.op === 'and' ? ' AND ' : ' OR ')})`;
    case 'not':
      return `(NOT ${predicateText(predicate.of)})`;
    case 'is-null':
      return `(${predicate.column} IS NULL)`;
    case 'in':
      return `(${predicate.column} IN (${shown(predicate.values)}))`;
    default:
      return `(${predicate.column} ${predicate.op} ${valueText(predicate.value)})`;
  }
}

const VALUES_SHOWN = 10;

function shown(values: readonly Value[]): string {
  const texts = values.slice(0, VALUES_SHOWN).map(valueText);
  return values.length > VALUES_SHOWN ? `${texts.join(', ')}, … ${values.length} values` : texts.join(', ');
}

function valueText(value: Value): string {
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`;
  if (value instanceof Uint8Array) return `X'${Buffer.from(value).toString('hex')}'`;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
