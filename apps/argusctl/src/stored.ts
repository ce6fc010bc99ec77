/** What lies on disk for argusctl: stored logins, and what the demo leaves. Both hold tokens. */
import { err, ok, type Result } from '@argus/kit/result.ts';
import { usage, type LocalProblem } from './command.ts';

export type FileRead =
  | { readonly kind: 'text'; readonly text: string; readonly isPrivate: boolean }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable'; readonly why: string };
/** `-` is standard input. `bytesMax` is 64 KiB when left out: a secret is a line, a demo file a page. */
export type ReadFile = (path: string, bytesMax?: number) => Promise<FileRead>;
export type Env = Readonly<Record<string, string | undefined>>;

/** An empty variable is an unset one. */
export const set = (value: string | undefined): string | undefined => value?.trim() || undefined;

/** What `npm start` left for whoever goes on. */
export type Demo = { readonly url: string; readonly pat: string; readonly ops_token: string };
export async function readDemo(folder: string, readFile: ReadFile): Promise<Result<Demo | null, LocalProblem>> {
  const path = `${folder.replace(/[\\/]+$/, '')}/demo.json`;
  const read = await readPrivate(path, readFile);
  if (!read.ok) return read;
  if (read.value === null) return err(usage(`There is no demo at ${path}.`, 'Start it with npm start, or name its data folder: --demo=DIR.'));
  const lacking = ['url', 'pat', 'ops_token'].filter((field) => typeof read.value?.[field] !== 'string');
  return lacking.length > 0 ? err(usage(`${path} lacks ${lacking.join(', ')}.`)) : ok(read.value as Demo); // the fields asked for are texts
}

/** What `argusctl login` and `profile add` keep: addresses, each with the token for it and whose that is. */
export type Profile = { readonly url: string; readonly pat?: string; readonly operator?: string };
export type Profiles = { readonly current: string | null; readonly profiles: Readonly<Record<string, Profile>> };
export const DEFAULT_PROFILE = 'default';
export const NO_PROFILES: Profiles = { current: null, profiles: {} };

/** Null: nothing says where the home of this user is. */
export function profilesPath(env: Env): string | null {
  const [xdg, home] = [set(env['XDG_CONFIG_HOME']), set(env['HOME'])];
  const config = xdg ?? (home === undefined ? undefined : `${home}/.config`);
  return config === undefined ? null : `${config}/argus/credentials.json`;
}

export async function readProfiles(env: Env, readFile: ReadFile): Promise<Result<Profiles, LocalProblem>> {
  const path = profilesPath(env);
  const read = path === null ? ok(null) : await readPrivate(path, readFile);
  if (!read.ok || read.value === null) return read.ok ? ok(NO_PROFILES) : read;
  const { v, current, profiles } = read.value;
  const isOurs = v === 1 && (current === null || typeof current === 'string') && isRecord(profiles) && Object.values(profiles).every(isProfile);
  if (!isOurs) return err(usage(`${path ?? ''} is not as argusctl writes it.`, 'Move it away and sign in again: argusctl login.'));
  return ok({ current, profiles: { ...profiles } as Profiles['profiles'] }); // each was looked at
}

export const profilesText = ({ current, profiles }: Profiles): string => `${JSON.stringify({ v: 1, current, profiles }, null, 2)}\n`;

export const profileNamed = ({ profiles }: Profiles, name: string): Profile | undefined => (Object.hasOwn(profiles, name) ? profiles[name] : undefined);

type Fields = Readonly<Record<string, unknown>>;
const isRecord = (raw: unknown): raw is Fields => typeof raw === 'object' && raw !== null && !Array.isArray(raw);
const isTextOrNot = (raw: unknown): boolean => raw === undefined || typeof raw === 'string';
const isProfile = (raw: unknown): boolean => isRecord(raw) && typeof raw['url'] === 'string' && isTextOrNot(raw['pat']) && isTextOrNot(raw['operator']);

/** A file with secrets in it: for its owner alone, or not at all. Null: there is none. */
async function readPrivate(path: string, readFile: ReadFile): Promise<Result<Fields | null, LocalProblem>> {
  const file = await readFile(path);
  if (file.kind === 'missing') return ok(null);
  if (file.kind === 'unreadable') return err(usage(`${path} cannot be read (${file.why}).`));
  if (!file.isPrivate) {
    const hint = `Close it with chmod 600 ${path}, and replace the token if somebody may have read it.`;
    return err(usage(`Others on this machine can read ${path}, and it holds your token.`, hint));
  }
  const raw = parseRecord(file.text);
  return raw ? ok(raw) : err(usage(`${path} is not JSON.`));
}

function parseRecord(text: string): Fields | null {
  try {
    const raw: unknown = JSON.parse(text);
    return isRecord(raw) ? raw : null;
  } catch {
    return null;
  }
}
