import { resolve } from 'node:path';
import type { Settings } from './settings.ts';

/** Where the state of a port lies, and so which adapter serves it: decided by the scheme of its URL. */
export type EventLogPlace =
  | { readonly kind: 'folder'; readonly path: string }
  /** Each `host:port`. */
  | { readonly kind: 'kafka'; readonly brokers: readonly string[] };

export type LakehousePlace =
  | { readonly kind: 'folder'; readonly path: string }
  | {
      readonly kind: 's3';
      readonly bucket: string;
      /** Without slashes at its ends; empty for the whole bucket. */
      readonly prefix: string;
      /** null: the one of AWS. */
      readonly endpoint: string | null;
      readonly region: string;
      /** null: what the AWS SDK finds by itself. */
      readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | null;
    };

export type OnlineStorePlace =
  | { readonly kind: 'lmdb'; readonly path: string }
  | { readonly kind: 'redis'; readonly url: string };

export type ChangeCapturePlace =
  | { readonly kind: 'embedded' }
  | {
      readonly kind: 'debezium';
      readonly connectUrl: string;
      /** The shop database as Kafka Connect reaches it; null: as this process does. */
      readonly databaseUrl: string | null;
    };

interface Folders {
  /** Relative paths in settings start here. */
  readonly cwd: string;
  readonly dataDir: string;
}

export function eventLogPlace({ EVENT_LOG_URL: url }: Settings, folders: Folders): EventLogPlace {
  const brokers = url === undefined ? null : afterScheme(url, 'kafka://');
  if (brokers !== null) return { kind: 'kafka', brokers: brokers.split(',') };
  return { kind: 'folder', path: folderOf(url, 'event-log', folders) };
}

export function lakehousePlace(settings: Settings, folders: Folders): LakehousePlace {
  const {
    LAKEHOUSE_URL: url,
    S3_ACCESS_KEY_ID: accessKeyId,
    S3_SECRET_ACCESS_KEY: secretAccessKey,
  } = settings;
  const place = url === undefined ? null : afterScheme(url, 's3://');
  if (place === null) return { kind: 'folder', path: folderOf(url, 'lakehouse', folders) };
  const [bucket = '', ...segments] = place.split('/');
  return {
    kind: 's3',
    bucket,
    prefix: segments.filter((segment) => segment !== '').join('/'),
    endpoint: settings.S3_ENDPOINT ?? null,
    region: settings.S3_REGION,
    credentials:
      accessKeyId === undefined || secretAccessKey === undefined ? null : { accessKeyId, secretAccessKey },
  };
}

export function onlineStorePlace({ ONLINE_STORE_URL: url }: Settings, folders: Folders): OnlineStorePlace {
  if (url !== undefined && !url.startsWith('lmdb:')) return { kind: 'redis', url };
  return { kind: 'lmdb', path: folderOf(url, 'online-store', folders) };
}

export function changeCapturePlace(settings: Settings): ChangeCapturePlace {
  const { CHANGE_CAPTURE: kind, CONNECT_URL: connectUrl, CONNECT_DATABASE_URL: databaseUrl } = settings;
  if (kind === 'embedded' || connectUrl === undefined) return { kind: 'embedded' };
  return { kind: 'debezium', connectUrl, databaseUrl: databaseUrl ?? null };
}

/** For people: where the state lies, without passwords. */
export function describePlace(place: EventLogPlace | LakehousePlace | OnlineStorePlace): string {
  switch (place.kind) {
    case 'folder':
      return `file:${place.path}`;
    case 'lmdb':
      return `lmdb:${place.path}`;
    case 'kafka':
      return `kafka://${place.brokers.join(',')}`;
    case 's3':
      return `s3://${place.bucket}${place.prefix === '' ? '' : `/${place.prefix}`}${place.endpoint === null ? '' : ` at ${place.endpoint}`}`;
    case 'redis':
      return place.url.replace(/\/\/[^@/]*@/, '//');
  }
}

function folderOf(url: string | undefined, name: string, { cwd, dataDir }: Folders): string {
  return url === undefined ? resolve(dataDir, name) : resolve(cwd, url.slice(url.indexOf(':') + 1));
}

function afterScheme(url: string, scheme: string): string | null {
  return url.startsWith(scheme) ? url.slice(scheme.length) : null;
}
