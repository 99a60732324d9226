import { describe, expect, it } from 'vitest';
import { epochMillis } from '../../shared/domain/index.ts';
import { runIdOfEvent } from './run-id.ts';

const now = epochMillis(Date.UTC(2026, 10, 23, 2, 15));
const newId = () => 'made';

describe('runIdOfEvent', () => {
  it('is the same for every delivery of one firing of a schedule', () => {
    const event = { id: '53dc4d37', time: '2026-11-23T00:00:00Z', 'detail-type': 'Scheduled Event' };
    expect(runIdOfEvent(event, now, newId)).toBe('20261123T000000000Z-53dc4d37');
  });

  it.each([
    [undefined],
    [null],
    [{}],
    ['text'],
    [{ id: 7, time: '2026-11-23T00:00:00Z' }],
    [{ id: 'a', time: 'noon' }],
  ])('is made for an event without both: %j', (event) => {
    expect(runIdOfEvent(event, now, newId)).toBe('20261123T021500000Z-made');
  });
});
