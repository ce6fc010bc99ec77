/** What the owner can stop on their own machine, with real processes: I3 and I8 from where they sit. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { askDaemon } from '../apps/agent/src/adapters/local/ask.ts';
import { askingServer } from '../apps/agent/src/adapters/local/line-server.ts';
import { claimRunDir, listenIn } from '../apps/agent/src/adapters/local/run-dir.ts';
import { readActivity } from '../apps/agent/src/adapters/state/activity-journal.ts';
import { patiently } from '@argus/testkit/patience.ts';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { killSwitchRun, killSwitchTable, type KillRun } from './kill-switch.ts';
import { runToEnd } from './processes.ts';
import { ready, type Ready } from './ready.ts';
import { until } from './until.ts';

/** KILL_RUNS=1000 for the numbers of docs/guides/on-the-owners-machine.md. */
const RUNS = Number(process.env['KILL_RUNS'] ?? 12);
const OFF_WITHIN_MS = 250;
const AS_ROOT = process.getuid?.() === 0 ? ['--allow-root'] : [];

let world: Ready;
const runDir = () => join(world.machine.state, 'run');
/** What takes it back, as it has to be typed for this very machine. */
const untilOn = () => `It stays off until the owner runs: ${['argus-agent remote-support-on --state', world.machine.state, ...AS_ROOT].join(' ')}\n`;
const argus = (...args: string[]) => runToEnd('apps/agent/src/main.ts', [...args, '--state', world.machine.state, ...AS_ROOT]);
beforeAll(async () => {
  world = await ready();
});
beforeEach(async () => {
  if (!world.agent().isRunning()) await world.restartAgent();
  await argus('remote-support-off'); // whatever the test before left
  await argus('remote-support-on');
  await world.untilOnline();
});

test(
  `switched off ${RUNS} times with a command in flight: dormant within 250 ms, and nothing has an effect afterwards`,
  async () => {
    const runs: KillRun[] = [];
    for (let run = 0; run < RUNS; run++) runs.push(await killSwitchRun(world, run));
    process.stdout.write(`${killSwitchTable(runs)}\n`);
    expect(runs.flatMap(({ effects }) => effects)).toEqual([]);
    for (const { answered, late } of runs) if (answered === 'overtaken') expect(await late).not.toBe(200);
    const p99 = runs.map(({ dormantMs }) => dormantMs).toSorted((a, b) => a - b)[Math.floor(0.99 * RUNS)] ?? 0;
    expect(p99).toBeLessThanOrEqual(patiently(OFF_WITHIN_MS));
    expect(readActivity(join(world.machine.state, 'activity.log'))?.breaks).toEqual([]);
    await world.verify();
  },
  120_000 + RUNS * 400,
);

test('typed by a person: the session ends, whoever asks is told, it survives a restart, and on takes it back', async () => {
  const session = await world.activate();
  const off = await argus('remote-support-off');
  expect([off.end, off.stdout()]).toEqual(['exit 0', `Remote support is off. The session ${session.id} was ended.\n${untilOn()}`]);
  expect(world.machine.status().remote_support).toBe('dormant');
  await expect(world.activate()).rejects.toThrow('tenant_switched_off');
  await world.restartAgent();
  await expect(world.activate()).rejects.toThrow('tenant_switched_off');
  expect((await argus('status')).stdout()).toContain('Remote support is switched off on this machine.');
  expect((await argus('remote-support-on')).end).toBe('exit 0');
  await world.activate();
});

test('with the server out of reach it is off at once, and the server learns who ended it when it is back', async () => {
  const session = await world.activate();
  world.proxy.aim(null);
  world.proxy.cut();
  const off = await argus('remote-support-off');
  expect(off.stdout()).toContain(session.id);
  expect(world.machine.status().remote_support).toBe('dormant');
  world.proxy.aim(world.api().port);
  await world.untilOnline();
  expect(await until(async () => (await world.get(`/support/sessions/${session.id}`)).body['ended_by'], 30_000)).toBe('tenant_kill_switch');
});

test('with no daemon running it is off as soon as there is one; the record says so', async () => {
  await world.agent().kill();
  const off = await argus('remote-support-off');
  expect([off.end, off.stdout()]).toEqual(['exit 0', `Remote support is off. No daemon runs.\n${untilOn()}`]);
  await world.restartAgent(); // over the sockets of the one that was killed
  await expect(world.activate()).rejects.toThrow('tenant_switched_off');
  const activity = await argus('activity', '--since', '1h');
  expect(activity.stdout()).toContain('remote support was switched off while the daemon did not run');
  expect(activity.stdout()).toContain('The chain holds: ');
});

test('with the daemon stopped in its tracks the file alone does it: it ends the session before anything else', async () => {
  const session = await world.activate();
  world.agent().signal('SIGSTOP');
  const before = world.machine.highestActed();
  const answering = world.command(session, 'ping', { withinMs: 30_000 });
  const off = await argus('remote-support-off');
  expect(off.stdout()).toContain('Remote support is off. The daemon does not answer; it looks at the switch before it does anything.');
  world.agent().signal('SIGCONT');
  expect((await answering).status).not.toBe(200);
  await until(() => world.machine.status().remote_support === 'dormant', 1_000);
  expect(world.machine.highestActed()).toBe(before);
  await until(async () => (await world.get(`/support/sessions/${session.id}`)).body['ended_by'] === 'tenant_kill_switch', 10_000);
});

test('a second daemon on the same machine does not start, and leaves the first its sockets and its session', async () => {
  await world.activate();
  const second = await argus('run');
  expect(second.end).toBe('exit 2');
  expect(second.stderr()).toContain('An argus-agent runs here already');
  expect(world.machine.status().remote_support).toBe('live');
  expect(await askDaemon(runDir(), 'off', 'off')).toMatchObject({ ok: true });
});

test('nor does one that is told to listen elsewhere: the journals and the patches are those of the first', async () => {
  await world.activate();
  const second = await argus('run', '--run-dir', join(world.machine.state, 'elsewhere'));
  expect([second.end, second.stderr()]).toEqual(['exit 2', expect.stringContaining('An argus-agent runs here already')]);
  expect(world.machine.status().remote_support).toBe('live');
});

/** A run directory in a place where anybody may make one is swept while the daemon is down, or under it. */
test('who answers in the place of the daemon that everything is off cannot keep it on, nor write on the terminal', async () => {
  const session = await world.activate();
  const elsewhere = join(world.machine.state, 'elsewhere');
  await claimRunDir(elsewhere);
  const close = await listenIn(elsewhere, 'off', askingServer({ off: () => ({ ended: `\u001b[2Jrss_${'x'.repeat(2_000)}`, stored: true, still_running: 0 }) }));
  writeFileSync(join(world.machine.state, 'run-dir'), `${elsewhere}\n`);
  const off = await argus('remote-support-off');
  close();
  writeFileSync(join(world.machine.state, 'run-dir'), `${runDir()}\n`);
  expect([off.end, off.stdout().includes('\u001b'), off.stdout().length < 300]).toEqual(['exit 0', false, true]);
  await until(() => world.machine.status().remote_support === 'dormant', 1_000);
  await until(async () => (await world.get(`/support/sessions/${session.id}`)).body['ended_by'] === 'tenant_kill_switch', 10_000);
});

/** A program of another user in the group, as fast as it can be, on both sockets. */
const FLOOD = `const { connect } = require('net'); const paths = process.argv.slice(1); let n = 0;
const one = () => { const s = connect(paths[n++ % paths.length]); s.on('error', () => {}); s.on('connect', () => s.write(n % 3 ? 'x'.repeat(900) : '{"ask":"on"}\\n')); s.on('close', () => setImmediate(one)); setTimeout(() => s.destroy(), 5); };
for (let i = 0; i < 200; i++) one(); setTimeout(() => process.exit(0), 8000);`;

test('a local user who floods the sockets neither ends the session, nor turns anything on, nor keeps the owner from switching off', async () => {
  const session = await world.activate();
  const paths = ['status.sock', 'off.sock'].map((name) => join(runDir(), name));
  const flood = spawn(process.execPath, ['-e', FLOOD, ...paths], { stdio: 'ignore' });
  try {
    await pause(2_000);
    expect((await world.command(session, 'ping')).status).toBe(200);
    expect(world.machine.status().remote_support).toBe('live');
    const from = performance.now();
    const off = await argus('remote-support-off');
    expect(off.end).toBe('exit 0');
    await until(() => world.machine.status().remote_support === 'dormant', 1_000);
    process.stdout.write(`switched off under a flood in ${Math.round(performance.now() - from)} ms, the start of the command included\n`);
    expect(world.agent().isRunning()).toBe(true);
    await expect(world.activate()).rejects.toThrow('tenant_switched_off');
  } finally {
    flood.kill('SIGKILL');
  }
});

test('what is not the owner’s socket turns nothing on', async () => {
  await askDaemon(runDir(), 'off', 'off');
  for (const socket of ['off', 'status'] as const) {
    const caller = connect(join(runDir(), `${socket}.sock`));
    caller.on('error', () => undefined);
    caller.write('{"ask":"on"}\n');
    await new Promise((done) => caller.on('close', done).resume());
  }
  expect(existsSync(join(world.machine.state, 'remote-support-off'))).toBe(true);
  await expect(world.activate()).rejects.toThrow('tenant_switched_off');
});

test('the record of the machine says who did what, and shows when somebody changed it', async () => {
  const session = await world.activate();
  await world.command(session, 'agent_info');
  await askDaemon(runDir(), 'off', 'off');
  const path = join(world.machine.state, 'activity.log');
  const read = await argus('activity', '--json');
  const { lines, chain } = JSON.parse(read.stdout()) as { lines: readonly Record<string, unknown>[]; chain: { holds: boolean } };
  expect(chain.holds).toBe(true);
  const mine = lines.filter((line) => line['session'] === session.id).map((line) => [line['what'], line['phase'], line['command'] ?? line['code'] ?? '']);
  expect(mine).toEqual([['session', 'intent', ''], ['session', 'outcome', ''], ['command', 'intent', 'agent_info'], ['command', 'outcome', 'agent_info'], ['session_ended', 'fact', 'tenant_kill_switch']]);
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, text.replace('agent_info', 'get_status'));
  const changed = await argus('activity');
  expect(changed.end).toBe('exit 1');
  expect(changed.stdout()).toMatch(/The chain is broken at line \d+: /);
  writeFileSync(path, `${text.split('\n').slice(0, -6).join('\n')}\n`);
  expect((await argus('activity')).stdout()).toMatch(/The end is missing: this machine acted on entry \d+ of the log/);
  writeFileSync(path, text);
  expect((await argus('activity')).end).toBe('exit 0');
});
