import { createModelRegistry } from '../../shared/control/index.ts';
import { openControlTable } from '../../shared/runtime/compose-adapters.ts';
import type { Config } from '../../shared/runtime/config.ts';
import { ALS_RECOMMENDER } from '../../shared/tables/index.ts';

/** Whether a trained model answers, by the registry in the control table; `endpoint` null: the one of AWS. */
export async function hasLiveModel({
  name,
  endpoint,
}: Pick<Config['controlTable'], 'name' | 'endpoint'>): Promise<boolean> {
  const table = await openControlTable(name, endpoint);
  return (await createModelRegistry(table, ALS_RECOMMENDER).live()) !== null;
}
