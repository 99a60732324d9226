import { z } from 'zod';
import { productId, userId } from '../../shared/domain/index.ts';
import type { HttpRequest } from '../../shared/runtime/http-reply.ts';
import { idText, integerText, parseRequest } from '../../shared/runtime/request.ts';

/** Those of one customer. */
const SHELVES = ['for-you', 'buy-again', 'discover'] as const;
const MOST_ITEMS = 100;
const MOST_EXCLUDED = 1_000;

const path = z.object({ userId: idText.transform(userId) });
const query = z.strictObject({
  n: integerText(1, MOST_ITEMS).default(10),
  shelf: z.enum(SHELVES, { error: `one of ${SHELVES.join(', ')}` }).default('for-you'),
  category: z
    .string()
    .min(1, { error: 'the name of a category' })
    .max(200, { error: 'at most 200 characters' })
    .optional(),
  exclude: z
    .string()
    .regex(/^\d+(,\d+)*$/, { error: 'product ids with commas between them, e.g. 17,42' })
    .transform((text) => text.split(','))
    .pipe(
      z
        .array(idText.transform(productId))
        .max(MOST_EXCLUDED, { error: `at most ${MOST_EXCLUDED} product ids` }),
    )
    .default([]),
});

export type RecommendRequest = z.output<typeof path> & z.output<typeof query>;

/** @throws PlatformError `invalid_request` naming the field */
export function parseRecommendRequest(
  request: Pick<HttpRequest, 'pathParameters' | 'query'>,
): RecommendRequest {
  return { ...parseRequest(path, request.pathParameters), ...parseRequest(query, request.query) };
}
