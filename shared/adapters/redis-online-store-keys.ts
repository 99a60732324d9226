/**
 * Names of the Redis keys of one hash and of one shard. A hash lies under its own name; what is kept beside it lies under
 * `{name}:…`, so that on a cluster both have one hash slot and a script may touch both.
 * Hash tags: https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags
 */

/** Of a hash: itself, the versions of its fields (putFields), what each shard adds to it (contribute). */
export const hashKeys = {
  hash: (key: string): string => escaped(key),
  versions: (key: string): string => `{${escaped(key)}}:versions`,
  shares: (key: string): string => `{${escaped(key)}}:shares`,
  /** A hash on its way to replace the one of `key`. */
  loading: (key: string, load: string): string => `{${escaped(key)}}:loading:${load}`,
} as const;

/** Of a shard: its facts, its sum of each window, and the windows that do not show their latest sum. */
export const shardKeys = {
  facts: (shard: string): string => `{shard:${escaped(shard)}}:facts`,
  sums: (shard: string): string => `{shard:${escaped(shard)}}:sums`,
  unpublished: (shard: string): string => `{shard:${escaped(shard)}}:unpublished`,
} as const;

/** Braces would be a hash tag of their own, and an empty tag is none; the names of `keys.ts` stay as they are. */
function escaped(name: string): string {
  if (name === '') return '%';
  return name.replace(/[%{}]/g, (character) => `%${character.charCodeAt(0).toString(16)}`);
}
