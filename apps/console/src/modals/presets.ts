/** What a token can be made for, with what it may do: the scopes are the server's own, and a test holds them to it. */
export type Preset = { readonly name: string; readonly says: string; readonly scopes: readonly string[] };
const OWN_LOG = 'own_log:read';
export const PRESETS: readonly Preset[] = [
  { name: 'support-operator', says: 'Open sessions and run commands, with the other factors', scopes: ['tenants:read', 'remote_support', 'sessions:propose'] },
  { name: 'support-readonly', says: 'See tenants, agents and records', scopes: ['tenants:read', 'logs:read'] },
  { name: 'tenant-admin', says: 'Consent, arming, enrollment', scopes: ['tenants:read', 'tenants:write', 'consent:write', 'remote_support:arm', 'agents:enroll', 'logs:read', 'alerts:write'] },
  { name: 'tenant-reader', says: 'For a tenant: its own log and nothing else', scopes: [OWN_LOG] },
];

/** Null: they can give it. Nobody hands on more than they have; who may read logs may also let one tenant read its own. */
export function whyNotGive({ scopes }: Preset, mine: readonly string[]): string | null {
  const lacking = scopes.filter((scope) => !mine.includes(scope) && !(scope === OWN_LOG && mine.includes('logs:read')));
  return lacking.length === 0 ? null : `Your role lacks ${lacking.join(', ')}, and nobody hands on more than they have.`;
}
/** A token that reads a tenant's own log is for exactly one. */
export const isOfOneTenant = ({ scopes }: Preset): boolean => scopes.includes(OWN_LOG);

/** All that somebody may. Not a preset: it goes by its scopes. */
export const AS_YOU = 'as-you';

/** For argusctl in somebody's own hands: what their role can hand on, and all of that. */
export const forOneself = (mine: readonly string[]): readonly Preset[] => [
  ...PRESETS.filter(({ scopes }) => scopes.every((scope) => mine.includes(scope))),
  { name: AS_YOU, says: 'Everything you may do yourself', scopes: mine },
];
