/** Room for the months to come in the record of API calls, before the API starts. It asks for the same once a day. */
import type { Client } from 'pg';

export async function keepAuditLog(client: Pick<Client, 'query'>): Promise<void> {
  const { rows } = await client.query<{ is_there: boolean }>(`select to_regprocedure('argus.keep_audit_log()') is not null as is_there`);
  if (rows[0]?.is_there) await client.query('select argus.keep_audit_log()'); // not yet, in a schema that is being built up
}
