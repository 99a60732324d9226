import type { Value } from './batch.ts';

/**
 * A condition on a row, in SQL's three-valued logic: a comparison with a null value is unknown, and a row is chosen only
 * where the condition is true. `value`s are lake values of their column's type, never null.
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
