import { z } from 'zod';
import { PlatformError } from '../errors.ts';

/**
 * Outside input, checked. Every field that is wrong is named with what was expected and what came.
 * @throws PlatformError `invalid_request` (HTTP 400) with `details.errors: {field, expected, got}[]`.
 */
export function parseRequest<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map((issue) => ({
    field: fieldOf(issue),
    expected: issue.message,
    got: valueAt(input, issue.path),
  }));
  const detail = errors.map(({ field, expected }) => `${field}: ${expected}`).join('; ');
  throw new PlatformError('invalid_request', detail, { details: { errors } });
}

/** An id in a path or query: an integer from 1 to 2147483647. */
export const idText = z
  .string()
  .regex(/^[1-9]\d{0,9}$/, { error: 'an integer from 1 to 2147483647' })
  .transform(Number)
  .refine((id) => id <= 0x7fffffff, { error: 'an integer from 1 to 2147483647' });

/** A whole number within bounds, as text. */
export function integerText(least: number, most: number) {
  const error = `a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, { error })
    .transform(Number)
    .refine((value) => value >= least && value <= most, { error });
}

function fieldOf(issue: z.core.$ZodIssue): string {
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  return [...issue.path, ...(unknown === undefined ? [] : [unknown])].join('.') || 'request';
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) value = (value as Record<PropertyKey, unknown> | undefined | null)?.[key];
  return value ?? null;
}
