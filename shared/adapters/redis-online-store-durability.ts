import type { Redis } from 'ioredis';
import { messageOf } from '../errors.ts';

/** Something about the server that weakens what the port promises; the store works all the same. */
export interface OnlineStoreWarning {
  readonly code: 'online_store_not_durable' | 'online_store_may_evict' | 'online_store_settings_unknown';
  /** Names the server and the setting to change. */
  readonly message: string;
}

/**
 * Whether an acknowledged write outlives a crash of the server, and stays when memory gets short.
 * https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/#how-durable-is-the-append-only-file
 * https://redis.io/docs/latest/develop/reference/eviction/
 */
export async function warningsAbout(server: Redis): Promise<readonly OnlineStoreWarning[]> {
  const name = `redis ${server.options.host}:${server.options.port}`;
  try {
    const setting = async (parameter: string): Promise<string> => {
      const [, value] = (await server.config('GET', parameter)) as string[];
      return value ?? 'unknown';
    };
    return judge(name, {
      appendonly: await setting('appendonly'),
      appendfsync: await setting('appendfsync'),
      maxmemoryPolicy: await setting('maxmemory-policy'),
    });
  } catch (error) {
    return [
      {
        code: 'online_store_settings_unknown',
        message: `${name} does not tell its settings (${messageOf(error)}): see to it that it has appendonly yes, appendfsync always and maxmemory-policy noeviction`,
      },
    ];
  }
}

function judge(
  name: string,
  settings: { readonly appendonly: string; readonly appendfsync: string; readonly maxmemoryPolicy: string },
): readonly OnlineStoreWarning[] {
  const { appendonly, appendfsync, maxmemoryPolicy } = settings;
  const warnings: OnlineStoreWarning[] = [];
  if (appendonly !== 'yes') {
    warnings.push({
      code: 'online_store_not_durable',
      message: `${name} has appendonly ${appendonly}, so it forgets acknowledged writes when it stops: set appendonly yes and appendfsync always`,
    });
  } else if (appendfsync !== 'always') {
    warnings.push({
      code: 'online_store_not_durable',
      message: `${name} has appendfsync ${appendfsync}, so a crash forgets acknowledged writes (about a second of them with everysec): set appendfsync always`,
    });
  }
  if (maxmemoryPolicy !== 'noeviction') {
    warnings.push({
      code: 'online_store_may_evict',
      message: `${name} has maxmemory-policy ${maxmemoryPolicy}, which may remove parts of the state to make room: set maxmemory-policy noeviction`,
    });
  }
  return warnings;
}
