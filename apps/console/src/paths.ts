/** Every address inside the console is made here. */
const at = encodeURIComponent;

export const paths = {
  tenants: () => '/tenants',
  tenant: (tenant: string) => `/tenants/${at(tenant)}`,
  consent: (tenant: string) => `/tenants/${at(tenant)}/consent`,
  recordConsent: (tenant: string) => `/tenants/${at(tenant)}/consent/record`,
  activity: (tenant: string) => `/tenants/${at(tenant)}/activity`,
  agents: (tenant?: string) => (tenant === undefined ? '/agents' : `/agents?tenant=${at(tenant)}`),
  agent: (agent: string) => `/agents/${at(agent)}`,
  enroll: (tenant?: string) => (tenant === undefined ? '/enroll' : `/enroll?tenant=${at(tenant)}`),
  sessions: (tenant?: string) => (tenant === undefined ? '/sessions' : `/sessions?tenant=${at(tenant)}`),
  session: (session: string) => `/sessions/${at(session)}`,
  replay: (session: string) => `/sessions/${at(session)}/replay`,
  audit: (query = '') => `/audit${query}`,
  entry: (tenant: string, index: number) => `/audit?entry=${at(tenant)}:${index}`,
  checkLog: (tenant?: string) => (tenant === undefined ? '/audit/check' : `/audit/check?tenant=${at(tenant)}`),
  alerts: () => '/alerts',
  auditor: () => '/auditor',
  health: () => '/health',
  calls: (query = '') => `/settings/audit${query}`,
  tokens: () => '/settings/tokens',
  profile: () => '/profile',
} as const;
export const href = (path: string): string => `#${path}`;
