import type { SecretName } from './command.ts';

type Secret = {
  readonly flag: string;
  readonly show: string;
  readonly env: string;
  readonly about: string;
};

/** Where each secret may come from, besides `<env>_FILE`. Files and the environment do not show in a process list. */
export const SECRETS = {
  pat: { flag: 'pat', show: 'PAT', env: 'ARGUS_PAT', about: 'your personal access token (pat_…)' },
  'ops-token': { flag: 'ops-token', show: 'TOKEN', env: 'ARGUS_OPS_TOKEN', about: 'the second factor' },
  session: { flag: 'session', show: 'RST', env: 'ARGUS_SESSION', about: 'the session token that activate showed' },
} as const satisfies Readonly<Record<SecretName | 'pat', Secret>>;
export const SECRET_FLAGS: readonly string[] = Object.values(SECRETS).map((secret) => secret.flag);
