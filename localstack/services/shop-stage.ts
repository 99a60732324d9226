import { resolve } from 'node:path';
import type { Config } from '../../shared/runtime/config.ts';
import { fillShop } from './fill-shop.ts';
import { type ReportProgress, stage } from './progress.ts';

/** The stage of a start that gives an empty shop its tables and its history; tells its warnings. */
export async function shopStage(
  config: Config,
  databaseUrl: string,
  mayFill: boolean,
  report: ReportProgress,
  signal: AbortSignal,
): Promise<void> {
  const filled = await stage(
    report,
    'shop',
    (onProgress) =>
      fillShop({
        databaseUrl,
        mayFill,
        shop: config.shop,
        rejectedFile: resolve(config.dataDir, 'rejected-order-lines.txt'),
        now: new Date(),
        onProgress,
        signal,
      }),
    (shop) => shop.summary,
  );
  for (const message of filled.warnings) report({ type: 'warning', message });
}
