import { isJsonObject } from '../../../shared/domain/index.ts';
import { type Condition, invalidPattern } from './pattern-error.ts';

/** Compiles `{<operator>: …}`. Source: see `pattern.ts`. */
export function operatorTest(element: Readonly<Record<string, unknown>>, place: string): Condition {
  const [[name, operand] = ['', undefined], ...others] = Object.entries(element);
  const compile = Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined;
  if (compile === undefined || others.length > 0) {
    throw invalidPattern(place, `one operator of ${Object.keys(OPERATORS).join(', ')}`, element);
  }
  return compile(operand, `${place}.${name}`);
}

type TextTest = (text: string) => boolean;

const OPERATORS: Readonly<Record<string, (operand: unknown, place: string) => Condition>> = {
  prefix: (operand, place) => onText(prefixTest(operand, place)),
  suffix: (operand, place) => onText(suffixTest(operand, place)),
  'equals-ignore-case': (operand, place) => onText(ignoringCase(operand, place)),
  wildcard: (operand, place) => onText(wildcardTest(operand, place)),
  'anything-but': (operand, place) => {
    const excluded = excludedTest(operand, place);
    return { type: 'leaf', holds: (leaf) => !excluded(leaf) };
  },
  numeric: (operand, place) => ({ type: 'leaf', holds: numericTest(operand, place) }),
  exists: (operand, place) => {
    if (typeof operand !== 'boolean') throw invalidPattern(place, 'true or false', operand);
    return operand ? { type: 'leaf', holds: () => true } : { type: 'absent' };
  },
};

function onText(test: TextTest): Condition {
  return { type: 'leaf', holds: (leaf) => typeof leaf === 'string' && test(leaf) };
}

/** What `anything-but` excludes: values, or texts by one of the operators on text. */
function excludedTest(operand: unknown, place: string): (leaf: unknown) => boolean {
  if (isJsonObject(operand)) {
    const [[name, texts] = ['', undefined], ...others] = Object.entries(operand);
    const compile = Object.hasOwn(TEXT_OPERATORS, name) ? TEXT_OPERATORS[name] : undefined;
    if (compile === undefined || others.length > 0) {
      throw invalidPattern(place, `one operator of ${Object.keys(TEXT_OPERATORS).join(', ')}`, operand);
    }
    const tests = listOf(texts, `${place}.${name}`).map((text, index) =>
      compile(text, Array.isArray(texts) ? `${place}.${name}[${index}]` : `${place}.${name}`),
    );
    return (leaf) => typeof leaf === 'string' && tests.some((test) => test(leaf));
  }
  const values = listOf(operand, place);
  const type = typeof values[0];
  if ((type !== 'string' && type !== 'number') || values.some((value) => typeof value !== type)) {
    throw invalidPattern(place, 'a text, a number, a list of texts or a list of numbers', operand);
  }
  return (leaf) => values.includes(leaf);
}

const TEXT_OPERATORS: Readonly<Record<string, (operand: unknown, place: string) => TextTest>> = {
  prefix: prefixTest,
  suffix: suffixTest,
  'equals-ignore-case': ignoringCase,
  wildcard: wildcardTest,
};

function listOf(operand: unknown, place: string): readonly unknown[] {
  if (!Array.isArray(operand)) return [operand];
  if (operand.length === 0) throw invalidPattern(place, 'at least one value', operand);
  return operand;
}

function prefixTest(operand: unknown, place: string): TextTest {
  const { text, fold } = foldable(operand, place);
  return (leaf) => fold(leaf).startsWith(text);
}

function suffixTest(operand: unknown, place: string): TextTest {
  const { text, fold } = foldable(operand, place);
  return (leaf) => fold(leaf).endsWith(text);
}

/** `"text"`, or `{"equals-ignore-case": "text"}`. */
function foldable(operand: unknown, place: string): { text: string; fold: (text: string) => string } {
  if (typeof operand === 'string') return { text: operand, fold: (text) => text };
  const folded = isJsonObject(operand) && Object.keys(operand).length === 1 && operand['equals-ignore-case'];
  if (typeof folded !== 'string')
    throw invalidPattern(place, 'a text, or {"equals-ignore-case": text}', operand);
  return { text: folded.toLowerCase(), fold: (text) => text.toLowerCase() };
}

function ignoringCase(operand: unknown, place: string): TextTest {
  if (typeof operand !== 'string') throw invalidPattern(place, 'a text', operand);
  const folded = operand.toLowerCase();
  return (leaf) => leaf.toLowerCase() === folded;
}

/** `*` stands for any characters, `\*` for a star, `\\` for a backslash. */
function wildcardTest(operand: unknown, place: string): TextTest {
  if (typeof operand !== 'string') throw invalidPattern(place, 'a text', operand);
  const parts: string[] = [];
  let part = '';
  for (let index = 0; index < operand.length; index += 1) {
    let character = operand[index];
    if (character === '*') {
      if (operand[index + 1] === '*') throw invalidPattern(place, 'without two stars in a row', operand);
      parts.push(part);
      part = '';
      continue;
    }
    if (character === '\\') {
      index += 1;
      character = operand[index];
      if (character !== '*' && character !== '\\') {
        throw invalidPattern(place, 'a text whose backslashes escape a star or a backslash', operand);
      }
    }
    part += character;
  }
  parts.push(part);
  return (leaf) => matchesParts(leaf, parts);
}

/** The first part begins the text, the last ends it, those between follow one another: the leftmost find is enough. */
function matchesParts(text: string, parts: readonly string[]): boolean {
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last))
    return false;
  let from = first.length;
  const end = text.length - last.length;
  for (const part of rest) {
    const at = text.indexOf(part, from);
    if (at === -1 || at + part.length > end) return false;
    from = at + part.length;
  }
  return true;
}

const COMPARISONS: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

/** `["=", 5]`, `[">", 0]` or a lower and an upper bound, `[">", 0, "<=", 10]`. */
function numericTest(operand: unknown, place: string): (leaf: unknown) => boolean {
  const refuse = (): never => {
    throw invalidPattern(place, 'one comparison, or a lower and a greater upper bound', operand);
  };
  if (!Array.isArray(operand)) return refuse();
  const tests: ((value: number) => boolean)[] = [];
  for (let index = 0; index < operand.length; index += 2) {
    const [sign, bound] = [operand[index], operand[index + 1]] as [unknown, unknown];
    const compare =
      typeof sign === 'string' && Object.hasOwn(COMPARISONS, sign) ? COMPARISONS[sign] : undefined;
    if (compare === undefined || typeof bound !== 'number' || !Number.isFinite(bound)) return refuse();
    tests.push((value) => compare(value, bound));
  }
  const [lower, least, upper, most] = operand as [string, number, string, number];
  const isRange = /^>=?$/.test(lower) && /^<=?$/.test(upper ?? '') && least < most;
  if (tests.length !== 1 && !(tests.length === 2 && isRange)) return refuse();
  return (leaf) => typeof leaf === 'number' && tests.every((test) => test(leaf));
}
