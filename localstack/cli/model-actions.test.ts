import { beforeEach, describe, expect, it } from 'vitest';
import { createModelRegistry, type ModelRegistry } from '../../shared/control/index.ts';
import { createMemoryControlTable } from '../../shared/control/memory-control-table.ts';
import { epochMillis } from '../../shared/domain/index.ts';
import { parseCommand } from './arguments.ts';
import { type ModelActionPorts, modelAction } from './model-actions.ts';
import { MODEL_SPEC, modelCommand } from './model-command.ts';
import { modelJson, modelText } from './model-report.ts';

const at = (minutes: number) => epochMillis(Date.UTC(2026, 10, 23, 8, minutes));

let registry: ModelRegistry;
let artifacts: Set<string>;
beforeEach(async () => {
  registry = createModelRegistry(createMemoryControlTable(), 'als_recommender');
  artifacts = new Set(['m-1', 'm-2', 'm-3']);
  for (const [index, version] of [...artifacts].entries()) {
    await registry.register({
      version,
      registeredAt: at(index),
      metrics: { ndcgAt10: 0.3 + index / 100, novelNdcgAt10: 0.1, validationCustomers: 800 },
      baselines: { popularity: { ndcgAt10: 0.07, leadAt10: 0.23, leadAt10Low: 0.2, leadAt10High: 0.26 } },
      lakeVersions: {},
      parameters: {},
    });
  }
});

function run(line: string, more: Partial<ModelActionPorts> = {}) {
  const { values, positionals } = parseCommand(MODEL_SPEC, line.split(' '));
  return modelAction(modelCommand(positionals, values), {
    registry,
    hasArtifact: async (version) => artifacts.has(version),
    now: () => at(30),
    ...more,
  });
}

const text = async (line: string) => modelText(await run(line));

async function promote(...versions: string[]): Promise<void> {
  for (const version of versions)
    await registry.promote(version, (await registry.live())?.version ?? null, at(10));
}

describe('npm run model', () => {
  it('lists what was trained, newest first, with what is live and what was before', async () => {
    await promote('m-1', 'm-2', 'm-3');
    await registry.rollback('m-3', at(20));
    const lines = (await text('list')).split('\n');
    expect(lines[1]).toMatch(
      /^rolled back +m-3 +2026-11-23 08:02:00 +0\.320 +0\.100 +0\.230 \[0\.200, 0\.260\] +800$/,
    );
    expect(lines[2]).toMatch(/^live +m-2 /);
    expect(lines[3]).toMatch(/^before +m-1 /);
  });

  it('rolls back in one command, says what it did and how to undo it, and that undoes it', async () => {
    await promote('m-1', 'm-2', 'm-3');
    const before = await registry.live();
    expect(await text('rollback --yes')).toBe(
      [
        'm-2 (NDCG@10 0.310) is live in the place of m-3 (NDCG@10 0.320); answers come from it within seconds of this, or of the next start',
        'm-3 is withdrawn: no training makes it live again; one that is trained anew may go live',
        'to undo it: npm run model -- promote m-3 --yes',
        '',
      ].join('\n'),
    );
    expect(await registry.live()).toMatchObject({ version: 'm-2', previous: ['m-1'], withdrawn: ['m-3'] });
    expect(modelJson(await run('promote m-3 --yes'))).toMatchObject({ done: true, from: 'm-2', to: 'm-3' });
    expect(await registry.live()).toEqual({ ...before, promotedAt: at(30) });
  });

  it.each(['rollback', 'rollback --dry-run', 'promote m-1'])('changes nothing by %s', async (line) => {
    await promote('m-1', 'm-2');
    const before = await registry.live();
    expect(await text(line)).toMatch(
      /^m-1 \(NDCG@10 0\.300\) would go live in the place of m-2 .*\nnothing was changed · to do it: npm run model -- (rollback|promote m-1) --yes\n$/,
    );
    expect(await registry.live()).toEqual(before);
  });

  it('promotes where nothing is live yet', async () => {
    expect(await text('promote m-2 --yes')).toBe(
      'm-2 (NDCG@10 0.310) is live; answers come from it within seconds of this, or of the next start\n',
    );
    expect((await registry.live())?.version).toBe('m-2');
  });

  it.each([
    ['rollback --yes', 'model_nothing_before', 'no model was live before m-2'],
    ['promote m-2 --yes', 'model_live_already', 'm-2 is live already'],
    ['promote m-33 --yes', 'model_unknown', 'did you mean m-3?'],
    ['promote m-1 --yes', 'model_artifact', 'the files of m-1 are no longer in the lakehouse'],
  ])('refuses %s with what to do', async (line, code, message) => {
    await promote('m-2');
    artifacts.delete('m-1');
    await expect(run(line)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
    expect((await registry.live())?.version).toBe('m-2');
  });

  it('changes nothing where a training promoted another model in between', async () => {
    await promote('m-1', 'm-2');
    const contended = run('rollback --yes', {
      hasArtifact: async () => {
        await promote('m-3');
        return true;
      },
    });
    await expect(contended).rejects.toMatchObject({ code: 'model_contended', retryable: true });
    expect((await registry.live())?.version).toBe('m-3');
  });

  it('says so where nothing is trained yet', async () => {
    const empty = createModelRegistry(createMemoryControlTable(), 'als_recommender');
    expect(modelText(await run('list', { registry: empty }))).toBe('no model is trained yet\n');
    await expect(run('rollback --yes', { registry: empty })).rejects.toThrow('no model is live');
  });
});
