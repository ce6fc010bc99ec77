import { toBase64Url } from '@argus/kit/bytes.ts';
import { manualClock } from '@argus/kit/clock.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { deny, toProblem } from '@argus/protocol/errors.ts';
import { mustId, type HandoffCode } from '@argus/protocol/ids.ts';
import { describe, expect, test } from 'vitest';
import { memoryOutFile, PAT, run, START, type RunWorld } from '../test/run.ts';
import type { Browser, Visit } from './browser.ts';
import { codeIn, HANDOFF_WAIT_MS } from './handoff.ts';

const CODE = mustId('handoffCode', `hnd_${'c'.repeat(43)}`);
const STATE = 's'.repeat(43);
const AT = { port: 4_711, state: STATE };
const GOOD: Visit = { method: 'GET', target: `/?code=${CODE}&state=${STATE}`, host: '127.0.0.1:4711' };

/** Guarantee: no page of elsewhere, and nobody who only knows the port, ends our waiting or brings us a token of theirs. */
describe('a visit to our port', () => {
  test('by the browser we wait for brings the code', () => expect(codeIn(GOOD, AT)).toBe(CODE));
  test.each<[string, Partial<Visit>, number]>([
    ['with another state', { target: `/?code=${CODE}&state=${'t'.repeat(43)}` }, 403],
    ['with half of the state', { target: `/?code=${CODE}&state=${STATE.slice(0, 20)}` }, 403],
    ['without a state', { target: `/?code=${CODE}` }, 403],
    ['with the state twice', { target: `/?code=${CODE}&state=${STATE}&state=${'t'.repeat(43)}` }, 403],
    ['with two codes', { target: `/?code=${CODE}&code=hnd_${'d'.repeat(43)}&state=${STATE}` }, 403],
    ['without a code', { target: `/?state=${STATE}` }, 403],
    ['with what is no code', { target: `/?code=%3Cscript%3E&state=${STATE}` }, 403],
    ['with a token instead of a code', { target: `/?code=${PAT}&state=${STATE}` }, 403],
    ['at another path', { target: `/callback?code=${CODE}&state=${STATE}` }, 404],
    ['at no path of ours', { target: '/favicon.ico' }, 404],
    ['for another site, as a proxy is asked', { target: `http://127.0.0.1:4711/?code=${CODE}&state=${STATE}` }, 404],
    ['by POST', { method: 'POST' }, 405],
    ['by OPTIONS', { method: 'OPTIONS' }, 405],
    ['by HEAD', { method: 'HEAD' }, 405],
    ['under another name', { host: 'localhost:4711' }, 421],
    ['under a name that was made to lead here', { host: 'evil.example:4711' }, 421],
    ['under another port', { host: '127.0.0.1:4712' }, 421],
    ['under no name', { host: undefined }, 421],
    ['under no port', { host: '127.0.0.1' }, 421],
  ])('%s is turned away', (_what, over, status) => expect(codeIn({ ...GOOD, ...over }, AT)).toBe(status));
});

const me = { operator: 'ana@argus.example', token_id: `tok_${'k'.repeat(20)}`, scopes: ['tenants:read'], tenants: 'all' };
const created = { token_id: me.token_id, name: 'argusctl on desk', operator: me.operator, scopes: me.scopes, tenants: 'all', made_by: `lgn_${'l'.repeat(20)}`, created_at: '2026-03-01T12:00:00.000Z', expires_at: '2026-03-31T12:00:00.000Z', last_used_at: null, revoked_at: null, pat: PAT };

/** A browser whose person does as they are told; what it was opened at is kept. */
function browserOf(visits: (address: URLSearchParams) => readonly Partial<Visit>[], { machine = 'desk' } = {}) {
  const opened: string[] = [];
  const answers: (HandoffCode | number)[] = [];
  let knock: (visit: Visit) => void = () => undefined;
  let isListening = false;
  const browser: Browser = {
    machine,
    open(address) {
      opened.push(address);
      for (const visit of visits(new URLSearchParams(address.split('?')[1]))) knock({ ...GOOD, ...visit });
    },
    async listen(read) {
      isListening = true;
      let take: (code: HandoffCode) => void = () => undefined;
      const came = new Promise<HandoffCode>((resolve) => (take = resolve));
      knock = (visit) => {
        const found = read(visit, AT.port);
        answers.push(found);
        if (typeof found !== 'number') take(found);
      };
      return { port: AT.port, came, close: () => void (isListening = false) };
    },
  };
  return { browser, opened, answers, isListening: () => isListening };
}
const approving = (asked: URLSearchParams): Partial<Visit>[] => [{ target: `/?code=${CODE}&state=${asked.get('state') ?? ''}` }];

function home(world: RunWorld) {
  const { outFile, saved } = memoryOutFile();
  const bodies: unknown[] = [];
  const type = (line: string) =>
    run(line.split(' '), {
      env: { HOME: '/home/ana' }, outFile, random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
      fetch: async (url, init) => {
        bodies.push([new URL(url).pathname, init.headers, typeof init.body === 'string' ? JSON.parse(init.body) : null]);
        return new Response(JSON.stringify(url.endsWith('/claim') ? created : me), { status: url.endsWith('/claim') ? 201 : 200 });
      },
      ...world,
    });
  return { type, bodies, kept: () => JSON.parse(saved.get('/home/ana/.config/argus/credentials.json')?.toString() ?? 'null') as unknown };
}

test('what is approved in the browser is claimed with the verifier, tried, and kept', async () => {
  const { browser, opened, isListening } = browserOf(approving);
  const { type, bodies, kept } = home({ browser });
  const ran = await type('login --browser --url https://ops.example/argus/');
  expect([ran.exit, ran.sent]).toEqual([0, ['POST https://ops.example/argus/v1/auth/handoffs/claim', 'GET https://ops.example/argus/v1/operators/me']]);
  expect(kept()).toMatchObject({ current: 'default', profiles: { default: { url: 'https://ops.example/argus', pat: PAT, operator: 'ana@argus.example' } } });

  const [, , sent] = bodies[0] as [string, object, { code: string; verifier: string }];
  const [place, query] = opened[0]?.split('?') ?? [];
  const asked = new URLSearchParams(query);
  expect([place, [...asked.keys()], asked.get('port'), asked.get('name')]).toEqual(['https://ops.example/argus/#/handoff', ['challenge', 'port', 'state', 'name'], '4711', 'argusctl on desk']);
  expect([sent.code, toBase64Url(sha256(sent.verifier))]).toEqual([CODE, asked.get('challenge')]);
  expect(bodies[0]).toMatchObject([expect.anything(), expect.not.objectContaining({ authorization: expect.anything() }), {}]);
  // Nothing that opens anything stands in the address, on the screen or in a pipe.
  for (const secret of [sent.verifier, CODE, PAT]) expect(`${opened[0]} ${ran.stdout} ${ran.stderr}`).not.toContain(secret);
  expect(ran.stderr).toContain(opened[0]);
  expect([ran.stdout.includes('handoff'), isListening()]).toEqual([false, false]);
});

test('each sign-in has a verifier and a state of its own, and a machine whose name is no plain text is named plainly', async () => {
  const { browser, opened } = browserOf(approving, { machine: `desk\u001B[31m\u202E${PAT}${'x'.repeat(200)}` });
  for (let i = 0; i < 2; i++) await home({ browser }).type('login --browser --url https://ops.example');
  const [one, two] = opened.map((address) => new URLSearchParams(address.split('?')[1]));
  expect(one?.get('state')).not.toBe(two?.get('state'));
  expect(one?.get('challenge')).not.toBe(two?.get('challenge'));
  expect(one?.get('name')).toMatch(/^argusctl on desk \[31m pat_\[redacted\]x{1,100}$/);
  expect(one?.get('name')?.length).toBeLessThanOrEqual(100);
});

test('who knocks with something else is turned away, and the sign-in goes on waiting', async () => {
  const { browser, answers } = browserOf((asked) => [{ target: `/?code=${CODE}&state=${'x'.repeat(43)}` }, { host: 'evil.example:4711' }, { method: 'POST' }, ...approving(asked)]);
  expect((await home({ browser }).type('login --browser --url https://ops.example')).exit).toBe(0);
  expect(answers).toEqual([403, 421, 405, CODE]);
});

test('when nobody comes in two minutes nothing is sent or kept, and nobody listens any more', async () => {
  const clock = manualClock(START);
  const { browser, isListening } = browserOf(() => (void clock.advance(HANDOFF_WAIT_MS), []));
  const { type, kept } = home({ browser, clock });
  const ran = await type('login --browser --url https://ops.example');
  expect([ran.exit, ran.sent, kept(), isListening()]).toEqual([76, [], null, false]);
  expect(ran.stderr).toContain('Nobody approved it within two minutes');
});

test.each<[string, string, RunWorld, number]>([
  ['a code the server does not take', 'login --browser --url https://ops.example', { browser: browserOf(approving).browser, fetch: async () => new Response(JSON.stringify(toProblem(deny('handoff_refused'), 'req_1')), { status: 403 }) }, 76],
  ['a machine where nothing can listen', 'login --browser --url https://ops.example', { browser: { ...browserOf(approving).browser, listen: async () => 'EACCES' } }, 2],
  ['a token beside the browser', `login --browser --pat ${PAT} --url https://ops.example`, {}, 2],
  ['the demo', 'login --browser --demo', {}, 2],
  ['a server over plain http', 'login --browser --url http://ops.example', {}, 2],
])('%s is a refusal, and nothing is kept', async (_what, line, world, exit) => {
  const { type, kept } = home(world);
  const ran = await type(line);
  expect([ran.exit, kept()]).toEqual([exit, null]);
  expect(ran.stderr).toMatch(/error: /);
});
