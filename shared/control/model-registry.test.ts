import { describe, expect, it } from 'vitest';
import { epochMillis } from '../domain/index.ts';
import { createMemoryControlTable } from './memory-control-table.ts';
import { createModelRegistry, type ModelVersion } from './model-registry.ts';

const at = (ms: number) => epochMillis(1_800_000_000_000 + ms);

function model(version: string, registeredAt: number): ModelVersion {
  return {
    version,
    registeredAt: at(registeredAt),
    metrics: { ndcgAt10: 0.37 },
    baselines: { popularity: { ndcgAt10: 0.07 } },
    lakeVersions: { 'current/orders': 12 },
    parameters: { rank: 32, implicit: true },
  };
}

async function registryWith(...versions: string[]) {
  const registry = createModelRegistry(createMemoryControlTable(), 'als_recommender');
  for (const [index, version] of versions.entries()) await registry.register(model(version, index));
  return registry;
}

describe('model registry', () => {
  it('registers a version once and lists newest first', async () => {
    const registry = await registryWith('zeta', 'alpha');
    expect(await registry.register(model('zeta', 99))).toEqual({ outcome: 'exists' });
    expect(await registry.list()).toEqual([model('alpha', 1), model('zeta', 0)]);
    expect(await registry.get('zeta')).toEqual(model('zeta', 0));
    expect(await registry.live()).toBeNull();
  });

  it('promotes only what is registered, and only where nothing changed since the comparison', async () => {
    const registry = await registryWith('m1', 'm2', 'm3');
    expect(await registry.promote('m9', null, at(1))).toEqual({ outcome: 'unknown-version' });
    const live = { version: 'm1', promotedAt: at(1), previous: [] };
    expect(await registry.promote('m1', null, at(1))).toEqual({ outcome: 'promoted', live });
    expect(await registry.promote('m2', null, at(2))).toEqual({ outcome: 'conflict', live });
    expect(await registry.live()).toEqual(live);
  });

  it('lets one of two trainings that beat the same live model go live', async () => {
    const registry = await registryWith('m1', 'm2', 'm3');
    await registry.promote('m1', null, at(1));
    const promotions = await Promise.all(
      ['m2', 'm3'].map((version) => registry.promote(version, 'm1', at(2))),
    );
    expect(promotions.map((promotion) => promotion.outcome).sort()).toEqual(['conflict', 'promoted']);
  });

  it('rolls back to what was live before, step by step', async () => {
    const registry = await registryWith('m1', 'm2', 'm3');
    await registry.promote('m1', null, at(1));
    await registry.promote('m2', 'm1', at(2));
    await registry.promote('m3', 'm2', at(3));
    expect((await registry.rollback('m2', at(4))).outcome).toBe('conflict');
    expect(await registry.rollback('m3', at(4))).toEqual({
      outcome: 'rolled-back',
      live: { version: 'm2', promotedAt: at(4), previous: ['m1'], withdrawn: ['m3'] },
    });
    expect((await registry.rollback('m2', at(5))).outcome).toBe('rolled-back');
    expect((await registry.live())?.withdrawn).toEqual(['m2', 'm3']);
    expect(await registry.rollback('m1', at(6))).toEqual({ outcome: 'nothing-before' });
  });

  it('withdraws a version until it is promoted again', async () => {
    const registry = await registryWith('m1', 'm2');
    await registry.promote('m1', null, at(1));
    await registry.promote('m2', 'm1', at(2));
    await registry.rollback('m2', at(3));
    await registry.promote('m2', 'm1', at(4));
    expect(await registry.live()).toEqual({ version: 'm2', promotedAt: at(4), previous: ['m1'] });
  });

  it('keeps the models of different names apart', async () => {
    const table = createMemoryControlTable();
    await createModelRegistry(table, 'a').register(model('m1', 0));
    expect(await createModelRegistry(table, 'b').list()).toEqual([]);
  });
});
