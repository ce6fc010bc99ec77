/** argusctl, the whole ops API and a real agent in one process: what an operator types, and what they see. */
import { manualClock } from '@argus/kit/clock.ts';
import { ERRORS } from '@argus/protocol/errors.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import { PRESETS } from '../../ops-api/src/people/principal.ts';
import { AGENT, createWorld, OPS_TOKEN, START, TENANT, type FlowMachine, type World } from '../../../flow/world.ts';
import { fetchInto } from '../test/world-fetch.ts';
import { run, type Ran } from '../test/run.ts';

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

type Over = { readonly pat?: string; readonly env?: Record<string, string>; readonly from?: string; readonly clock?: ReturnType<typeof manualClock> };
/** A command line as in a shell: quotes hold words together. */
function ctl(line: string, { pat = admin, env = {}, from, clock = world.clock }: Over = {}): Promise<Ran> {
  const argv = [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
  return run(argv, { env: { ARGUS_PAT: pat, ARGUS_OPS_TOKEN: OPS_TOKEN, ...env }, clock, fetch: fetchInto(world, from) });
}
const ACTIVATE = `agent activate ${AGENT} --tenant ${TENANT} --reason "investigate alert"`;
const COMMAND = `support command ${TENANT} --command`;
const tokenIn = (stdout: string): string => /rst_[\w-]{43}/.exec(stdout)?.[0] ?? expect.unreachable(stdout);

test('from "who am I" to "it is over", as it is typed and read', async () => {
  const seen: string[] = [];
  const type = async (line: string, over: Over = {}) => {
    const { exit, stdout, stderr } = await ctl(line, over);
    seen.push(`$ argusctl ${line}\n${stdout}${stderr}${exit === 0 ? '' : `(exit ${exit})\n`}`);
    return stdout;
  };
  await type('whoami');
  await type('tenant ls');
  await type(`agent ls --tenant ${TENANT}`);
  const env = { ARGUS_SESSION: tokenIn(await type(ACTIVATE)) };
  await type(`${COMMAND} ping`, { env });
  await type(`${COMMAND} agent_info --args '{}'`, { env });
  await type('session ls');
  await type(`agent deactivate ${AGENT} --reason "all is well"`);
  await type(`agent deactivate ${AGENT}`);
  await type(`${COMMAND} ping`, { env });
  await type(`tenant disarm ${TENANT} --reason "incident closed"`);
  await type(`tenant arm ${TENANT} --reason "contract 2026" --document-id DOC-2026-014`);
  await expect(seen.join('\n')).toMatchFileSnapshot('../golden/journey.txt');
  expect(machine.isShown()).toBe(false);
});

test('a log is read as lines, and a configuration without its secrets', async () => {
  const env = { ARGUS_SESSION: tokenIn((await ctl(ACTIVATE)).stdout) };
  const log = await ctl(`${COMMAND} tail_log --args '{"lines":2}'`, { env });
  expect(log.stdout).toMatch(/^line 299\nline 300\n\nfile {11}argus\.log\nlines {10}2\ntruncated {6}no\n\nIn the tenant's log: /);
  const config = await ctl(`${COMMAND} read_file --args '{"path":"config.yaml"}'`, { env });
  expect(config.stdout).toMatch(/^streams: 4\nupload_token: \[redacted\]\n\npath {11}config\.yaml\n/);
  expect(config.stdout).not.toContain('hunter2');
  expect(await ctl(`${COMMAND} read_file --args '{"path":"crashes/none.txt"}'`, { env })).toMatchObject({ exit: ERRORS.file_not_found.exit, stdout: '' });
});

test('--json is the exact answer, and nothing but it', async () => {
  const activated = await ctl(`${ACTIVATE} --json`);
  const session = JSON.parse(activated.stdout) as { session_token: string };
  expect(session).toMatchObject({ tenant_id: TENANT, agent_id: AGENT, expires_at: '2026-03-01T12:30:00.000Z' });
  const ran = await ctl(`${COMMAND} ping --json`, { env: { ARGUS_SESSION: session.session_token } });
  expect(JSON.parse(ran.stdout)).toMatchObject({ result: { version: '1.4.0' }, receipt: { leaf_index: 7, outcome_index: 8 } });
  expect(ran.stderr).toBe('');
  for (const line of ['whoami', 'tenant ls', 'agent ls', 'session ls']) expect(JSON.parse((await ctl(`${line} --json`)).stdout)).toBeTypeOf('object');
});

test('the token is shown once, and every activation has a nonce of its own', async () => {
  const { stdout } = await ctl(`support activate ${AGENT} --tenant ${TENANT} --reason "investigate alert" --minutes 5`);
  expect(stdout.split(tokenIn(stdout))).toHaveLength(2);
  expect(stdout).toContain('2026-03-01 12:05:00Z');
});

test('the same request id is carried out once', async () => {
  const env = { ARGUS_SESSION: tokenIn((await ctl(ACTIVATE)).stdout) };
  expect((await ctl(`${COMMAND} ping --request-id retry-0001`, { env })).exit).toBe(0);
  expect(await ctl(`${COMMAND} agent_info --request-id retry-0001`, { env })).toMatchObject({ exit: ERRORS.request_id_reused.exit });
});

describe('a refusal of the server is an exit code of its own', () => {
  const refusedWith = (ran: Ran, code: keyof typeof ERRORS): void => {
    expect(ran.stderr).toContain(`(${code})`);
    expect(ran).toMatchObject({ exit: ERRORS[code].exit, stdout: '' });
  };

  test('nobody knows this token', async () => refusedWith(await ctl('whoami', { pat: `pat_${'Z'.repeat(43)}` }), 'unauthenticated'));
  test('a token without the scope', async () => {
    const pat = await world.newToken(PRESETS['support-readonly']);
    refusedWith(await ctl(ACTIVATE, { pat }), 'missing_role');
    refusedWith(await ctl('session ls', { pat }), 'missing_role');
    refusedWith(await ctl(`tenant arm ${TENANT} --reason "let me in"`, { pat }), 'missing_role');
  });
  test('from another network', async () => refusedWith(await ctl(ACTIVATE, { from: '198.51.100.9' }), 'ip_not_allowlisted'));
  test('a wrong ops token', async () => refusedWith(await ctl(`${ACTIVATE} --ops-token wrong-wrong-wrong-wrong-wrong-wr`), 'bad_ops_token'));
  test('a clock that is off: both times are shown', async () => {
    const ran = await ctl(ACTIVATE, { clock: manualClock(START - 5 * 60_000) });
    refusedWith(ran, 'stale_request');
    expect(ran.stderr).toContain('server time: 2026-03-01T12:00:00.000Z\n  your clock:  2026-03-01T11:55:00.000Z');
  });
  test('an agent that is not there', async () => {
    await machine.cut();
    refusedWith(await ctl(ACTIVATE), 'agent_offline');
  });
  test('an agent nobody has heard of', async () => refusedWith(await ctl(ACTIVATE.replace(AGENT, 'agent_of_nobody')), 'agent_not_found'));
  test('a tenant that is not armed', async () => {
    await ctl(`tenant disarm ${TENANT} --reason "incident closed"`);
    refusedWith(await ctl(ACTIVATE), 'tenant_not_armed');
  });
  test('a second session', async () => {
    await ctl(ACTIVATE);
    refusedWith(await ctl(ACTIVATE), 'session_active');
  });
  test('a session whose time is up', async () => {
    const env = { ARGUS_SESSION: tokenIn((await ctl(`${ACTIVATE} --minutes 1`)).stdout) };
    await world.clock.advance(61_000);
    refusedWith(await ctl(`${COMMAND} ping`, { env }), 'session_expired');
  });
  test('somebody else\'s session', async () => {
    const env = { ARGUS_SESSION: tokenIn((await ctl(ACTIVATE)).stdout) };
    const pat = await world.newToken(PRESETS['admin-full'], null, 'bob@argus.example');
    refusedWith(await ctl(`${COMMAND} ping`, { env, pat }), 'session_mismatch');
  });
  test('a document that is not the one on record', async () =>
    refusedWith(await ctl(`tenant arm ${TENANT} --reason "contract 2026" --document-id DOC-1`), 'consent_document_mismatch'));
});

describe('what is wrong here is said here, and nothing is sent', () => {
  const env = { ARGUS_SESSION: `rst_${'S'.repeat(43)}` };
  test.each<[line: string, exit: number]>([
    ['agnt ls', 2],
    [ACTIVATE.replace(/ --reason.*/, ''), 2],
    [ACTIVATE.replace('investigate alert', 'x'), 2],
    [`${ACTIVATE} --minutes 121`, 2],
    [`${ACTIVATE} --minutes soon`, 2],
    [ACTIVATE.replace(`--tenant ${TENANT}`, '--tenant nobody'), 2],
    [`tenant arm ${TENANT}`, 2],
    [`${COMMAND} ping --args '["lines"]'`, 2],
    [`${COMMAND} ping --args '{lines'`, 2],
    [`${COMMAND} pimg`, ERRORS.command_not_allowlisted.exit],
    [`${COMMAND} ping --args '{"lines":5}'`, ERRORS.bad_args.exit],
    [`${COMMAND} read_file --args '{"path":"../argus.log"}'`, ERRORS.path_not_allowlisted.exit],
    [`${COMMAND} tail_log --args '{"lines":5001}'`, ERRORS.bad_args.exit],
    [`${COMMAND} ping --session rss_aaaaaaaaaaaaaaaaaaaa`, ERRORS.session_not_found.exit],
    ['agent ls --url http://ops.example', 2],
  ])('%s: exit %i', async (line, exit) => {
    const ran = await ctl(line, { env });
    expect(ran).toMatchObject({ exit, stdout: '', sent: [] });
    expect(ran.stderr).toMatch(/^error: /);
  });

  test.each([
    ['ARGUS_PAT', 'whoami', 'unauthenticated'],
    ['ARGUS_OPS_TOKEN', ACTIVATE, 'bad_ops_token'],
    ['ARGUS_SESSION', `${COMMAND} ping`, 'session_not_found'],
  ] as const)('without %s: %s', async (name, line, code) => {
    const ran = await ctl(line, { env: { [name]: '' } });
    expect(ran).toMatchObject({ exit: ERRORS[code].exit, sent: [] });
    expect(ran.stderr).toContain(`Set ${name} or ${name}_FILE`);
  });
});

/** Reasons and names are the words of people who may not wish us well. */
test('an operator\'s words cannot write on somebody\'s terminal', async () => {
  // Our server would refuse such a reason; argusctl does not count on that.
  const view = {
    session_id: `rss_${'a'.repeat(20)}`, tenant_id: TENANT, agent_id: AGENT, operator: 'ana\u001B]0;owned\u0007', yours: true, reason: '\u202Egnp.exe\u001B[2J', state: 'active',
    minutes: 30, created_at: '2026-03-01T12:00:00.000Z', expires_at: '2026-03-01T12:30:00.000Z', ended_at: null, ended_by: null, ended_actor: null, ended_operator: null, last_word: null,
  };
  for (const json of [[], ['--json']]) {
    const { exit, stdout } = await run(['session', 'ls', ...json], { fetch: async () => new Response(JSON.stringify({ sessions: [view] })) });
    expect(exit).toBe(0);
    expect(stdout).not.toMatch(/[^\P{C}\n]/u);
  }
});
