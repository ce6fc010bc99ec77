/** What lies on disk for argusctl: the stored login, and what the demo leaves. Both hold tokens. */
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
  return readPrivate(path, readFile, {
    fields: ['url', 'pat', 'ops_token'],
    missing: usage(`There is no demo at ${path}.`, 'Start it with npm start, or name its data folder: --demo=DIR.'),
  });
}

/** What `argusctl login` keeps. */
export type Login = { readonly url: string; readonly pat: string };
export async function readLogin(env: Env, readFile: ReadFile): Promise<Result<Login | null, LocalProblem>> {
  const [xdg, home] = [set(env['XDG_CONFIG_HOME']), set(env['HOME'])];
  const config = xdg ?? (home === undefined ? undefined : `${home}/.config`);
  if (config === undefined) return ok(null);
  return readPrivate(`${config}/argus/credentials.json`, readFile, { fields: ['url', 'pat'], missing: null });
}

type Wanted<K extends string, M> = { readonly fields: readonly K[]; readonly missing: M };
/** A file with secrets in it: for its owner alone, or not at all. */
async function readPrivate<K extends string, M extends LocalProblem | null>(
  path: string,
  readFile: ReadFile,
  { fields, missing }: Wanted<K, M>,
): Promise<Result<Readonly<Record<K, string>> | null, LocalProblem>> {
  const file = await readFile(path);
  if (file.kind === 'missing') return missing === null ? ok(null) : err(missing);
  if (file.kind === 'unreadable') return err(usage(`${path} cannot be read (${file.why}).`));
  if (!file.isPrivate) {
    const hint = `Close it with chmod 600 ${path}, and replace the token if somebody may have read it.`;
    return err(usage(`Others on this machine can read ${path}, and it holds your token.`, hint));
  }
  const raw = parseRecord(file.text);
  if (!raw) return err(usage(`${path} is not JSON.`));
  const lacking = fields.filter((field) => typeof raw[field] !== 'string');
  if (lacking.length > 0) return err(usage(`${path} lacks ${lacking.join(', ')}.`));
  return ok(raw as Readonly<Record<K, string>>); // the fields asked for are texts
}

function parseRecord(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const raw: unknown = JSON.parse(text);
    return typeof raw === 'object' && raw !== null ? (raw as Readonly<Record<string, unknown>>) : null;
  } catch {
    return null;
  }
}
