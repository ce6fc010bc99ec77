import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratch } from '../../testing/scratch.ts';
import { AGENT, TENANT } from '../../testing/signed-log.ts';
import { defaultPath, nextSteps, SMALL_FLAGS, type ServiceFacts, type ServiceKind } from './definition.ts';
import { problemWith, RENDERERS } from './index.ts';

const facts = (over: Partial<ServiceFacts> = {}): ServiceFacts => ({
  agent: AGENT,
  tenant: TENANT,
  program: ['/usr/bin/node', ...SMALL_FLAGS, '/opt/argus/argus-agent.mjs'],
  state: '/var/lib/argus-agent',
  installRoot: '/opt/kiosk',
  user: 'argus',
  ...over,
});
const WINDOWS: Partial<ServiceFacts> = { program: ['C:\\Program Files\\nodejs\\node.exe', 'C:\\Argus\\argus-agent.mjs'], state: 'C:\\ProgramData\\Argus\\', installRoot: 'C:\\Kiosk' };

/** What each service manager is handed, to be read by a person once. */
test.each<[ServiceKind, string, Partial<ServiceFacts>]>([
  ['systemd', 'system.service', {}],
  ['systemd', 'user.service', { user: null, state: '/home/kim/.local/state/argus-agent', installRoot: '/home/kim/kiosk' }],
  ['launchd', 'daemon.plist', {}],
  ['launchd', 'agent.plist', { user: null, state: '/Users/kim/.local/state/argus-agent' }],
  ['windows', 'task.xml', { ...WINDOWS, user: null }],
  ['windows', 'task-of-user.xml', { ...WINDOWS, user: 'kim' }],
])('the definition for %s is that of golden/service/%s', async (kind, name, over) => {
  await expect(RENDERERS[kind](facts(over))).toMatchFileSnapshot(`../../golden/service/${name}`);
});

// ---- as systemd itself reads it

/** systemd looks at the programs it is to start, so they have to be there. */
function onThisMachine(over: Partial<ServiceFacts> = {}, folder = scratch()): ServiceFacts {
  const program = join(folder, 'argus-agent');
  writeFileSync(program, '');
  chmodSync(program, 0o755);
  return facts({ program: [program], state: join(folder, 'state'), installRoot: join(folder, 'install'), ...over });
}
function analyze(args: readonly string[], unit: string): { readonly status: number | null; readonly said: string } {
  const folder = scratch();
  const file = join(folder, 'argus-agent.service');
  writeFileSync(file, unit);
  const ran = spawnSync('systemd-analyze', [...args, file], { encoding: 'utf8', env: { PATH: process.env['PATH'], XDG_RUNTIME_DIR: folder, SYSTEMD_COLORS: '0', LC_ALL: 'C' } });
  if (ran.error) throw new Error('systemd-analyze is not here. Install the Debian package systemd, then run this again.', { cause: ran.error });
  return { status: ran.status, said: ran.stdout + ran.stderr };
}

test('systemd reads the unit of the machine and has nothing to say', () => {
  expect(analyze(['verify', '--man=no'], RENDERERS.systemd(onThisMachine()))).toEqual({ status: 0, said: '' });
});
test('systemd reads the unit of a user and has nothing to say', () => {
  expect(analyze(['--user', 'verify', '--man=no'], RENDERERS.systemd(onThisMachine({ user: null })))).toEqual({ status: 0, said: '' });
});
test('a unit with a misspelled setting is noticed, so silence means something', () => {
  expect(analyze(['verify', '--man=no'], RENDERERS.systemd(onThisMachine()).replace('NoNewPrivileges', 'NoNewPriviledges')).said).toContain('NoNewPriviledges');
});

/** In tenths, as systemd counts: 100 is a service that may do anything. What is left: a network, a user, WebAssembly. */
const EXPOSURE_MOST = 15;
test('by the count of systemd the unit of the machine is exposed to less than 1.5 of 10', () => {
  const { status, said } = analyze(['security', '--offline=true', `--threshold=${EXPOSURE_MOST}`], RENDERERS.systemd(onThisMachine()));
  expect([status, said.match(/Overall exposure level.*/)?.[0]]).toEqual([0, expect.stringMatching(/: 1\.[0-4] OK/)]);
});
test('without the sandbox the same count is far above it', () => {
  const open = RENDERERS.systemd(onThisMachine()).split('\n').filter((line) => !/^(Protect|Private|Capability|Restrict|SystemCall|NoNew)/.test(line));
  expect(analyze(['security', '--offline=true', `--threshold=${EXPOSURE_MOST}`], open.join('\n')).status).not.toBe(0);
});

test('a home is hidden from it, unless something of it lives there', () => {
  const home = (over: Partial<ServiceFacts>) => /ProtectHome=(.*)/.exec(RENDERERS.systemd(facts(over)))?.[1];
  expect([home({}), home({ state: '/home/argus/state' }), home({ program: ['/root/node'] }), home({ installRoot: '/homely' })]).toEqual(['yes', 'read-only', 'read-only', 'yes']);
});

// ---- folders with hostile names

const EVIL = `a "b" 'c' $HOME \${HOME} %h %% \\n ;rm`;
test('systemd reads paths with quotes, dollars and percent signs, and expands nothing in them', () => {
  const folder = join(scratch(), 'a $HOME %h;rm');
  mkdirSync(folder);
  const [program = ''] = onThisMachine({}, folder).program;
  const unit = RENDERERS.systemd(onThisMachine({ program: [program, `/${EVIL}`], state: `/${EVIL}`, installRoot: `/${EVIL}` }));
  expect(analyze(['verify', '--man=no'], unit)).toEqual({ status: 0, said: '' });
  expect(unit).toContain(`"/a \\"b\\" 'c' $$HOME $$\{HOME} %%h %%%% \\\\n ;rm" "run"`);
});
test.each(['launchd', 'windows'] as const)('a path with angle brackets and quotes stays one text in the XML for %s', (kind) => {
  const xml = RENDERERS[kind](facts({ state: '/x</string><string>&"evil"' }));
  expect(xml).not.toContain('</string><string>&');
  expect(xml).toContain('&lt;/string&gt;&lt;string&gt;&amp;');
});
test('Windows takes the arguments apart where we put them together: a backslash before a quote counts double', () => {
  expect(RENDERERS.windows(facts({ ...WINDOWS, user: null }))).toContain('&quot;C:\\ProgramData\\Argus\\\\&quot;</Arguments>');
});

test.each<[string, Partial<ServiceFacts>, RegExp]>([
  ['a line break in a path', { state: '/var/lib/x\nExecStartPre=/bin/sh' }, /control character/],
  ['a line break in a user', { user: 'argus\nExecStartPre=/bin/sh' }, /no name of a user/],
  ['a user with a space', { user: 'argus root' }, /no name of a user/],
  ['an empty user', { user: '' }, /no name of a user/],
  ['a program systemd cannot name', { program: ['/opt/"node"'] }, /without quotes/],
  ['root', { user: 'root' }, /does not run as root/],
])('%s is refused', (_, over, sentence) => expect(problemWith('systemd', facts(over))).toMatch(sentence));
test('ordinary facts are not refused', () => expect([problemWith('systemd', facts()), problemWith('windows', facts({ ...WINDOWS, user: null }))]).toEqual([null, null]));

test('each kind has a place where its manager looks, and says what to type next', () => {
  const places = { home: '/home/kim', configHome: '/home/kim/.config' };
  expect(defaultPath('systemd', { user: null }, places)).toBe('/home/kim/.config/systemd/user/argus-agent.service');
  expect(defaultPath('systemd', { user: 'argus' }, places)).toBe('/etc/systemd/system/argus-agent.service');
  expect(defaultPath('launchd', { user: null }, places)).toBe('/home/kim/Library/LaunchAgents/com.argus.agent.plist');
  expect(defaultPath('windows', { user: null }, places)).toBeNull();
  for (const kind of ['systemd', 'launchd', 'windows'] as const) for (const user of ['argus', null]) expect(nextSteps(kind, { user }, '/tmp/x').length).toBeGreaterThan(0);
});
