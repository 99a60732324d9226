import pg from 'pg';
import { SHOP_TABLES } from '../../shared/tables/index.ts';
import { applySchema } from '../shop/index.ts';

export interface CaptureRoleOptions {
  /** As the owner of the shop's tables. */
  readonly databaseUrl: string;
  readonly role: string;
  readonly password: string;
}

/**
 * The role that change capture logs in with: it may stream the log and read the captured tables, nothing else. The
 * publication is its owner's, made by the schema. Safe to repeat; a changed password is set.
 * https://debezium.io/documentation/reference/3.7/connectors/postgresql.html#postgresql-permissions
 */
export async function prepareCaptureRole({ databaseUrl, role, password }: CaptureRoleOptions): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await applySchema(client);
    const name = client.escapeIdentifier(role);
    const { rowCount } = await client.query('select from pg_roles where rolname = $1', [role]);
    await client.query(
      `${rowCount === 0 ? 'create' : 'alter'} role ${name}
       login replication nosuperuser nocreatedb nocreaterole noinherit connection limit 4
       password ${client.escapeLiteral(password)}`,
    );
    await client.query(`grant usage on schema public to ${name}`);
    await client.query(`grant select on ${SHOP_TABLES.join(', ')} to ${name}`);
  } finally {
    await client.end();
  }
}
