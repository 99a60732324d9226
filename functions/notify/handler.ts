import { setTimeout as delay } from 'node:timers/promises';
import { recordsOfEvent } from '../../shared/kafka/index.ts';
import { compose } from '../../shared/runtime/compose.ts';
import { notify } from './notify.ts';

const platform = compose('notify');

export async function handler(event: unknown) {
  return notify(recordsOfEvent(event), {
    notifiers: await platform.notifiers(),
    controlTable: await platform.controlTable(),
    time: {
      now: platform.clock.now,
      wait: (ms, signal) => delay(ms, undefined, signal ? { signal } : {}),
    },
  });
}
