import { readChanges } from '../../shared/cdc/index.ts';
import { recordsOfEvent } from '../../shared/kafka/index.ts';
import { compose } from '../../shared/runtime/compose.ts';
import { updateOnlineState } from './update-online-state.ts';

const platform = compose('update-online-state');

export async function handler(event: unknown) {
  const changes = readChanges(recordsOfEvent(event)).map(({ change }) => change);
  return updateOnlineState(changes, { online: await platform.onlineStore() });
}
