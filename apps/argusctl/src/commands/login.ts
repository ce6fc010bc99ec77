import { defineCommand, usage, type Context, type LocalProblem } from '../command.ts';
import { changeProfiles, withProfile } from '../profiles.ts';
import { aside, fields, idsOf } from '../render/view.ts';
import { DEFAULT_PROFILE, profileNamed, readProfiles, set } from '../stored.ts';

export const login = defineCommand({
  name: 'login',
  summary: 'Try your token and keep it, with its server, for the commands to come',
  positionals: {},
  flags: { browser: { value: 'switch', about: 'approve it in your browser, on this very machine, instead of giving a token' } },
  secrets: [],
  writes: false,
  isLocal: true,
  example: 'argusctl login --url https://ops.example.com --browser',
  details: async () => [
    'With --browser a page of the console opens: you sign in there, say what the token may do, and it is made and kept.',
    'Else the token is asked for without showing it, or read from standard input: pass argus/pat | argusctl login',
    'It is kept in $XDG_CONFIG_HOME/argus/credentials.json (~/.config when unset), for you alone (0600). The ops token',
    'is never kept: a second factor that lies beside the first is none.',
  ],
  async run(ctx, { browser }) {
    const { readFile, env, refuse, askAt, typed } = ctx;
    if (typed('demo') !== undefined) return refuse(usage('--demo needs no login: its keys are in demo.json.'));
    if (browser && typed('pat') !== undefined) return refuse(usage('Either --pat or --browser: each brings a token.'));
    const stored = await readProfiles(env, readFile);
    if (!stored.ok) return refuse(stored.error);
    const name = typed('profile') ?? stored.value.current ?? DEFAULT_PROFILE;
    const { checkUrl, sameServer } = await import('../settings.ts');
    const before = profileNamed(stored.value, name);
    const url = checkUrl(typed('url') ?? before?.url ?? set(env['ARGUS_URL']) ?? 'http://127.0.0.1:8443', env);
    if (!url.ok) return refuse(url.error);
    // Somebody who signs in to the next server means to keep the one before.
    if (before && !sameServer(before.url, url.value)) return refuse(usage(`The profile ${name} is for ${before.url}.`, `Name another one: argusctl login --profile NAME --url ${url.value}`));
    const given = browser ? await (await import('../handoff.ts')).patByBrowser(ctx, url.value) : await tokenFrom(ctx);
    if (typeof given !== 'string') return refuse(given);
    const { parseId } = await import('@argus/protocol/ids.ts');
    const pat = parseId('pat', given);
    if (!pat) return refuse({ kind: 'local', code: 'unauthenticated', says: 'What was given is not a personal access token', hint: 'One is pat_ and 43 characters; was a part lost in copying?' });
    const { me: asMe } = await import('@argus/client/requests.ts');
    const me = await askAt({ url: url.value, pat }, asMe());
    if (!me.ok) return refuse(me.error);
    const kept = await changeProfiles(ctx, (before) => withProfile(before, name, { url: url.value, pat, operator: me.value.operator }));
    if ('kind' in kept) return refuse(kept);
    const { operator, token_id, scopes } = me.value;
    const isOvershadowed = set(env['ARGUS_PAT']) !== undefined || set(env['ARGUS_PAT_FILE']) !== undefined;
    return ctx.show({ profile: name, url: url.value, operator, token_id, scopes, kept_in: kept.path }, [
      idsOf(name),
      fields({ profile: name, server: url.value, operator, 'token id': token_id, scopes: scopes.join(', '), 'kept in': kept.path }),
      ...(isOvershadowed ? [aside(''), aside('ARGUS_PAT or ARGUS_PAT_FILE is set here, and comes before what was just kept.')] : []),
    ]);
  },
});

async function tokenFrom({ typed, terminal, readFile }: Context): Promise<string | LocalProblem> {
  const flag = typed('pat');
  if (flag !== undefined && flag !== '-') return flag;
  if (flag === undefined && terminal.isThere) return (await terminal.secret('Personal access token: ')) ?? usage('Stopped. Nothing was kept.');
  const piped = await readFile('-');
  return piped.kind === 'text' ? piped.text.trim() : usage('Standard input cannot be read.');
}
