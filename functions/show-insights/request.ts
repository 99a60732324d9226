import { z } from 'zod';
import { integerText, parseRequest } from '../../shared/runtime/request.ts';

const VIEWS = ['revenue', 'top-products', 'rfm', 'recommendations', 'pipeline'] as const;
export type View = (typeof VIEWS)[number];

export interface InsightRequest {
  readonly view: View;
  readonly format: 'json' | 'csv';
  /** Of the revenue per day. */
  readonly days: number;
  /** Of the revenue as CSV. */
  readonly grain: 'day' | 'minute';
  /** Of top products. */
  readonly n: number;
}

/** @throws invalid_request naming the field and what was expected */
export function parseInsightRequest(
  view: string | undefined,
  query: Readonly<Record<string, string | undefined>>,
): InsightRequest {
  return parseRequest(schema, { ...query, view });
}

const oneOf = <const Names extends readonly [string, ...string[]]>(names: Names) =>
  z.enum(names, { error: `one of ${names.join(', ')}` });

const schema = z.strictObject(
  {
    view: oneOf(VIEWS),
    format: oneOf(['json', 'csv']).default('json'),
    days: integerText(1, 366).prefault('30'),
    grain: oneOf(['day', 'minute']).default('day'),
    n: integerText(1, 100).prefault('10'),
  },
  {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? 'no such parameter; known are format, days, grain, n' : undefined,
  },
);
