import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { bundleAgent, executableAgent } from '../tools/build-agent.ts';
import { activation, armTenant, TENANT } from './ready.ts';
import { ask } from './http.ts';
import { newInstallation, newPat, OPS_TOKEN, startOpsApi, type OpsApi } from './ops-api.ts';
import { start } from './processes.ts';
import { until } from './until.ts';

/** What is handed out, far from any checkout: one file for Node.js, and one executable that needs none. */
const AS_ROOT = process.getuid?.() === 0 ? ['--allow-root'] : [];
let api: OpsApi;
let pat: string;
let folder: string;
let programs: Readonly<Record<string, readonly [string, ...string[]]>>;
beforeAll(async () => {
  const installation = await newInstallation();
  folder = join(installation.dataDir, 'one-file');
  mkdirSync(folder, { recursive: true });
  const [script, executable] = [join(folder, 'argus-agent.mjs'), join(folder, 'argus-agent')];
  await Promise.all([bundleAgent(script), executableAgent(executable)]);
  programs = { 'argus-agent.mjs': [process.execPath, script], 'argus-agent': [executable] };
  api = await startOpsApi(installation);
  pat = await newPat(installation);
  await armTenant(api.url, pat);
});

test.each(['argus-agent.mjs', 'argus-agent'])('%s enrolls, dials, answers a ping, says how it is, and leaves when asked', async (name) => {
  const [command, ...before] = programs[name] ?? ['no such program'];
  const id = `agent_${name.replaceAll(/\W/g, '_')}`;
  const [state, root] = [join(folder, id, 'state'), join(folder, id, 'install')];
  mkdirSync(root, { recursive: true });
  const argus = async (...args: readonly string[]) => (await promisify(execFile)(command, [...before, ...args, '--state', state, ...AS_ROOT], { cwd: '/', env: { HOME: '/nowhere' } })).stdout;

  const { body } = await ask(api.url, `/v1/tenants/${TENANT}/agents`, { pat, body: { agent_id: id } });
  expect(await argus('enroll', '--server', api.url, '--code', String(body['enrollment_code']), '--install-root', root)).toContain(`Enrolled as ${id}`);
  const daemon = start(command, [...before, 'run', '--state', state, ...AS_ROOT], { HOME: '/nowhere' });
  await until(async () => (await ask(api.url, `/v1/agents/${id}`, { pat })).body['state'] === 'online', 20_000);

  const activated = await ask(api.url, `/support/agents/${id}/activate`, { pat, headers: { 'x-argus-ops-token': OPS_TOKEN }, body: activation() });
  expect(activated).toMatchObject({ status: 201 });
  const headers = { 'x-argus-session': String(activated.body['session_token']) };
  expect(await ask(api.url, `/support/tenants/${TENANT}/command`, { pat, headers, body: { command: 'ping' } })).toMatchObject({ status: 200, body: { result: { version: expect.stringMatching(/^\d+\.\d+\.\d+$/) } } });
  const said = await argus('status');
  expect([said.includes('"live"'), said.includes('The line is up since ')]).toEqual([true, true]);
  expect(await argus('install-service', '--kind', 'systemd', '--user', 'argus', '--print')).toContain(name === 'argus-agent' ? `ExecStart="${command}" "run" ` : `"${before[0]}" "run" `);
  expect(await daemon.stop()).toBe('exit 0');
});
