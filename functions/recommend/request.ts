import { z } from 'zod';
import { type ProductId, productId, type UserId, userId } from '../../shared/domain/index.ts';
import { PlatformError } from '../../shared/errors.ts';
import {
  CUSTOMER_SHELVES,
  type CustomerShelf,
  PRODUCT_SHELVES,
  type ProductShelf,
} from '../../shared/ranking/index.ts';
import type { HttpRequest } from '../../shared/runtime/http-reply.ts';
import { idText, integerText, parseRequest } from '../../shared/runtime/request.ts';

const MOST_ITEMS = 100;
const MOST_EXCLUDED = 1_000;
const MOST_IN_BASKET = 100;

const productIds = (most: number) =>
  z
    .string()
    .regex(/^\d+(,\d+)*$/, { error: 'product ids with commas between them, e.g. 17,42' })
    .transform((text) => text.split(','))
    .pipe(z.array(idText.transform(productId)).max(most, { error: `at most ${most} product ids` }));

const customerPath = z.object({ userId: idText.transform(userId) });
const productPath = z.object({ productId: idText.transform(productId) });

/** What every shelf may be asked for. */
const filters = {
  n: integerText(1, MOST_ITEMS).default(10),
  category: z
    .string()
    .min(1, { error: 'the name of a category' })
    .max(200, { error: 'at most 200 characters' })
    .optional(),
  exclude: productIds(MOST_EXCLUDED).default([]),
  explain: z
    .enum(['true', 'false'], { error: 'true or false' })
    .default('false')
    .transform((text) => text === 'true'),
};

const anyQuery = z.strictObject(filters);
const customerQuery = z
  .strictObject({
    ...filters,
    shelf: z.enum(CUSTOMER_SHELVES, { error: `one of ${CUSTOMER_SHELVES.join(', ')}` }).default('for-you'),
    basket: productIds(MOST_IN_BASKET).optional(),
  })
  .refine(({ shelf, basket }) => (shelf === 'basket') === (basket !== undefined), {
    path: ['basket'],
    error: 'the product ids in the basket, with shelf=basket and only there',
  });

type Filters = z.output<typeof anyQuery>;

export interface CustomerRequest extends Filters {
  readonly shelf: CustomerShelf;
  readonly userId: UserId;
  /** Of shelf `basket` alone. */
  readonly basket?: readonly ProductId[] | undefined;
}

export interface ProductRequest extends Filters {
  readonly shelf: ProductShelf;
  readonly productId: ProductId;
}

export interface TrendingRequest extends Filters {
  readonly shelf: 'trending';
}

export type RecommendRequest = CustomerRequest | ProductRequest | TrendingRequest;

/**
 * Which of the function's routes a request came by is told by its parameters and, of a product, by the end of its path.
 * @throws PlatformError `invalid_request` naming the field, `not_found` for a path that is none of them
 */
export function parseRecommendRequest({
  path,
  pathParameters,
  query,
}: Pick<HttpRequest, 'path' | 'pathParameters' | 'query'>): RecommendRequest {
  if (pathParameters.userId !== undefined)
    return { ...parseRequest(customerPath, pathParameters), ...parseRequest(customerQuery, query) };
  const shelf = path.split('/').at(-1);
  const ofProduct = PRODUCT_SHELVES.find((name) => name === shelf);
  if (pathParameters.productId !== undefined && ofProduct !== undefined)
    return {
      shelf: ofProduct,
      ...parseRequest(productPath, pathParameters),
      ...parseRequest(anyQuery, query),
    };
  if (shelf === 'trending') return { shelf, ...parseRequest(anyQuery, query) };
  throw new PlatformError('not_found', `nothing is recommended at ${path}`);
}
