import { describe, expect, it } from 'vitest';
import { epochMillis } from '../domain/index.ts';
import { decodeAlert, encodeAlert, latestAlerts, type PlatformAlert, recordAlert } from './alerts.ts';
import { createMemoryControlTable } from './memory-control-table.ts';

function alert(alertId: string, at: number): PlatformAlert {
  return {
    alertId,
    kind: 'job-failed',
    at: epochMillis(1_800_000_000_000 + at),
    source: 'daily/train-model',
    title: 'train-model failed',
    detail: 'no interactions',
  };
}

describe('alerts', () => {
  it('are listed newest first and kept once', async () => {
    const table = createMemoryControlTable();
    await recordAlert(table, alert('a', 1));
    await recordAlert(table, alert('b', 2));
    await recordAlert(table, alert('a', 1));
    expect(await latestAlerts(table, 9)).toEqual([alert('b', 2), alert('a', 1)]);
    expect(await latestAlerts(table, 1)).toEqual([alert('b', 2)]);
  });

  it('survive their codec', () => {
    expect(decodeAlert(encodeAlert(alert('a', 1)))).toEqual(alert('a', 1));
  });

  it.each([
    ['not json', 'alert is not JSON: not json'],
    ['7', 'alert is not a JSON object: 7'],
    ['{}', 'alert has no usable format: {}'],
    [JSON.stringify({ ...alert('a', 1), format: 'alert/1', at: 'noon' }), /no usable at/],
    [JSON.stringify({ ...alert('a', 1), format: 'alert/1', kind: 'party' }), /no usable kind/],
  ])('refuses %s', (text, message) => {
    expect(() => decodeAlert(Buffer.from(text))).toThrow(message);
  });
});
