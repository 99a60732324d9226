// Event patterns, the grammar that Lambda's filter criteria share with EventBridge.
// Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html (syntax) and
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html (operators).
import { isJsonObject } from '../../../shared/domain/index.ts';
import { operatorTest } from './operators.ts';
import { type Condition, invalidPattern } from './pattern-error.ts';

/** Says whether a JSON value satisfies a pattern; `undefined` stands for an absent key. */
export type PatternTest = (value: unknown) => boolean;

/**
 * Compiles one pattern: keys of an object are joined by AND, the elements of a list by OR, `$or` joins whole objects by OR.
 * @param place path of the pattern, for the error
 * @throws PlatformError `invalid_filter_pattern` naming the place
 */
export function compilePattern(pattern: unknown, place: string): PatternTest {
  if (Array.isArray(pattern)) return compileLeaf(pattern, place);
  if (!isJsonObject(pattern)) throw invalidPattern(place, 'a list of values or an object of keys', pattern);
  const entries = Object.entries(pattern);
  if (entries.length === 0) throw invalidPattern(place, 'at least one key', pattern);
  const tests = entries.map(([key, part]): PatternTest => {
    if (key === '$or') return compileOr(part, `${place}.$or`, compilePattern);
    const test = compilePattern(part, `${place}.${key}`);
    return (value) => test(isJsonObject(value) ? ownValue(value, key) : undefined);
  });
  return anyElement((value) => tests.every((test) => test(value)));
}

/** A list of at least two alternatives. */
export function compileOr<T>(
  alternatives: unknown,
  place: string,
  compile: (pattern: unknown, place: string) => (value: T) => boolean,
): (value: T) => boolean {
  if (!Array.isArray(alternatives) || alternatives.length < 2) {
    throw invalidPattern(place, 'a list of at least two patterns', alternatives);
  }
  const tests = alternatives.map((alternative: unknown, index) => {
    if (!isJsonObject(alternative))
      throw invalidPattern(`${place}[${index}]`, 'an object of keys', alternative);
    return compile(alternative, `${place}[${index}]`);
  });
  return (value) => tests.some((test) => test(value));
}

/** A list of literals and operators. It holds for a list in the event when it holds for one of its elements. */
function compileLeaf(list: readonly unknown[], place: string): PatternTest {
  if (list.length === 0) throw invalidPattern(place, 'at least one value', list);
  const conditions = list.map((element, index) => conditionOf(element, `${place}[${index}]`));
  return (value) => {
    const leaves = leavesOf(value);
    return conditions.some((condition) =>
      condition.type === 'absent' ? leaves.length === 0 : leaves.some(condition.holds),
    );
  };
}

function conditionOf(element: unknown, place: string): Condition {
  if (isJsonObject(element)) return operatorTest(element, place);
  if (Array.isArray(element)) throw invalidPattern(place, 'a value or an operator', element);
  return { type: 'leaf', holds: (leaf) => leaf === element };
}

/** An object inside of a list has to satisfy all keys of the pattern by itself. */
function anyElement(test: PatternTest): PatternTest {
  const onAny: PatternTest = (value) =>
    Array.isArray(value) && value.length > 0 ? value.some(onAny) : test(value);
  return onAny;
}

/** Text, numbers, true, false and null; objects and empty lists have none of their own. */
function leavesOf(value: unknown): readonly unknown[] {
  if (value === undefined || isJsonObject(value)) return [];
  return Array.isArray(value) ? value.flatMap(leavesOf) : [value];
}

/** Not what every object inherits, as `constructor`. */
function ownValue(object: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
