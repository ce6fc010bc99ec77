import { isIP } from 'node:net';
import { z } from 'zod';
import type { AccessSettings } from './access/access.ts';
import { isDomain, isEmail } from './gates/cf-access.ts';
import { planSmtp } from './alerts/smtp.ts';
import { problemWithCidr } from './http/address.ts';
import { AUTH_MODES } from './people/logins.ts';
import type { OidcSettings } from './oidc/code-flow.ts';
import { readPlaces, type GroupPlace } from './oidc/places.ts';
import { isSafeAddress } from './oidc/provider.ts';
import { fromBase32 } from './people/totp.ts';
import { ARMED_DAYS, ARMED_DAYS_MAX } from './tenants/tenant.ts';

/**
 * Every setting of the ops API, once. docs/reference/settings.md is printed from here. All problems are reported
 * together and no value is ever echoed. There is no setting that raises the 120-minute cap or overrides consent.
 */
const list = z.string().transform((text) => text.split(',').map((item) => item.trim()).filter((item) => item !== ''));
const cidrs = list.superRefine((items, ctx) => {
  for (const [n, item] of items.entries()) {
    if (problemWithCidr(item) !== null)
      ctx.addIssue({ code: 'custom', message: `has an entry (number ${n + 1}) that is not a network such as 10.1.0.0/16` });
  }
});
const onOff = z.stringbool({ error: 'is neither on nor off (true, false, on, off, 1, 0)' });
const masterKey = z.string().transform((text, ctx) => {
  const bytes = /^[0-9a-fA-F]{64}$/.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64');
  if (bytes.length === 32) return new Uint8Array(bytes);
  ctx.addIssue({ code: 'custom', message: 'is not 32 bytes in hex or base64; make one with: openssl rand -hex 32' });
  return z.NEVER;
});
const listen = z.string().transform((text, ctx) => {
  const [, host = '', port = ''] = /^(\[[0-9a-fA-F:.]+\]|[^:\s]+):(\d{1,5})$/.exec(text) ?? [];
  const bare = host.replace(/^\[|\]$/g, '');
  if (host !== '' && Number(port) <= 65_535 && (isIP(bare) !== 0 || bare === 'localhost')) return { host: bare, port: Number(port) };
  ctx.addIssue({ code: 'custom', message: 'is not ADDRESS:PORT, for example 127.0.0.1:8443 or [::1]:8443' });
  return z.NEVER;
});

const armDays = z.string().transform((text, ctx) => {
  if (/^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= ARMED_DAYS_MAX) return Number(text);
  ctx.addIssue({ code: 'custom', message: `is not a whole number of days from 1 to ${ARMED_DAYS_MAX}; nothing keeps a tenant armed for longer` });
  return z.NEVER;
});
const mebibytes = z.string().transform((text, ctx) => {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  ctx.addIssue({ code: 'custom', message: 'is not a whole number of mebibytes, at most 999999' });
  return z.NEVER;
});
/** Exact entries only: a pattern that looked as if it matched would be believed. */
const exactly = (what: string, is: (item: string) => boolean) =>
  list.superRefine((items, ctx) => {
    for (const [n, item] of items.entries()) if (!is(item)) ctx.addIssue({ code: 'custom', message: `has an entry (number ${n + 1}) that is not ${what}` });
  });
const smtp = z.string().transform((text, ctx) => {
  const plan = planSmtp(text);
  if (plan) return plan;
  ctx.addIssue({ code: 'custom', message: 'is not smtps://USER:PASSWORD@HOST:PORT or smtp://USER:PASSWORD@HOST:PORT' });
  return z.NEVER;
});
const publicUrl = z.string().transform((text, ctx) => {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol === 'https:' && url.username === '' && url.search === '' && url.hash === '') return text.replace(/\/+$/, '');
  ctx.addIssue({ code: 'custom', message: 'is not an https:// address without a login, a query or a fragment' });
  return z.NEVER;
});

const base32Secret = z.string().transform((text, ctx) => {
  const bytes = fromBase32(text);
  if (bytes && bytes.length >= 16) return bytes;
  ctx.addIssue({ code: 'custom', message: 'is not a secret of at least 16 bytes in base 32, as authenticator apps take it' });
  return z.NEVER;
});
/** Shorter than what is in code, and never longer. */
const upTo = (most: number, unit: string) =>
  z.string().transform((text, ctx) => {
    if (/^\d{1,2}$/.test(text) && Number(text) >= 1 && Number(text) <= most) return Number(text);
    ctx.addIssue({ code: 'custom', message: `is not a whole number of ${unit} from 1 to ${most}; nothing makes it longer` });
    return z.NEVER;
  });

const issuer = z.string().transform((text, ctx) => {
  if (isSafeAddress(text) && !text.includes('?')) return text;
  ctx.addIssue({ code: 'custom', message: 'is not the https:// address of an issuer, as it spells itself' });
  return z.NEVER;
});
const groupPlaces = list.transform((items, ctx) => {
  const read = readPlaces(items);
  if (read.ok) return read.value;
  ctx.addIssue({ code: 'custom', message: read.error });
  return z.NEVER;
});

type Setting = { readonly schema: z.ZodType<unknown, string>; readonly fallback?: string; readonly secret?: true; readonly says: string };
const setting = <S extends z.ZodType<unknown, string>, const R extends Omit<Setting, 'schema'>>(schema: S, rest: R) => ({ schema, ...rest });

export const SETTINGS = {
  REMOTE_SUPPORT_ENABLED: setting(onOff, { fallback: 'off', says: 'Master switch. Off: every activation and command is refused.' }),
  REMOTE_SUPPORT_OPERATOR_CIDRS: setting(cidrs, { fallback: '', says: 'Networks operators call from, comma-separated CIDRs, IPv4 and IPv6. Empty: nobody.' }),
  ARGUS_OPS_TOKEN: setting(
    list.refine((tokens) => tokens.every((token) => token.length >= 32), { error: 'has a token of fewer than 32 characters' }),
    { fallback: '', secret: true, says: 'Second factor of activation; several, comma-separated, while rotating. Unset: nobody.' },
  ),
  ARGUS_METRICS_TOKEN: setting(
    z.string().min(32, { error: 'has fewer than 32 characters' }),
    { secret: true, says: 'Whoever reads GET /metrics sends it as Authorization: Bearer. Unset: only callers on the machine itself, and none that came through a proxy.' },
  ),
  ARGUS_MASTER_KEY: setting(masterKey, { secret: true, says: '32 bytes in hex or base64. Seals agent keys and the log key at rest. Keep it apart from the database.' }),
  DATABASE_URL: setting(
    z.string().regex(/^postgres(ql)?:\/\//, { error: 'is not a postgres:// address' }),
    { secret: true, says: 'PostgreSQL 15 or newer, logged in as the runtime role. Unset: an embedded server in ARGUS_DATA_DIR.' },
  ),
  ARGUS_DATA_DIR: setting(z.string().min(1), { fallback: '.argus', says: 'Where this server keeps its files.' }),
  ARGUS_LISTEN: setting(listen, { fallback: '127.0.0.1:8443', says: 'Address and port to listen on.' }),
  ARGUS_TLS_CERT: setting(z.string().min(1), { says: 'File with the certificate chain. Needed, with the key, on any address but loopback unless a proxy is trusted.' }),
  ARGUS_TLS_KEY: setting(z.string().min(1), { says: 'File with the private key.' }),
  ARGUS_ARM_DAYS: setting(armDays, { fallback: String(ARMED_DAYS), says: `After so many days an armed tenant disarms itself; from 1 to ${ARMED_DAYS_MAX}.` }),
  ARGUS_KEPT_RESULTS_MIB: setting(mebibytes, { fallback: '1024', says: 'How much of results is kept for one tenant whose consent says so, sealed to its key. What is beyond that is not kept; 0: nothing is.' }),
  ARGUS_TRUSTED_PROXIES: setting(cidrs, { fallback: '', says: 'Proxies whose X-Forwarded-For is read, from the right. Empty: it is never read.' }),
  REMOTE_SUPPORT_ALLOW_CF_ASSERTION: setting(onOff, { fallback: 'off', says: 'On: a verified assertion of Cloudflare Access stands in for the operator network, and for nothing else. Needs the four settings below.' }),
  CF_ACCESS_AUD: setting(z.string().regex(/^[\x21-\x7e]{1,256}$/, { error: 'is not one audience tag' }), { says: 'Audience tag of the Access application. An assertion for another one is refused.' }),
  CF_ACCESS_TEAM_DOMAIN: setting(
    z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.cloudflareaccess\.com$/, { error: 'is not TEAM.cloudflareaccess.com, in small letters, without a scheme, port or path' }),
    { says: 'Whose assertions count, and where their keys are fetched: TEAM.cloudflareaccess.com.' },
  ),
  REMOTE_SUPPORT_CF_ALLOWED_EMAILS: setting(exactly('an e-mail address', isEmail), { fallback: '', says: 'Who may come in by an assertion, comma-separated, in any case. With the switch on and both lists empty, every caller outside the operator networks gets a 503.' }),
  REMOTE_SUPPORT_CF_ALLOWED_DOMAINS: setting(exactly('a domain such as example.org', isDomain), { fallback: '', says: 'And whose whole domain may: what stands behind the @, exactly. No sub-domains, no patterns.' }),
  REMOTE_SUPPORT_ONE_CLICK: setting(onOff, { fallback: 'off', says: 'On: people open sessions from the console, if they are in an operator network and have confirmed their sign-in within five minutes. This server adds its ops token for them; no browser sees it. Cloudflare Access, set up whole, switches it on too.' }),
  ARGUS_SMTP_URL: setting(smtp, { secret: true, says: 'Mail server that alerts go to, smtps://USER:PASSWORD@HOST or smtp://…, which has to offer STARTTLS unless it is on this machine. Goes together with ARGUS_ALERT_EMAILS; both unset: alerts are shown and not mailed.' }),
  ARGUS_ALERT_EMAILS: setting(
    list.refine((emails) => emails.every((email) => z.email().safeParse(email).success), { error: 'has an entry that is not an e-mail address' }),
    { fallback: '', says: 'Who is mailed, comma-separated.' },
  ),
  ARGUS_ALERT_FROM: setting(z.email({ error: 'is not an e-mail address' }), { says: 'The address mails come from. Unset: argus@ the domain of the first of ARGUS_ALERT_EMAILS.' }),
  ARGUS_PUBLIC_URL: setting(publicUrl, { says: 'The https:// address people reach this server at, for links, and for pages that may use it.' }),
  AUTH_MODE: setting(z.enum(AUTH_MODES, { error: `is none of ${AUTH_MODES.join(', ')}` }), { fallback: 'local', says: 'How people sign in. local: e-mail, password and second factor. oidc: at an identity provider. disabled: not at all, and only on a loopback address; tokens go on working.' }),
  AUTH_MFA_ENABLED: setting(onOff, { fallback: 'on', says: 'Off: operators and viewers are not asked for their second factor when they sign in. Owners and admins always are, once they have one, and what opens something asks everybody.' }),
  AUTH_MFA_PROVIDER: setting(z.enum(['totp', 'authy'], { error: 'is none of totp, authy' }), { fallback: 'totp', says: 'The second factor, RFC 6238. authy is another name for the same: any authenticator app does.' }),
  AUTH_OWNER_2FA_PASSKEY: setting(base32Secret, { secret: true, says: 'What the first owner has in their authenticator app from the start, in base 32. Unset: they set one up themselves. Of no use once there is an owner.' }),
  AUTH_LOGIN_HOURS: setting(upTo(12, 'hours'), { fallback: '12', says: 'How long a sign-in lasts; from 1 to 12.' }),
  AUTH_LOGIN_IDLE: setting(upTo(30, 'minutes'), { fallback: '30', says: 'After so many minutes without anybody doing something, it is over; from 1 to 30.' }),
  AUTH_OIDC_ISSUER: setting(issuer, { says: 'The identity provider of AUTH_MODE=oidc, exactly as its own description spells it. https, or http on this very machine.' }),
  AUTH_OIDC_CLIENT_ID: setting(z.string().regex(/^[\x21-\x7e]{1,256}$/, { error: 'is not a client id' }), { says: 'What this server is called there. Its redirect address is ARGUS_PUBLIC_URL/v1/auth/oidc/callback.' }),
  AUTH_OIDC_CLIENT_SECRET: setting(z.string().min(16, { error: 'has fewer than 16 characters' }), { secret: true, says: 'And its secret there.' }),
  AUTH_OIDC_GROUPS: setting(groupPlaces, { fallback: '', says: 'Which group there is which role here: GROUP=ROLE or GROUP=ROLE:TENANT+TENANT, comma-separated. Who is in none of them is nobody. Read at every sign-in.' }),
  AUTH_OIDC_GROUPS_CLAIM: setting(z.string().regex(/^[\x21-\x7e]{1,256}$/, { error: 'is not the name of a claim' }), { fallback: 'groups', says: 'Where the ID token has the groups: a list of texts.' }),
  AUTH_OIDC_SCOPES: setting(exactly('a scope', (item) => /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/.test(item)), { fallback: '', says: 'Scopes to ask for beside openid, email and profile, comma-separated, where the provider wants one for the groups.' }),
} as const satisfies Record<string, Setting>;

type Settings = typeof SETTINGS;
type SettingName = keyof Settings;
type Value<N extends SettingName> = z.output<Settings[N]['schema']> | (Settings[N] extends { readonly fallback: string } ? never : undefined);
type Values = { readonly [N in SettingName]: Value<N> };

export type Config = Omit<Values, 'ARGUS_MASTER_KEY' | 'ARGUS_TLS_CERT' | 'ARGUS_TLS_KEY'> & {
  readonly ARGUS_MASTER_KEY: Uint8Array;
  readonly access: AccessSettings | null;
  readonly tls: { readonly cert: string; readonly key: string } | null;
  readonly oidc: { readonly settings: OidcSettings; readonly places: readonly GroupPlace[] } | null;
};

/** What reading settings needs of the disk. */
export type Disk = {
  readText(path: string): string; // throws
  /** May every user of this machine read it? */
  isOpenToAll(path: string): boolean; // throws
  /** What is wrong with this folder as a data dir, or null. */
  problemWithFolder(path: string): string | null;
};

/** Settings of the other parts, which may stand in the same environment. */
const OTHERS = /^ARGUS_(SESSION|URL|PAT|PAT_FILE|OPS_TOKEN_FILE|DATABASE_OWNER_URL|DATABASE_OWNER_URL_FILE)$/;
const OURS = /^(ARGUS|REMOTE_SUPPORT|CF_ACCESS|AUTH_OIDC)_/;

export class SettingsProblem extends Error {}

/** All problems at once, by name, without a value. */
export function readConfig(env: Readonly<Record<string, string | undefined>>, disk: Disk): Config {
  const problems: string[] = [];
  const texts = gather(env, disk, problems);
  const values: Partial<Record<SettingName, unknown>> = {};
  for (const [name, { schema }] of Object.entries(SETTINGS) as [SettingName, Setting][]) {
    const text = texts[name];
    if (text === undefined) continue;
    const parsed = schema.safeParse(text);
    if (parsed.success) values[name] = parsed.data;
    else for (const issue of parsed.error.issues) problems.push(`${name} ${issue.message}`);
  }
  const config = values as Values; // each was parsed with its own schema
  if (texts.ARGUS_MASTER_KEY === undefined) problems.push('ARGUS_MASTER_KEY is not set; make one with: openssl rand -hex 32');
  const folder = config.ARGUS_DATA_DIR && disk.problemWithFolder(config.ARGUS_DATA_DIR);
  if (folder) problems.push(`ARGUS_DATA_DIR ${folder}`);
  const tls = readTls(config, disk, problems);
  const access = readAccess(config, texts, problems);
  if (access && env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0')
    problems.push('NODE_TLS_REJECT_UNAUTHORIZED is 0, so anybody could pass for CF_ACCESS_TEAM_DOMAIN and hand out its keys; unset it');
  if ((texts.ARGUS_SMTP_URL === undefined) !== ((texts.ARGUS_ALERT_EMAILS ?? '') === ''))
    problems.push('ARGUS_SMTP_URL and ARGUS_ALERT_EMAILS go together; one of them is not set');
  if (config.ARGUS_LISTEN && !isLoopback(config.ARGUS_LISTEN.host) && !tls && config.ARGUS_TRUSTED_PROXIES?.length === 0)
    problems.push('ARGUS_LISTEN is not loopback: set ARGUS_TLS_CERT and ARGUS_TLS_KEY, or name the proxy that ends TLS in ARGUS_TRUSTED_PROXIES');
  if (config.AUTH_MODE === 'disabled' && config.ARGUS_LISTEN && !isLoopback(config.ARGUS_LISTEN.host)) problems.push('AUTH_MODE is disabled and ARGUS_LISTEN is not loopback; sign people in, or listen on 127.0.0.1');
  const oidc = readOidc(config, texts, problems);
  if (oidc && env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') problems.push('NODE_TLS_REJECT_UNAUTHORIZED is 0, so anybody could pass for AUTH_OIDC_ISSUER and vouch for everybody; unset it');
  if (problems.length > 0) throw new SettingsProblem(`The ops API cannot start. Mend these settings:\n${problems.map((p) => `  ${p}`).join('\n')}`);
  return { ...config, ARGUS_MASTER_KEY: config.ARGUS_MASTER_KEY ?? new Uint8Array(), tls, access, oidc };
}

function gather(env: Readonly<Record<string, string | undefined>>, disk: Disk, problems: string[]): { [N in SettingName]?: string } {
  const texts: { [N in SettingName]?: string } = {};
  for (const [name, { fallback }] of Object.entries(SETTINGS) as [SettingName, Setting][]) {
    const [direct, file] = [env[name], env[`${name}_FILE`]];
    const isSet = direct !== undefined && direct !== '';
    if (isSet && file !== undefined) problems.push(`${name} is set twice: directly and as ${name}_FILE`);
    if (isSet) texts[name] = direct;
    else if (file !== undefined) {
      try {
        texts[name] = disk.readText(file).trim();
        // Whoever has it opens everything that is sealed, in every copy of the database.
        if (name === 'ARGUS_MASTER_KEY' && disk.isOpenToAll(file)) problems.push(`ARGUS_MASTER_KEY_FILE may be read by every user of this machine; close it with chmod 600 ${file}, or 640 for a group`);
      } catch (problem) {
        problems.push(`${name}_FILE cannot be read (${(problem as NodeJS.ErrnoException).code ?? 'unknown reason'})`);
        if (fallback !== undefined) texts[name] = fallback;
      }
    } else if (fallback !== undefined) texts[name] = fallback;
  }
  for (const name of Object.keys(env)) {
    const isKnown = Object.hasOwn(SETTINGS, name) || Object.hasOwn(SETTINGS, name.replace(/_FILE$/, '')) || OTHERS.test(name);
    if (isKnown) continue;
    const near = nearest(name.replace(/_FILE$/, ''));
    if (near !== null) problems.push(`${name} is not a setting; did you mean ${near}?`);
    else if (OURS.test(name)) problems.push(`${name} is not a setting; see docs/reference/settings.md`);
  }
  return texts;
}

function readTls(config: Values, disk: Disk, problems: string[]): Config['tls'] {
  const { ARGUS_TLS_CERT: certFile, ARGUS_TLS_KEY: keyFile } = config;
  if (certFile === undefined && keyFile === undefined) return null;
  if (certFile === undefined || keyFile === undefined) {
    problems.push('ARGUS_TLS_CERT and ARGUS_TLS_KEY go together; one of them is not set');
    return null;
  }
  const read = (name: string, path: string) => {
    try {
      return disk.readText(path);
    } catch (problem) {
      problems.push(`${name} cannot be read (${(problem as NodeJS.ErrnoException).code ?? 'unknown reason'})`);
      return '';
    }
  };
  return { cert: read('ARGUS_TLS_CERT', certFile), key: read('ARGUS_TLS_KEY', keyFile) };
}

/** Whom it lets in may be missing, and is then nobody; whose word it takes, and for what, may not. */
function readAccess(config: Values, texts: Partial<Record<SettingName, string>>, problems: string[]): Config['access'] {
  if (!config.REMOTE_SUPPORT_ALLOW_CF_ASSERTION) return null;
  for (const name of ['CF_ACCESS_AUD', 'CF_ACCESS_TEAM_DOMAIN'] as const)
    if (texts[name] === undefined) problems.push(`${name} is not set, and REMOTE_SUPPORT_ALLOW_CF_ASSERTION is on; set it, or turn that off`);
  const { CF_ACCESS_AUD: aud = '', CF_ACCESS_TEAM_DOMAIN: teamDomain = '', REMOTE_SUPPORT_CF_ALLOWED_EMAILS: emails, REMOTE_SUPPORT_CF_ALLOWED_DOMAINS: domains } = config;
  return { aud, teamDomain, allowed: { emails, domains } };
}

/** Whose word is taken, and for what, has to be said; and where the browser comes back to, on any address but loopback. */
function readOidc(config: Values, texts: Partial<Record<SettingName, string>>, problems: string[]): Config['oidc'] {
  if (config.AUTH_MODE !== 'oidc') return null;
  for (const name of ['AUTH_OIDC_ISSUER', 'AUTH_OIDC_CLIENT_ID', 'AUTH_OIDC_CLIENT_SECRET'] as const)
    if (texts[name] === undefined) problems.push(`${name} is not set, and AUTH_MODE is oidc; set it, or sign people in another way`);
  if ((texts.AUTH_OIDC_GROUPS ?? '') === '') problems.push('AUTH_OIDC_GROUPS is not set, and AUTH_MODE is oidc: nobody could sign in; name a group, like argus-owners=owner');
  if (config.ARGUS_LISTEN && !isLoopback(config.ARGUS_LISTEN.host) && config.ARGUS_PUBLIC_URL === undefined) problems.push('ARGUS_PUBLIC_URL is not set, and AUTH_MODE is oidc: the provider has to know where to send people back');
  const { AUTH_OIDC_ISSUER: issuer = '', AUTH_OIDC_CLIENT_ID: clientId = '', AUTH_OIDC_CLIENT_SECRET: clientSecret = '', AUTH_OIDC_GROUPS_CLAIM: groupsClaim, AUTH_OIDC_SCOPES: scopes, AUTH_OIDC_GROUPS: places } = config;
  return { settings: { issuer, clientId, clientSecret, groupsClaim, scopes }, places };
}

export const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || host.startsWith('127.');

/** The setting somebody may have meant, also where a slip of the finger is in its first letters. */
function nearest(name: string): string | null {
  const [best] = Object.keys(SETTINGS)
    .map((known) => ({ known, distance: Math.abs(known.length - name.length) > NEAR ? Number.POSITIVE_INFINITY : editDistance(name, known) }))
    .toSorted((a, b) => a.distance - b.distance);
  return best && best.distance <= NEAR ? best.known : null;
}
const NEAR = 3;

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row.at(-1) ?? 0;
}
