/**
 * A trained model as files. `metadata/`, `userFactors/` and `itemFactors/` lie as Spark's `ALSModel.save` writes them, so that
 * `ALSModel.load` reads the folder: apache/spark mllib ml/recommendation/ALS.scala (`ALSModelWriter`, `ALSModelReader`) and
 * ml/util/ReadWrite.scala (`getMetadataToSave`, `parseMetadata`). `manifest.json` beside them is ours, and so are attachments: files
 * of whoever ranks with the model, kept and checked as they are.
 */
import { createHash } from 'node:crypto';
import { PlatformError } from '../errors.ts';
import type { AlsModel } from './als-reference.ts';
import { decodeFactors, encodeFactors } from './factor-file.ts';
import { type AlsParameters, alsParameters } from './parameters.ts';

export interface ArtifactFile {
  /** Relative to the model's folder, with forward slashes. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface ModelManifest {
  readonly format: 1;
  /** Name of the model's folder. */
  readonly version: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly parameters: AlsParameters;
  readonly users: number;
  readonly items: number;
  /** Table name to the lake version that was read. */
  readonly lakeVersions: Readonly<Record<string, number>>;
  readonly metrics: Readonly<Record<string, number>>;
  /** Settings of whoever ranks with the model, kept as they are. */
  readonly ranking: unknown;
  /** Path to SHA-256 in hex, for every other file. */
  readonly checksums: Readonly<Record<string, string>>;
}

export type ModelNotes = Pick<ModelManifest, 'version' | 'lakeVersions' | 'metrics' | 'ranking'> & {
  /** Milliseconds since 1970 UTC. */
  readonly createdAt: number;
};

const MANIFEST = 'manifest.json';
const METADATA = 'metadata/part-00000';
const USER_FACTORS = 'userFactors/part-00000.snappy.parquet';
const ITEM_FACTORS = 'itemFactors/part-00000.snappy.parquet';
/** Hadoop's mark of a folder that was written to its end. */
const FINISHED = ['metadata/_SUCCESS', 'userFactors/_SUCCESS', 'itemFactors/_SUCCESS'];

const OWN_FILES: ReadonlySet<string> = new Set([METADATA, USER_FACTORS, ITEM_FACTORS, ...FINISHED]);

/** Every file of the artifact; the manifest is last, so that a folder with a manifest is whole. */
export function encodeModel(
  model: AlsModel,
  notes: ModelNotes,
  attachments: readonly ArtifactFile[] = [],
): ArtifactFile[] {
  const files: ArtifactFile[] = [
    { path: METADATA, bytes: utf8(`${JSON.stringify(sparkMetadata(model, notes))}\n`) },
    { path: USER_FACTORS, bytes: encodeFactors(model.userIds, model.userFactors) },
    { path: ITEM_FACTORS, bytes: encodeFactors(model.itemIds, model.itemFactors) },
    ...FINISHED.map((path) => ({ path, bytes: new Uint8Array(0) })),
    ...attachments,
  ];
  const manifest: ModelManifest = {
    format: 1,
    version: notes.version,
    createdAt: new Date(notes.createdAt).toISOString(),
    parameters: model.parameters,
    users: model.userIds.length,
    items: model.itemIds.length,
    lakeVersions: notes.lakeVersions,
    metrics: notes.metrics,
    ranking: notes.ranking,
    checksums: Object.fromEntries(files.map((file) => [file.path, sha256(file.bytes)])),
  };
  return [...files, { path: MANIFEST, bytes: utf8(`${JSON.stringify(manifest, null, 2)}\n`) }];
}

/**
 * @param files of one model folder, in any order; files that the manifest does not name are ignored
 * @throws PlatformError `model_artifact` naming the file that is missing, changed or of another format
 */
export async function decodeModel(
  files: Iterable<ArtifactFile>,
): Promise<{ model: AlsModel; manifest: ModelManifest; attachments: ReadonlyMap<string, Uint8Array> }> {
  const byPath = new Map([...files].map((file) => [file.path, file.bytes]));
  const manifest = parseManifest(byPath.get(MANIFEST));
  for (const [path, checksum] of Object.entries(manifest.checksums)) {
    const bytes = byPath.get(path);
    if (bytes === undefined) throw broken(`${path} is missing`);
    if (sha256(bytes) !== checksum)
      throw broken(`${path} does not have the checksum that the manifest names`);
  }
  const { rank } = manifest.parameters;
  const users = await decodeFactors(required(byPath, USER_FACTORS), rank);
  const items = await decodeFactors(required(byPath, ITEM_FACTORS), rank);
  if (users.ids.length !== manifest.users || items.ids.length !== manifest.items) {
    throw broken(
      `it holds ${users.ids.length} users and ${items.ids.length} items, the manifest says ${manifest.users} and ${manifest.items}`,
    );
  }
  const model: AlsModel = {
    parameters: manifest.parameters,
    userIds: users.ids,
    userFactors: users.factors,
    itemIds: items.ids,
    itemFactors: items.factors,
  };
  const attachments = Object.keys(manifest.checksums).filter((path) => !OWN_FILES.has(path));
  return { model, manifest, attachments: new Map(attachments.map((path) => [path, required(byPath, path)])) };
}

/** Parameters that `ALSModel` has; the estimator's others (rank, regParam, …) stand in our manifest. */
function sparkMetadata(model: AlsModel, notes: ModelNotes): Record<string, unknown> {
  return {
    class: 'org.apache.spark.ml.recommendation.ALSModel',
    timestamp: notes.createdAt,
    // Whose layout this is; the reader parses it and takes `defaultParamMap` from 2.4 on.
    sparkVersion: '3.5.0',
    uid: `als_${sha256(utf8(notes.version)).slice(0, 12)}`,
    paramMap: {
      userCol: 'user_id',
      itemCol: 'product_id',
      coldStartStrategy: model.parameters.coldStartStrategy,
    },
    defaultParamMap: {
      userCol: 'user',
      itemCol: 'item',
      predictionCol: 'prediction',
      coldStartStrategy: 'nan',
      blockSize: 4096,
    },
    rank: model.parameters.rank,
  };
}

function parseManifest(bytes: Uint8Array | undefined): ModelManifest {
  if (bytes === undefined) throw broken(`${MANIFEST} is missing`);
  let manifest: ModelManifest;
  try {
    manifest = JSON.parse(new TextDecoder().decode(bytes)) as ModelManifest;
  } catch (cause) {
    throw broken(`${MANIFEST} is no JSON`, cause);
  }
  if (manifest.format !== 1)
    throw broken(`${MANIFEST} has format ${JSON.stringify(manifest.format)}; this program reads 1`);
  return { ...manifest, parameters: alsParameters(manifest.parameters) };
}

function required(files: ReadonlyMap<string, Uint8Array>, path: string): Uint8Array {
  const bytes = files.get(path);
  if (bytes === undefined) throw broken(`${path} is missing`);
  return bytes;
}

function broken(what: string, cause?: unknown): PlatformError {
  return new PlatformError(
    'model_artifact',
    `the model artifact is broken: ${what}; train a new one or go back to the one before`,
    {
      cause,
    },
  );
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
