/**
 * Guarantee (I2, I4): a hundred thousand frames that were good before they were spoiled, sealed with the right key, and
 * nothing happens on the machine that an entry on its disk does not order. The same generator is let loose on the real
 * daemon in e2e/hostile.
 */
import { isoTime } from '@argus/kit/clock.ts';
import { mustId, type SessionId } from '@argus/protocol/ids.ts';
import type { Leaf } from '@argus/protocol/leaf.ts';
import { expect, test } from 'vitest';
import { diceOf, makesFork, spoiled, type Dice } from '../testing/mutate.ts';
import { AGENT, createLog, TENANT } from '../testing/signed-log.ts';
import { createJudge, createVictim, drain, type Victim } from '../testing/victim.ts';

const FRAMES = 100_000;
const SEED = 20_261_121; // any other has to do as well
/** On one line, from one set of good frames. The last of them has a broken seal, which ends the line. */
const SALVO = 500;
const AT_ONCE = 20;

let count = 0;
const newSession = (): SessionId => mustId('session', `rss_${String(count++).padStart(20, '0')}`);

/** Frames that would all be good now: acts that were logged, and nobody has asked for yet. */
async function armory({ log, clock, dials, followed }: Victim, session: SessionId): Promise<readonly string[]> {
  const common = { tenant: TENANT, agent: AGENT };
  const command = (name: string, args: Leaf['args_commit'] = {}) => {
    const request_id = mustId('request', `request_${count++}`);
    return { type: 'command', session, request_id, args, index: log.add({ at: isoTime(clock.now()), session, request_id, command: name, args_commit: args }) };
  };
  const activation = (id: SessionId) => ({ type: 'activate', session: id, epoch: 1, index: log.add({ at: isoTime(clock.now()), session: id, type: 'remote_support_activation', args_commit: { minutes: 5 } }) });
  const first = command('ping');
  const acts = [
    command('agent_info'), command('ping'), command('get_capabilities'), command('agent_info'), command('tail_log', { file: 'argus.log', lines: 2 }), command('read_file', { path: 'version.txt' }),
    command('read_file', { path: '/etc/passwd' }), command('tail_log', { file: '../state/passkey', lines: 5 }), command('view_camera', { camera: 'cam_3' }), command('shell', { cmd: 'id' }),
    activation(newSession()), activation(session), activation(newSession()),
  ];
  const size = log.size();
  // An honest one logged before them has it follow the log to its end: their proofs are then from there to there.
  dials.last().tell(JSON.stringify({ ...common, ...first, ...log.place(first.index, { from: followed().size, size }) }));
  await drain();
  if (followed().size !== size) expect.fail('an honest command was not followed');
  return [
    ...acts.map((act) => JSON.stringify({ ...common, ...act, ...log.place(act.index, { from: size, size }) })),
    JSON.stringify({ type: 'tick', session, epoch: 1, challenge: 'AAAA' }),
    JSON.stringify({ type: 'deactivate', session: newSession(), why: 'deactivate' }),
    JSON.stringify({ type: 'consistency', from: size, to: size, proof: [], checkpoint: log.checkpoint() }),
  ];
}

function brokenSeal(sealed: string, dice: Dice): string {
  const at = dice.below(sealed.length);
  const next = String.fromCharCode(sealed.charCodeAt(at) ^ (1 << dice.below(5)));
  return dice.pick([sealed.slice(0, at) + next + sealed.slice(at + 1), sealed.replace(/"seq":\d+/, (seq) => `${seq}0`), sealed.replace(/"mac":".{4}/, '"mac":"AAAA'), sealed.slice(0, at), '{}', '']);
}

/** On a line, and awake by an entry of the log that was acted on. */
async function standUp(victim: Victim): Promise<SessionId> {
  const { clock, log } = victim;
  for (let tries = 0; victim.dials.last().isGone() || victim.dials.last().sent.length > 0; tries++) {
    if (tries === 5) expect.fail('it does not dial any more');
    clock.pass(70_000);
  }
  const socket = victim.dials.last();
  socket.open();
  socket.welcome();
  const session = newSession();
  const index = log.add({ at: isoTime(clock.now()), session, type: 'remote_support_activation', args_commit: { minutes: 5 } });
  socket.tell({ type: 'activate', session, tenant: TENANT, agent: AGENT, epoch: 1, ...log.place(index, { from: victim.followed().size }) });
  for (let n = 0; n < 10 && victim.agent.session() === null; n++) await drain();
  if (victim.agent.session() !== session) expect.fail(`an honest activation did not wake it: ${JSON.stringify(victim.notes)}, ${victim.dials.last().closes.map(({ reason }) => reason).join()}`);
  return session;
}

test(`of ${FRAMES} good frames, spoiled at random and sealed well, and ${FRAMES / SALVO} with a broken seal, none does what no entry orders`, async () => {
  const dice = diceOf(SEED);
  const log = createLog();
  log.add();
  const victim = createVictim(log);
  const judge = createJudge(log);
  const codes = new Map<string, number>();
  let acts = 0;

  const look = (after: string) => {
    const found = judge.acts(victim.record);
    if (typeof found === 'string') expect.fail(`${found}\nafter ${after}, seed ${SEED}`);
    acts += found;
    if (victim.isLit() !== (victim.agent.session() !== null)) expect.fail(`the light is ${victim.isLit() ? 'on' : 'off'} after ${after}`);
    if (victim.saw('frame_failed') > 0) expect.fail(`the agent threw ${JSON.stringify(victim.notes)} after ${after}`);
    victim.notes.length = 0;
    victim.activity.length = 0;
  };

  for (let sent = 0; sent < FRAMES; sent += SALVO) {
    const session = await standUp(victim);
    const base = await armory(victim, session);
    const socket = victim.dials.last();
    for (let n = 0; n < SALVO; n += AT_ONCE) {
      const shots = Array.from({ length: AT_ONCE }, () => spoiled(dice.pick(base), base, dice)).filter((text) => !makesFork(text));
      // Opening seals is most of the time: one in so many comes by the line, the others right behind the seal.
      for (const [m, text] of shots.entries()) {
        if (m === 0) socket.tell(text);
        else void victim.agent.receive(text);
      }
      await drain();
      look(shots.join('\n'));
    }
    for (let n = 0; n < 10; n++) await drain();
    for (const frame of socket.heard()) {
      const code = frame.type === 'activated' ? (frame.code ?? 'awake') : frame.type === 'reply' ? (frame.end?.code ?? 'ok') : frame.type;
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    if (socket.closes.length > 0) expect.fail(`a well-sealed frame cost the line, of seed ${SEED}, up to ${sent + SALVO}`);
    const broken = brokenSeal(socket.sealed(dice.pick(base)), dice);
    victim.record.length = 0;
    socket.say(broken);
    await drain();
    if (socket.closes.length !== 1 || victim.record.length > 0) expect.fail(`a broken seal was passed: ${broken}`);
    socket.gone();
    look(broken);
  }
  // It was a fight: what could be read was looked for in the log, and some of it was still good.
  const tally = JSON.stringify([acts, ...codes]);
  expect(victim.followed().fork, tally).toBeNull();
  expect(acts, tally).toBeGreaterThan(FRAMES / SALVO);
  expect([...codes.keys()], tally).toEqual(expect.arrayContaining(['ok', 'not_in_log', 'session_active', 'command_not_allowlisted', 'path_not_allowlisted', 'session_mismatch', 'session_not_found']));
}, 120_000);
