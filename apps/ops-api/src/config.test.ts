import { describe, expect, test } from 'vitest';
import { readConfig, SETTINGS, SettingsProblem, type Disk } from './config.ts';

const KEY = 'ab'.repeat(32);
const disk = (files: Readonly<Record<string, string>> = {}, folderProblem: string | null = null, open: readonly string[] = []): Disk => ({
  isOpenToAll: (path) => open.includes(path),
  readText(path) {
    const text = files[path];
    if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    return text;
  },
  problemWithFolder: () => folderProblem,
});
const good = { ARGUS_MASTER_KEY: KEY };

function problemsOf(env: Readonly<Record<string, string>>, at: Disk = disk()): string {
  try {
    readConfig(env, at);
  } catch (problem) {
    expect(problem).toBeInstanceOf(SettingsProblem);
    return String(problem);
  }
  return '';
}

test('with nothing but a master key, everything that could let somebody in is off', () => {
  expect(readConfig(good, disk())).toMatchObject({
    REMOTE_SUPPORT_ENABLED: false,
    REMOTE_SUPPORT_OPERATOR_CIDRS: [],
    ARGUS_OPS_TOKEN: [],
    ARGUS_TRUSTED_PROXIES: [],
    ARGUS_LISTEN: { host: '127.0.0.1', port: 8443 },
    tls: null,
  });
});

test('a master key that every user of the machine may read is refused, and which file it is is said', () => {
  const files = { '/etc/argus/master.key': KEY, '/etc/argus/ops': 'o'.repeat(40) };
  const env = { ARGUS_MASTER_KEY_FILE: '/etc/argus/master.key', ARGUS_OPS_TOKEN_FILE: '/etc/argus/ops' };
  expect(problemsOf(env, disk(files, null, ['/etc/argus/ops']))).toBe('');
  expect(problemsOf(env, disk(files, null, ['/etc/argus/master.key']))).toContain('ARGUS_MASTER_KEY_FILE may be read by every user of this machine; close it with chmod 600 /etc/argus/master.key');
});

test('every problem is reported in one go, and no value is echoed', () => {
  const said = problemsOf(
    {
      REMOTE_SUPPORT_ENABLED: 'perhaps',
      REMOTE_SUPPORT_OPERATOR_CIDRS: '10.0.0.0/8,10.0.0.0/99,nonsense',
      ARGUS_OPS_TOKEN: 'hunter2',
      ARGUS_MASTER_KEY: 'hunter3',
      ARGUS_METRICS_TOKEN: 'hunter5',
      ARGUS_LISTEN: 'everywhere',
      ARGUS_LISTENN: '127.0.0.1:1',
      REMOTE_SUPORT_ENABLED: 'on',
      ARGUS_WHATEVER: 'x',
      ARGUS_TLS_CERT: '/nowhere/cert.pem',
      DATABASE_URL: 'mysql://root:hunter4@db',
    },
    disk({}, 'cannot be used (EACCES)'),
  );
  for (const name of ['REMOTE_SUPPORT_ENABLED', 'OPERATOR_CIDRS', 'OPS_TOKEN', 'METRICS_TOKEN has fewer than 32 characters', 'MASTER_KEY', 'ARGUS_LISTEN ', 'DATA_DIR', 'TLS_KEY', 'DATABASE_URL', 'ARGUS_WHATEVER'])
    expect(said).toContain(name);
  expect(said).toContain('ARGUS_LISTENN is not a setting; did you mean ARGUS_LISTEN?');
  expect(said).toContain('REMOTE_SUPORT_ENABLED is not a setting; did you mean REMOTE_SUPPORT_ENABLED?');
  expect(said).not.toMatch(/hunter/);
});

test.each(Object.keys(SETTINGS))('%s is also read from a file, but not from both', (name) => {
  const value = { ARGUS_MASTER_KEY: KEY, ARGUS_OPS_TOKEN: 'x'.repeat(32), ARGUS_METRICS_TOKEN: 'y'.repeat(32), ARGUS_LISTEN: '127.0.0.1:9', DATABASE_URL: 'postgres://u@h/d' }[name] ?? '';
  const text = value === '' && name.startsWith('REMOTE_SUPPORT_ENABLED') ? 'on' : value;
  const files = { '/run/secret': `${text}\n` };
  const rest = name === 'ARGUS_MASTER_KEY' ? {} : good;
  if (text !== '') expect(problemsOf({ ...rest, [`${name}_FILE`]: '/run/secret' }, disk(files))).toBe('');
  expect(problemsOf({ ...rest, [name]: 'something', [`${name}_FILE`]: '/run/secret' }, disk(files))).toContain(`${name} is set twice`);
});

test('a file that cannot be read is a problem like any other', () => {
  expect(problemsOf({ ARGUS_MASTER_KEY_FILE: '/gone' })).toContain('ARGUS_MASTER_KEY_FILE cannot be read (ENOENT)');
});

test.each([
  ['0.0.0.0:8443', {}, true],
  ['[::]:8443', {}, true],
  ['192.0.2.1:443', {}, true],
  ['0.0.0.0:8443', { ARGUS_TRUSTED_PROXIES: '10.0.0.1/32' }, false],
  ['0.0.0.0:8443', { ARGUS_TLS_CERT: '/cert', ARGUS_TLS_KEY: '/key' }, false],
  ['127.0.0.1:8443', {}, false],
  ['[::1]:8443', {}, false],
  ['localhost:0', {}, false],
])('listening on %s with %j without TLS or a trusted proxy is refused: %s', (listen, extra, refused) => {
  const said = problemsOf({ ...good, ...extra, ARGUS_LISTEN: listen }, disk({ '/cert': 'c', '/key': 'k' }));
  expect(said.includes('is not loopback')).toBe(refused);
});

test.each([KEY, Buffer.from(KEY, 'hex').toString('base64')])('a master key may be hex or base64', (text) => {
  expect(Buffer.from(readConfig({ ARGUS_MASTER_KEY: text }, disk()).ARGUS_MASTER_KEY).toString('hex')).toBe(KEY);
});

test('no setting raises the cap of a session, overrides consent or wakes an agent', () => {
  expect(Object.keys(SETTINGS).filter((name) => /MINUTES|CAP|OVERRIDE|WAKE|FORCE|SKIP|INSECURE/.test(name))).toEqual([]);
});

test.each(['1', '7', '30', '90'])('a tenant may stay armed for %s days', (days) => {
  expect(readConfig({ ...good, ARGUS_ARM_DAYS: days }, disk()).ARGUS_ARM_DAYS).toBe(Number(days));
});

/** Guarantee: the setting may shorten, and never lengthens past 90 days. */
test.each(['0', '91', '365', '-1', '1.5', '30d', '3e1', ' ', 'never'])('ARGUS_ARM_DAYS=%j refuses to start', (days) => {
  expect(problemsOf({ ...good, ARGUS_ARM_DAYS: days })).toContain('ARGUS_ARM_DAYS is not a whole number of days from 1 to 90');
});

test('unset, it is 30 days', () => expect(readConfig(good, disk()).ARGUS_ARM_DAYS).toBe(30));
describe('mail', () => {
  const both = { ARGUS_SMTP_URL: 'smtps://u:hunter5@mail.example.org', ARGUS_ALERT_EMAILS: 'ana@example.org, bo@example.org' };
  test('a mail server and who is mailed go together, or neither is set', () => {
    expect(problemsOf(good)).toBe('');
    expect(problemsOf({ ...good, ...both })).toBe('');
    expect(readConfig({ ...good, ...both }, disk())).toMatchObject({ ARGUS_SMTP_URL: { host: 'mail.example.org', tls: 'from_the_start' }, ARGUS_ALERT_EMAILS: ['ana@example.org', 'bo@example.org'] });
    for (const name of ['ARGUS_SMTP_URL', 'ARGUS_ALERT_EMAILS'] as const)
      expect(problemsOf({ ...good, [name]: both[name] })).toContain('ARGUS_SMTP_URL and ARGUS_ALERT_EMAILS go together');
  });

  test.each([
    ['ARGUS_SMTP_URL', 'http://u:hunter6@mail.example.org'],
    ['ARGUS_SMTP_URL', 'smtp://mail.example.org?requireTLS=false&x=hunter6'],
    ['ARGUS_ALERT_EMAILS', 'ana@example.org,hunter6'],
    ['ARGUS_ALERT_EMAILS', 'ana@example.org\r\nBcc: hunter6@example.org'],
    ['ARGUS_ALERT_FROM', 'Argus <hunter6@example.org>'],
    ['ARGUS_PUBLIC_URL', 'http://ops.example.org/hunter6'],
    ['ARGUS_PUBLIC_URL', 'https://u:hunter6@ops.example.org'],
    ['ARGUS_PUBLIC_URL', 'https://ops.example.org/?token=hunter6'],
    ['ARGUS_PUBLIC_URL', 'hunter6'],
  ])('%s that does not fit is named and never echoed', (name, value) => {
    const said = problemsOf({ ...good, ...both, [name]: value });
    expect(said).toContain(`${name} `);
    expect(said).not.toContain('hunter');
  });

  test('the login of a mail server is a secret setting, and a slash behind the public address changes nothing', () => {
    expect(SETTINGS.ARGUS_SMTP_URL.secret).toBe(true);
    expect(readConfig({ ...good, ARGUS_PUBLIC_URL: 'https://ops.example.org/argus/' }, disk()).ARGUS_PUBLIC_URL).toBe('https://ops.example.org/argus');
  });
});

describe('how people sign in', () => {
  test('is with a password and a second factor, unless somebody says otherwise', () => {
    const { AUTH_MODE: mode, AUTH_MFA_ENABLED: mfa, AUTH_LOGIN_HOURS: hours, AUTH_LOGIN_IDLE: idle } = readConfig(good, disk());
    expect([mode, mfa, hours, idle]).toEqual(['local', true, 12, 30]);
  });
  /** Guarantee: nobody reaches a server over a network on which nobody signs in. */
  test('disabled is for loopback alone, also with TLS and with a proxy', () => {
    expect(readConfig({ ...good, AUTH_MODE: 'disabled' }, disk()).AUTH_MODE).toBe('disabled');
    for (const more of [{ ARGUS_TRUSTED_PROXIES: '10.0.0.0/8' }, {}]) expect(problemsOf({ ...good, AUTH_MODE: 'disabled', ARGUS_LISTEN: '0.0.0.0:8443', ...more })).toContain('AUTH_MODE is disabled and ARGUS_LISTEN is not loopback');
  });
  test.each([['AUTH_MODE', 'nobody'], ['AUTH_MFA_ENABLED', 'maybe'], ['AUTH_MFA_PROVIDER', 'sms'], ['AUTH_OWNER_2FA_PASSKEY', 'not base 32!'], ['AUTH_OWNER_2FA_PASSKEY', 'MZXW6YTBOI']])('%s=%j is a problem', (name, value) => {
    expect(problemsOf({ ...good, [name]: value })).toContain(name);
    expect(problemsOf({ ...good, [name]: value })).not.toContain(value);
  });
  /** Guarantee: a sign-in may be made to last shorter, and never longer. */
  test.each([['AUTH_LOGIN_HOURS', '13'], ['AUTH_LOGIN_HOURS', '0'], ['AUTH_LOGIN_HOURS', '1.5'], ['AUTH_LOGIN_IDLE', '31'], ['AUTH_LOGIN_IDLE', '-1'], ['AUTH_LOGIN_IDLE', '1e1']])('%s=%s refuses to start', (name, value) => expect(problemsOf({ ...good, [name]: value })).toContain(`${name} is not a whole number`));
  test('and may be given a first owner\'s app, under the names authenticator apps have', () => {
    const config = readConfig({ ...good, AUTH_OWNER_2FA_PASSKEY: 'jbsw y3dp ehpk 3pxp jbsw y3dp ehpk 3pxp', AUTH_MFA_PROVIDER: 'authy', AUTH_LOGIN_HOURS: '1', AUTH_LOGIN_IDLE: '5' }, disk());
    expect([config.AUTH_OWNER_2FA_PASSKEY?.length, config.AUTH_MFA_PROVIDER, config.AUTH_LOGIN_HOURS, config.AUTH_LOGIN_IDLE]).toEqual([20, 'authy', 1, 5]);
  });
});
