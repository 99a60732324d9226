import { openLmdbEventLog } from '../../../../shared/adapters/lmdb-event-log.ts';
import type { PlatformModule, StartPlatform } from '../../platform.ts';

/** A platform of one event log, which says what happens to it. */
export const startPlatform: StartPlatform = async ({ cwd, log }) => {
  const eventLog = await openLmdbEventLog({ path: `${cwd}/log` });
  return {
    eventLog,
    env: {
      FOLDER: cwd,
      GREETING: 'from the platform',
      PORT: process.env.TEST_API_PORT ?? '',
      LAMBDA_PORT: process.env.TEST_LAMBDA_PORT ?? '',
    },
    afterReady: async ({ invoke }) => {
      log(
        `platform: invoked counted with answer ${JSON.stringify(await invoke('counted', { records: {} }))}`,
      );
      log('platform: after ready');
    },
    stop: async () => {
      await eventLog.close();
      log('platform: stopped');
    },
  };
};

export const runningEnvironment: PlatformModule['runningEnvironment'] = async () => ({
  GREETING: 'from the running platform',
});
