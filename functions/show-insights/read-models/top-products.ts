import type { Money } from '../../../shared/domain/index.ts';
import { currentTable, PRODUCT_POPULARITY } from '../../../shared/tables/index.ts';
import { countIn, moneyIn, textIn } from './cells.ts';
import type { AsOf, LakeReader } from './lake-reader.ts';

export interface TopProduct {
  readonly productId: number;
  readonly name: string;
  readonly category: string;
  readonly revenue: Money;
  readonly units: number;
  /** Orders that hold it: ever, and in the 28 days before the features were built. */
  readonly orders: number;
  readonly orders28d: number;
}

export interface TopProducts {
  readonly products: readonly TopProduct[];
  readonly asOf: AsOf;
}

/** The `n` products with the highest revenue of all time, sales only, highest first. */
export async function topProducts(lake: LakeReader, n: number): Promise<TopProducts> {
  const [rows, asOf] = await Promise.all([
    lake.query({
      sql: TOP_PRODUCTS,
      tables: { popularity: PRODUCT_POPULARITY, products: currentTable('products') },
      params: { n },
    }),
    lake.asOf(PRODUCT_POPULARITY),
  ]);
  const products = rows.map((row) => ({
    productId: countIn(row, 'product_id'),
    name: textIn(row, 'name'),
    category: textIn(row, 'category'),
    revenue: moneyIn(row, 'revenue'),
    units: countIn(row, 'units'),
    orders: countIn(row, 'purchase_count'),
    orders28d: countIn(row, 'purchase_count_28d'),
  }));
  return { products, asOf };
}

/** Grain: one row per product. A product that the shop deleted keeps its sales, and its id for a name. */
const TOP_PRODUCTS = `
  SELECT
    popularity.product_id,
    coalesce(products.name, 'product ' || popularity.product_id) AS name,
    coalesce(products.category, '') AS category,
    popularity.revenue,
    popularity.units,
    popularity.purchase_count,
    popularity.purchase_count_28d
  FROM popularity
  LEFT JOIN products USING (product_id)
  ORDER BY popularity.revenue DESC, popularity.product_id
  LIMIT $n`;
