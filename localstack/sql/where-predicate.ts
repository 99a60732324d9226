import type { DataType } from '../../shared/features/index.ts';
import type { Predicate, Schema } from '../../shared/lake/index.ts';
import { constantOf } from './sql-constant.ts';
import { isNode, type Node, type TableUse } from './statement-tree.ts';

/**
 * What the WHERE of a statement asks of the rows of one table, as far as the lake can tell it by the statistics of a file:
 * comparisons of a column with a constant, and AND, OR and NOT of them. What it cannot say is left out, which prunes less;
 * null: nothing can be said.
 *
 * A comparison is taken over only where DuckDB makes it in the type of the column. Of floating point numbers only what
 * no NaN passes is: DuckDB has NaN above all numbers, and writers leave it out of their statistics.
 */
export function wherePredicate(use: TableUse, schema: Schema): Predicate | null {
  return use.where === null ? null : (predicateOf(use.where, scopeOf(use, schema))?.predicate ?? null);
}

interface Condition {
  readonly predicate: Predicate;
  /** Whether it says all of what the statement says: only then may it be negated, or stand beside OR. */
  readonly isWhole: boolean;
}

/** The column of the table that a reference means; null where it means another thing. */
type Scope = (reference: unknown) => { readonly name: string; readonly type: DataType } | null;

function scopeOf(use: TableUse, schema: Schema): Scope {
  const columns = new Map(schema.fields.map((column) => [column.name.toLowerCase(), column]));
  const qualifier = (use.alias ?? use.name.at(-1) ?? '').toLowerCase();
  return (reference) => {
    if (!isNode(reference) || reference.type !== 'COLUMN_REF') return null;
    const parts = (reference.column_names as readonly string[]).map((part) => part.toLowerCase());
    const [first = '', second] = parts;
    if (parts.length === 1 && use.isAlone) return columns.get(first) ?? null;
    return parts.length === 2 && first === qualifier ? (columns.get(second ?? '') ?? null) : null;
  };
}

function predicateOf(node: unknown, scope: Scope): Condition | null {
  if (!isNode(node)) return null;
  switch (node.type) {
    case 'CONJUNCTION_AND':
      return conjunction(childrenOf(node).map((child) => predicateOf(child, scope)));
    case 'CONJUNCTION_OR':
      return disjunction(childrenOf(node).map((child) => predicateOf(child, scope)));
    case 'OPERATOR_NOT':
      return negation(predicateOf(childrenOf(node)[0], scope));
    case 'OPERATOR_IS_NULL':
      return isNull(node, scope);
    case 'OPERATOR_IS_NOT_NULL':
      return negation(isNull(node, scope));
    case 'COMPARE_IN':
      return membership(childrenOf(node), scope);
    case 'COMPARE_NOT_IN':
      return negation(membership(childrenOf(node), scope));
    case 'COMPARE_BETWEEN':
      return conjunction([
        comparison('>=', node.input, node.lower, scope),
        comparison('<=', node.input, node.upper, scope),
      ]);
    case 'COMPARE_NOTEQUAL':
      return negation(
        comparison('=', node.left, node.right, scope) ?? comparison('=', node.right, node.left, scope),
      );
    default: {
      const op = COMPARISONS[String(node.type)];
      if (op === undefined) return null;
      return (
        comparison(op, node.left, node.right, scope) ?? comparison(FLIPPED[op], node.right, node.left, scope)
      );
    }
  }
}

type Comparison = '=' | '<' | '<=' | '>' | '>=';

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  COMPARE_EQUAL: '=',
  COMPARE_LESSTHAN: '<',
  COMPARE_LESSTHANOREQUALTO: '<=',
  COMPARE_GREATERTHAN: '>',
  COMPARE_GREATERTHANOREQUALTO: '>=',
};

const FLIPPED = { '=': '=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

function conjunction(parts: readonly (Condition | null)[]): Condition | null {
  const said = parts.filter((part) => part !== null);
  if (said.length === 0) return null;
  return {
    predicate: { op: 'and', of: said.map(({ predicate }) => predicate) },
    isWhole: said.length === parts.length && said.every(({ isWhole }) => isWhole),
  };
}

/** A row may pass by the part that is not known, so all must be. */
function disjunction(parts: readonly (Condition | null)[]): Condition | null {
  const said = parts.filter((part) => part !== null);
  if (said.length < parts.length) return null;
  return {
    predicate: { op: 'or', of: said.map(({ predicate }) => predicate) },
    isWhole: said.every(({ isWhole }) => isWhole),
  };
}

function negation(part: Condition | null): Condition | null {
  return part?.isWhole ? { predicate: { op: 'not', of: part.predicate }, isWhole: true } : null;
}

function isNull(node: Node, scope: Scope): Condition | null {
  const column = scope(childrenOf(node)[0]);
  return column === null ? null : { predicate: { op: 'is-null', column: column.name }, isWhole: true };
}

function comparison(op: Comparison, left: unknown, right: unknown, scope: Scope): Condition | null {
  const column = scope(left);
  const value = column === null ? null : constantOf(right, column.type);
  if (column === null || value === null) return null;
  if (!isFloating(column.type)) return { predicate: { op, column: column.name, value }, isWhole: true };
  return op === '>' || op === '>=' ? null : { predicate: { op, column: column.name, value }, isWhole: false };
}

/** The first child is what is looked for. */
function membership([input, ...members]: readonly unknown[], scope: Scope): Condition | null {
  const column = scope(input);
  if (column === null) return null;
  const values = members.map((member) => constantOf(member, column.type));
  const known = values.filter((value) => value !== null);
  if (known.length < values.length) return null;
  return { predicate: { op: 'in', column: column.name, values: known }, isWhole: !isFloating(column.type) };
}

const isFloating = (type: DataType): boolean => type === 'double' || type === 'float';

function childrenOf(node: Node): readonly unknown[] {
  return Array.isArray(node.children) ? node.children : [];
}
