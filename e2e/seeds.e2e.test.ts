/**
 * The command lines of the product's own pages, typed as they are printed there, in a shell, against real processes: what
 * they promise happens. Then each row of the table of troubles, provoked for real.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { newSigningKey } from '@argus/keys/ed25519.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import { signValue } from '@argus/keys/signature.ts';
import { isoTime } from '@argus/kit/clock.ts';
import { ERRORS, type ErrorCode } from '@argus/protocol/errors.ts';
import { beforeAll, describe, expect, test } from 'vitest';
import { newPat, OPS_TOKEN } from './ops-api.ts';
import { ROOT, start, type Running } from './processes.ts';
import { ready, TENANT, type Ready } from './ready.ts';
import { atTheEnd } from './teardown.ts';
import { until } from './until.ts';

const AGENT = 'agent_macpro_lobby_01';
const ACTIVATE = `argusctl agent activate ${AGENT} --tenant ${TENANT} \\\n  --reason "investigate alert"`;
const AS_ROOT = process.getuid?.() === 0 ? ' --allow-root' : '';

let world: Ready;
let home: string;
type Ran = { readonly exit: string; readonly out: string; readonly err: string };
type Over = { readonly env?: Readonly<Record<string, string>>; readonly input?: string };

/** A line in a shell of its own, as an operator's shell is: argusctl on the PATH, a home, and the second factor. */
const begin = (line: string, { env = {}, input = '' }: Over = {}): Running =>
  start('bash', ['-c', `${line} <<<'${input}'`], { HOME: home, PATH: `${home}/bin:${process.env['PATH'] ?? ''}`, ARGUS_OPS_TOKEN: OPS_TOKEN, NO_COLOR: '1', ...env });
async function type(line: string, given: Over = {}): Promise<Ran> {
  const running = begin(line, given);
  return { exit: await running.ended, out: running.stdout(), err: running.stderr() };
}
const tokenIn = (out: string): string => /rst_[\w-]{43}/.exec(out)?.[0] ?? expect.unreachable(out);
const withToken = (line: string, token: string) => line.replace('rst_...', token);
const activated = async (): Promise<string> => {
  const ran = await type(`${ACTIVATE} -q`);
  expect([ran.exit, ran.err]).toEqual(['exit 0', '']);
  return ran.out.trim();
};
const over = () => type(`argusctl agent deactivate ${AGENT}`);

beforeAll(async () => {
  world = await ready('embedded', undefined, { REMOTE_SUPPORT_OPERATOR_CIDRS: '127.0.0.1/32' });
  home = join(world.installation.dataDir, 'home');
  await mkdir(join(home, 'bin'), { recursive: true });
  const program = async (name: string, words: string) => {
    await writeFile(join(home, 'bin', name), `#!/bin/sh\nexec '${process.execPath}' ${words}\n`);
    await chmod(join(home, 'bin', name), 0o755);
  };
  await program('argusctl', `'${ROOT}/apps/argusctl/bin/argusctl.mjs' "$@"`);
  await program('argus-agent', `'${ROOT}/apps/agent/src/main.ts' "$@" --state '${world.machine.state}'${AS_ROOT}`);
  const login = await type(`argusctl login --url ${world.api().url}`, { input: world.pat });
  expect([login.exit, login.err]).toEqual(['exit 0', '']);
});

test('signed in, the token is kept for this user alone, and is nowhere to be seen', async () => {
  const file = join(home, '.config/argus/credentials.json');
  expect([(await stat(file)).mode & 0o777, (await stat(join(home, '.config/argus'))).mode & 0o777]).toEqual([0o600, 0o700]);
  expect(await readFile(file, 'utf8')).toContain(world.pat);
  const who = await type('argusctl whoami; argusctl status; argusctl doctor; argusctl profile ls');
  expect(who.out).toMatch(/ana@argus\.example[\s\S]*state {10}ready[\s\S]*clock +ok[\s\S]*default +yes/);
  expect(who.out + who.err).not.toContain(world.pat);
});

test('on a terminal the token is asked for and not shown', async () => {
  // `script` gives it a terminal; it comes with the Debian package bsdutils.
  const env = { HOME: join(home, 'other'), PATH: `${home}/bin:${process.env['PATH'] ?? ''}` };
  const child = spawn('script', ['-qec', `argusctl login --url ${world.api().url}`, '/dev/null'], { stdio: 'pipe', env });
  let seen = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (!seen.includes('access token: ') && (seen + text).includes('access token: ')) child.stdin.write(`${world.pat}x\u007f\r`); // a slip, taken back
    seen += text;
  });
  const [exit] = (await once(child, 'close')) as [number | null];
  expect([exit, seen]).toEqual([0, expect.stringContaining('kept in')]);
  expect(seen).not.toContain(world.pat);
});

test('find the agent, activate it, and run the four commands, as they are printed', async () => {
  expect((await type(`argusctl agent ls --tenant ${TENANT}`)).out).toMatch(new RegExp(`^AGENT .*\\n${AGENT} +${TENANT} +online `));
  const opened = await type(ACTIVATE);
  expect([opened.exit, opened.err]).toEqual(['exit 0', '']);
  const token = tokenIn(opened.out);
  expect(opened.out.split(token)).toHaveLength(2); // shown once
  const command = `argusctl support command ${TENANT} --session rst_... --command`;
  await writeFile(join(world.machine.installRoot, 'argus.log'), 'one\ntwo\n');
  for (const [line, promised] of [
    [`${command} ping`, /agent_time .*\nversion /],
    [`${command} agent_info`, /cameras:\nid +name +last_frame_age_s\ncam_3 /],
    [`${command} tail_log --args '{"lines":200}'`, /^one\ntwo\n\nfile {11}argus\.log\n/],
    [`${command} read_file --args '{"path":"config.yaml"}'`, /^streams: 4\n\npath {11}config\.yaml\n/],
  ] as const) {
    const ran = await type(withToken(line, token));
    expect([ran.exit, ran.err], line).toEqual(['exit 0', '']);
    expect(ran.out).toMatch(promised);
    expect(ran.out).toMatch(/In the tenant's log: asked #\d+, answered #\d+/);
  }
});

test('a frame of a camera is in its file, and nowhere else', async () => {
  const token = (await over(), await activated());
  const ran = await type(`cd; argusctl agent view-camera ${AGENT} --camera cam_3 --out lobby.jpg`, { env: { ARGUS_SESSION: token } });
  expect([ran.exit, ran.err, (await readFile(join(home, 'lobby.jpg'))).subarray(0, 2).toString('hex')]).toEqual(['exit 0', '', 'ffd8']);
  expect(ran.out.length).toBeLessThan(2_000);
});

test('the other spelling is the same request, and a preview sends nothing', async () => {
  await over();
  const preview = async (group: string) => (await type(`${ACTIVATE.replace('agent activate', `${group} activate`)} --dry-run`)).out.replace(/"(nonce|timestamp)": "[^"]+"/g, '');
  expect(await preview('support')).toBe(await preview('agent'));
  expect(await preview('agent')).toContain('x-argus-ops-token: [redacted]');
  expect((await type('argusctl session ls --json')).out).not.toContain('"active"');
});

test('disarming ends the session; armed again, with the document, it opens', async () => {
  const token = await activated();
  expect((await type(`argusctl tenant disarm ${TENANT} --reason "incident closed"`)).exit).toBe('exit 0');
  expect(await type(`argusctl support command ${TENANT} --session ${token} --command ping`)).toMatchObject({ exit: `exit ${ERRORS.session_expired.exit}` });
  expect((await type('argusctl session ls')).out).toContain('ended: disarmed');
  expect((await type(`argusctl tenant arm ${TENANT} --reason "support contract 2026"`)).out).toMatch(/armed {10}until /);
});

test('the owner ends it on the machine, and it is theirs to open again', async () => {
  const token = await activated();
  const watching = begin(`argusctl session watch ${AGENT}`);
  await until(() => watching.stdout().includes('activation: ok\n'), 10_000);
  expect((await type('argus-agent remote-support-off')).exit).toBe('exit 0');
  expect(await type(`argusctl support command ${TENANT} --session ${token} --command ping`)).toMatchObject({ exit: `exit ${ERRORS.session_expired.exit}` });
  expect([await watching.ended, watching.stdout()]).toEqual(['exit 0', expect.stringMatching(/session ended: tenant_kill_switch\n[\s\S]*Over at .*: tenant_kill_switch\.\n$/)]);
  expect(await type(ACTIVATE)).toMatchObject({ exit: `exit ${ERRORS.tenant_switched_off.exit}` });
  expect((await type('argus-agent remote-support-on')).exit).toBe('exit 0');
  const id = /rss_\w{20}/.exec(watching.stdout())?.[0] ?? '';
  expect((await type(`argusctl session replay ${id}`)).out).toMatch(/session ended +tenant_kill_switch[\s\S]*each proved to stand in the log/);
});

// ---- the table of troubles

describe('each trouble of the table has its code, its exit code and the next step', () => {
  const refusedWith = ({ exit, out, err }: Ran, code: ErrorCode, next: string | RegExp) => {
    expect(err).toContain(`(${code})`);
    expect([exit, out]).toEqual([`exit ${ERRORS[code].exit}`, '']);
    expect(err).toMatch(next);
  };
  const command = (token: string, more: string) => type(`argusctl support command ${TENANT} --session ${token} --command ${more}`);

  test('ip_not_allowlisted', async () => {
    // From another address of this machine, as the server sees it.
    const door = createServer((inside) => {
      const outside = connect({ host: '127.0.0.1', port: world.api().port, localAddress: '127.0.0.2' });
      inside.on('error', () => outside.destroy()).pipe(outside);
      outside.on('error', () => inside.destroy()).pipe(inside);
    });
    await new Promise<void>((listening) => door.listen(0, '127.0.0.1', listening));
    atTheEnd(() => void door.close());
    const env = { ARGUS_URL: `http://127.0.0.1:${(door.address() as AddressInfo).port}`, ARGUS_PAT: world.pat };
    refusedWith(await type(ACTIVATE, { env }), 'ip_not_allowlisted', 'next: argusctl doctor');
    expect((await type('argusctl whoami >/dev/null; argusctl doctor', { env })).out).toMatch(/address +in the way +the server sees you at 127\.0\.0\.2/);
  });
  test('bad_ops_token', async () => refusedWith(await type(ACTIVATE, { env: { ARGUS_OPS_TOKEN: 'wrong-wrong-wrong-wrong-wrong-wrong' } }), 'bad_ops_token', 'ARGUS_OPS_TOKEN'));
  test('missing_role', async () => {
    const pat = await newPat(world.installation, 'eve@argus.example', 'support-readonly');
    refusedWith(await type(ACTIVATE, { env: { ARGUS_PAT: pat, ARGUS_URL: world.api().url } }), 'missing_role', 'next: argusctl whoami');
  });
  test('tenant_consent_required, and agent_offline of one that never enrolled', async () => {
    await type('argusctl tenant add BAKERY_SOUTH --name "Bakery South" && argusctl agent enroll-code agent_oven_display --tenant BAKERY_SOUTH');
    const activate = ACTIVATE.replace(AGENT, 'agent_oven_display').replace(TENANT, 'BAKERY_SOUTH');
    refusedWith(await type(activate), 'tenant_consent_required', 'next: argusctl tenant consent show BAKERY_SOUTH');
    await writeFile(join(home, 'contract.pdf'), 'signed');
    const record = 'cd; argusctl tenant consent record BAKERY_SOUTH --document contract.pdf --document-id DOC-7 --signed-at 2026-03-01T12:00:00Z --signer-name Kim --signer-email kim@bakery.example';
    expect((await type(record)).out).toContain(sha256Hex('signed'));
    refusedWith(await type(activate), 'tenant_not_armed', 'next: argusctl tenant arm BAKERY_SOUTH --reason "…"');
    await type('argusctl tenant arm BAKERY_SOUTH --reason "contract 2026" --document-id DOC-7');
    refusedWith(await type(activate), 'agent_offline', 'next: argusctl agent show agent_oven_display');
  });
  test('session_not_found and session_expired', async () => {
    const again = new RegExp(`next: argusctl agent activate AGENT --tenant ${TENANT} --reason`);
    refusedWith(await command(`rst_${'x'.repeat(43)}`, 'ping'), 'session_not_found', again);
    const token = await activated();
    await over();
    refusedWith(await command(token, 'ping'), 'session_expired', again);
  });
  test('path_not_allowlisted, patch_target_not_allowlisted and patch_signature_invalid', async () => {
    const token = await activated();
    refusedWith(await command(token, `read_file --args '{"path":"/etc/passwd"}'`), 'path_not_allowlisted', 'next: argusctl support command --help');
    const patch = async (path: string) => {
      const content = Buffer.from('{}\n');
      const manifest = { v: 1, id: `patch_seeds_${path.length}`, agent: AGENT, files: [{ path, sha256: sha256Hex(content), size: content.length, content_base64: content.toString('base64') }], not_before: isoTime(Date.now() - 60_000), not_after: isoTime(Date.now() + 600_000), note: '' };
      await writeFile(join(home, 'patch.json'), JSON.stringify({ manifest, signatures: [{ key_id: 'nobody', sig: signValue(newSigningKey(), 'patch', manifest) }] }));
      return type(`cd; argusctl support apply-patch ${TENANT} --patch patch.json --session ${token}`);
    };
    refusedWith(await patch('trust.json'), 'patch_target_not_allowlisted', 'Patches write config.yaml');
    refusedWith(await patch('hotfix/a.json'), 'patch_signature_invalid', 'argus-sign cosign');
    await over();
  });
  test('agent_offline', async () => {
    await world.agent().stop();
    await until(async () => (await world.get(`/v1/agents/${AGENT}`)).body['state'] === 'offline', 10_000);
    refusedWith(await type(ACTIVATE), 'agent_offline', `next: argusctl agent show ${AGENT}`);
  });
});

test('revoked with --yes, for good; without it nothing happens', async () => {
  const revoke = `argusctl agent revoke ${AGENT} --tenant ${TENANT} --reason "stolen from the lobby"`;
  expect(await type(revoke)).toMatchObject({ exit: 'exit 2', out: '', err: expect.stringContaining('--yes') });
  expect((await type(`${revoke} --yes`)).out).toMatch(/state {10}revoked\n/);
  expect((await type(`argusctl agent show ${AGENT}`)).out).toContain('revoked');
  expect(await type(ACTIVATE)).toMatchObject({ exit: `exit ${ERRORS.agent_not_found.exit}` });
  const { size } = await world.verify();
  expect(size).toBeGreaterThan(20);
});
