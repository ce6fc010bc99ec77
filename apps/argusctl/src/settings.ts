/** Which server, with which secrets. Flags come before a profile or the demo that was named, those before the environment, that before the profile in use. */
import { err, ok, type Result } from '@argus/kit/result.ts';
import { parseId, type Pat, type SessionToken } from '@argus/protocol/ids.ts';
import { usage, type LocalProblem, type SecretName } from './command.ts';
import { retypeOf } from './retype.ts';
import { SECRETS } from './secrets.ts';
import { profileNamed, readDemo, readProfiles, set, type Env, type Profile, type ReadFile } from './stored.ts';

export type Settings = {
  readonly url: string;
  readonly pat: Pat | undefined;
  readonly opsToken: string | undefined;
  readonly session: SessionToken | undefined;
  /** The stored login that the address or the token is from. */
  readonly profile: string | undefined;
  /** What was typed to choose the server, to be typed again. */
  readonly retype: string;
};
type Sources = {
  readonly flags: ReadonlyMap<string, string | true>;
  readonly env: Env;
  readonly readFile: ReadFile;
  readonly secrets: readonly SecretName[]; // the command at hand needs these, so only these are read
};

const DEFAULT_URL = 'http://127.0.0.1:8443';

export async function readSettings(sources: Sources): Promise<Result<Settings, LocalProblem>> {
  const { flags, env, readFile } = sources;
  const named = textOf(flags, 'profile');
  const folder = textOf(flags, 'demo');
  if (named !== undefined && folder !== undefined) return err(usage('--demo and --profile name two servers.', 'Leave one of them out.'));
  const demo = folder === undefined ? ok(null) : await readDemo(folder || set(env['ARGUS_DATA_DIR']) || '.argus', readFile);
  if (!demo.ok) return demo;
  const chosen = named === undefined ? ok(null) : await storedProfile(named, sources);
  if (!chosen.ok) return chosen;
  // What was named on the command line comes before what happens to be in the environment.
  const typedUrl = textOf(flags, 'url') ?? chosen.value?.url ?? demo.value?.url ?? set(env['ARGUS_URL']);
  const ofProfile = chosen.value && sameServer(typedUrl ?? '', chosen.value.url) ? chosen.value.pat : undefined;
  const outside = await readSecret('pat', sources, demo.value?.pat ?? ofProfile);
  if (!outside.ok) return outside;
  const isComplete = named !== undefined || (typedUrl !== undefined && outside.value !== undefined);
  const inUse = isComplete ? ok(null) : await storedProfile(null, sources);
  if (!inUse.ok) return inUse;

  const url = checkUrl(typedUrl ?? inUse.value?.url ?? DEFAULT_URL, env);
  if (!url.ok) return url;
  if (demo.value && !sameServer(url.value, demo.value.url))
    return err(usage('--demo has its own address, and its keys are for no other.', 'Leave out --url or --demo.'));
  // A stored token is for the server it was made by; it is not shown to another.
  const login = chosen.value ?? inUse.value;
  const stored = login && sameServer(url.value, login.url) ? login : undefined;
  const pat = patOf(outside.value ?? stored?.pat);
  if (!pat.ok) return pat;
  const opsToken = await readOpsToken(sources, demo.value?.ops_token);
  if (!opsToken.ok) return opsToken;
  const session = await readSession(sources);
  if (!session.ok) return session;
  return ok({ url: url.value, pat: pat.value, opsToken: opsToken.value, session: session.value, profile: stored?.name, retype: retypeOf(flags, env) });
}

/** The one of this name, or the one in use. */
async function storedProfile(name: string | null, { env, readFile }: Sources): Promise<Result<(Profile & { readonly name: string }) | null, LocalProblem>> {
  const stored = await readProfiles(env, readFile);
  if (!stored.ok) return stored;
  const wanted = name ?? stored.value.current;
  const profile = wanted === null ? undefined : profileNamed(stored.value, wanted);
  if (profile && wanted !== null) return ok({ ...profile, name: wanted });
  return name === null ? ok(null) : err(usage(`There is no profile ${name}.`, `argusctl profile ls lists them; argusctl login --profile ${name} --url URL makes it.`));
}

const textOf = (flags: Sources['flags'], name: string): string | undefined => {
  const value = flags.get(name);
  return typeof value === 'string' ? value : undefined;
};

/** Secrets and acts travel there: nothing but this machine may be talked to in the clear. */
export function checkUrl(text: string, env: Env): Result<string, LocalProblem> {
  const url = URL.parse(text);
  const wrong = (says: string, hint = 'One looks like https://ops.example.com.') => err(usage(says, hint));
  if (!url || !/^https?:$/.test(url.protocol)) return wrong('The address of the server is not an http or https URL.');
  if (url.username !== '' || url.password !== '') return wrong('The address of the server carries a user or password.');
  if (url.search !== '' || url.hash !== '') return wrong('The address of the server has a ? or # in it.');
  const isLoopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (url.protocol === 'http:' && !isLoopback)
    return wrong(`Plain http to ${url.hostname} would show your tokens to the network.`, 'Use its https address.');
  // Node.js would then believe any certificate, and whoever sits in between would be handed the tokens.
  if (url.protocol === 'https:' && set(env['NODE_TLS_REJECT_UNAUTHORIZED']) === '0')
    return wrong('NODE_TLS_REJECT_UNAUTHORIZED=0 turns the check of certificates off.', 'Unset it; a certificate authority of your own is named in NODE_EXTRA_CA_CERTS.');
  return ok(`${url.origin}${url.pathname.replace(/\/+$/, '')}`);
}

export const sameServer = (a: string, b: string): boolean => {
  const [one, other] = [URL.parse(a), URL.parse(b)];
  return one !== null && other !== null && one.origin === other.origin;
};

/** From its flag, the demo, its variable, or the file its variable names. */
async function readSecret(
  name: keyof typeof SECRETS,
  { flags, env, readFile }: Sources,
  demo?: string,
): Promise<Result<string | undefined, LocalProblem>> {
  const secret = SECRETS[name];
  const given = textOf(flags, secret.flag);
  if (given === '-') return readSecretFile('-', readFile, `--${secret.flag}`);
  const direct = given ?? demo ?? set(env[secret.env]);
  if (direct !== undefined) return ok(direct);
  const file = set(env[`${secret.env}_FILE`]);
  return file === undefined ? ok(undefined) : readSecretFile(file, readFile, `${secret.env}_FILE`);
}

async function readSecretFile(path: string, readFile: ReadFile, from: string): Promise<Result<string, LocalProblem>> {
  const file = await readFile(path);
  const text = file.kind === 'text' ? file.text.trim() : '';
  const where = path === '-' ? 'standard input' : path;
  if (file.kind === 'unreadable') return err(usage(`${from}: ${where} cannot be read (${file.why}).`));
  return text === '' ? err(usage(`${from}: there is nothing in ${where}.`)) : ok(text);
}

const ill = (code: LocalProblem['code'], says: string, hint: string) =>
  err({ kind: 'local', code, says, hint } as const);

function patOf(text: string | undefined): Result<Pat | undefined, LocalProblem> {
  if (text === undefined) return ok(undefined);
  const pat = parseId('pat', text);
  const hint = 'One is pat_ and 43 characters; was a part lost in copying?';
  return pat ? ok(pat) : ill('unauthenticated', 'What was given is not a personal access token', hint);
}

async function readOpsToken(
  sources: Sources,
  demo: string | undefined,
): Promise<Result<string | undefined, LocalProblem>> {
  if (!sources.secrets.includes('ops-token')) return ok(undefined);
  const found = await readSecret('ops-token', sources, demo);
  if (!found.ok || found.value === undefined) return found;
  // The server takes a list, for rotation; where both share a variable, any one of them will do.
  const token = found.value.split(',')[0]?.trim() ?? '';
  const hint = 'It has no spaces, line breaks or special letters.';
  return /^[!-~]+$/.test(token) ? ok(token) : ill('bad_ops_token', 'What was given is not an ops token', hint);
}

async function readSession(sources: Sources): Promise<Result<SessionToken | undefined, LocalProblem>> {
  if (!sources.secrets.includes('session')) return ok(undefined);
  const found = await readSecret('session', sources);
  if (!found.ok || found.value === undefined) return found.ok ? ok(undefined) : found;
  const token = parseId('sessionToken', found.value);
  if (token) return ok(token);
  const isHandle = found.value.startsWith('rss_');
  return ill(
    'session_not_found',
    isHandle ? 'That is the name of the session, not its token' : 'What was given is not a session token',
    'It is rst_ and 43 characters, shown once by argusctl agent activate.',
  );
}
