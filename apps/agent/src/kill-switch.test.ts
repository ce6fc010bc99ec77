import { settle } from '@argus/kit/clock.ts';
import { expect, test } from 'vitest';
import { createMachine, isIo } from '../testing/machine.ts';
import { OTHER_SESSION, SESSION } from '../testing/signed-log.ts';

/** I3, on the machine itself: the owner's switch beats everything in flight, and only the owner takes it back. */

test('switched off, the session is over at once: indicator down, end signed, and nothing is acted on afterwards', async () => {
  const m = createMachine();
  await m.wake();
  expect(m.switchOff()).toBe(SESSION);
  await settle();
  expect([m.agent.session(), m.isLit()]).toEqual([null, false]);
  expect(m.heartbeats().flatMap((f) => f.ended ?? [])).toMatchObject([{ session: SESSION, how: 'tenant_kill_switch' }]);
  m.forget();
  await m.hear(m.command({ command: 'agent_info' }));
  expect(m.record).toEqual([]);
});

test('switched off, every activation is answered tenant_switched_off, without anything stored or raised, until it is on again', async () => {
  const m = createMachine();
  m.connect();
  m.switchOff();
  m.forget();
  for (let i = 0; i < 3; i++) await m.hear(m.activation());
  expect(m.codes()).toEqual(['tenant_switched_off', 'tenant_switched_off', 'tenant_switched_off']);
  expect(m.record.filter(isIo)).toEqual([]);
  expect(m.activity).toEqual([]);
  m.switchOn();
  await m.hear(m.activation());
  expect(m.codes().at(-1)).toBe('awake');
});

test.each(['store', 'intend', 'raise'] as const)('switched off while an activation waits for %s, it does not wake, and no light stays on', async (port) => {
  const m = createMachine();
  m.connect();
  m.forget();
  m.waits[port].shut();
  void m.hear(m.activation());
  await settle();
  m.switchOff();
  m.waits[port].open();
  await settle();
  expect(m.codes()).toEqual(['tenant_switched_off']);
  expect([m.agent.session(), m.isLit()]).toEqual([null, false]);
});

test('off and on again while an activation waits: it was called off all the same', async () => {
  const m = createMachine();
  m.connect();
  m.forget();
  m.waits.raise.shut();
  void m.hear(m.activation());
  await settle();
  m.switchOff();
  m.switchOn();
  m.waits.raise.open();
  await settle();
  expect(m.codes()).toEqual(['tenant_switched_off']);
  expect(m.agent.session()).toBeNull();
});

test.each(['store', 'intend'] as const)('switched off while a command waits for %s, it is not run', async (port) => {
  const m = createMachine();
  await m.wake();
  m.waits[port].shut();
  void m.hear(m.command({ command: 'agent_info' }));
  await settle();
  m.switchOff();
  m.waits[port].open();
  await settle();
  expect(m.record).not.toContain('read config.yaml');
  expect(m.codes()).toEqual(['session_expired']);
});

test('switched off while a command runs, its result is withheld, and its outcome is on record', async () => {
  const m = createMachine();
  await m.wake();
  m.waits.files.shut();
  void m.hear(m.command({ command: 'agent_info' }));
  await settle();
  expect(m.agent.running()).toBe(1);
  let isQuiet = false;
  void m.agent.quiet().then(() => (isQuiet = true));
  m.switchOff();
  await settle();
  expect(isQuiet).toBe(false);
  m.waits.files.open();
  await settle();
  expect([isQuiet, m.agent.running()]).toEqual([true, 0]);
  expect(m.codes()).toEqual(['session_expired']);
  expect(m.replies().map((f) => f.chunk)).toEqual(['']);
  expect(m.activity.at(-1)).toMatchObject({ what: 'command', phase: 'outcome', outcome: 'refused', code: 'session_expired' });
});

/** The server sent it before it heard: what comes next is proved from there on. */
test('a command that was overtaken by the switch is not run, and the next activation finds its place in the log', async () => {
  const m = createMachine();
  await m.wake();
  const overtaken = m.command({ command: 'agent_info' });
  m.switchOff();
  m.forget();
  await m.hear(overtaken);
  expect([m.record, m.agent.counters().dropped]).toEqual([[], 1]);
  m.switchOn();
  await m.hear(m.activation({ session: OTHER_SESSION }));
  expect(m.codes()).toEqual(['awake']);
});

/** The file alone: whatever stands between the owner and the daemon. */
test('thrown without a word to the daemon, the switch counts before the next act: the session ends, and the act is not done', async () => {
  const m = createMachine();
  await m.wake();
  m.throwSwitch();
  await m.hear(m.command({ command: 'agent_info' }));
  await settle();
  expect(m.record.filter(isIo)).toEqual(['lower']);
  expect(m.heartbeats().flatMap((f) => f.ended ?? [])).toMatchObject([{ how: 'tenant_kill_switch' }]);
  await m.hear(m.activation({ session: OTHER_SESSION }));
  expect(m.codes()).toEqual(['tenant_switched_off']);
});

test('with no line to the server the switch works all the same, and the server is told when there is one', async () => {
  const m = createMachine();
  await m.wake();
  m.agent.disconnected();
  m.switchOff();
  await settle();
  expect([m.agent.session(), m.isLit(), m.sent]).toEqual([null, false, []]);
  m.connect();
  expect(m.heartbeats().flatMap((f) => f.ended ?? [])).toMatchObject([{ how: 'tenant_kill_switch' }]);
});

test('no frame a server can send turns it on again', async () => {
  const m = createMachine();
  await m.wake();
  m.switchOff();
  const { deps } = m;
  for (const why of ['deactivate', 'tenant_kill_switch', 'remote-support-on']) await m.hear({ type: 'deactivate', session: SESSION, why });
  await m.hear({ type: 'move' });
  await m.hear({ type: 'pace', retry_after_s: 1 });
  await m.tick(m.lastChallenge());
  expect(deps.killSwitch.isOff()).toBe(true);
  await m.hear(m.activation({ session: OTHER_SESSION }));
  expect(m.codes()).toEqual(['tenant_switched_off']);
});

// ---- the owner's record

test('an act is in the record before it is done, with who, why and what, and with what came of it after', async () => {
  const m = createMachine();
  m.connect();
  await m.hear(m.activation());
  await m.hear(m.command({ command: 'agent_info' }));
  m.switchOff();
  await settle();
  const [first, second] = [m.activity[0]?.entry, (m.activity[0]?.entry ?? 0) + 1];
  expect(m.activity).toMatchObject([
    { what: 'session', phase: 'intent', session: SESSION, operator: 'ana@argus.example', reason: 'investigate alert', args: { minutes: 30 }, entry: first },
    { what: 'session', phase: 'outcome', outcome: 'ok', entry: first },
    { what: 'command', phase: 'intent', command: 'agent_info', operator: 'ana@argus.example', entry: second },
    { what: 'command', phase: 'outcome', outcome: 'ok', entry: second },
    { what: 'session_ended', phase: 'fact', session: SESSION, code: 'tenant_kill_switch' },
  ]);
});

test('what cannot be written into the record is not done: no command, no session, no light', async () => {
  const m = createMachine();
  await m.wake();
  m.fails.intend = true;
  await m.hear(m.command({ command: 'agent_info' }));
  expect(m.record).not.toContain('read config.yaml');
  expect(m.codes()).toEqual(['activity_not_recorded']);
  const other = createMachine();
  other.connect();
  other.forget();
  other.fails.intend = true;
  await other.hear(other.activation());
  expect(other.codes()).toEqual(['activity_not_recorded']);
  expect([other.record.includes('raise'), other.agent.session()]).toEqual([false, null]);
});

test('a refused act that was never begun is not in the record, however many there are', async () => {
  const m = createMachine();
  await m.wake();
  const before = m.activity.length;
  for (let i = 0; i < 50; i++) await m.hear(m.command({ operator: 'somebody@else.example' }));
  expect(m.codes()).toEqual(Array.from({ length: 50 }, () => 'not_in_log'));
  expect(m.activity).toHaveLength(before);
});

test('a repeated request that is refused does not close the record of the one that runs', async () => {
  const m = createMachine();
  await m.wake();
  m.waits.files.shut();
  const running = m.command({ command: 'agent_info' });
  void m.hear(running);
  await settle();
  await m.hear(m.command({ command: 'agent_info', request_id: running.request_id }, { request_id: running.request_id }));
  expect(m.codes()).toEqual(['request_id_reused']);
  expect(m.activity.filter(({ what, phase }) => what === 'command' && phase === 'outcome')).toEqual([]);
  m.waits.files.open();
  await settle();
  expect(m.activity.filter(({ what, phase }) => what === 'command' && phase === 'outcome')).toMatchObject([{ outcome: 'ok' }]);
});

test('a command that runs out of time is unknown in the record, and what became of it is added when it is through', async () => {
  const m = createMachine();
  await m.wake();
  m.answerChallenges();
  m.waits.files.shut();
  void m.hear(m.command({ command: 'agent_info' }));
  await m.clock.advance(10_000);
  m.waits.files.open();
  await settle();
  expect(m.activity.filter(({ what, phase }) => what === 'command' && phase === 'outcome')).toMatchObject([{ outcome: 'unknown', code: 'command_timed_out' }, { outcome: 'ok' }]);
});

test('hostile text of an operator is plain in the record', async () => {
  const m = createMachine();
  await m.wake({ operator: 'ana\u202e@argus.example', reason: 'look\u001b[2J here' });
  expect(m.activity[0]).toMatchObject({ operator: 'ana @argus.example', reason: 'look [2J here' });
});
