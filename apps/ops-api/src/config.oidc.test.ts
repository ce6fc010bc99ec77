import { expect, test } from 'vitest';
import { readConfig, SettingsProblem, type Disk } from './config.ts';

const disk: Disk = { readText: () => '', problemWithFolder: () => null, isOpenToAll: () => false };
const base = { ARGUS_MASTER_KEY: 'ab'.repeat(32) };
const whole = {
  AUTH_MODE: 'oidc',
  AUTH_OIDC_ISSUER: 'https://id.example/realms/argus',
  AUTH_OIDC_CLIENT_ID: 'argus',
  AUTH_OIDC_CLIENT_SECRET: 'a secret of sixteen',
  AUTH_OIDC_GROUPS: 'argus-owners=owner, argus-berlin=viewer:SHOP_BERLIN+SHOP_PARIS',
};
type Env = Readonly<Record<string, string>>;
const oidcOf = (env: Env) => readConfig({ ...base, ...env }, disk).oidc;
function problemsOf(env: Env): string {
  try {
    oidcOf(env);
  } catch (problem) {
    expect(problem).toBeInstanceOf(SettingsProblem);
    return String(problem);
  }
  return '';
}

test('an identity provider is off unless AUTH_MODE says so, and on with the whole group', () => {
  expect([oidcOf({}), oidcOf({ ...whole, AUTH_MODE: 'local' })]).toEqual([null, null]);
  expect(oidcOf({ ...whole, AUTH_OIDC_SCOPES: 'groups' })).toEqual({
    settings: { issuer: 'https://id.example/realms/argus', clientId: 'argus', clientSecret: 'a secret of sixteen', groupsClaim: 'groups', scopes: ['groups'] },
    places: [{ group: 'argus-owners', role: 'owner', tenants: null }, { group: 'argus-berlin', role: 'viewer', tenants: ['SHOP_BERLIN', 'SHOP_PARIS'] }],
  });
  expect(oidcOf({ ...whole, AUTH_OIDC_ISSUER: 'http://127.0.0.1:8080' })?.settings.issuer).toBe('http://127.0.0.1:8080');
});
test('with all of it missing, all of it is named at once', () => {
  const said = problemsOf({ AUTH_MODE: 'oidc' });
  for (const name of ['ISSUER', 'CLIENT_ID', 'CLIENT_SECRET', 'GROUPS']) expect(said).toContain(`AUTH_OIDC_${name} is not set, and AUTH_MODE is oidc`);
});
test.each<[Env, string]>([
  [{ AUTH_OIDC_ISSUER: 'http://id.example' }, 'AUTH_OIDC_ISSUER is not the https:// address'],
  [{ AUTH_OIDC_ISSUER: 'https://id.example?x=1' }, 'AUTH_OIDC_ISSUER is not the https:// address'],
  [{ AUTH_OIDC_ISSUER: 'https://eve:pw@id.example' }, 'AUTH_OIDC_ISSUER is not the https:// address'],
  [{ AUTH_OIDC_CLIENT_SECRET: 'short' }, 'fewer than 16 characters'],
  [{ AUTH_OIDC_GROUPS: 'argus-owners=god' }, 'AUTH_OIDC_GROUPS has an entry (number 1)'],
  [{ AUTH_OIDC_SCOPES: 'a b' }, 'AUTH_OIDC_SCOPES has an entry'],
  [{ NODE_TLS_REJECT_UNAUTHORIZED: '0' }, 'NODE_TLS_REJECT_UNAUTHORIZED is 0'],
  [{ ARGUS_LISTEN: '0.0.0.0:8443', ARGUS_TLS_CERT: 'c', ARGUS_TLS_KEY: 'k' }, 'ARGUS_PUBLIC_URL is not set, and AUTH_MODE is oidc'],
  [{ AUTH_OIDC_GROUP: 'x' }, 'AUTH_OIDC_GROUP is not a setting'],
])('%j: it does not start, and no value is said', (over, why) => {
  const said = problemsOf({ ...whole, ...over });
  expect(said).toContain(why);
  expect(said).not.toContain('a secret of sixteen');
});
