import { describe, expect, it } from 'vitest';
import { runIdAt } from '../control/index.ts';
import { epochMillis } from '../domain/index.ts';
import { parseRunRequest } from './run-request.ts';

const NOW = epochMillis(Date.UTC(2026, 10, 23, 12));
const newId = () => 'fresh';

describe('parseRunRequest', () => {
  it('takes its time from the run id, so that a repetition has the same', () => {
    const began = epochMillis(NOW - 12_345);
    const runId = runIdAt(began, '7f3a');
    expect(parseRunRequest({ runId, upstream: {}, attempt: 2 }, NOW, newId)).toEqual({ runId, asOf: began });
  });

  it.each([undefined, null, {}])('is a run of its own that begins now, given %j', (event) => {
    expect(parseRunRequest(event, NOW, newId)).toEqual({ runId: runIdAt(NOW, 'fresh'), asOf: NOW });
  });

  it.each(['yesterday', '20261123', '20269923T021500123Z-a', 7])('refuses the run id %j', (runId) => {
    expect(() => parseRunRequest({ runId }, NOW, newId)).toThrow(
      expect.objectContaining({ code: 'invalid_request' }),
    );
  });
});
