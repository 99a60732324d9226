export { postgresBinaries } from './binaries.ts';
export { type Cluster, openCluster, SUPERUSER } from './cluster.ts';
export { clearOrphan } from './orphan.ts';
export { type ServerUser, serverUser } from './server-user.ts';
export type { EmbeddedPostgres, EmbeddedPostgresOptions } from './start-embedded-postgres.ts';
export { serverArguments, startEmbeddedPostgres } from './start-embedded-postgres.ts';
