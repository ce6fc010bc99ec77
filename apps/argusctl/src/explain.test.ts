/** "Why denied", as it is typed and read. */
import { ERRORS } from '@argus/protocol/errors.ts';
import { beforeEach, expect, test } from 'vitest';
import { PRESETS } from '../../ops-api/src/people/principal.ts';
import { AGENT, createWorld, OPS_TOKEN, TENANT, type FlowMachine, type World } from '../../../flow/world.ts';
import { run, type Ran } from '../test/run.ts';
import { fetchInto } from '../test/world-fetch.ts';

let world: World;
let machine: FlowMachine;
let admin: string;

beforeEach(async () => {
  world = createWorld();
  admin = await world.newToken(PRESETS['admin-full']);
  await world.tenant(admin);
  machine = await world.machine(admin);
  await machine.connect();
});
const ctl = (argv: readonly string[], env: Record<string, string> = {}, from?: string): Promise<Ran> =>
  run(argv, { env: { ARGUS_PAT: admin, ARGUS_OPS_TOKEN: OPS_TOKEN, ...env }, clock: world.clock, fetch: fetchInto(world, from) });
const asked = [AGENT, '--tenant', TENANT, '--reason', 'investigate alert'];
const disarm = () => world.call(`/support/tenants/${TENANT}/disarm`, { pat: admin, body: { reason: 'done for today', confirm_tenant_id: TENANT } });

test('a table of gates, then what would open those that are shut; the exit code is that of the act', async () => {
  await disarm();
  await machine.cut();
  const { exit, stdout, stderr } = await ctl(['support', 'explain', ...asked]);
  expect([exit, stderr]).toEqual([ERRORS.tenant_not_armed.exit, '']);
  await expect(stdout).toMatchFileSnapshot('../golden/explain/not-armed-and-offline.txt');
  expect((await ctl(['support', 'activate', ...asked])).exit).toBe(exit);
});

test('when all would pass it says so and ends with 0; both spellings are one request', async () => {
  const [one, two] = [await ctl(['support', 'explain', ...asked]), await ctl(['agent', 'explain', ...asked])];
  expect([one.exit, two.exit]).toEqual([0, 0]);
  expect(two.stdout).toBe(one.stdout);
  await expect(one.stdout).toMatchFileSnapshot('../golden/explain/all-would-pass.txt');
});

test('what would open a gate is a command that works where it was typed: in a checkout, through npm', async () => {
  await disarm();
  expect((await ctl(['support', 'explain', ...asked], { npm_lifecycle_event: 'argusctl' })).stdout).toContain('Arm it with a reason first: npm run --silent argusctl -- tenant arm.');
});

test('--json is the exact answer', async () => {
  await disarm();
  const { exit, stdout } = await ctl(['support', 'explain', ...asked, '--json']);
  expect(exit).toBe(ERRORS.tenant_not_armed.exit);
  expect(JSON.parse(stdout)).toMatchObject({ would_pass: false, code: 'tenant_not_armed', gates: expect.arrayContaining([expect.objectContaining({ gate: 'armed', state: 'not_passed' })]) as unknown });
});

test('a command in a session: which gate says no', async () => {
  const activated = await ctl(['support', 'activate', ...asked, '--json']);
  const { session_token } = JSON.parse(activated.stdout) as { session_token: string };
  const explain = (...more: string[]) => ctl(['support', 'explain', AGENT, '--tenant', TENANT, ...more], { ARGUS_SESSION: session_token });
  expect((await explain('--command', 'ping')).exit).toBe(0);
  const { exit, stdout } = await explain('--command', 'read_file', '--args', '{"path":"/etc/shadow"}');
  expect(exit).toBe(ERRORS.path_not_allowlisted.exit);
  expect(stdout).toContain('✗ args would refuse (path_not_allowlisted)');
  expect(stdout).toMatch(/✗ +args +the arguments do not fit, or name what the command may not touch\n/);
});

test.each([[['--command', 'ping', '--minutes', '5']], [['--args', '{"lines":1}', '--reason', 'investigate alert']], [[]]])('words that do not go together are said here, and nothing is sent: %j', async (more) => {
  expect(await ctl(['support', 'explain', AGENT, '--tenant', TENANT, ...more])).toMatchObject({ exit: 2, stdout: '', sent: [] });
});

test('after a refused activation the hint names explain; not where explain would refuse as well', async () => {
  await disarm();
  const said = async (argv: readonly string[], from?: string) => (await ctl(argv, {}, from)).stderr;
  expect(await said(['support', 'activate', ...asked])).toContain('All gates at once: argusctl support explain, with the same words.');
  expect(await said(['agent', 'activate', ...asked])).toContain('argusctl support explain');
  expect(await said(['support', 'activate', ...asked], '198.51.100.9')).not.toContain('explain');
  expect(await said(['support', 'explain', ...asked], '198.51.100.9')).toMatch(/\(ip_not_allowlisted\)/);
});
