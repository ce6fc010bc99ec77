import { settle } from '@argus/kit/clock.ts';
import { fromBase64 } from '@argus/kit/bytes.ts';
import { verifyEd25519 } from '@argus/keys/ed25519.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { openCosignature } from '@argus/ledger/cosignature.ts';
import { parseNote } from '@argus/ledger/note.ts';
import type { Cosigned } from '@argus/protocol/frames.ts';
import { cosignerOf } from '@argus/protocol/origin.ts';
import { expect, test } from 'vitest';
import { createMachine, forkedFrame, type ManualMachine as Machine } from '../testing/machine.ts';
import { createLog, keyOf, signCheckpoint, START, TRUST } from '../testing/signed-log.ts';
import { LEAST_BETWEEN_MS } from './following.ts';

/** A machine that has followed four entries; the log has seven by now. */
function ready(): Machine {
  const log = createLog();
  for (let i = 0; i < 4; i++) log.add();
  const m = createMachine({ log });
  m.connect();
  for (let i = 0; i < 3; i++) log.add();
  m.forget();
  return m;
}
const opens = ({ checkpoint, line }: Cosigned) =>
  openCosignature({
    sha256, verify: verifyEd25519, body: parseNote(checkpoint)?.text ?? '', line, name: cosignerOf(TRUST), publicKey: fromBase64(TRUST.agent_public_key) ?? new Uint8Array(),
  });
/** Another log, which begins as the one that was followed does. */
function other(m: Machine, size: number) {
  const fork = m.log.branch(Math.min(2, m.followed().size - 1));
  while (fork.size() < size) fork.add({ reason: 'another history' });
  return fork;
}
const forkedAt = (m: Machine, size: number) => {
  const fork = other(m, size);
  const { consistency, checkpoint } = fork.place(size - 1, { from: m.followed().size });
  return m.consistency({ from: m.followed().size, to: size, proof: consistency.proof, checkpoint });
};

/** Guarantee: the one thing a dormant machine does for a server touches nothing but its own journal. */
test('a dormant machine follows the log, stores how far on disk, and only then cosigns it', async () => {
  const m = ready();
  m.waits.store.shut();
  void m.hear(m.consistency());
  await settle();
  expect(m.record).toEqual(['store #-1 of 7']);
  m.waits.store.open();
  await settle();
  expect(m.record).toEqual(['store #-1 of 7', 'stored', 'send heartbeat']);
  const [beat] = m.heartbeats();
  expect(beat?.cosignature?.checkpoint).toBe(m.log.checkpoint());
  expect(beat?.cosignature && opens(beat.cosignature)).toEqual({ seconds: START / 1_000 });
  expect(m.stored()).toMatchObject({ size: 7, highestActed: -1, fork: null, at: '2026-03-01T12:00:00.000Z' });
  expect(m.activity).toEqual([]);
  m.agent.heartbeat();
  expect(m.heartbeats().at(-1)).not.toHaveProperty('cosignature');
});

test('what it cannot store it does not cosign, and says where it stands instead', async () => {
  const m = ready();
  m.fails.store = true;
  await m.hear(m.consistency());
  expect(m.heartbeats()).toMatchObject([{ followed: 7 }]);
  expect(m.heartbeats()[0]).not.toHaveProperty('cosignature');
});

test('asked for what it has followed already it cosigns again, and writes nothing', async () => {
  const m = ready();
  await m.hear(m.consistency());
  m.forget();
  await m.clock.advance(LEAST_BETWEEN_MS);
  await m.hear(m.consistency());
  expect(m.record).toEqual(['send heartbeat']);
  expect(m.heartbeats()[0]?.cosignature).toBeDefined();
});

test('an act after that is placed from where it has followed the log to', async () => {
  const m = ready();
  await m.hear(m.consistency());
  await m.hear(m.activation());
  expect(m.codes()).toEqual(['awake']);
});

test('awake it follows as well, and the session goes on', async () => {
  const m = createMachine();
  await m.wake();
  m.log.add();
  await m.hear(m.consistency());
  expect(m.heartbeats().at(-1)?.cosignature).toBeDefined();
  expect(m.agent.session()).not.toBeNull();
});

/** Guarantee: a server that asks all the time wears out nothing. */
test('asked again within five seconds it does not look, and counts it', async () => {
  const m = ready();
  await m.hear(m.consistency());
  m.forget();
  for (let i = 0; i < 50; i++) {
    m.log.add();
    await m.hear(m.consistency());
  }
  expect(m.record).toEqual([]);
  expect(m.agent.counters().dropped).toBe(50);
});

test.each([
  ['that begins somewhere else', (m: Machine) => m.consistency({ from: 3 })],
  ['to another size than its checkpoint has', (m: Machine) => m.consistency({ to: 8 })],
  ['whose checkpoint another key signed', (m: Machine) => m.consistency({ checkpoint: signCheckpoint(7, m.log.root(7), { key: keyOf(8) }) })],
  ['whose checkpoint is no note', (m: Machine) => m.consistency({ checkpoint: 'hello' })],
] as const)('a consistency %s is neither followed nor cosigned, is no fork, and is answered with where it stands', async (_, frame) => {
  const m = ready();
  await m.hear(frame(m));
  expect(m.record).toEqual(['send heartbeat']);
  expect(m.heartbeats()).toMatchObject([{ followed: 4 }]);
  expect(m.heartbeats()[0]?.alarms).toBeUndefined();
  expect(m.heartbeats()[0]).not.toHaveProperty('cosignature');
});

// ---- forks

test.each([
  ['of the same size with another root', (m: Machine) => forkedAt(m, 4)],
  ['that is longer and does not contain it', (m: Machine) => forkedAt(m, 9)],
  ['whose proof does not hold', (m: Machine) => m.consistency({ proof: [] })],
] as const)('a log %s is a fork: never cosigned, stored with both checkpoints, and told in every heartbeat from then on', async (_, frame) => {
  const m = ready();
  const before = m.followed().checkpoint;
  const asked = frame(m);
  await m.hear(asked);
  await settle();
  expect(m.stored()).toMatchObject({ size: 4, checkpoint: before, fork: asked.checkpoint });
  for (let i = 0; i < 3; i++) m.agent.heartbeat();
  const beats = m.heartbeats();
  expect(beats.map((f) => f.alarms)).toEqual(Array.from({ length: 4 }, () => ['log_forked']));
  expect(beats.some((f) => f.cosignature !== undefined)).toBe(false);
});

test('a fork seen while it stores what was good before: that is not cosigned any more', async () => {
  const m = ready();
  m.waits.store.shut();
  void m.hear(m.consistency());
  await settle();
  void m.hear(forkedFrame(m));
  await settle();
  m.waits.store.open();
  await settle();
  expect(m.heartbeats().some((f) => f.cosignature !== undefined)).toBe(false);
  expect(m.heartbeats().at(-1)?.alarms).toEqual(['log_forked']);
});

test('a fork seen between commands ends the session that is live', async () => {
  const m = createMachine();
  await m.wake();
  m.log.add();
  await m.hear(forkedAt(m, m.followed().size));
  await settle();
  expect([m.agent.session(), m.isLit()]).toEqual([null, false]);
});

/** Guarantee: once forked, nothing a server sends, and no restart, makes it follow or act again. */
test('after a fork it follows nothing and wakes for nothing, also after a restart', async () => {
  const m = ready();
  await m.hear(forkedAt(m, 4));
  await settle();
  const next = m.restart();
  next.connect();
  next.resync();
  await next.hear(next.consistency());
  await next.hear(next.activation());
  expect(next.codes()).toEqual(['not_in_log']);
  expect(next.heartbeats().every((f) => f.alarms?.includes('log_forked') === true && f.cosignature === undefined)).toBe(true);
});

// ---- a shorter log

test('a log shorter than it was followed is no fork: it is kept once for the owner to look at, told, and never cosigned', async () => {
  const m = ready();
  const shorter = m.consistency({ from: 3, to: 3, proof: [], checkpoint: m.log.checkpoint(3) });
  await m.hear(shorter);
  expect(m.stored()).toMatchObject({ size: 4, fork: null, shorter: shorter.checkpoint });
  expect(m.heartbeats().at(-1)).toMatchObject({ alarms: ['log_shorter'], followed: 4 });
  m.forget();
  await m.clock.advance(LEAST_BETWEEN_MS);
  await m.hear(m.consistency({ from: 2, to: 2, proof: [], checkpoint: m.log.checkpoint(2) }));
  expect(m.record).toEqual(['send heartbeat']);
});

test('when the whole log is there again, it follows as before and nothing is offered any more', async () => {
  const m = ready();
  await m.hear(m.consistency({ from: 3, to: 3, proof: [], checkpoint: m.log.checkpoint(3) }));
  await m.clock.advance(LEAST_BETWEEN_MS);
  m.resync();
  await m.hear(m.consistency());
  expect(m.stored().shorter).toBeUndefined();
  expect(m.heartbeats().at(-1)?.cosignature).toBeDefined();
});

// ---- what the owner accepts

test('nothing contradicts the log: there is nothing to accept', async () => {
  const m = ready();
  expect(await m.agent.acceptLog()).toBeNull();
  expect([m.record, m.activity]).toEqual([[], []]);
});

test('an accepted fork is on record with both checkpoints before it counts, and is followed from there; nothing in it is ever acted on', async () => {
  const m = ready();
  const fork = other(m, 9);
  const asked = forkedAt(m, 9);
  const before = m.followed().checkpoint;
  await m.hear(asked);
  await settle();
  expect(await m.agent.acceptLog()).toMatchObject({ why: 'fork', size: 9, instead: { size: 4 } });
  expect(m.activity).toMatchObject([{ what: 'log_accepted', code: 'fork', entry: 8, evidence: { followed: before, accepted: asked.checkpoint } }]);
  expect(m.stored()).toMatchObject({ size: 9, fork: null, highestActed: 8 });
  expect(m.heartbeats().at(-1)).toMatchObject({ followed: 9 });
  expect(m.heartbeats().at(-1)?.alarms).toBeUndefined();
  await m.hear({ ...m.activation(), ...fork.place(8, { from: 9 }) });
  expect(m.codes()).toEqual(['not_in_log']);
});

test('an accepted backup is followed from its own end, and what is done under it is acted on', async () => {
  const m = ready();
  await m.hear(m.consistency({ from: 3, to: 3, proof: [], checkpoint: m.log.checkpoint(3) }));
  expect(await m.agent.acceptLog()).toMatchObject({ why: 'shorter', size: 3, instead: { size: 4 } });
  const next = createMachine({ log: m.log.branch(3), followed: m.stored() });
  next.connect();
  next.resync();
  await next.hear(next.activation());
  expect(next.codes()).toEqual(['awake']);
});

test('what cannot be written on record is not accepted', async () => {
  const m = ready();
  await m.hear(forkedAt(m, 9));
  await settle();
  m.fails.intend = true;
  await expect(m.agent.acceptLog()).rejects.toThrow('intend failed');
  m.fails.intend = false;
  m.fails.store = true;
  await expect(m.agent.acceptLog()).rejects.toThrow('store failed');
  m.agent.heartbeat();
  expect(m.heartbeats().at(-1)?.alarms).toEqual(['log_forked']);
  expect(m.followed()).toMatchObject({ size: 4 });
});
