import { deny, toProblem } from '@argus/protocol/errors.ts';
import { expect, test } from 'vitest';
import { answering, memoryOutFile, PAT, run, type RunWorld } from '../test/run.ts';

const HOME = { HOME: '/home/ana' };
const FILE = '/home/ana/.config/argus/credentials.json';
const OTHER = `pat_${'Q'.repeat(43)}`;
const me = { operator: 'ana@argus.example', token_id: `tok_${'k'.repeat(20)}`, scopes: ['tenants:read'], tenants: 'all' };

/** A home that keeps what one command left for the next one. */
function home() {
  const { outFile, saved } = memoryOutFile();
  const files = () => Object.fromEntries([...saved].map(([path, bytes]) => [path, { kind: 'text', text: bytes.toString(), isPrivate: true } as const]));
  const type = (line: string, more: RunWorld = {}) => run(line.split(' '), { env: HOME, outFile, fetch: answering(200, me), ...more, files: { ...files(), ...more.files } });
  return { type, kept: () => JSON.parse(saved.get(FILE)?.toString() ?? 'null') as unknown };
}

test('a token that the server takes is kept with its server, and used from then on', async () => {
  const { type, kept } = home();
  const ran = await type('login --url https://ops.example', { typing: [PAT] });
  expect([ran.exit, ran.sent]).toEqual([0, ['GET https://ops.example/v1/operators/me']]);
  expect(kept()).toEqual({ v: 1, current: 'default', profiles: { default: { url: 'https://ops.example', pat: PAT, operator: 'ana@argus.example' } } });
  expect((await type('whoami')).sent).toEqual(['GET https://ops.example/v1/operators/me']);
  for (const { stdout, stderr } of [ran, await type('profile ls --json'), await type('logout')]) expect(stdout + stderr).not.toContain(PAT);
});

test('it is read from standard input too, and a flag with a dash says so', async () => {
  for (const line of ['login --url https://ops.example', 'login --url https://ops.example --pat -']) {
    const { type, kept } = home();
    expect((await type(line, { files: { '-': { kind: 'text', text: `${PAT}\n`, isPrivate: false } } })).exit).toBe(0);
    expect(kept()).toMatchObject({ profiles: { default: { pat: PAT } } });
  }
});

/** What is kept is what works: a token that is refused now would be a riddle at three in the morning. */
test.each<[string, string, RunWorld, number]>([
  ['a token nobody knows', 'login --url https://ops.example', { typing: [PAT], fetch: answering(401, toProblem(deny('unauthenticated'), 'req_1')) }, 9],
  ['a token cut short', 'login --url https://ops.example', { typing: [PAT.slice(0, 30)] }, 9],
  ['nothing', 'login --url https://ops.example', { typing: [null] }, 2],
  ['a server over plain http', 'login --url http://ops.example', { typing: [PAT] }, 2],
  ['a disk that is full', 'login --url https://ops.example', { typing: [PAT], outFile: {} }, 110],
  ['the demo', 'login --demo', { typing: [PAT] }, 2],
])('%s is not kept', async (_what, line, world, exit) => {
  const { type, kept } = home();
  const ran = await type(line, world);
  expect([ran.exit, kept()]).toEqual([exit, null]);
  expect(ran.stdout + ran.stderr).not.toContain(PAT);
});

test('two servers side by side: each token goes to its own, and --profile chooses', async () => {
  const { type, kept } = home();
  await type('login --url https://ops.example', { typing: [PAT] });
  await type('login --profile lab --url https://lab.example', { typing: [OTHER] });
  const sentTo = async (line: string) => {
    const seen: string[] = [];
    await type(line, { fetch: async (url, init) => (seen.push(`${new URL(url).host} ${(init.headers as Record<string, string>)['authorization'] ?? ''}`), new Response(JSON.stringify(me))) });
    return seen[0];
  };
  expect(await sentTo('whoami')).toBe(`lab.example Bearer ${OTHER}`); // the one signed in to last is in use
  expect(await sentTo('whoami --profile default')).toBe(`ops.example Bearer ${PAT}`);
  expect((await type('profile use default')).exit).toBe(0);
  expect(await sentTo('whoami')).toBe(`ops.example Bearer ${PAT}`);
  expect((await type('profile ls')).stdout).toBe(
    'PROFILE  IN USE  SIGNED IN  OPERATOR           SERVER\ndefault  yes     yes        ana@argus.example  https://ops.example\nlab      no      yes        ana@argus.example  https://lab.example\n',
  );
  await type('profile rm default');
  expect(kept()).toMatchObject({ current: null, profiles: { lab: { url: 'https://lab.example' } } });
  expect(await sentTo('whoami')).toBeUndefined(); // nobody is signed in where it would go
});

test('signing in to another server does not take the place of the first', async () => {
  const { type, kept } = home();
  await type('login --url https://ops.example', { typing: [PAT] });
  expect(await type('login --url https://lab.example', { typing: [OTHER] })).toMatchObject({ exit: 2, sent: [], stderr: expect.stringContaining('login --profile NAME --url https://lab.example') });
  expect(kept()).toMatchObject({ profiles: { default: { url: 'https://ops.example', pat: PAT } } });
  expect((await type('login --url https://ops.example/', { typing: [OTHER] })).exit).toBe(0);
  expect(kept()).toMatchObject({ profiles: { default: { pat: OTHER } } });
});

test('a profile can be added before anybody signs in, and signing out leaves it', async () => {
  const { type, kept } = home();
  await type('profile add prod https://ops.example/argus/');
  await type('login', { typing: [PAT] });
  expect(kept()).toMatchObject({ current: 'prod', profiles: { prod: { url: 'https://ops.example/argus', pat: PAT } } });
  await type('logout');
  expect(kept()).toEqual({ v: 1, current: 'prod', profiles: { prod: { url: 'https://ops.example/argus' } } });
  expect((await type('profile add prod https://other.example')).exit).toBe(2);
});

test.each(['profile use __proto__', 'profile rm nobody', 'profile use Prod', 'logout', 'whoami --profile nobody', 'profile add x http://ops.example'])('%s is refused with a sentence', async (line) => {
  const { exit, stderr, sent } = await home().type(line);
  expect([exit, sent]).toEqual([2, []]);
  expect(stderr).toMatch(/^error: /);
});

test('a file of logins that others can read is not used, and says what to do', async () => {
  const { exit, stderr } = await home().type('profile ls', { files: { [FILE]: { kind: 'text', text: '{}', isPrivate: false } } });
  expect([exit, stderr]).toEqual([2, expect.stringContaining(`chmod 600 ${FILE}`)]);
});
