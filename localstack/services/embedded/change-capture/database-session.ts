import type { ClientConfig } from 'pg';
import pg from 'pg';

/** Every value as Postgres prints it: no parser of the driver may touch it. */
const rawText = { getTypeParser: () => (text: string) => text } as const;

/** The text forms that the value encoders of `shared/cdc` read, whatever the server's defaults are. */
const TEXT_FORMS =
  '-c datestyle=ISO -c intervalstyle=postgres -c timezone=UTC -c bytea_output=hex -c extra_float_digits=1 -c lc_monetary=C';

/** Opens a session; `replication: true` opens one that speaks the replication protocol too. */
export async function openSession(
  databaseUrl: string,
  options: { readonly replication?: boolean } = {},
): Promise<pg.Client> {
  const config: ClientConfig & { replication?: string } = {
    connectionString: databaseUrl,
    application_name: options.replication === true ? 'change-capture stream' : 'change-capture',
    options: TEXT_FORMS,
    keepAlive: true,
    types: rawText,
    ...(options.replication === true ? { replication: 'database' } : {}),
  };
  const client = new pg.Client(config);
  // Without a listener a lost connection would end the process; whoever uses the session gets the error too.
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** Rows as arrays of text. */
export async function queryRows(
  client: pg.Client,
  text: string,
  values: unknown[] = [],
): Promise<(string | null)[][]> {
  const result = await client.query<(string | null)[]>({ text, values, rowMode: 'array' });
  return result.rows;
}
