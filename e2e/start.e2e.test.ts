import { existsSync, statSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { newDemoDir, type DemoDir } from './demo.ts';
import { ask } from './http.ts';
import type { Running } from './processes.ts';
import type { Process } from './processes-of.ts';
import { activation } from './ready.ts';
import { until } from './until.ts';

const TENANT = 'UTD_7ELEVEN_001';
const AGENT = 'agent_macpro_lobby_01';

let place: DemoDir;
let demo: Running;
beforeAll(async () => {
  place = await newDemoDir();
  demo = await place.start();
});

const get = (path: string) => ask(place.file().url, path, { pat: place.file().pat });
const logSize = async () => Number((await get(`/v1/tenants/${TENANT}/log/checkpoint`)).body['size']);
const enrollments = async () => {
  const { body } = await get(`/v1/tenants/${TENANT}/log/entries`);
  return (body['entries'] as readonly { leaf: string }[]).filter(({ leaf }) => leaf.includes('"type":"agent_enrolled"')).length;
};

test('demo.json holds what a script needs, and only we can read it', () => {
  const file = place.file();
  expect(statSync(place.filePath).mode & 0o777).toBe(0o600);
  expect(file).toMatchObject({
    url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    pat: expect.stringMatching(/^pat_/),
    operator_pat: expect.stringMatching(/^pat_/),
    ops_token: expect.stringMatching(/^.{32,}$/),
    data_dir: place.dataDir,
  });
  expect(Object.keys(file)).toEqual(['url', 'console_url', 'owner_login_url', 'pat', 'operator_pat', 'ops_token', 'tenants', 'agents', 'data_dir']);
  expect(file.tenants.map(({ consent, armed }) => ({ consent, armed }))).toEqual([
    { consent: true, armed: true },
    { consent: true, armed: false },
    { consent: false, armed: false },
  ]);
  expect(file.agents[0]).toMatchObject({ id: AGENT, tenant_id: TENANT, online: true });
  expect(existsSync(file.agents[0]?.install_root ?? '')).toBe(true);
});

test('the link of demo.json makes an owner, once, who signs in', async () => {
  const { url, owner_login_url: link } = place.file();
  const code = new URL(link ?? '').hash.replace('#/join/', '');
  const body = { code, email: 'owner@argus.example', name: 'Olga', password: 'a long enough password' };
  expect((await ask(url, '/v1/auth/redeem', { body })).status).toBe(201);
  expect((await ask(url, '/v1/auth/redeem', { body })).status).toBe(403);
  const { email, password } = body;
  expect(await ask(url, '/v1/auth/sign-in', { body: { email, password } })).toMatchObject({ status: 200, body: { user: { role: 'owner' } } });
});

test('what demo.json says of tenants and agents is what the server says', async () => {
  for (const { id, armed, consent } of place.file().tenants)
    expect((await get(`/v1/tenants/${id}`)).body).toMatchObject({ armed, consent: consent ? 'signed' : 'missing' });
  for (const { id, online } of place.file().agents) expect((await get(`/v1/agents/${id}`)).body['state'] === 'online').toBe(online);
});

test('the first agent is online and has two cameras', async () => {
  const { body } = await get(`/support/agents/${AGENT}/capabilities`);
  expect(body).toMatchObject({ stale: false, manifest: { cameras: [expect.anything(), expect.anything()] } });
});

test('with the tokens of demo.json an operator activates and pings', async () => {
  const { url, operator_pat: pat, ops_token } = place.file();
  const activated = await ask(url, `/support/agents/${AGENT}/activate`, { pat, headers: { 'x-argus-ops-token': ops_token }, body: activation() });
  expect(activated).toMatchObject({ status: 201 });
  const headers = { 'x-argus-session': String(activated.body['session_token']) };
  expect(await ask(url, `/support/tenants/${TENANT}/command`, { pat, headers, body: { command: 'ping' } })).toMatchObject({ status: 200 });
});

test('Ctrl-C ends everything it started, in the middle of a session too, and the second start finds all of it again', async () => {
  const [size, enrolled, { pat }] = [await logSize(), await enrollments(), place.file()];
  expect(await demo.stop('SIGINT')).toBe('exit 0');
  expect(await place.processes()).toEqual([]);
  demo = await place.start();
  expect(place.file().pat).toBe(pat);
  expect(await logSize()).toBeGreaterThan(size);
  expect(await enrollments()).toBe(enrolled);
});

test('once there is an owner, the next start makes no link for another', async () => {
  expect(place.file().owner_login_url).toBeNull();
  expect(await get('/v1/events?type=owner_link_made')).toMatchObject({ status: 200, body: { rows: [] } });
  expect(demo.stdout()).not.toContain('owner_login_url');
});

const named = (title: RegExp) => (all: readonly Process[]) => all.find((one) => title.test(one.title))?.pid;
/** Whom kill -9 hits, and how to find it. */
const victims: Record<string, (all: readonly Process[]) => number | undefined> = {
  'tools/bootstrap.mjs': () => demo.pid,
  'tools/start.ts': named(/tools\/start\.ts$/),
  'the ops API': named(/^argus-ops-api/),
  'an agent': named(/^argus-agent/),
};

test.each(Object.keys(victims))('after kill -9 of %s nothing runs on but a database, and the next start is up again', async (who) => {
  const all = await place.processes();
  const pid = victims[who]?.(all.filter((one) => one.pid !== demo.pid));
  expect(pid, `${who} among ${JSON.stringify(all)}`).toBeDefined();
  process.kill(pid ?? Number.NaN, 'SIGKILL');
  // A database may outlive its server, which is why the next one adopts it.
  await until(async () => (await place.processes()).every((one) => one.title.includes('postgres')), 45_000).catch(async (problem: unknown) => {
    throw new Error(`${String(problem)}\n${JSON.stringify(await place.processes())}\n${demo.stdout()}`);
  });
  await demo.ended;
  demo = await place.start();
  expect((await get(`/v1/agents/${AGENT}`)).body['state']).toBe('online');
});

test('after kill -9 of the database Ctrl-C still ends everything, and the next start is up again', async () => {
  process.kill(named(/\bpostgres -D /)(await place.processes()) ?? Number.NaN, 'SIGKILL');
  expect(await demo.stop('SIGINT')).toBe('exit 0');
  expect(await place.processes()).toEqual([]);
  demo = await place.start();
});

test('two demos run side by side, and ending one leaves the other alone', async () => {
  const other = await newDemoDir();
  const second = await other.start();
  expect((await get(`/v1/agents/${AGENT}`)).body['state']).toBe('online');
  expect(other.file().url).not.toBe(place.file().url);
  expect(await second.stop('SIGINT')).toBe('exit 0');
  expect(await other.processes()).toEqual([]);
  expect((await get('/readyz')).status).toBe(200);
});

test('Ctrl-C during the start ends everything as well', async () => {
  expect(await demo.stop('SIGTERM')).toBe('exit 0');
  const starting = place.begin();
  await until(async () => named(/^argus-ops-api/)(await place.processes()), 20_000);
  expect(await starting.stop('SIGINT')).toBe('exit 0');
  expect(await place.processes()).toEqual([]);
});
