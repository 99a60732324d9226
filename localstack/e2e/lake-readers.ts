import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { loadSnapshot, type ObjectStore, readSnapshot, rowsOfBatch } from '../../shared/lake/index.ts';
import { childEnvironment } from '../../shared/runtime/config.ts';

/** Longs, decimals and timestamps (microseconds) may be text or exact numbers; both print alike. */
export type LakeRow = Readonly<Record<string, unknown>>;

/** Every row of the newest version of a table, by its path in the lakehouse. */
export type LakeReader = (table: string) => AsyncIterable<LakeRow>;

export function ownReader(openStore: () => Promise<ObjectStore>): LakeReader {
  return async function* (table) {
    const store = await openStore();
    for await (const batch of readSnapshot(store, await loadSnapshot(store, table)))
      yield* rowsOfBatch(batch);
  };
}

/** A bucket as delta-rs reaches it. */
export interface S3Access {
  /** null: AWS. */
  readonly endpoint: string | null;
  readonly region: string;
  /** null: what it finds by itself. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | null;
}

/**
 * delta-rs, through Python: a reader that shares no code with ours.
 * @param lakehouse a folder or `s3://bucket/prefix`; `s3` is for the latter
 */
export function deltalakeReader(lakehouse: string, python: string, s3?: S3Access): LakeReader {
  const script = join(import.meta.dirname, 'deltalake/read_table.py');
  const env = childEnvironment(s3 === undefined ? {} : s3Environment(s3));
  return async function* (table) {
    const child = spawn(python, [script, 'rows', `${lakehouse}/${table}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env,
    });
    const exited = new Promise<number | null>((done) => child.once('exit', done));
    for await (const line of createInterface({ input: child.stdout })) yield JSON.parse(line) as LakeRow;
    const code = await exited;
    if (code !== 0) throw new Error(`deltalake could not read ${table}: exit code ${code}`);
  };
}

/** What delta-rs reads: https://delta-io.github.io/delta-rs/usage/loading-table/#custom-storage-backends */
export function s3Environment({ endpoint, region, credentials }: S3Access): Record<string, string> {
  return {
    AWS_REGION: region,
    ...(endpoint === null ? {} : { AWS_ENDPOINT_URL: endpoint }),
    ...(endpoint?.startsWith('http:') ? { AWS_ALLOW_HTTP: 'true' } : {}),
    ...(credentials === null
      ? {}
      : {
          AWS_ACCESS_KEY_ID: credentials.accessKeyId,
          AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        }),
  };
}
