import { expect, it } from 'vitest';
import { connect } from './connect.ts';
import { planContext } from './plan-context.fixture.ts';

it('is a worker of the running kafka that writes each change once, and NULL as NULL', async () => {
  const { files, args, running } = await connect.plan(planContext('connect'));
  expect(args.slice(-4)).toEqual([
    '-cp',
    '/cache/connect/lib/*',
    'org.apache.kafka.connect.cli.ConnectDistributed',
    '/data/connect/connect.properties',
  ]);
  expect(running).toEqual({ url: 'http://127.0.0.1:1000', version: '1.2.3' });
  expect(files?.['connect.properties']?.trimEnd().split('\n')).toEqual([
    'bootstrap.servers=127.0.0.1:2000',
    'listeners=http://127.0.0.1:1000',
    'rest.advertised.host.name=127.0.0.1',
    'rest.advertised.port=1000',
    'group.id=connect',
    'config.storage.topic=_connect_configs',
    'config.storage.replication.factor=1',
    'offset.storage.topic=_connect_offsets',
    'offset.storage.replication.factor=1',
    'status.storage.topic=_connect_status',
    'status.storage.replication.factor=1',
    'offset.storage.partitions=1',
    'status.storage.partitions=1',
    'key.converter=org.apache.kafka.connect.json.JsonConverter',
    'key.converter.schemas.enable=false',
    'key.converter.replace.null.with.default=false',
    'value.converter=org.apache.kafka.connect.json.JsonConverter',
    'value.converter.schemas.enable=false',
    'value.converter.replace.null.with.default=false',
    'offset.flush.interval.ms=1000',
    'exactly.once.source.support=enabled',
    'scheduled.rebalance.max.delay.ms=0',
    'plugin.discovery=service_load',
  ]);
});
