import { compose } from '../../shared/runtime/compose.ts';
import { httpHandler } from '../../shared/runtime/http-reply.ts';
import { createLakeReader } from './read-models/lake-reader.ts';
import { showInsights } from './show-insights.ts';

/** How old an answer over a table that changes every second may get, in milliseconds. */
const MAX_AGE_MS = 5_000;

const platform = compose('show-insights');
let lake: ReturnType<typeof createLakeReader> | undefined;

export const handler = httpHandler(
  (request) =>
    showInsights(request, async () => {
      lake ??= createLakeReader(
        {
          lakeTable: await platform.lakeTable(),
          objectStore: await platform.objectStore(),
          queryEngine: platform.queryEngine,
          now: platform.clock.now,
        },
        { maxAgeMs: MAX_AGE_MS },
      );
      return {
        lake,
        onlineStore: await platform.onlineStore(),
        eventLog: await platform.eventLog(),
        controlTable: await platform.controlTable(),
        now: platform.clock.now,
      };
    }),
  platform,
);
