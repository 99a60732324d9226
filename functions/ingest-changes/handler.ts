import { recordsInEvent } from '../../shared/kafka/index.ts';
import { compose } from '../../shared/runtime/compose.ts';
import { ingestChanges } from './ingest-changes.ts';

const platform = compose('ingest-changes');

export async function handler(event: unknown) {
  const report = await ingestChanges(recordsInEvent(event), {
    lakeTable: await platform.lakeTable(),
    eventLog: await platform.eventLog(),
    eventLogIncarnation: platform.config.eventLog.incarnation,
    now: platform.clock.now,
  });
  if (report.unknownColumns.length > 0) {
    platform.logger.log('warn', 'columns of the shop are not in the lakehouse', {
      columns: report.unknownColumns,
    });
  }
  return report;
}
