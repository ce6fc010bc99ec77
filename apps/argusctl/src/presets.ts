/** What a token can be made for, in one line each. A test holds the names to those of the server. */
export const PRESETS: Readonly<Record<string, string>> = {
  'support-readonly': 'see tenants and agents, read the records',
  assistant: 'for a program that looks and proposes; it opens nothing',
  'support-operator': 'see tenants and agents, open sessions',
  'tenant-admin': 'tenants, consent, arming, enrollment, records, alerts',
  'admin-full': 'everything, making tokens among it',
  'tenant-reader': 'for a tenant itself: its own log and nothing else; needs --tenants with one',
};
