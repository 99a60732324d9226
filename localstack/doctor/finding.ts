/** One line of the doctor's report. What is not well says why that matters and what to do next. */
export type Finding =
  | { readonly level: 'ok'; readonly what: string; readonly found: string }
  | {
      readonly level: 'warn' | 'fail';
      readonly what: string;
      readonly found: string;
      readonly why: string;
      readonly next: string;
    };

export type Level = Finding['level'];

export const ok = (what: string, found: string): Finding => ({ level: 'ok', what, found });

export const warn = (what: string, found: string, why: string, next: string): Finding => ({
  level: 'warn',
  what,
  found,
  why,
  next,
});

export const fail = (what: string, found: string, why: string, next: string): Finding => ({
  level: 'fail',
  what,
  found,
  why,
  next,
});

/** 0: all is well, 1: something to know, 2: something that keeps the platform from working. */
export function exitCodeOf(findings: readonly Finding[]): 0 | 1 | 2 {
  if (findings.some(({ level }) => level === 'fail')) return 2;
  return findings.some(({ level }) => level === 'warn') ? 1 : 0;
}

/** One line for each finding, with reason and next step below those that are not well. */
export function reportText(findings: readonly Finding[]): string {
  const width = Math.max(0, ...findings.map(({ what }) => what.length));
  const indent = ' '.repeat(LEVEL_WIDTH + width + 6);
  const lines = findings.flatMap((finding) => [
    `  ${finding.level.padEnd(LEVEL_WIDTH)}  ${finding.what.padEnd(width)}  ${finding.found}`,
    ...(finding.level === 'ok' ? [] : [`${indent}why:  ${finding.why}`, `${indent}next: ${finding.next}`]),
  ]);
  return [...lines, '', `  ${summary(findings)}`, ''].join('\n');
}

const LEVEL_WIDTH = 4;

function summary(findings: readonly Finding[]): string {
  const count = (level: Level) => findings.filter((finding) => finding.level === level).length;
  const fails = count('fail');
  const warns = count('warn');
  if (fails + warns === 0) return `all ${findings.length} are ok`;
  return `${count('ok')} ok, ${warns} warn, ${fails} fail`;
}
