import { describe, expect, it } from 'vitest';
import { connectorConfig } from './connector-config.ts';

const settings = {
  name: 'shop-connector',
  databaseUrl: 'postgres://cap%40ture:p%3Aw@database:6543/shop',
  publication: 'shop_publication',
  slot: 'shop_slot',
  topicPrefix: 'ecommerce',
  snapshotMode: 'no_data',
  snapshotLsn: null,
} as const;

describe('connectorConfig', () => {
  it('fills the placeholders from the url and leaves none', () => {
    const config = connectorConfig(settings);
    expect(config).toMatchObject({
      'database.hostname': 'database',
      'database.port': '6543',
      'database.user': 'cap@ture',
      'database.password': 'p:w',
      'database.dbname': 'shop',
      'snapshot.mode': 'no_data',
    });
    expect(Object.values(config).filter((value) => value.includes('${'))).toEqual([]);
    expect(config).not.toHaveProperty('transforms');
  });

  it('marks the records of a connector that takes a snapshot', () => {
    const config = connectorConfig({ ...settings, snapshotMode: 'initial', snapshotLsn: 28_862_368n });
    expect(config['transforms.snapshotLsn.value.literal']).toBe('28862368');
  });

  it('asks for a password', () => {
    expect(() => connectorConfig({ ...settings, databaseUrl: 'postgres://capture@database/shop' })).toThrow(
      expect.objectContaining({ code: 'connector_setting_missing' }),
    );
  });
});
