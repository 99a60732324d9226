import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { idText, integerText, parseRequest } from './request.ts';

const SCHEMA = z.strictObject({
  userId: idText,
  query: z.strictObject({ n: integerText(1, 100).optional() }),
});

function problemOf(input: unknown): unknown {
  try {
    return parseRequest(SCHEMA, input);
  } catch (error) {
    return error;
  }
}

describe('parseRequest', () => {
  it('gives the values in their types', () => {
    expect(parseRequest(SCHEMA, { userId: '42', query: { n: '5' } })).toEqual({
      userId: 42,
      query: { n: 5 },
    });
  });

  it('names every wrong field with what was expected and what came', () => {
    expect(problemOf({ userId: 'abc', query: { n: '0' } })).toMatchObject({
      code: 'invalid_request',
      message: 'userId: an integer from 1 to 2147483647; query.n: a whole number from 1 to 100',
      details: {
        errors: [
          { field: 'userId', expected: 'an integer from 1 to 2147483647', got: 'abc' },
          { field: 'query.n', expected: 'a whole number from 1 to 100', got: '0' },
        ],
      },
    });
  });

  it('names a field that is not known', () => {
    expect(problemOf({ userId: '1', query: { limit: '5' } })).toMatchObject({
      details: { errors: [{ field: 'query.limit' }] },
    });
  });

  it.each([undefined, null, 'text', 7])('names the request where it is %j as a whole', (input) => {
    expect(problemOf(input)).toMatchObject({
      code: 'invalid_request',
      details: { errors: [{ field: 'request', got: input ?? null }] },
    });
  });
});

describe('idText', () => {
  it.each([
    ['1', 1],
    ['2147483647', 2_147_483_647],
  ])('reads %s', (text, id) => {
    expect(idText.parse(text)).toBe(id);
  });

  it.each(['', '0', '-1', '01', '1.0', '1e3', ' 1', '2147483648', '9999999999', '99999999999', '٣'])(
    'refuses %j',
    (text) => {
      expect(idText.safeParse(text).success).toBe(false);
    },
  );
});

describe('integerText', () => {
  it.each(['1', '50', '100', '007'])('takes %s from 1 to 100', (text) => {
    expect(integerText(1, 100).parse(text)).toBe(Number(text));
  });

  it.each(['', '0', '101', '-1', '1.5', 'ten', '1000000000000'])('refuses %j from 1 to 100', (text) => {
    expect(integerText(1, 100).safeParse(text).success).toBe(false);
  });
});
