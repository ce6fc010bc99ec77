/** What the server does when a consent is recorded, said before it is. Pure. */
import type { TenantShown, TenantView } from '@argus/protocol/http/shapes.ts';

export function effectOf({ name, consent, consent_document_id: before, armed }: TenantView): string {
  const next = 'Recording opens nothing: whoever arms the tenant next asserts this very document.';
  if (consent === 'missing' || before === null) return next;
  const same = 'The very same record again changes nothing.';
  return armed
    ? `${name} is armed. Another consent than ${before} takes its place, disarms the tenant and ends any LIVE session at once; somebody has to arm it again. ${same}`
    : `It takes the place of ${before}, which counts no more from then on. ${next} ${same}`;
}

/** What whoever looks a consent over goes by: when it is not the same any more, what they agreed to is not either. */
export const standing = ({ consent_record: record, armed, receipt }: Pick<TenantShown, 'consent_record' | 'armed' | 'receipt'>): string => JSON.stringify([record?.leaf_index, record?.document_id, armed, receipt?.sha256]);

/** Machines with a key of the tenant go by what that key signed, and by nothing we write down. Null: there are none. */
export function unmovedBy({ consent_keys: machines }: Pick<TenantShown, 'consent_keys'>): string | null {
  const pinned = machines.flatMap(({ agent_id: agent, key_fingerprint: key }) => (key === null ? [] : [agent]));
  return pinned.length === 0 ? null : `${pinned.join(', ')} ${pinned.length === 1 ? 'goes' : 'go'} by a key of the tenant and ${pinned.length === 1 ? 'takes' : 'take'} receipts only: no session opens there under a consent that is only recorded.`;
}
