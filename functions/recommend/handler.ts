import { messageOf } from '../../shared/errors.ts';
import { compose } from '../../shared/runtime/compose.ts';
import { httpHandler } from '../../shared/runtime/http-reply.ts';
import { servingStateReader } from '../../shared/serving/index.ts';
import { recommend } from './recommend.ts';
import { parseRecommendRequest } from './request.ts';

const platform = compose('recommend');

const servingState = servingStateReader({
  controlTable: platform.controlTable,
  objectStore: platform.objectStore,
  online: platform.onlineStore,
  now: platform.clock.now,
  onStale: (error) =>
    platform.logger.log('warn', 'serving state could not be refreshed', { error: messageOf(error) }),
});

export const handler = httpHandler(async (request) => {
  const body = await recommend(parseRecommendRequest(request), {
    online: await platform.onlineStore(),
    servingState,
    eventLog: await platform.eventLog(),
    now: platform.clock.now,
    newId: platform.newId,
    newProducts: platform.config.newProducts,
  });
  return { status: 200, body };
}, platform);
