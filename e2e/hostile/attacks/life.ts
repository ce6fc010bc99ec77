/** Attacks that take their time, or leave a machine that only its owner can wake again. */
import { setTimeout as pause } from 'node:timers/promises';
import { isoTime } from '@argus/kit/clock.ts';
import type { ActivateFrame } from '@argus/protocol/frames.ts';
import { CLI } from '../../../apps/agent/src/cli/index.ts';
import { frame, OPCODE } from '../../raw-wire.ts';
import { until } from '../../until.ts';
import type { Fight } from '../fight.ts';
import { memoryOf } from '../machine.ts';
import type { Trial } from '../trial.ts';

const LEASE_MS = 15_000;
/** What a machine that has much to do at once may add. */
const SLACK_MS = 5_000;
const isDormant = (fight: Fight) => () => fight.machine.status().remote_support === 'dormant';

async function leaseLapses(fight: Fight): Promise<readonly string[]> {
  await fight.startWith();
  await fight.stand('awake');
  const [line, since, start] = [fight.line(), fight.line().heard.length, performance.now()];
  line.answerChallenges('be_silent');
  const session = fight.session();
  // All the while it is kept busy, so that no timer of its own comes to its turn easily.
  const flood = '{"type":"tick"}';
  while (!isDormant(fight)()) {
    for (let n = 0; n < 300; n++) line.tell(flood);
    await line.drained();
    await pause(5);
    if (performance.now() - start > LEASE_MS + SLACK_MS) return ['it is still awake long after its lease was over'];
  }
  const problems = performance.now() - start < LEASE_MS - 5_500 ? ['its lease was over too soon'] : [];
  // Every challenge there ever was, echoed: a lease that has lapsed does not revive.
  for (const one of line.heard.slice(since)) if (one.type === 'challenge') line.tell({ type: 'tick', session, epoch: 1, challenge: one.challenge });
  line.tell(fight.command('agent_info', {}, { session }));
  await pause(500);
  if (!isDormant(fight)()) problems.push('an echo that came late woke it');
  return [...problems, ...fight.words(line, since).map((word) => `a command after the lease was answered with ${word}`)];
}

async function boxExpires(fight: Fight): Promise<readonly string[]> {
  await fight.startWith();
  const activation = fight.activation({ at: isoTime(Date.now() - 57_000), args_commit: { minutes: 1, scope: 'everything' } });
  fight.line().tell(activation);
  await fight.answerTo(activation.session);
  await fight.endOf(activation.session, 'expired');
  const since = fight.line().heard.length;
  fight.line().tell(fight.command('agent_info', {}, { session: activation.session }, { at: { from: fight.log.size() } }));
  fight.line().tell({ type: 'tick', session: activation.session, epoch: 1, challenge: 'AAAA' });
  const again: ActivateFrame = { ...activation, ...fight.place(activation.index, { from: fight.log.size() - 1, size: fight.log.size() }) };
  fight.line().tell(again);
  const word = await fight.answerTo(activation.session).then(() => until(() => fight.words(fight.line(), since)[0], 3_000));
  return word === 'not_in_log' ? [] : [`the activation that had expired was answered with ${word}`];
}

/** One byte a second of a good frame, then the rest of it. */
async function slowDrip(fight: Fight): Promise<readonly string[]> {
  await fight.startWith();
  const activation = fight.activation();
  const bytes = frame({ opcode: OPCODE.text, payload: fight.line().seal(JSON.stringify(activation)), isMasked: false });
  for (let n = 0; n < 14; n++) {
    fight.line().bytes(bytes.subarray(n, n + 1));
    await pause(1_000);
  }
  if (!isDormant(fight)()) return ['a part of a frame woke it'];
  fight.line().bytes(bytes.subarray(14));
  await fight.answerTo(activation.session);
  await fight.endAll([activation.session]);
  return [];
}

/** The server reads nothing and says nothing, and the socket stays. */
async function fallsSilent(fight: Fight): Promise<readonly string[]> {
  await fight.startWith();
  const line = fight.line();
  const lines = fight.plane.lines.length;
  line.socket.pause();
  await until(() => fight.notes('disconnected').length > 0, 55_000);
  await fight.connect(lines);
  return line.heard.some((one) => one.type === 'challenge') ? ['it was awake'] : [];
}

/** Every ping is answered, and nobody reads the answers: either the line is given up or its memory stays as it was. */
async function unreadPongs(fight: Fight): Promise<readonly string[]> {
  await fight.startWith();
  const line = fight.line();
  line.socket.pause();
  const ping = frame({ opcode: OPCODE.ping, payload: 'x'.repeat(125), isMasked: false });
  const many = Buffer.alloc(ping.length * 8_000, ping);
  const before = memoryOf(fight.daemon()).now;
  for (let n = 0; n < 100 && line.isOpen(); n++) {
    line.bytes(many);
    await until(() => line.raw.writableLength < 4_000_000 || line.raw.destroyed || fight.notes('disconnected').length > 0, 20_000);
  }
  const grown = memoryOf(fight.daemon()).most - before;
  return grown > 100 * 1_024 ? [`100 MB of pings whose answers nobody reads took ${Math.round(grown / 1_024)} MiB`] : [];
}

async function paced(fight: Fight): Promise<readonly string[]> {
  await fight.startWith();
  for (const seconds of ['1e308', '-1', '0', '1e9']) fight.line().tell(`{"type":"pace","retry_after_s":${seconds}}`);
  fight.line().say('broken');
  const [note] = await until(() => (fight.notes('disconnected').length > 0 ? fight.notes('disconnected') : null), 10_000);
  const wait = Number(note?.['retry_in_ms']);
  return wait >= 86_400_000 && wait <= 1.2 * 86_400_000 ? [] : [`it wants to come back in ${wait} ms`];
}

/** A second history, as somebody who holds the log key can make one. From then on nothing is believed but by the owner's hand. */
const forked = (fork: (fight: Fight) => object, from: 'asleep' | 'awake') => async (fight: Fight): Promise<readonly string[]> => {
  await fight.startWith();
  await fight.stand(from);
  const line = fight.line();
  line.tell(JSON.stringify(fork(fight)));
  await until(() => fight.notes('log_forked').length > 0, 5_000);
  await until(isDormant(fight), 5_000);
  const since = line.heard.length;
  const { log } = fight;
  const word = await fight.wake();
  const problems = word === 'not_in_log' ? [] : [`after the fork an honest activation was answered with ${word}`];
  await until(() => fight.machine.journal()?.fork !== null, 5_000);
  // It also holds for the next life of the process.
  fight.isOver();
  await fight.restart();
  const next = await fight.wake();
  if (next !== 'not_in_log') problems.push(`in its next life an honest activation was answered with ${next}`);
  const alarm = await until(() => fight.line().heard.some((one) => one.type === 'heartbeat' && one.alarms?.includes('log_forked')), 5_000).catch(() => false);
  if (!alarm) problems.push('it raised no alarm');
  if (fight.words(line, since).includes('ok')) problems.push('it ran a command');
  return log.size() > 0 ? problems : [];
};
const otherHistory = (fight: Fight, size: number) => {
  const other = fight.log.branch(0);
  while (other.size() < size) other.add({ reason: 'another history' });
  return other;
};
const act = (fight: Fight, from: 'asleep' | 'awake') => (from === 'asleep' ? fight.activation() : fight.command('agent_info'));
const FORKS: Readonly<Record<string, (fight: Fight, from: 'asleep' | 'awake') => object>> = {
  'has the same size and another root'(fight, from) {
    const size = fight.log.size();
    return { ...act(fight, from), ...otherHistory(fight, size).place(size - 1, { from: size }) };
  },
  'is longer and does not contain what was seen'(fight, from) {
    const size = fight.log.size();
    return { ...act(fight, from), ...otherHistory(fight, size + 5).place(size + 4, { from: size }) };
  },
  'is the same one, with a proof that is not'(fight, from) {
    const honest = act(fight, from);
    return { ...honest, consistency: { ...honest.consistency, proof: [...honest.consistency.proof, `${'A'.repeat(43)}=`] } };
  },
};

/** What the owner can switch off at the machine holds against whatever the server says. Counts as soon as there is such a switch. */
const SWITCHES = CLI.filter(({ words }) => words === 'remote-support-off');
const switchedOff = (words: string) => async (fight: Fight): Promise<readonly string[]> => {
  await fight.startWith();
  await fight.stand('awake');
  const [line, since, session] = [fight.line(), fight.line().heard.length, fight.session()];
  const typed = fight.machine.type(words);
  const problems = (await typed.ended) === 'exit 0' ? [] : [`${words} did not work: ${typed.stderr()}`];
  await until(isDormant(fight), 1_000);
  for (let n = 0; n < 20; n++) line.tell(fight.command('agent_info', {}, { session }));
  fight.isOver();
  const word = await fight.wake();
  if (word !== 'tenant_switched_off') problems.push(`an activation after ${words} was answered with ${word}`);
  await fight.restart();
  const next = await fight.wake();
  if (next !== 'tenant_switched_off') problems.push(`in its next life an activation was answered with ${next}`);
  return [...problems, ...fight.words(line, since).filter((one) => one === 'ok' || one === 'awake').map((one) => `it answered ${one}`)];
};

export const LIFE_TRIALS: readonly Trial[] = [
  { name: 'a server that stops answering challenges, and floods', run: leaseLapses },
  { name: 'a command after the time box, and the activation once more', run: boxExpires },
  { name: 'a server that says a frame at one byte a second', run: slowDrip },
  { name: 'a server that falls silent, with the socket open', run: fallsSilent },
  { name: 'a server that pings and never reads', run: unreadPongs },
  { name: 'a server that asks for absurd patience', run: paced },
  ...Object.entries(FORKS).flatMap(([what, fork]) =>
    (['asleep', 'awake'] as const).map((from): Trial => ({ name: `a log that ${what}, while ${from}`, ends: 'for_good', run: forked((fight) => fork(fight, from), from) })),
  ),
  ...SWITCHES.map(({ words }): Trial => ({ name: `a server that goes on after ${words}`, ends: 'for_good', run: switchedOff(words) })),
];
