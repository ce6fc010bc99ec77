/** What the server does when a consent is recorded, said before it is. Pure. */
import type { TenantView } from '@argus/protocol/http/shapes.ts';

export function effectOf({ name, consent, consent_document_id: before, armed }: TenantView): string {
  const next = 'Recording opens nothing: whoever arms the tenant next asserts this very document.';
  if (consent === 'missing' || before === null) return next;
  const same = 'The very same record again changes nothing.';
  return armed
    ? `${name} is armed. Another consent than ${before} takes its place, disarms the tenant and ends any LIVE session at once; somebody has to arm it again. ${same}`
    : `It takes the place of ${before}, which counts no more from then on. ${next} ${same}`;
}
