/**
 * A control plane that has gone over: it holds the passkey, so everything it says is sealed well, and the log key, so
 * every checkpoint is signed well. What it cannot do is make the machine act without leaving the entry in a log that
 * the machine has on disk.
 */
import { runInNewContext } from 'node:vm';
import { setFlagsFromString } from 'node:v8';
import { isoTime } from '@argus/kit/clock.ts';
import { mustId, type SessionId } from '@argus/protocol/ids.ts';
import type { Leaf } from '@argus/protocol/leaf.ts';
import { expect, test } from 'vitest';
import { diceOf, mutated, type Dice } from '../testing/mutate.ts';
import { AGENT, createLog, START } from '../testing/signed-log.ts';
import { createJudge, createVictim, drain, type Victim } from '../testing/victim.ts';

let sessions = 0;
const newSession = (): SessionId => mustId('session', `rss_${String(sessions++).padStart(20, '0')}`);

/** Good frames of every kind, and what only somebody who holds the log key can make. */
function arsenal(victim: Victim, { session, challenge: theirs }: { session: SessionId; challenge: string }, dice: Dice): readonly (() => string)[] {
  const { log } = victim;
  const now = () => isoTime(victim.clock.now());
  const at = (index: number, from = victim.followed().size) => log.place(index, { from });
  const text = (frame: object) => JSON.stringify(frame);
  const common = { session, tenant: victim.deps.trust.tenant, agent: AGENT };
  const odd: Partial<Leaf> = dice.pick<Partial<Leaf>>([
    { agent: mustId('agent', 'agent_somebody_else') },
    { phase: 'outcome' },
    { phase: 'fact' },
    { operator: undefined },
    { operator: 'eve@argus.example' },
    { reason: '\u0000' },
    { args_commit: { minutes: 121 } },
    { args_commit: {} },
    { at: isoTime(START - 86_400_000) },
    { command: 'shell' },
    { tenant: mustId('tenant', 'SOMEBODY_ELSE') },
    { seq: 0 },
    { session: newSession() },
  ]);
  const request = () => mustId('request', `request_${dice.below(1_000_000)}`);
  const command = (over: Partial<Leaf> = {}, frame: object = {}) => {
    const request_id = request();
    const index = log.add({ at: now(), session, command: dice.pick(['ping', 'agent_info', 'get_capabilities']), args_commit: {}, request_id, ...over });
    return text({ type: 'command', ...common, request_id, ...at(index), args: {}, ...frame });
  };
  const activate = (over: Partial<Leaf> = {}, frame: object = {}) =>
    text({ type: 'activate', ...common, epoch: 1, ...at(log.add({ at: now(), session, type: 'remote_support_activation', args_commit: { minutes: 1 }, ...over })), ...frame });
  return [
    () => command(),
    () => command(),
    () => command({ command: 'agent_info' }),
    () => activate(),
    () => activate({}, { session: newSession() }),
    () => command(odd),
    () => activate(odd),
    () => command({}, { consent: true, receipt: {}, operator_proof: 'yes', command: 'agent_info', force: true }),
    () => command({}, { args: { path: '/etc/passwd' } }),
    () => text({ type: 'command', ...common, request_id: request(), ...at(dice.below(log.size())), args: {} }), // an old entry again
    () => text({ type: 'activate', ...common, epoch: 1, ...at(dice.below(log.size())) }),
    () => text({ type: 'command', ...common, request_id: request(), ...at(log.size() - 1), leaf: log.leaves[0], args: {} }),
    () => text({ type: 'tick', session, epoch: 1, challenge: theirs }),
    () => text({ type: 'tick', session, epoch: dice.below(3), challenge: 'AAAA' }),
    () => text({ type: 'deactivate', session, why: dice.pick(['deactivate', 'tenant_kill_switch', '\u0000', '']) }),
    () => text({ type: 'consistency', from: 0, to: log.size(), proof: [], checkpoint: log.checkpoint() }),
    () => text({ type: 'error', code: 'x' }),
    () => text({ type: dice.pick(['shell', 'exec', 'write_file', 'update', '__proto__', 'constructor', '']), ...common, command: 'id' }),
  ];
}

/** Guarantee (I2): no log entry, no I/O; against a server that has every key there is. */
test('of thousands of well-sealed frames of every kind and every mutation, none makes the machine act without an entry on its disk', async () => {
  const FRAMES = 8_000; // with the 3,000 below and the 9,000 of witness.test.ts: twenty thousand
  const dice = diceOf(20_261_121);
  const log = createLog();
  log.add();
  let victim = createVictim(log);
  const judge = createJudge(log);
  let session = newSession();
  let challenge = '';
  const sentBefore: string[] = ['{"type":"tick"}'];
  /** Honest or not, the next frame comes a few times spoiled, each time against a machine for which it would be good. */
  const salvo = (): string[] => {
    // Awake more often than not: there is more to win.
    const weapons = arsenal(victim, { session, challenge }, dice);
    const text = ((victim.agent.session() === null && dice.below(3) === 0 ? weapons[3] : dice.pick(weapons)) ?? weapons[0])?.() ?? '';
    sentBefore[dice.below(200)] = text;
    const known = sentBefore.filter(() => true); // without the holes
    return [...Array.from({ length: dice.below(8) }, () => mutated(text, known, dice)), text, ...(dice.below(3) === 0 ? [dice.pick(known)] : [])];
  };
  let [acts, forks, lines, lively, shots] = [0, 0, 0, 0, [] as string[]];

  for (let n = 0; n < FRAMES; ) {
    // A fork is for good, and makes what follows dull: the next machine knows as much of the honest log.
    if (victim.followed().fork !== null) {
      forks++;
      if (victim.agent.session() !== null) expect.fail('awake in a forked log');
      victim.connection.stop();
      victim = createVictim(log, log.followed());
      judge.startAgain();
      shots = [];
    }
    const socket = victim.dials.last();
    if (socket.isGone() || socket.closes.length > 0) {
      if (!socket.isGone()) socket.gone();
      victim.clock.pass(70_000);
      continue;
    }
    if (socket.sent.length === 0) {
      socket.open();
      socket.welcome();
      lines++;
    }
    if (victim.agent.session() === null && shots.length === 0) session = newSession();
    if (shots.length === 0) shots = salvo();
    const text = shots.shift() ?? '';
    socket.tell(text);
    n++;
    await drain();
    for (const frame of socket.heard()) if (frame.type === 'challenge') challenge = frame.challenge;
    if (victim.agent.session() !== null) lively++;
    // Plain comparisons: an `expect` for each of so many frames costs as much as the fight.
    if (victim.isLit() !== (victim.agent.session() !== null)) expect.fail(`after frame ${n} the light is ${victim.isLit() ? 'on' : 'off'}: ${text}`);
    if (victim.saw('frame_failed') > 0) expect.fail(`frame ${n} made the agent throw ${JSON.stringify(victim.notes)}: ${text}`);
    const found = judge.acts(victim.record);
    if (typeof found === 'string') expect.fail(found);
    acts += found;
    victim.notes.length = 0;
    if (dice.below(8) === 0) victim.clock.pass(dice.below(4_000));
  }
  // It was a fight, not a walk: acts that were logged happened, sessions lived, lines broke, forks were found.
  expect({ acts: acts > 200, forks: forks > 50, lines: lines > 50, lively: lively > 3_000 }, JSON.stringify({ acts, forks, lines, lively })).toEqual({
    acts: true,
    forks: true,
    lines: true,
    lively: true,
  });
}, 60_000);

test('of thousands of answers to h1, sealed well or not at all, none gets more than h1 out of the machine but a good one', async () => {
  const dice = diceOf(7);
  const log = createLog();
  log.add();
  const victim = createVictim(log);
  let good = 0;
  for (let n = 0; n < 3_000; n++) {
    const socket = victim.dials.last();
    socket.open();
    const honest = socket.welcomeText({ heartbeat_s: dice.pick([1, 15, 3_600]), max_frame: dice.pick([65_536, 2 ** 53 - 1]) });
    const refusal = JSON.stringify({ type: 'refused', code: 'UPDATE_REQUIRED', protocol: 1, floor: 9, retry_after_s: 86_400 });
    const text = dice.below(20) === 0 ? honest : mutated(dice.pick([honest, honest, refusal]), [honest, refusal], dice);
    socket.say(text);
    if (socket.sent.length > 1) {
      good++;
      expect(socket.sent).toHaveLength(3); // and the manifest, and a heartbeat
      expect(meansTheSame(text, honest)).toBe(true);
    }
    socket.say(socket.sealed(JSON.stringify({ type: 'command' })));
    if (!socket.isGone()) socket.gone();
    victim.clock.pass(86_400_000 * 1.3);
    victim.notes.length = 0;
  }
  await drain();
  expect(good).toBeGreaterThan(100);
  expect(victim.record.filter((line) => line !== 'send manifest' && line !== 'send heartbeat')).toEqual([]);
  expect(victim.dials.most()).toBe(1);
}, 60_000);

/** Every field of h2 is under the MAC; what is not a field of it may be added. */
function meansTheSame(text: string, honest: string): boolean {
  const [a, b] = [JSON.parse(text) as Record<string, unknown>, JSON.parse(honest) as Record<string, unknown>];
  return Object.keys(b).every((name) => a[name] === b[name]);
}

/** Guarantee: memory is bounded, whatever is sent, how often, and while the disk hangs. */
test('a flood of frames, large and small, dormant and awake, with a disk that hangs, leaves no memory behind', async () => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  const log = createLog();
  log.add();
  const victim = createVictim(log);
  const socket = victim.dials.last();
  socket.open();
  socket.welcome();
  const large = JSON.stringify({ type: 'command', args: { text: 'x'.repeat(300_000) } });
  const flood = async (text: string, times: number) => {
    for (let n = 0; n < times; n++) {
      socket.tell(text);
      if (n % 50 === 0) await drain();
      socket.sent.splice(1);
      victim.notes.length = 0;
      victim.sent.length = 0;
      victim.record.length = 0;
    }
  };
  await flood(large, 20);
  await victim.hear(victim.activation());
  expect(victim.agent.session()).not.toBeNull();
  victim.waits.store.shut();
  // The same entry again and again is refused; entries of their own pile up behind the disk.
  const own = Array.from({ length: 100 }, () => JSON.stringify({ ...victim.command(), padding: 'x'.repeat(100_000) }));
  gc();
  const before = process.memoryUsage().heapUsed;
  for (const text of own) await flood(text, 1);
  await flood(large, 80);
  await flood(JSON.stringify({ type: 'deactivate', session: newSession(), why: 'x' }), 500);
  await drain();
  gc();
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(5_000_000);
  expect(victim.agent.session()).not.toBeNull();
}, 60_000);
