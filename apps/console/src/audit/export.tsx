import { useState } from 'react';
import { logBundle, logExport } from '@argus/client/log-requests.ts';
import type { SessionId, TenantId } from '@argus/protocol/ids.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';

/** A link the browser itself follows: the file goes from the server to the disk, whatever its length, and never through this page. */
export function ExportDialog({ tenants, tenant: first, session, onClose }: { readonly tenants: readonly string[]; readonly tenant: string; readonly session: string; readonly onClose: () => void }) {
  const [tenant, setTenant] = useState(first !== '' ? first : (tenants[0] ?? ''));
  const of = tenant.trim() as TenantId; // the server says what is none
  const kinds = [
    { key: 'bundle', says: 'Signed bundle', more: 'All of the log with its checkpoint, proofs and signatures. argus-verify checks it offline.', path: logBundle(of).path },
    ...(session === '' ? [] : [{ key: 'session', says: 'Signed bundle of the session', more: `Only ${session} and what it stands on.`, path: logBundle(of, { kind: 'session', session: session as SessionId }).path }]),
    { key: 'ndjson', says: 'NDJSON', more: 'Every entry, exactly as it was hashed, one per line with its index.', path: logExport(of, { format: 'ndjson' }).path },
    { key: 'ocsf', says: 'OCSF', more: 'The same as events of the Open Cybersecurity Schema Framework, for a SIEM.', path: logExport(of, { format: 'ocsf' }).path },
  ];
  return (
    <Dialog title="Export a log" onClose={onClose}>
      <div className="stack">
        <p>A log leaves whole: a filter would leave out what nobody can see is missing. That you took it is on record.</p>
        {tenants.length > 0 ? (
          <div className="field">
            <label htmlFor="export-tenant">Tenant</label>
            <select id="export-tenant" className="input" value={tenant} onChange={(event) => setTenant(event.target.value)}>
              {(tenants.includes(tenant) ? tenants : [tenant, ...tenants]).map((id) => (
                <option key={id}>{id}</option>
              ))}
            </select>
          </div>
        ) : (
          <Field label="Tenant" value={tenant} onChange={setTenant} mono />
        )}
        <ul className="lines">
          {kinds.map(({ key, says, more, path }) => (
            <li key={key}>
              <span className="lines-text">
                <strong>{says}</strong>
                <span className="muted">{more}</span>
              </span>
              <a className="button button-small" href={path} download aria-label={`Download ${says}`}>
                Download
              </a>
            </li>
          ))}
        </ul>
      </div>
    </Dialog>
  );
}
