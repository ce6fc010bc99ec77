import type { TenantId } from '@argus/protocol/ids.ts';
import { useWho } from '../api/who.tsx';

/** For whoever looks from the tenant's side: what ends it all is not on this page, but on their machine. */
export function YourOwnSwitch({ tenant }: { readonly tenant: TenantId }) {
  const who = useWho();
  const isOfTheTenant = !who.scopes.includes('remote_support') && who.user.tenants !== 'all' && who.user.tenants.includes(tenant);
  if (!isOfTheTenant) return null;
  return (
    <p className="note">
      <span>
        Is it your machine? You need nobody here to stop remote support: type <code className="chip">argus-agent remote-support-off</code> on it. It ends a session at once, and lets nobody in until you allow it again.{' '}
        <a href="/docs/guides/on-the-owners-machine" target="_blank" rel="noreferrer">
          What else you can do there
        </a>
      </span>
    </p>
  );
}
