/**
 * Guarantee: whatever is done with a secret, rightly or by mistake, it stands where it was put and nowhere else: in no row,
 * no log line, no file.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { COMMANDS } from '@argus/protocol/commands/index.ts';
import { classOf } from '@argus/protocol/classify.ts';
import { beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { asDatabaseAdmin } from './database-admin.ts';
import { enrollMachine } from './agent.ts';
import { ask, type Answer, type Ask } from './http.ts';
import { newPat, OPS_TOKEN } from './ops-api.ts';
import { runToEnd, type Running } from './processes.ts';
import { dialWebSocket, frame, OPCODE } from './raw-wire.ts';
import { activation, ready, TENANT, type Ready, type Session } from './ready.ts';
import { databaseSecrets, lookInto, lookIntoFiles, lookIntoTables, machineSecrets, spellings, type Found, type Secret } from './secrets.ts';
import { until } from './until.ts';

let world: Ready;
let session: Session;
const secrets: Secret[] = [];
const processes: (readonly [string, Running])[] = [];
const TOTAL_MS = 240_000;

const api = (path: string, asked: Ask = {}): Promise<Answer> => ask(world.api().url, path, { pat: world.pat, ...asked });
const bodyOf = (text: string): Uint8Array => Buffer.from(text.slice(4), 'base64url');
const noted = (name: string, text: string): string => {
  secrets.push({ name, text, ...(/^(pat|rst|enr)_/.test(text) && { bytes: bodyOf(text) }) });
  return text;
};
/** What a person types where a secret does not belong. Those the server cannot know by value it knows by their shape. */
const known = () => secrets.filter(({ text, name }) => /^(pat|rst|enr)_/.test(text) || name === 'the ops token' || name === 'the master key');

beforeAll(async () => {
  world = await ready();
  processes.push(['the first ops API', world.api()], ['the agent', world.agent()]);
  noted('the ops token', OPS_TOKEN);
  noted("the administrator's token", world.pat);
  noted('a token made at the server', await newPat(world.installation, 'otto@argus.example', 'support-operator'));
  secrets.push(...(await databaseSecrets(world.installation)), ...(await machineSecrets(world.machine.state)));
}, TOTAL_MS);

describe('secrets used rightly', () => {
  test('tokens are made, used and revoked', async () => {
    const made = await Promise.all([{ preset: 'support-operator' }, { scopes: ['logs:read'], tenants: [TENANT] }].map((what) => api('/v1/pats', { body: { name: 'laptop', days: 3, ...what } })));
    for (const [n, { status, body }] of made.entries()) {
      expect(status, JSON.stringify(body['code'])).toBe(201);
      const pat = noted(`token ${n} made over HTTP`, String(body['pat']));
      expect((await api('/v1/operators/me', { pat })).status).toBe(200);
      expect((await api(`/v1/pats/${String(body['token_id'])}`, { method: 'DELETE' })).status).toBe(200);
      expect((await api('/v1/operators/me', { pat })).status).toBe(401);
    }
  });

  test('a second machine enrolls, and a third code stays unused', async () => {
    const codes = await Promise.all(['agent_second_01', 'agent_third_01'].map(async (agent_id) => String((await api(`/v1/tenants/${TENANT}/agents`, { body: { agent_id } })).body['enrollment_code'])));
    const [used = '', unused = ''] = codes;
    noted('an enrollment code that is used', used);
    noted('an enrollment code that is not', unused);
    const machine = await enrollMachine({ id: 'agent_second_01', folder: join(world.installation.dataDir, 'machines'), server: world.proxy.url, code: used });
    secrets.push(...(await machineSecrets(machine.state)).map((secret) => ({ ...secret, name: `${secret.name} (the second)` })));
    const second = machine.run();
    processes.push(['the second agent', second]);
    await until(async () => (await api('/v1/agents/agent_second_01')).body['state'] === 'online', 20_000);
    await second.stop();
  });

  test('a session is opened, commands run in it, and it ends', async () => {
    for (let n = 0; n < 2; n++) {
      session = await world.activate();
      noted(`session token ${n}`, session.token);
      for (const name of ['ping', 'agent_info', 'get_capabilities']) expect((await world.command(session, name)).status).toBe(200);
      if (n === 0) await world.post(`/support/sessions/${session.id}/deactivate`, { reason: 'done here' });
    }
  });

  test('arguments that are sensitive or secret reach the agent', async () => {
    for (const contract of COMMANDS) {
      const closed = Object.entries(contract.args.shape as Record<string, z.ZodType>).filter(([, field]) => classOf(field) !== 'public');
      for (const [name, field] of closed) {
        const marker = `marker-${randomBytes(12).toString('hex')}`;
        if (!field.safeParse(marker).success) continue; // it takes no free text
        noted(`the argument ${name} of ${contract.name}`, marker);
        await api(`/support/tenants/${TENANT}/command`, { headers: { 'x-argus-session': session.token }, body: { command: contract.name, args: { ...contract.example, [name]: marker } } });
      }
    }
  });
});

describe('secrets used wrongly', () => {
  const each = async (what: readonly Secret[], use: (text: string) => Promise<unknown>): Promise<void> => {
    for (const { text } of what) await use(text);
  };

  test('in headers they do not belong in', async () => {
    const headers = ['x-argus-ops-token', 'x-argus-session', 'user-agent', 'x-forwarded-for', 'x-request-id', 'referer', 'cookie', 'x-anything', 'content-type'];
    await each(secrets, async (text) => {
      await api('/v1/tenants', { pat: text });
      await Promise.all(headers.map((name) => api('/v1/operators/me', { headers: { [name]: text } })));
      await api(`/support/agents/${world.machine.id}/activate`, { pat: text, headers: { 'x-argus-ops-token': text }, body: activation() });
      await api(`/support/agents/${world.machine.id}/activate`, { pat: text, headers: { 'x-argus-ops-token': OPS_TOKEN }, body: activation() });
      await api(`/support/tenants/${TENANT}/command`, { headers: { 'x-argus-session': text }, body: { command: 'ping' } });
    });
  }, TOTAL_MS);

  test('in queries and paths', async () => {
    await each(secrets, async (text) => {
      const at = encodeURIComponent(text);
      const paths = [
        `/v1/tenants?token=${at}`, `/v1/agents?tenant=${at}`, `/v1/audit-log?actor=${at}`, `/v1/audit-log?${at}=1`, `/v1/audit-log?cursor=${at}`, `/v1/support-audit?operator=${at}`, `/v1/events?type=${at}`,
        `/v1/tenants/${TENANT}/log/entries?from=${at}`, `/v1/tenants/${at}`, `/v1/agents/${at}`, `/support/sessions/${at}`, `/v1/${at}`, `/support/agents/${at}/capabilities`,
      ];
      await Promise.all(paths.map((path) => api(path)));
      await api(`/v1/pats/${at}`, { method: 'DELETE' });
      await api(`/support/agents/${at}/activate?ops_token=${at}`, { body: activation(), headers: { 'x-argus-ops-token': OPS_TOKEN } });
      await api(`/support/tenants/${at}/command`, { headers: { 'x-argus-session': session.token }, body: { command: 'ping' } });
    });
  }, TOTAL_MS);

  /** Guarantee: a reason is read by the tenant and kept for good; one with a secret in it is refused. */
  test('as reasons and names they are refused', async () => {
    await each(secrets, async (text) => {
      for (const reason of [text, `for the record: ${text}`, `(${text}).`]) {
        const refused = await Promise.all([
          api(`/support/tenants/${TENANT}/arm`, { body: { reason, confirm_tenant_id: TENANT } }),
          api(`/support/tenants/${TENANT}/disarm`, { body: { reason, confirm_tenant_id: TENANT } }),
          api(`/v1/tenants/${TENANT}/consent`, { method: 'DELETE', body: { reason } }),
          api(`/support/sessions/${session.id}/deactivate`, { body: { reason } }),
          api(`/support/agents/${world.machine.id}/activate`, { headers: { 'x-argus-ops-token': OPS_TOKEN }, body: activation({ reason }) }),
          api('/v1/pats', { body: { name: reason, scopes: ['tenants:read'], days: 1 } }),
          api('/v1/tenants', { body: { id: 'UTD_WRONG', name: reason } }),
        ]);
        for (const { status, body } of refused) {
          // After so many wrong ops tokens above, activation does not listen to this address for a while.
          expect([[422, 'bad_request'], [403, 'bad_ops_token']]).toContainEqual([status, body['code']]);
          expect(lookInto(JSON.stringify(body), 'the answer', secrets)).toEqual([]);
        }
      }
    });
  }, TOTAL_MS);

  test('anywhere else in a body', async () => {
    await each(secrets, async (text) => {
      const consent = { document_id: 'DOC', document_sha256: 'ab'.repeat(32), signed_at: '2026-01-01T00:00:00Z', signer: { name: 'Kim', email: 'kim@tenant.example' } };
      const put = (over: object) => api(`/v1/tenants/${TENANT}/consent`, { method: 'PUT', body: { ...consent, ...over } });
      await Promise.all([
        put({ document_id: text }), put({ document_sha256: text }), put({ signer: { name: text, email: 'kim@tenant.example' } }),
        api('/v1/tenants', { body: { id: text, name: 'x' } }),
        api('/v1/tenants', { body: { [text]: text } }),
        api(`/v1/tenants/${TENANT}/agents`, { body: { agent_id: text } }),
        api('/v1/pats', { body: { name: 'x', scopes: [text], days: 1 } }),
        api('/v1/pats', { body: { name: 'x', preset: text, days: 1 } }),
        api('/v1/agents/enroll', { body: { code: text, public_key: text, at: text, signature: text, agent_version: text, platform: text } }),
        ...[{ command: text }, { command: 'ping', args: { token: text } }, { command: 'ping', args: { [text]: 1 } }, { command: 'ping', agent_id: text }].map((body) =>
          api(`/support/tenants/${TENANT}/command`, { headers: { 'x-argus-session': session.token }, body })),
      ]);
    });
    await each(known(), async (text) => {
      await api(`/support/tenants/${TENANT}/command`, { headers: { 'x-argus-session': session.token }, body: { command: 'ping', request_id: text } });
      await api(`/support/agents/${world.machine.id}/activate`, { headers: { 'x-argus-ops-token': OPS_TOKEN }, body: activation({ nonce: text }) });
      await api(`/v1/tenants/${TENANT}/consent`, { method: 'PUT', body: { document_id: 'D', document_sha256: 'ab'.repeat(32), signed_at: '2026-01-01T00:00:00Z', signer: { name: 'Kim', email: `${text}@tenant.example` } } });
    });
  }, TOTAL_MS);

  test('at the door of the agents, and on the command lines', async () => {
    const strangers = secrets.map(async ({ text }) => {
      const wire = await dialWebSocket(world.api().port);
      wire.send(frame({ opcode: OPCODE.text, payload: JSON.stringify({ type: 'h1', v: 1, agent: text, tenant: text, nonce_a: text, mac: text, agent_version: text, protocol: 1 }) }));
      await wire.untilClosed(10_000);
    });
    await Promise.all(strangers);
    const asRoot = process.getuid?.() === 0 ? ['--allow-root'] : [];
    const oneOfAKind = new Map(known().map((secret) => [secret.text.slice(0, 4), secret]));
    for (const [kind, { name, text }] of oneOfAKind) {
      const state = join(world.installation.dataDir, 'machines', `wrong-${kind}`, 'state');
      const args = ['enroll', '--server', world.proxy.url, '--code', text, '--install-root', state, '--state', state, ...asRoot];
      processes.push([`an enrollment with ${name}`, await runToEnd('apps/agent/src/main.ts', args)]);
    }
  }, TOTAL_MS);

  test('none of this has ended the session or the consent', async () => {
    expect((await world.command(session, 'ping')).status).toBe(200);
  });
});

describe('afterwards', () => {
  test('the server has been killed and started again', async () => {
    await world.restartApi();
    processes.push(['the second ops API', world.api()]);
    await world.untilOnline();
    session = await world.activate();
    noted('a session token of the second life', session.token);
    expect((await world.command(session, 'ping')).status).toBe(200);
    expect(secrets.length).toBeGreaterThan(15);
  }, TOTAL_MS);

  /** Guarantee: what is in a file reaches who asked for it, and is kept nowhere; a secret in a configuration reaches nobody. */
  test('files of the machine are read', async () => {
    const [line, secret] = ['line', 'secret'].map((what) => noted(`a ${what} in a file of the machine`, `marker-${randomBytes(12).toString('hex')}`));
    const root = join(world.installation.dataDir, 'machines', world.machine.id, 'install');
    await writeFile(join(root, 'argus.log'), `one\n${line}\n`);
    await writeFile(join(root, 'config.yaml'), `mode: ${line}\nupload:\n  token: ${secret}\n`);
    expect((await world.command(session, 'tail_log', { args: { lines: 1 } })).body['result']).toEqual({ file: 'argus.log', text: `${line}\n`, lines: 1, truncated: false });
    expect((await world.command(session, 'read_file', { args: { path: 'argus.log' } })).body['result']).toMatchObject({ text: `one\n${line}\n` });
    expect((await world.command(session, 'read_file', { args: { path: 'config.yaml' } })).body['result']).toMatchObject({ text: `mode: ${line}\nupload:\n  token: [redacted]\n` });
    expect(await world.command(session, 'read_file', { args: { path: '../state/identity.key' } })).toMatchObject({ status: 403, body: { code: 'path_not_allowlisted' } });
    expect(await world.command(session, 'read_file', { args: { path: 'crashes/none.txt' } })).toMatchObject({ status: 404, body: { code: 'file_not_found' } });
  });

  /** Without this, a search that finds nothing would prove nothing. */
  test('the search finds each of them in each spelling, in a row, a line and a file', async () => {
    const probe: Secret = { name: 'a secret of nobody', text: randomBytes(32).toString('base64url') };
    const folder = join(world.installation.dataDir, 'probe');
    await mkdir(folder);
    for (const [n, spelled] of secrets.flatMap(spellings).entries()) await writeFile(join(folder, `${n}.txt`), `{"a":"${spelled}"}`);
    const { found, files } = await lookIntoFiles(folder, secrets, () => false);
    expect(new Set(found.map((f) => f.where)).size).toBe(files);
    expect(new Set(found.map((f) => f.secret))).toEqual(new Set(secrets.map((secret) => secret.name)));
    await rm(folder, { recursive: true });
    const text = Buffer.from(probe.text).toString('base64');
    await asDatabaseAdmin(world.installation, `CREATE TABLE argus.probe (t text, b bytea)`, `INSERT INTO argus.probe VALUES ('x ${text} y', convert_to('${probe.text}', 'UTF8'))`);
    expect((await lookIntoTables(world.installation, [probe])).found).toContainEqual({ secret: probe.name, where: 'the table probe' });
  });

  test('no row of any table holds one', async () => {
    await asDatabaseAdmin(world.installation, 'DROP TABLE IF EXISTS argus.probe');
    // The calls are written behind the answers.
    await until(async () => (await lookIntoTables(world.installation, [])).rows > 500, 10_000);
    const { found, tables } = await lookIntoTables(world.installation, secrets);
    expect(found).toEqual([]);
    for (const name of ['remote_support_audit', 'events', 'log_leaves', 'pats', 'sessions', 'agents', 'nonces', 'enrollment_codes']) expect(tables).toContain(name);
    expect(tables.some((name) => name.startsWith('argus_audit_log_'))).toBe(true);
  }, TOTAL_MS);

  test('no process has said one', () => {
    const found: Found[] = processes.flatMap(([name, running]) => [...lookInto(running.stdout(), `stdout of ${name}`, secrets), ...lookInto(running.stderr(), `stderr of ${name}`, secrets)]);
    expect(found).toEqual([]);
    expect(processes.some(([, running]) => running.stdout().includes('listening'))).toBe(true);
  });

  test('no file holds one but those that are there for it', async () => {
    const isSecretFile = (path: string) => path.startsWith('secrets/') || /^machines\/[^/]+\/state\/(identity\.key|passkey)$/.test(path) || /^machines\/[^/]+\/install\//.test(path);
    const { found, files } = await lookIntoFiles(world.installation.dataDir, secrets, isSecretFile);
    expect(found).toEqual([]);
    expect(files).toBeGreaterThan(500); // the database with its logs and its journal, and all the machines have written
  }, TOTAL_MS);
});
