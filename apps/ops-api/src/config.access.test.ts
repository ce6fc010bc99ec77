import { describe, expect, test } from 'vitest';
import { readConfig, SettingsProblem, type Disk } from './config.ts';

const disk: Disk = { readText: () => '', isOpenToAll: () => false, problemWithFolder: () => null };
const base = { ARGUS_MASTER_KEY: 'ab'.repeat(32) };
const whole = {
  REMOTE_SUPPORT_ALLOW_CF_ASSERTION: 'on',
  CF_ACCESS_AUD: 'a1'.repeat(32),
  CF_ACCESS_TEAM_DOMAIN: 'acme.cloudflareaccess.com',
  REMOTE_SUPPORT_CF_ALLOWED_EMAILS: 'ana@argus.example, Bo@Partner.example',
  REMOTE_SUPPORT_CF_ALLOWED_DOMAINS: 'argus.example',
};
type Env = Readonly<Record<string, string>>;
const accessOf = (env: Env) => readConfig({ ...base, ...env }, disk).access;
const without = (...names: readonly string[]): Env => Object.fromEntries(Object.entries(whole).filter(([name]) => !names.includes(name)));
function problemsOf(env: Env): string {
  try {
    accessOf(env);
  } catch (problem) {
    expect(problem).toBeInstanceOf(SettingsProblem);
    return String(problem);
  }
  return '';
}

describe('access from outside', () => {
  test('is off unless somebody turns it on, whatever else is set', () => {
    for (const env of [{}, without('REMOTE_SUPPORT_ALLOW_CF_ASSERTION'), { ...whole, REMOTE_SUPPORT_ALLOW_CF_ASSERTION: 'off' }, { ...whole, REMOTE_SUPPORT_ALLOW_CF_ASSERTION: 'false' }])
      expect(accessOf(env)).toBeNull();
  });
  test('is on with the whole group', () => {
    expect(accessOf(whole)).toEqual({
      aud: 'a1'.repeat(32), teamDomain: 'acme.cloudflareaccess.com', allowed: { emails: ['ana@argus.example', 'Bo@Partner.example'], domains: ['argus.example'] },
    });
  });
  test.each(['CF_ACCESS_AUD', 'CF_ACCESS_TEAM_DOMAIN'])('without %s it does not start, and says what is missing', (name) => {
    expect(problemsOf(without(name))).toContain(`${name} is not set, and REMOTE_SUPPORT_ALLOW_CF_ASSERTION is on`);
    expect(problemsOf({ ...whole, [name]: '' })).toContain(`${name} is not set`);
  });
  test('with half of it missing, both halves are named at once', () => {
    const said = problemsOf({ REMOTE_SUPPORT_ALLOW_CF_ASSERTION: 'on' });
    expect(said).toContain('CF_ACCESS_AUD');
    expect(said).toContain('CF_ACCESS_TEAM_DOMAIN');
  });
  test('without anybody on its lists it starts, and lets nobody in', () => {
    expect(accessOf(without('REMOTE_SUPPORT_CF_ALLOWED_EMAILS', 'REMOTE_SUPPORT_CF_ALLOWED_DOMAINS'))?.allowed).toEqual({ emails: [], domains: [] });
    expect(accessOf({ ...whole, REMOTE_SUPPORT_CF_ALLOWED_EMAILS: ' , ', REMOTE_SUPPORT_CF_ALLOWED_DOMAINS: ',' })?.allowed).toEqual({ emails: [], domains: [] });
  });
  test('one list is enough', () => {
    expect(accessOf(without('REMOTE_SUPPORT_CF_ALLOWED_EMAILS'))?.allowed.emails).toEqual([]);
    expect(accessOf(without('REMOTE_SUPPORT_CF_ALLOWED_DOMAINS'))?.allowed.domains).toEqual([]);
  });
});

/** Guarantee: nothing in the environment makes us take somebody else's keys for the team's. */
test('with certificates unchecked by the environment it does not start', () => {
  expect(problemsOf({ ...whole, NODE_TLS_REJECT_UNAUTHORIZED: '0' })).toContain('NODE_TLS_REJECT_UNAUTHORIZED is 0');
  expect(accessOf({ ...whole, NODE_TLS_REJECT_UNAUTHORIZED: '1' })).not.toBeNull();
  expect(accessOf({ NODE_TLS_REJECT_UNAUTHORIZED: '0' })).toBeNull();
});

/** Guarantee: the host whose keys we believe is a team of Cloudflare Access, and nothing that only looks like one. */
const lookAlikes = [
  'https://acme.cloudflareaccess.com', 'http://acme.cloudflareaccess.com', '//acme.cloudflareaccess.com', 'acme.cloudflareaccess.com/', 'acme.cloudflareaccess.com/cdn-cgi',
  'acme.cloudflareaccess.com:443', 'acme.cloudflareaccess.com:8443', 'acme.cloudflareaccess.com.', 'acme.cloudflareaccess.com?x', 'acme.cloudflareaccess.com#x',
  'user@acme.cloudflareaccess.com', 'evil.example@acme.cloudflareaccess.com', 'acme.cloudflareaccess.com@evil.example', 'evil.example/acme.cloudflareaccess.com', 'evil.example#.cloudflareaccess.com',
  'acme.cloudflareaccess.com.evil.example', 'acmecloudflareaccess.com', 'cloudflareaccess.com', '.cloudflareaccess.com', 'a.b.cloudflareaccess.com', '-acme.cloudflareaccess.com', 'acme-.cloudflareaccess.com',
  'acme.cloudflareaccess.org', 'acme.cloudflareaccess.co', 'acme.cloudflareaccess.comm', 'acme.cloudflare-access.com', 'acme.cl\u043eudflareaccess.com', 'acme\uff0ecloudflareaccess.com', 'acme.c1oudflareaccess.com',
  'Acme.cloudflareaccess.com', 'acme.CLOUDFLAREACCESS.com', '*.cloudflareaccess.com', 'acme .cloudflareaccess.com', 'acme.cloudflareaccess.com\nx', 'acme.cloudflareaccess.com,evil.cloudflareaccess.com',
  'localhost', '127.0.0.1', '127.0.0.1:9000', `${'a'.repeat(64)}.cloudflareaccess.com`, 'ac_me.cloudflareaccess.com', 'acme%2ecloudflareaccess.com', 'acme\\.cloudflareaccess.com',
];
test.each(lookAlikes)('%j is not a team domain', (domain) => {
  expect(problemsOf({ ...whole, CF_ACCESS_TEAM_DOMAIN: domain })).toContain('CF_ACCESS_TEAM_DOMAIN is not TEAM.cloudflareaccess.com');
});
test.each(['a.cloudflareaccess.com', 'acme-ops-2.cloudflareaccess.com', `${'a'.repeat(63)}.cloudflareaccess.com`])('%s is one', (domain) => {
  expect(accessOf({ ...whole, CF_ACCESS_TEAM_DOMAIN: domain })?.teamDomain).toBe(domain);
});

test.each(['two tags', 'a,b c', 'caf\u00e9', 'x'.repeat(257)])('%j is not an audience', (aud) => {
  expect(problemsOf({ ...whole, CF_ACCESS_AUD: aud })).toContain('CF_ACCESS_AUD is not one audience tag');
});

/** Guarantee: an entry that would have to be read as a pattern stops the start, instead of matching nobody or everybody. */
test.each(['*@argus.example', '@argus.example', 'argus.example', 'ana@', 'ana@*.example', 'ana@argus.example@x', 'Ana <ana@argus.example>', 'ana@argus_example', '\u0430na@argus.example', 'ana@argus..example', '*'])('%j is not an e-mail to allow', (email) => {
  expect(problemsOf({ ...whole, REMOTE_SUPPORT_CF_ALLOWED_EMAILS: `bo@argus.example,${email}` })).toContain('REMOTE_SUPPORT_CF_ALLOWED_EMAILS has an entry (number 2) that is not an e-mail address');
});
test.each(['*', '*.argus.example', '.argus.example', '@argus.example', 'ana@argus.example', 'argus.example.', 'argus..example', 'https://argus.example', 'argus.example:25', 'argus\u3002example', 'argus/example', '-argus.example'])('%j is not a domain to allow', (domain) => {
  expect(problemsOf({ ...whole, REMOTE_SUPPORT_CF_ALLOWED_DOMAINS: domain })).toContain('REMOTE_SUPPORT_CF_ALLOWED_DOMAINS has an entry (number 1) that is not a domain');
});
