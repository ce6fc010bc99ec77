import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readyWorld } from '../../../flow/ready-world.ts';
import { AGENT, TENANT } from '../../../flow/world.ts';
import { atTheEndOfTheFile } from '@argus/testkit/end-of-file.ts';
import { fetchInto } from '../test/world-fetch.ts';
import { PAT, privateFile, run, type RunWorld } from '../test/run.ts';
import { SCRIPTS } from './render/completion.ts';

/** As the scripts ask: all words so far, the last one unfinished. */
const after = async (line: string, world: RunWorld = { env: {} }) => {
  const { exit, stdout, stderr } = await run(['__complete', ...line.split(' ')], world);
  expect([exit, stderr]).toEqual([0, '']);
  return stdout.split('\n').filter((one) => one !== '').map((one) => one.split('\t')[0] ?? '');
};

test.each([
  ['ag', ['agent']],
  ['agent sh', ['show']],
  ['tenant consent ', ['show', 'record', 'withdraw']],
  ['tenant cons', ['consent']],
  ['help pat ', ['ls', 'create', 'revoke']],
  ['agent activate --min', ['--minutes']],
  ['agent ls --d', ['--demo']],
  ['agent activate x --d', ['--dry-run', '--demo']],
  ['support command --command ta', ['tail_log']],
  ['pat create --preset tenant', ['tenant-admin', 'tenant-reader']],
  ['completion ', ['bash', 'zsh', 'fish']],
  ['audit export --format o', ['ocsf']],
  ['tenant consent record X --document ', [':files']],
  ['agent activate --reason "', []],
  ['nonsense ', []],
  ['--__proto__ ', ['login', 'logout', 'whoami', 'status', 'doctor', 'profile', 'tenant', 'agent', 'support', 'session', 'audit', 'logs', 'log', 'pat', 'operator-key', 'completion', 'mcp']],
])('%j: %j', async (line, words) => expect(await after(line)).toEqual(words));

test('a flag that was given is not offered again', async () => expect(await after('agent ls --tenant X --te')).toEqual([]));

test('ids come from the server, of the tenant that was named', async () => {
  const { world, admin } = await readyWorld();
  const { body } = await world.activate(admin);
  const asked: RunWorld = { env: { ARGUS_PAT: admin }, fetch: fetchInto(world), clock: world.clock };
  expect(await after('tenant show ', asked)).toEqual([TENANT]);
  expect(await after('agent show agent_m', asked)).toEqual([AGENT]);
  expect(await after(`agent activate --tenant OTHER_TENANT `, asked)).toEqual([]);
  expect(await after('session watch rss_', asked)).toEqual([body['session_id']]);
  expect((await after('pat revoke ', asked)).length).toBeGreaterThan(0);
});

/** Guarantee: what stands in a name on the server does nothing to a shell that completes. */
test('a name from elsewhere is harmless, and a token never comes out', async () => {
  const tenant = { id: TENANT, name: `a\u001B]0;x\u0007\n$(reboot)${PAT}`, created_at: '2026-03-01T12:00:00.000Z', consent: 'signed', consent_document_id: null, armed: false, armed_until: null };
  const { stdout } = await run(['__complete', 'tenant', 'show', ''], { env: { ARGUS_PAT: PAT }, fetch: async () => new Response(JSON.stringify({ tenants: [tenant] })) });
  expect(stdout.split('\n')).toHaveLength(2);
  expect(stdout).not.toMatch(/[^\P{C}\n\t]|P{8}/u);
});

test('without a login, with a server that is away, or one that says no, there is silence', async () => {
  const login = { '/h/.config/argus/credentials.json': privateFile({ v: 1, current: 'default', profiles: { default: { url: 'https://ops.example', pat: PAT } } }) };
  expect((await run(['__complete', 'agent', 'show', ''], { env: {} })).sent).toEqual([]);
  for (const fetch of [undefined, async () => new Response('<html>', { status: 502 })]) {
    expect(await after('agent show ', { env: { HOME: '/h' }, files: login, ...(fetch && { fetch }) })).toEqual([]);
  }
  expect(await after('whoami --profile ', { env: { HOME: '/h' }, files: login })).toEqual(['default']);
});

test('bash completes with the script it is given', () => {
  const folder = mkdtempSync(join(tmpdir(), 'argusctl-complete-'));
  atTheEndOfTheFile(() => rmSync(folder, { recursive: true, force: true }));
  const main = join(import.meta.dirname, 'main.ts');
  writeFileSync(join(folder, 'argusctl'), `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`, { mode: 0o755 });
  writeFileSync(join(folder, 'script'), SCRIPTS.bash);
  const bash = (words: string) => execFileSync('bash', ['--norc', '-c', `. ./script; COMP_WORDS=(argusctl ${words}); COMP_CWORD=$((\${#COMP_WORDS[@]}-1)); _argusctl; printf '%s\\n' "\${COMPREPLY[@]}"`], { cwd: folder, env: { PATH: `${folder}:${process.env['PATH'] ?? ''}` }, encoding: 'utf8' });
  expect(bash(`tenant consent r`)).toBe('record\n');
  expect(bash(`log bundle T --out scr`)).toBe('script\n');
});

test.each(['bash', 'zsh', 'fish'] as const)('%s is given a script of its own, and nothing else', async (shell) => {
  const { exit, stdout, sent } = await run(['completion', shell], { env: {} });
  expect([exit, stdout, sent]).toEqual([0, SCRIPTS[shell], []]);
});
