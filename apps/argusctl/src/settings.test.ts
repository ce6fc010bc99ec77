import { expect, test } from 'vitest';
import { OPS_TOKEN, PAT, privateFile, SESSION } from '../test/run.ts';
import { readSettings } from './settings.ts';
import type { Env, FileRead } from './stored.ts';

type Given = { flags?: Record<string, string>; env?: Env; files?: Record<string, FileRead>; secrets?: readonly ('ops-token' | 'session')[] };
const read = ({ flags = {}, env = {}, files = {}, secrets = ['ops-token', 'session'] }: Given = {}) =>
  readSettings({ flags: new Map(Object.entries(flags)), env, readFile: async (path) => files[path] ?? { kind: 'missing' }, secrets });

const OTHER_PAT = `pat_${'Q'.repeat(43)}`;
const DEMO = { url: 'http://127.0.0.1:9000', pat: PAT, operator_pat: OTHER_PAT, ops_token: OPS_TOKEN };
const demo = { '.argus/demo.json': privateFile(DEMO) };
const LOGIN = '/home/ana/.config/argus/credentials.json';
const stored = (url: string, more: object = {}) => privateFile({ v: 1, current: 'default', profiles: { default: { url, pat: PAT, operator: 'ana@argus.example' }, ...more } });
const login = { [LOGIN]: stored('https://ops.example', { lab: { url: 'https://lab.example', pat: OTHER_PAT }, new: { url: 'https://new.example' } }) };
const HOME = { HOME: '/home/ana' };

test('with nothing said: this machine, and nobody', async () => {
  expect(await read()).toEqual({
    ok: true,
    value: { url: 'http://127.0.0.1:8443', pat: undefined, opsToken: undefined, session: undefined, profile: undefined, retype: 'argusctl' },
  });
});

test.each<[string, Given, object]>([
  ['the demo', { flags: { demo: '' }, files: demo }, { url: DEMO.url, pat: PAT, opsToken: OPS_TOKEN }],
  ['the demo before the environment', { flags: { demo: '' }, files: demo, env: { ARGUS_URL: 'https://x.example', ARGUS_PAT: OTHER_PAT } }, { url: DEMO.url, pat: PAT }],
  ['the demo where its data is kept', { flags: { demo: '' }, env: { ARGUS_DATA_DIR: '/srv/two/' }, files: { '/srv/two/demo.json': privateFile(DEMO) } }, { url: DEMO.url, pat: PAT, retype: 'argusctl --demo' }],
  ['a folder that was named before the one in the environment', { flags: { demo: '.argus' }, env: { ARGUS_DATA_DIR: '/srv/two' }, files: demo }, { url: DEMO.url, pat: PAT }],
  ['a flag before the demo', { flags: { demo: '', pat: OTHER_PAT }, files: demo }, { url: DEMO.url, pat: OTHER_PAT }],
  ['the environment', { env: { ARGUS_URL: 'https://x.example', ARGUS_PAT: PAT } }, { url: 'https://x.example', pat: PAT }],
  ['files named by the environment', { env: { ARGUS_PAT_FILE: '/run/pat', ARGUS_SESSION_FILE: '/run/rst' }, files: { '/run/pat': privateFile(`${PAT}\n`), '/run/rst': privateFile(`${SESSION}\n`) } }, { pat: PAT, session: SESSION }],
  ['standard input', { flags: { pat: '-' }, files: { '-': privateFile(`${PAT}\n`) } }, { pat: PAT }],
  ['the stored login', { env: HOME, files: login }, { url: 'https://ops.example', pat: PAT }],
  ['the stored login, where XDG says', { env: { ...HOME, XDG_CONFIG_HOME: '/xdg' }, files: { '/xdg/argus/credentials.json': stored('https://xdg.example') } }, { url: 'https://xdg.example' }],
  ['a profile by its name', { flags: { profile: 'lab' }, env: HOME, files: login }, { url: 'https://lab.example', pat: OTHER_PAT, profile: 'lab', retype: 'argusctl --profile lab' }],
  ['a profile by its name before the environment', { flags: { profile: 'lab' }, env: { ...HOME, ARGUS_URL: 'https://x.example', ARGUS_PAT: PAT }, files: login }, { url: 'https://lab.example', pat: OTHER_PAT }],
  ['a profile nobody signed in to', { flags: { profile: 'new' }, env: HOME, files: login }, { url: 'https://new.example', pat: undefined }],
  ['a token on the line before that of the profile', { flags: { profile: 'lab', pat: PAT }, env: HOME, files: login }, { url: 'https://lab.example', pat: PAT }],
  ['an empty variable is none', { env: { ...HOME, ARGUS_PAT: '', ARGUS_URL: ' ' }, files: login }, { url: 'https://ops.example', pat: PAT }],
  ['one of several ops tokens, as the server takes them', { env: { ARGUS_OPS_TOKEN: 'new-token, old-token' } }, { opsToken: 'new-token' }],
  ['a path in the address', { flags: { url: 'https://proxy.example/argus/' } }, { url: 'https://proxy.example/argus' }],
])('settings: %s', async (_name, given, expected) => expect(await read(given)).toMatchObject({ ok: true, value: expected }));

/** A token is good for whoever holds it. */
test('a stored token is not shown to another server', async () => {
  expect(await read({ flags: { url: 'https://evil.example' }, env: HOME, files: login })).toMatchObject({ ok: true, value: { pat: undefined } });
  expect(await read({ env: { ...HOME, ARGUS_URL: 'http://127.0.0.1:8443' }, files: login })).toMatchObject({ ok: true, value: { pat: undefined } });
  expect(await read({ flags: { profile: 'lab', url: 'https://evil.example' }, env: HOME, files: login })).toMatchObject({ ok: true, value: { url: 'https://evil.example', pat: undefined } });
  expect(await read({ flags: { demo: '', url: 'https://evil.example' }, files: demo })).toMatchObject({ ok: false });
});

test('a file with secrets that others can read is refused, with what to do', async () => {
  const open = (file: FileRead): FileRead => ({ ...file, isPrivate: false }) as FileRead;
  const says = { ok: false, error: { code: 'usage', says: expect.stringMatching(/^Others on this machine can read/), hint: expect.stringContaining('chmod 600') } };
  expect(await read({ env: HOME, files: { [LOGIN]: open(login[LOGIN] ?? expect.unreachable()) } })).toMatchObject(says);
  expect(await read({ flags: { demo: '' }, files: { '.argus/demo.json': open(demo['.argus/demo.json']) } })).toMatchObject(says);
});

test.each(['http://ops.example', 'http://10.1.2.3:8443', 'http://127.0.0.1.evil.example', 'http://localhost.evil.example', 'http://[::2]:8443'])(
  'plain http to %s is refused',
  async (url) => expect(await read({ flags: { url } })).toMatchObject({ ok: false, error: { says: expect.stringContaining('Plain http') } }),
);
test.each(['http://localhost:8443', 'http://127.0.0.1', 'http://127.9.9.9:1', 'http://[::1]:8443', 'https://ops.example'])('%s may be talked to', async (url) =>
  expect(await read({ flags: { url } })).toMatchObject({ ok: true }));
/** Guarantee: whoever sits in between is not handed the tokens because a setting of Node.js believes anybody. */
test('with certificates unchecked by the environment no server is talked to, but one on this very machine', async () => {
  const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0' };
  expect(await read({ flags: { url: 'https://ops.example', pat: PAT }, env })).toMatchObject({ ok: false, error: { code: 'usage', says: expect.stringContaining('NODE_TLS_REJECT_UNAUTHORIZED'), hint: expect.stringContaining('NODE_EXTRA_CA_CERTS') } });
  expect(await read({ env: { ...HOME, ...env }, files: login })).toMatchObject({ ok: false });
  expect(await read({ env })).toMatchObject({ ok: true, value: { url: 'http://127.0.0.1:8443' } });
});
test.each(['ops.example', 'ftp://ops.example', 'https://ana:hunter2@ops.example', 'https://ops.example/?token=x', ''])('%j is no address of a server', async (url) => {
  const made = await read({ flags: { url } });
  expect(made).toMatchObject({ ok: false, error: { code: 'usage' } });
  expect(JSON.stringify(made)).not.toContain('hunter2');
});

test.each<[string, Given, string]>([
  ['a PAT cut short', { flags: { pat: PAT.slice(0, 20) } }, 'unauthenticated'],
  ['an ops token over two lines', { flags: { 'ops-token': 'two\nlines' } }, 'bad_ops_token'],
  ['the name of a session for its token', { flags: { session: `rss_${'a'.repeat(20)}` } }, 'session_not_found'],
  ['a file that is not there', { env: { ARGUS_PAT_FILE: '/run/pat' } }, 'usage'],
  ['a demo that was never started', { flags: { demo: '' } }, 'usage'],
  ['a demo file that is not JSON', { flags: { demo: 'd/' }, files: { 'd/demo.json': privateFile('{') } }, 'usage'],
  ['a demo file of another time', { flags: { demo: '' }, files: { '.argus/demo.json': privateFile({ url: DEMO.url }) } }, 'usage'],
  ['a profile that is not there', { flags: { profile: 'prod' }, env: HOME, files: login }, 'usage'],
  ['a profile beside the demo', { flags: { profile: 'lab', demo: '' }, env: HOME, files: { ...login, ...demo } }, 'usage'],
  ['a login as nobody wrote it', { env: HOME, files: { [LOGIN]: privateFile({ v: 1, current: 7, profiles: {} }) } }, 'usage'],
  ['a login that cannot be read', { env: HOME, files: { [LOGIN]: { kind: 'unreadable', why: 'EACCES' } } }, 'usage'],
])('%s is said before anything is sent', async (_name, given, code) => expect(await read(given)).toMatchObject({ ok: false, error: { kind: 'local', code } }));

test('a secret that the command does not need is not even read', async () => {
  const env = { ARGUS_OPS_TOKEN_FILE: '/missing', ARGUS_SESSION: 'rubbish' };
  expect(await read({ env, secrets: [] })).toMatchObject({ ok: true, value: { opsToken: undefined, session: undefined } });
});

test.each<[Given, string]>([
  [{ flags: { demo: '' } }, 'argusctl --demo'],
  [{ flags: { url: 'https://x.example' } }, 'argusctl --url https://x.example'],
  [{ flags: { demo: '' }, env: { npm_lifecycle_event: 'argusctl' } }, 'npm run --silent argusctl -- --demo'],
])('%j is typed again', async (given, retype) =>
  expect(await read({ ...given, files: demo })).toMatchObject({ ok: true, value: { retype } }));
