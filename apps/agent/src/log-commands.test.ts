/** log show, log accept and audit verify, as a person types them: real processes on a real state directory. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toHex, utf8 } from '@argus/kit/bytes.ts';
import { isoTime } from '@argus/kit/clock.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { leafHash } from '@argus/ledger/hash.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { afterAll, expect, test } from 'vitest';
import { scratch } from '../testing/scratch.ts';
import { createLog, SESSION, START, TENANT, TRUST, type SignedLog } from '../testing/signed-log.ts';
import { activityJournal, readActivity } from './adapters/state/activity-journal.ts';
import { openStateDir } from './adapters/state/state-dir.ts';
import { readFollowed, witnessJournal } from './adapters/state/witness-journal.ts';
import type { Followed } from './ports.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
const compileCache = scratch();
function start(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const all = [...args, ...(process.getuid?.() === 0 ? ['--allow-root'] : [])];
  const child = spawn(process.execPath, [MAIN, ...all], { env: { PATH: process.env['PATH'], HOME: '/nowhere', NODE_COMPILE_CACHE: compileCache, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  return { child, ended: once(child, 'close').then(([code]) => ({ code: code as number | null, out, err })) };
}
const run = (...parameters: Parameters<typeof start>) => start(...parameters).ended;

const servers: ReturnType<typeof createServer>[] = [];
afterAll(() => servers.forEach((server) => server.close()));
/** Shows a log as the API does, to whoever has the token. */
async function shows(log: SignedLog): Promise<string> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://x');
    if (request.headers.authorization !== 'Bearer a-token') return void response.writeHead(401).end('{}');
    const from = Number(url.searchParams.get('from') ?? 0);
    const entries = log.leaves.slice(from, from + 2).map((leaf, i) => ({ index: from + i, leaf }));
    const body = url.pathname === `/v1/tenants/${TENANT}/log/checkpoint` ? { size: log.size(), checkpoint: log.checkpoint() } : { size: log.size(), from, entries };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function fiveEntries(): SignedLog {
  const log = createLog();
  for (let n = 0; n < 5; n++) log.add({ request_id: mustId('request', `request_${n}`), command: 'ping', args_commit: {} });
  return log;
}
/** A machine that acted on the third of five entries, and has it on record. */
async function enrolled(over: Partial<Followed> = {}, { log = fiveEntries(), url = 'http://127.0.0.1:1' } = {}) {
  const path = join(scratch(), 'state');
  const state = openStateDir(path);
  state.identity();
  witnessJournal(state.file('witness.journal'), { ...log.followed(5, 2), at: isoTime(START), ...over }).close();
  state.save({ ...TRUST, server_url: url, install_root: scratch() }, new Uint8Array(32).fill(6));
  const activity = activityJournal(state.file('activity.log'));
  await activity.intend({ at: isoTime(START), what: 'command', phase: 'intent', session: SESSION, request: 'request_2', command: 'ping', entry: 2, leaf: toHex(leafHash(sha256, utf8(log.leaves[2] ?? ''))) });
  activity.close();
  const followed = () => readFollowed(state.file('witness.journal'));
  return { path, state, log, followed, lines: () => readActivity(state.file('activity.log'))?.lines ?? [] };
}
const otherHistory = () => createLog(Array.from({ length: 5 }, (_, n) => `another history ${n}`)).checkpoint();

test('log show says how far the log was followed, and ends with 0 when nothing contradicts it', async () => {
  const m = await enrolled();
  const { code, out } = await run(['log', 'show', '--state', m.path]);
  expect([code, out]).toEqual([0, expect.stringContaining('for 5 entries, last at 2026-03-01T12:00:00.000Z.\nRoot: ')]);
  const json = await run(['log', 'show', '--json', '--state', m.path]);
  expect(JSON.parse(json.out)).toMatchObject({ tenant: TENANT, size: 5, root: m.followed()?.root, highest_acted: 2, contradicted_by: null });
});

test('after a fork log show prints both signed checkpoints and ends with 1', async () => {
  const m = await enrolled({ fork: otherHistory() });
  const { code, out } = await run(['log', 'show', '--state', m.path]);
  expect(code).toBe(1);
  for (const note of [m.log.checkpoint(), otherHistory()]) expect(out).toContain(note);
  expect(out).toContain('FORK');
});

/** Guarantee: nothing is accepted by a slip of the hand. */
test('log accept without --yes shows what it would accept, changes nothing, and ends with 2', async () => {
  const m = await enrolled({ fork: otherHistory() });
  const before = m.followed();
  const { code, out, err } = await run(['log', 'accept', '--state', m.path]);
  expect([code, out, err]).toEqual([2, expect.stringContaining('To be accepted:  5 entries, root '), expect.stringContaining('Nothing was changed.')]);
  expect(m.followed()).toEqual(before);
  expect(m.lines()).toHaveLength(1);
});

test('log accept --yes, with no daemon running, puts it on record with both checkpoints and lifts the fork', async () => {
  const m = await enrolled({ fork: otherHistory() });
  const followed = m.log.checkpoint();
  const { code, out, err } = await run(['log', 'accept', '--yes', '--state', m.path]);
  expect([code, err, out]).toEqual([0, '', expect.stringContaining('Accepted: 5 entries')]);
  expect(m.followed()).toMatchObject({ size: 5, fork: null, checkpoint: otherHistory(), highestActed: 4 });
  expect(m.lines().at(-1)).toMatchObject({ what: 'log_accepted', code: 'fork', evidence: { followed, accepted: otherHistory() } });
  const [shown, activity, verified] = await Promise.all([run(['log', 'show', '--state', m.path]), run(['activity', '--state', m.path]), run(['audit', 'verify', '--state', m.path])]);
  expect([shown.code, activity.code, verified.code]).toEqual([0, 0, 0]);
  expect(activity.out).toContain('another log was accepted (after a fork): 5 entries instead of 5');
  expect(verified.out).toContain('1 earlier acts were in a log that has been replaced since');
});

test('a running daemon does it by the socket of its owner, and is told so by nobody else', async () => {
  const m = await enrolled({ fork: otherHistory() });
  const { child, ended } = start(['run', '--state', m.path]);
  let said = '';
  await new Promise<void>((resolve) => child.stdout.on('data', (text: string) => (said += text).includes('"disconnected"') && resolve()));
  const accepted = await run(['log', 'accept', '--yes', '--state', m.path]);
  child.kill('SIGTERM');
  const { out } = await ended;
  expect([accepted.code, accepted.err]).toEqual([0, '']);
  expect(out).toContain('"what":"log_accepted","why":"fork","size":5,"instead_of":5');
  expect(m.followed()).toMatchObject({ fork: null, checkpoint: otherHistory() });
  expect(m.lines().filter(({ what }) => what === 'log_accepted')).toHaveLength(1);
});

test('what no trusted log key signed is not accepted, whatever stands in the journal', async () => {
  const m = await enrolled({ fork: 'somebody wrote this' });
  const { out } = await run(['log', 'accept', '--yes', '--state', m.path]);
  expect(out).toContain('nothing to accept');
  expect(m.followed()?.fork).toBe('somebody wrote this');
});

// ---- audit verify

test('audit verify agrees offline, and with a server that has what was followed', async () => {
  const log = fiveEntries();
  const url = await shows(log);
  const m = await enrolled({}, { log, url });
  const offline = await run(['audit', 'verify', '--state', m.path]);
  expect([offline.code, offline.out]).toEqual([0, 'It agrees: 1 acts, each on an entry of the 5 this machine has followed. To compare with the server as well: --server\n']);
  log.add();
  const online = await run(['audit', 'verify', '--server', '--json', '--state', m.path], { ARGUS_LOG_TOKEN: 'a-token' });
  expect([online.code, JSON.parse(online.out)]).toEqual([0, { holds: true, compared_with: 'server', size: 5, acts: 1, acts_in_replaced_logs: 0, problems: [] }]);
});

test('audit verify finds a server that changed an entry, and ends with 1', async () => {
  const log = fiveEntries();
  const url = await shows(createLog(log.leaves.with(2, log.leaves[2]?.replace('investigate alert', 'nothing') ?? '')));
  const m = await enrolled({}, { log, url });
  const token = join(scratch(), 'token');
  writeFileSync(token, 'a-token\n', { mode: 0o600 });
  const { code, out } = await run(['audit', 'verify', '--server', '--token-file', token, '--state', m.path]);
  expect(code).toBe(1);
  expect(out).toContain('Entry 2 of the server is not the one this machine acted on.\nThe first 5 entries of the server are not those this machine has followed.');
});

test.each([
  ['no token', {}, /takes a token with the scope logs:read/],
  ['a token that is no good', { ARGUS_LOG_TOKEN: 'another' }, /refused to show the log \(401\)/],
])('with %s it says what it could not look at, and ends with 2', async (_, env, sentence) => {
  const m = await enrolled({}, { url: await shows(fiveEntries()) });
  const { code, err } = await run(['audit', 'verify', '--server', '--state', m.path], env);
  expect([code, err]).toEqual([2, expect.stringMatching(sentence)]);
});

test('--server is an address where a machine enrolls, and a switch where its records are compared, wherever it stands', async () => {
  const m = await enrolled();
  const state = join(scratch(), 'fresh');
  const code = `enr_${'a'.repeat(43)}`;
  const [first, last, compared] = await Promise.all([
    run(['--state', state, 'enroll', '--server', 'http://192.0.2.1', '--install-root', scratch(), '--code', code]),
    run(['enroll', '--server', 'http://192.0.2.1', '--install-root', scratch(), '--code', code, '--state', state]),
    run(['--state', m.path, 'audit', 'verify', '--server']),
  ]);
  expect(first).toEqual(last);
  expect([first.code, first.err]).not.toEqual([2, expect.stringContaining('has no command')]);
  expect(compared.err).toContain('takes a token with the scope logs:read');
});
