import { appendFile, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Notifier } from '../control/index.ts';

/** One JSON line per alert at the end of a file, which is created with its folder when it is absent. */
export function createFileNotifier(path: string): Notifier {
  return {
    channel: 'file',
    notify: async (alert) => {
      await mkdir(dirname(path), { recursive: true });
      await appendFile(path, `${JSON.stringify({ ...alert, at: new Date(alert.at).toISOString() })}\n`);
    },
  };
}
