import type { Value } from './batch.ts';

/**
 * A condition on a row, in SQL's three-valued logic: a comparison with a null value is unknown, and a row is chosen only
 * where the condition is true. `value`s are lake values of their column's type, never null. Values are ordered as Spark
 * does: strings and binary by their bytes, false before true, NaN equal to itself and above every other number.
 */
export type Predicate =
  | {
      readonly op: '=' | '<' | '<=' | '>' | '>=';
      readonly column: string;
      readonly value: NonNullable<Value>;
    }
  | { readonly op: 'in'; readonly column: string; readonly values: readonly NonNullable<Value>[] }
  | { readonly op: 'is-null'; readonly column: string }
  | { readonly op: 'and' | 'or'; readonly of: readonly Predicate[] }
  | { readonly op: 'not'; readonly of: Predicate };
