import { describe, expect, it } from 'vitest';
import { exitCodeOf, type Finding, fail, ok, reportText, warn } from './finding.ts';

const fine = ok('disk', '80 GiB free');
const odd = warn('port of API', '3000 is taken', 'URLs differ', 'set PORT');
const broken = fail('data folder', 'EACCES', 'all state lies there', 'set DATA_DIR');

describe('exitCodeOf', () => {
  it.each<[readonly Finding[], number]>([
    [[], 0],
    [[fine], 0],
    [[odd, fine], 1],
    [[odd, broken, fine], 2],
  ])('is that of the worst finding: %#', (findings, code) => {
    expect(exitCodeOf(findings)).toBe(code);
  });
});

describe('reportText', () => {
  it('aligns the findings, and says why and what next below those that are not well', () => {
    expect(reportText([fine, odd]).split('\n')).toEqual([
      '  ok    disk         80 GiB free',
      '  warn  port of API  3000 is taken',
      '                     why:  URLs differ',
      '                     next: set PORT',
      '',
      '  1 ok, 1 warn, 0 fail',
      '',
    ]);
  });

  it('says in its last line that all is well', () => {
    expect(reportText([fine, fine])).toContain('all 2 are ok');
  });
});
