import { isoTime, settle } from '@argus/kit/clock.ts';
import { welcomeMac } from '@argus/keys/channel.ts';
import { NONCE_KEEP_MS, PREAUTH_BYTES, PREAUTH_MS, SKEW_MS, type Welcome } from '@argus/protocol/handshake.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { describe, expect, test } from 'vitest';
import { doorway } from '../../test/dial.ts';
import { AGENT, OTHER_TENANT, START } from '../../test/sample.ts';
import { PASSKEY } from '../../test/tenants.ts';
import { TELL_EVERY_MS } from '../audit/flood.ts';
import { UNAUTHENTICATED_MAX, UNAUTHENTICATED_PER_ADDRESS } from './door.ts';

const refusalOf = (sent: readonly string[]) => JSON.parse(sent[0] ?? 'null') as Record<string, unknown>;

test('who holds the passkey is welcomed by who holds it too, and is on the line with its first sealed frame', async () => {
  const { dial, lines } = await doorway();
  const machine = await dial();
  const { mac, type, ...welcome } = JSON.parse(machine.sent[0] ?? '') as Welcome;
  expect(type).toBe('h2');
  expect(mac).toBe(welcomeMac(PASSKEY, welcome, 'nonce00000000000000000000'));
  expect(lines.line(AGENT)).toBeNull();
  await machine.arrive();
  expect(lines.line(AGENT)).not.toBeNull();
});

/** Guarantee: until both sides have proved the passkey a socket gets 5 s, 4 KiB and one frame. */
describe('before it has proved itself, a socket', () => {
  test.each([['that says nothing', 1008, 'handshake_refused'], ['whose h1 is still being looked at', 1013, 'internal']] as const)('%s has five seconds', async (what, ...closed) => {
    const { open, clock, hello } = await doorway({ nonces: { burn: () => new Promise(() => undefined), isBurned: async () => false, sweep: async () => undefined } });
    const socket = open();
    if (what.includes('h1')) socket.events.message(hello());
    await clock.advance(PREAUTH_MS - 1);
    expect(socket.closed).toEqual([]);
    await clock.advance(1);
    expect(socket.closed).toEqual([closed]);
  });

  /** An h1 that was caught and sent first opens a connection for somebody who can never seal a frame on it. */
  test('that was welcomed and then sends no sealed frame has the rest of the five seconds', async () => {
    const { dial, clock, lines } = await doorway();
    const machine = await dial();
    await clock.advance(PREAUTH_MS);
    expect(machine.closed).toEqual([[1008, 'handshake_refused']]);
    await machine.arrive();
    expect(lines.line(AGENT)).toBeNull();
  });

  test('that has arrived has all the time it wants', async () => {
    const { dial, clock } = await doorway();
    const machine = await dial();
    await machine.arrive();
    await clock.advance(PREAUTH_MS * 4);
    expect(machine.closed).toEqual([]);
  });

  test('may send 4 KiB, counted in bytes', async () => {
    const { open } = await doorway();
    const [fits, tooLong, wide] = [open(), open(), open()];
    await fits.say('x'.repeat(PREAUTH_BYTES));
    await tooLong.say('x'.repeat(PREAUTH_BYTES + 1));
    await wide.say('é'.repeat(PREAUTH_BYTES / 2 + 1));
    expect([fits, tooLong, wide].map((socket) => refusalOf(socket.sent)['code'])).toEqual(['bad_frame', 'handshake_refused', 'handshake_refused']);
  });

  test('may say one thing: a second frame before the answer ends it', async () => {
    const { open, hello, lines } = await doorway();
    const socket = open();
    socket.events.message(hello());
    socket.events.message(hello());
    await settle();
    expect(socket.closed).toEqual([[1008, 'handshake_refused']]);
    expect(socket.sent).toHaveLength(1);
    expect(lines.count()).toBe(0);
  });

  test.each(['', '{', 'null', '[]', '"h1"', '{"type":"h1"}', '{"type":"h2"}', '\0', '{"type":"h1","protocol":1,"__proto__":{}}'])('that says %j is refused', async (text) => {
    const { open } = await doorway();
    const socket = open();
    await socket.say(text);
    expect(refusalOf(socket.sent)).toEqual({ type: 'refused', code: 'bad_frame' });
    expect(socket.closed).toEqual([[1008, 'bad_frame']]);
  });

  test('shares its address with at most so many others; who leaves makes room', async () => {
    const { open, dial } = await doorway();
    const sockets = Array.from({ length: UNAUTHENTICATED_PER_ADDRESS }, () => open('192.0.2.1'));
    expect(sockets.every((socket) => socket.closed.length === 0)).toBe(true);
    const oneTooMany = open('192.0.2.1');
    expect(refusalOf(oneTooMany.sent)).toEqual({ type: 'refused', code: 'connection_limit', retry_after_s: 30 });
    expect(oneTooMany.closed).toEqual([[1013, 'connection_limit']]);
    expect(open('192.0.2.2').closed).toEqual([]);
    sockets[0]?.events.closed();
    sockets[0]?.events.closed();
    expect(open('192.0.2.1').closed).toEqual([]);
    expect(open('192.0.2.1').closed).toHaveLength(1);
    expect((await dial()).closed).toEqual([]);
  });

  /** Who has one IPv6 address has the whole /64 around it. */
  test('shares its IPv6 network with at most so many others, whatever address in it each of them has', async () => {
    const { open } = await doorway();
    const sockets = Array.from({ length: UNAUTHENTICATED_PER_ADDRESS }, (_, i) => open(`2001:db8:1:2::${i.toString(16)}`));
    expect(sockets.every((socket) => socket.closed.length === 0)).toBe(true);
    expect(open('2001:db8:1:2:ffff::1').closed).toEqual([[1013, 'connection_limit']]);
    expect(open('2001:db8:1:3::1').closed).toEqual([]);
    sockets[0]?.events.closed();
    expect(open('2001:db8:1:2:ffff::2').closed).toEqual([]);
  });

  test('shares the server with at most so many others, from however many addresses; who leaves or arrives makes room', async () => {
    const { open, dial } = await doorway();
    const machine = await dial();
    const sockets = Array.from({ length: UNAUTHENTICATED_MAX - 1 }, (_, i) => open(`198.${18 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`));
    expect(sockets.every((socket) => socket.closed.length === 0)).toBe(true);
    expect(open('192.0.2.1').closed).toEqual([[1013, 'connection_limit']]);
    sockets[0]?.events.closed();
    expect(open('192.0.2.1').closed).toEqual([]);
    expect(open('192.0.2.2').closed).toHaveLength(1);
    await machine.arrive();
    expect(open('192.0.2.2').closed).toEqual([]);
  });

  /** Guarantee: nobody fills the server's output from outside. */
  test('whose h1 is nonsense is a line in the output once; a flood of them is counted', async () => {
    const { open, clock, said } = await doorway();
    for (let i = 0; i < 200; i++) await open(i % 2 === 0 ? '192.0.2.1' : `2001:db8::${i}`).say('{}');
    expect(said.map(([, what, facts]) => [what, facts?.['code'], facts?.['address']])).toEqual([['agent_handshake_refused', 'bad_frame', '192.0.2.1'], ['agent_handshake_refused', 'bad_frame', '2001:db8::1']]);
    await clock.advance(TELL_EVERY_MS);
    expect(said.slice(2).map(([, what, facts]) => [what, facts?.['address'], facts?.['count']])).toEqual([['agent_handshake_refused', '192.0.2.1', 99], ['agent_handshake_refused', '2001:db8:0:0::/64', 99]]);
  });

  test('that is on the line no longer counts against its address', async () => {
    const { open, dial } = await doorway();
    const machine = await dial();
    await machine.arrive();
    for (let i = 0; i < UNAUTHENTICATED_PER_ADDRESS; i++) expect(open().closed).toEqual([]);
    expect(open().closed).toHaveLength(1);
  });
});

describe('an h1', () => {
  const refused = { type: 'refused', code: 'handshake_refused' };
  const unknown = mustId('agent', 'agent_nobody_knows');
  /** Guarantee: who does not hold the passkey learns nothing: not whether the agent exists, not the tenant, not our time. */
  test('of an unknown agent, with a wrong passkey, of another tenant, or changed in any field gets one answer', async () => {
    const { open, hello } = await doorway();
    const wrong = new Uint8Array(32).fill(6);
    const good = JSON.parse(hello()) as Record<string, unknown>;
    const changed = [
      ['agent_version', '1.4.1'], ['log_size', 1], ['nonce_a', 'n'.repeat(25)], ['timestamp', isoTime(START + 1)], ['protocol', 2], ['log_root', `${'A'.repeat(43)}=`],
    ].map(([field, value]) => JSON.stringify({ ...good, [String(field)]: value }));
    const hellos = [hello({ agent: unknown }), hello({ agent: unknown }, wrong), hello({}, wrong), hello({ tenant: OTHER_TENANT }), hello({ timestamp: isoTime(START - 60_000) }, wrong), hello({}, new Uint8Array(32)), hello({ agent: unknown }, new Uint8Array(32)), ...changed];
    for (const text of hellos) {
      const socket = open();
      await socket.say(text);
      expect(refusalOf(socket.sent), text).toEqual(refused);
      expect(socket.closed).toEqual([[1008, 'handshake_refused']]);
    }
  });

  test('of an agent whose code nobody has used yet is of nobody', async () => {
    const { open, hello, ledger, stores } = await doorway();
    const agent = mustId('agent', 'agent_code_issued');
    const { tenant } = (await stores.agents.byId(AGENT)) ?? { tenant: OTHER_TENANT };
    const code = { codeHash: new Uint8Array(32), agent, expectedPublicKey: null, createdBy: 'x', createdAt: START, expiresAt: START + 1, used: null };
    await ledger.append({ at: START, type: 'agent_enrollment_code_created', phase: 'fact', tenant, operator: 'x', by: 'operator', reason: 'test', outcome: 'ok' }, [{ do: 'issue_code', tenant, code }]);
    for (const passkey of [new Uint8Array(32), PASSKEY]) {
      const socket = open();
      await socket.say(hello({ agent }, passkey));
      expect(refusalOf(socket.sent)).toEqual(refused);
    }
  });

  test('with a clock that is off is told our time, when it holds the passkey', async () => {
    const { open, hello } = await doorway();
    for (const offBy of [-SKEW_MS - 1, SKEW_MS + 1]) {
      const socket = open();
      await socket.say(hello({ timestamp: isoTime(START + offBy) }));
      expect(refusalOf(socket.sent)).toEqual({ type: 'refused', code: 'clock_skew', server_time: isoTime(START) });
    }
    for (const offBy of [-SKEW_MS, SKEW_MS]) {
      const socket = open();
      await socket.say(hello({ timestamp: isoTime(START + offBy) }));
      expect(refusalOf(socket.sent)['type']).toBe('h2');
    }
  });

  test('that was used before is refused for as long as it could be accepted', async () => {
    const { open, hello, clock, stores } = await doorway();
    const h1 = hello({ timestamp: isoTime(START + SKEW_MS) });
    const first = open();
    await first.say(h1);
    expect(refusalOf(first.sent)['type']).toBe('h2');
    for (const wait of [0, SKEW_MS, SKEW_MS]) {
      await clock.advance(wait);
      await stores.nonces.sweep(clock.now());
      const again = open();
      await again.say(h1);
      expect(refusalOf(again.sent)).toEqual(refused);
    }
    await clock.advance(NONCE_KEEP_MS);
    await stores.nonces.sweep(clock.now());
    const late = open();
    await late.say(h1);
    expect(refusalOf(late.sent)['code']).toBe('clock_skew');
  });

  test('of a protocol below the floor is told both numbers, whatever else it holds', async () => {
    const { open, hello } = await doorway();
    for (const text of [hello({ protocol: 0 }), '{"type":"h1","protocol":-3,"what":"ever"}']) {
      const socket = open();
      await socket.say(text);
      expect(refusalOf(socket.sent)).toEqual({ type: 'refused', code: 'UPDATE_REQUIRED', protocol: JSON.parse(text).protocol as number, floor: 1 });
      expect(socket.closed).toEqual([[1008, 'UPDATE_REQUIRED']]);
    }
  });

  test('of a revoked agent is refused like any other', async () => {
    const d = await doorway();
    const agent = await d.stores.agents.byId(AGENT);
    const door = await doorway();
    Object.assign(door.stores.agents, { byId: async () => agent && { ...agent, revokedAt: START } });
    const socket = door.open();
    await socket.say(door.hello());
    expect(refusalOf(socket.sent)).toEqual(refused);
  });

  test('that we cannot look up is put off, not refused for good, and the problem is ours to read', async () => {
    const { open, hello, said } = await doorway({ nonces: { burn: async () => { throw new Error('the database is gone'); }, isBurned: async () => false, sweep: async () => undefined } });
    const socket = open();
    await socket.say(hello());
    expect(refusalOf(socket.sent)).toEqual({ type: 'refused', code: 'internal', retry_after_s: 2 });
    expect(socket.closed).toEqual([[1013, 'internal']]);
    expect(said.at(-1)).toMatchObject(['warn', 'agent_handshake_refused', { why: 'Error: the database is gone' }]);
  });

  /** Guarantee: a machine that dials while the database hangs is back seconds after the thaw, not minutes. */
  test('that we cannot look up in time is put off too', async () => {
    const { open, hello, clock } = await doorway({ nonces: { burn: () => new Promise<boolean>(() => undefined), isBurned: async () => false, sweep: async () => undefined } });
    const socket = open();
    await socket.say(hello());
    await clock.advance(PREAUTH_MS);
    expect(refusalOf(socket.sent)).toEqual({ type: 'refused', code: 'internal', retry_after_s: 2 });
    expect(socket.closed).toEqual([[1013, 'internal']]);
  });

  test('whose socket is gone before we have looked opens nothing', async () => {
    const { open, hello, lines } = await doorway();
    const socket = open();
    socket.events.message(hello());
    socket.events.closed();
    await settle();
    expect(socket.sent).toEqual([]);
    expect(lines.count()).toBe(0);
  });
});
