import { isoTime } from '@argus/kit/clock.ts';
import { helloMac } from '@argus/keys/channel.ts';
import { mustId } from '@argus/protocol/ids.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDials, PASSKEY } from '../testing/line.ts';
import { createMachine } from '../testing/machine.ts';
import { AGENT, SESSION, START, TENANT } from '../testing/signed-log.ts';
import { stepClock } from '../testing/step-clock.ts';
import { BACKOFF, createConnection, nextWait } from './connection.ts';

/** `fraction` is what every jitter draws. */
function ready({ fraction = 0.5, draw = () => fraction }: { fraction?: number; draw?: () => number } = {}) {
  const clock = stepClock(START);
  const m = createMachine({ clock });
  const dials = createDials(clock);
  let nonce = 0;
  const random = (bytes: number) => {
    if (bytes !== 6) return Buffer.alloc(bytes, ++nonce);
    const six = Buffer.alloc(6);
    six.writeUIntBE(Math.floor(draw() * 2 ** 48), 0, 6);
    return six;
  };
  const connection = createConnection({
    clock,
    random,
    trust: m.deps.trust,
    passkey: PASSKEY,
    version: '1.4.0',
    witness: m.deps.witness,
    agent: m.agent,
    dial: dials.dial,
    note: m.deps.note,
  });
  connection.start();
  return {
    ...m,
    dials,
    connection,
    /** A completed handshake. */
    up(heartbeat_s = 15) {
      const socket = dials.last();
      socket.open();
      socket.welcome({ heartbeat_s });
      socket.heard();
      return socket;
    },
    /** How long until the agent dials again after this socket is gone. */
    pauseAfter(socket: ReturnType<typeof dials.last>): number {
      const before = dials.sockets.length;
      const from = clock.elapsed();
      socket.gone();
      for (let step = 0; dials.sockets.length === before && step < 2_000_000; step++) clock.pass(100);
      return dials.last().at - from;
    },
  };
}
const NEARLY_ONE = 1 - 2 ** -48;

// ---- waiting

test('each wait is between the least and three times the one before, and never above the most', () =>
  fc.assert(
    fc.property(fc.double({ min: BACKOFF.leastMs, max: BACKOFF.mostMs, noNaN: true }), fc.double({ min: 0, max: NEARLY_ONE, noNaN: true }), (before, fraction) => {
      const wait = nextWait(before, fraction);
      expect(wait).toBeGreaterThanOrEqual(BACKOFF.leastMs);
      expect(wait).toBeLessThanOrEqual(Math.min(BACKOFF.mostMs, before * 3));
    }),
  ));

test('while nobody answers the waits grow from a second to a minute and stay there', () => {
  const m = ready({ fraction: NEARLY_ONE });
  const waits = Array.from({ length: 7 }, () => m.pauseAfter(m.dials.last()));
  expect(waits.map((ms) => Math.round(ms / 1_000))).toEqual([3, 9, 27, 60, 60, 60, 60]);
});

test('only a completed handshake brings the waits back to the least', () => {
  const m = ready({ fraction: NEARLY_ONE });
  for (let i = 0; i < 5; i++) m.pauseAfter(m.dials.last());
  m.dials.last().open();
  expect(Math.round(m.pauseAfter(m.dials.last()))).toBe(60_000); // opened, and closed without a word
  m.dials.last().open();
  m.dials.last().say('{"type":"h2"}');
  expect(Math.round(m.pauseAfter(m.dials.last()))).toBe(60_000); // answered with nonsense
  expect(Math.round(m.pauseAfter(m.up()))).toBe(3_000);
});

test.each(['UPDATE_REQUIRED', 'handshake_refused', 'clock_skew', 'agent_revoked', 'anything'])('a refusal with %s makes the agent wait for minutes', (code) => {
  for (const fraction of [0, NEARLY_ONE]) {
    const m = ready({ fraction });
    const socket = m.dials.last();
    socket.open();
    socket.refuse({ code });
    expect(socket.closes).toEqual([{ code: 1008, reason: 'refused' }]);
    const pause = m.pauseAfter(socket);
    expect(pause).toBeGreaterThanOrEqual(BACKOFF.refusedMs);
    expect(pause).toBeLessThanOrEqual(BACKOFF.refusedMs * 1.2);
  }
});

test.each(['UPDATE_REQUIRED', 'handshake_refused', 'clock_skew'])('a refusal with %s that asks to come back at once is not obeyed', (code) => {
  const m = ready({ fraction: 0 });
  const socket = m.dials.last();
  socket.open();
  socket.refuse({ code, retry_after_s: 1 });
  expect(m.pauseAfter(socket)).toBe(BACKOFF.refusedMs);
});

/** Guarantee: the server can ask for more patience, never for less. */
test('retry_after is honoured to the second, with jitter only after it', () => {
  for (const fraction of [0, NEARLY_ONE]) {
    const m = ready({ fraction });
    const socket = m.dials.last();
    socket.open();
    socket.refuse({ code: 'connection_limit', retry_after_s: 40 });
    const pause = m.pauseAfter(socket);
    expect(pause).toBeGreaterThanOrEqual(40_000);
    expect(pause).toBeLessThanOrEqual(48_000);
  }
});

test('a server cannot make us come back sooner than our own wait', () => {
  const m = ready({ fraction: NEARLY_ONE });
  for (let i = 0; i < 5; i++) m.pauseAfter(m.dials.last());
  const socket = m.dials.last();
  socket.open();
  socket.refuse({ code: 'connection_limit', retry_after_s: 1 });
  expect(Math.round(m.pauseAfter(socket))).toBe(60_000);
});

test.each([
  [30, 30_000],
  [86_400, 86_400_000],
  [1e9, 86_400_000],
  [0, 1_500],
  [-5, 1_500],
])('a pace of %s s is kept at the next break, within a day', (retry_after_s, least) => {
  const m = ready({ fraction: 0 });
  const socket = m.up();
  socket.tell(JSON.stringify({ type: 'pace', retry_after_s }));
  expect(socket.closes).toEqual([]);
  const pause = m.pauseAfter(socket);
  expect(pause).toBeGreaterThanOrEqual(Math.min(least, 1_000));
  expect(pause).toBeGreaterThanOrEqual(least === 1_500 ? 1_000 : least);
  expect(pause).toBeLessThanOrEqual(86_400_000 * 1.2);
});

test('what the server asked for counts once', () => {
  const m = ready({ fraction: 0 });
  const socket = m.up();
  socket.tell({ type: 'pace', retry_after_s: 600 });
  expect(m.pauseAfter(socket)).toBe(600_000);
  expect(m.pauseAfter(m.up())).toBe(1_000);
});

test('move closes the line, and the agent dials again soon', () => {
  const m = ready();
  const socket = m.up();
  socket.tell({ type: 'move' });
  expect(socket.closes).toEqual([{ code: 1008, reason: 'asked to move' }]);
  expect(m.pauseAfter(socket)).toBeLessThanOrEqual(3_000);
});

// ---- the handshake

test('h1 is the first thing on a socket, fresh on each, and its MAC is over all of it', () => {
  const m = ready();
  m.dials.last().open();
  const first = m.dials.last().hello();
  m.pauseAfter(m.dials.last());
  m.dials.last().open();
  const second = m.dials.last().hello();
  expect(first).toMatchObject({ agent: AGENT, tenant: TENANT, timestamp: isoTime(START), protocol: 1, agent_version: '1.4.0', log_size: 0 });
  const { mac, type: _, ...rest } = first;
  expect(mac).toBe(helloMac(PASSKEY, rest));
  expect(first.nonce_a).not.toBe(second.nonce_a);
});

test('nothing but h1 is said before the server has proved that it has the passkey', () => {
  const m = ready();
  m.dials.last().open();
  m.clock.pass(9_999);
  expect(m.dials.last().sent).toHaveLength(1);
  expect(m.sent).toEqual([]);
});

/** Guarantee: a server without the passkey learns our ids, and nothing else. */
test.each([
  ['has another passkey', { passkey: new Uint8Array(32).fill(7) }],
  ['answers another h1', { nonceA: 'AAECAwQFBgcICQoLDA0ODw' }],
])('a server that %s is left without an answer, and not asked again for minutes', (_, over) => {
  const m = ready({ fraction: 0 });
  const socket = m.dials.last();
  socket.open();
  socket.welcome(over);
  expect(socket.sent).toHaveLength(1);
  expect(socket.closes).toHaveLength(1);
  expect(m.saw('server_not_proved')).toBe(1);
  expect(m.pauseAfter(socket)).toBe(BACKOFF.refusedMs);
});

test('an h2 of an earlier connection, replayed, proves nothing', () => {
  const m = ready();
  const first = m.dials.last();
  first.open();
  const recorded = first.welcomeText();
  first.say(recorded);
  m.pauseAfter(first);
  const second = m.dials.last();
  second.open();
  second.say(recorded);
  expect(second.sent).toHaveLength(1);
  expect(second.closes).toHaveLength(1);
  expect(m.saw('server_not_proved')).toBe(1);
});

test.each(['', 'null', '7', '[]', 'h2', '{"type":"h2"}', '{"type":"h1"}', '{"type":"refused"}', '{"type":"refused","code":7}'])(
  'an answer to h1 like %j closes the socket',
  (text) => {
    const m = ready();
    m.dials.last().open();
    m.dials.last().say(text);
    expect(m.dials.last().closes).toEqual([{ code: 1008, reason: 'the answer to h1 cannot be read' }]);
    m.dials.last().say(m.dials.last().welcomeText());
    expect(m.dials.last().sent).toHaveLength(1);
  },
);

test('no answer to h1 within 10 s closes the socket', () => {
  const m = ready();
  m.dials.last().open();
  m.clock.pass(9_999);
  expect(m.dials.last().closes).toEqual([]);
  m.clock.pass(1);
  expect(m.dials.last().closes).toEqual([{ code: 1008, reason: 'no answer to h1' }]);
});

/** Guarantee: a server cannot hold the agent longer by taking its time in between. */
test.each([1, 4_000, 9_999, 10_000])('what opened after %s ms has the rest of 10 s for its answer', (tookMs) => {
  const m = ready();
  m.clock.pass(tookMs);
  m.dials.last().open();
  m.clock.pass(10_000 - tookMs - 1);
  expect(m.dials.last().closes).toEqual([]);
  m.clock.pass(1);
  expect(m.dials.last().closes).toEqual([{ code: 1008, reason: 'no answer to h1' }]);
});

test('why we ended a line is what is noted, not what the other end makes of it', () => {
  const m = ready();
  m.dials.last().open();
  m.clock.pass(10_000);
  m.dials.last().gone('all is well');
  expect(m.notes.findLast((n) => n.what === 'disconnected')?.facts['why']).toBe('no answer to h1');
});

test('an answer in time is not followed by that close', () => {
  const m = ready();
  const socket = m.up();
  m.clock.pass(60_000);
  expect(socket.closes).toEqual([]);
});

/** `ws` throws when a close reason is longer than 123 bytes; that was a way to end the process from outside. */
test('no word of the server is echoed in a close frame, which has room for 123 bytes', () => {
  const m = ready();
  m.dials.last().open();
  m.dials.last().refuse({ code: '€'.repeat(64) });
  expect(m.dials.last().closes).toEqual([{ code: 1008, reason: 'refused' }]);
  expect(m.notes.find((n) => n.what === 'refused')?.facts['code']).toBe('€'.repeat(64));
});

// ---- the line

test('the first frames on a line are the manifest and a heartbeat, sealed', () => {
  const m = ready();
  const socket = m.dials.last();
  socket.open();
  socket.welcome();
  expect(socket.heard().map((f) => f.type)).toEqual(['manifest', 'heartbeat']);
});

test.each([
  ['with a wrong seal', (s: string) => s.replace(/"mac":"./, (mac) => (mac.endsWith('A') ? `${mac.slice(0, -1)}B` : `${mac.slice(0, -1)}A`))],
  ['with another number', (s: string) => s.replace('"seq":0', '"seq":1')],
  ['with other content', (s: string) => s.replace('nonsense', 'Nonsense')],
  ['that is no envelope', () => 'nonsense'],
])('a frame %s closes the line and is not read', (_, spoil) => {
  const m = ready();
  const socket = m.up();
  socket.say(spoil(socket.sealed('nonsense')));
  expect(socket.closes).toEqual([{ code: 1008, reason: 'the seal of a frame is broken' }]);
  expect(m.agent.counters().unread).toBe(0);
});

test('a frame that comes twice closes the line and is read once', () => {
  const m = ready();
  const socket = m.up();
  const text = socket.sealed('nonsense');
  socket.say(text);
  socket.say(text);
  expect(m.agent.counters().unread).toBe(1);
  expect(socket.closes).toHaveLength(1);
});

test('after a broken seal nothing is read or sent any more, not even what is sealed well', () => {
  const m = ready();
  const socket = m.up();
  socket.say('nonsense');
  socket.sent.splice(1);
  socket.tell('nonsense');
  m.agent.heartbeat();
  m.clock.pass(60_000);
  expect(m.agent.counters().unread).toBe(0);
  expect(socket.sent).toHaveLength(1);
});

/** The socket may take its time to close; what would be said on it meanwhile is said on the next one. */
test('how a session ended is not lost in a socket that is closing', async () => {
  const m = ready();
  const socket = m.up();
  await m.hear(m.activation());
  expect(m.agent.session()).toBe(SESSION);
  socket.say('nonsense');
  m.clock.pass(15_000);
  expect(m.agent.session()).toBeNull();
  m.pauseAfter(socket);
  m.dials.last().open();
  m.dials.last().welcome();
  expect(m.dials.last().heard()).toMatchObject([{ type: 'manifest' }, { type: 'heartbeat', ended: { how: 'agent_lost' } }]);
});

test('heartbeats come every so many seconds as the server says, give or take a fifth', () =>
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.array(fc.double({ min: 0, max: NEARLY_ONE, noNaN: true }), { minLength: 1, maxLength: 20 }), (seconds, fractions) => {
      let draw = 0;
      const m = ready({ draw: () => fractions[draw++ % fractions.length] ?? 0 });
      const socket = m.up(seconds);
      let last = m.clock.elapsed();
      for (let beats = 0; beats < 10; ) {
        m.clock.pass(seconds * 10);
        if (socket.heard().length === 0) continue;
        const gap = m.clock.elapsed() - last;
        expect(gap).toBeGreaterThanOrEqual(seconds * 800);
        expect(gap).toBeLessThanOrEqual(seconds * 1_200 + seconds * 10);
        last = m.clock.elapsed();
        beats++;
      }
    }),
    { numRuns: 30 },
  ));

test('a frame that the agent chokes on is noted, and the line stays', async () => {
  const m = ready();
  const socket = m.up();
  await m.hear(m.activation());
  m.deps.witness.followed = () => {
    throw new Error('the disk is gone');
  };
  const frame = { type: 'command', session: SESSION, tenant: TENANT, agent: AGENT, request_id: mustId('request', 'request_1'), ...m.log.place(0), args: {} } as const;
  socket.tell(frame);
  await new Promise((resolve) => setImmediate(resolve));
  expect(m.saw('frame_failed')).toBe(1);
  expect(socket.closes).toEqual([]);
});

// ---- stopping

const stages: Readonly<Record<string, (m: ReturnType<typeof ready>) => void>> = {
  'while dialing': () => undefined,
  'before an answer': (m) => m.dials.last().open(),
  'on a line': (m) => m.up(),
  'while the socket is closing': (m) => m.up().say('nonsense'),
  'between two dials': (m) => m.up().gone(),
};
test.each(Object.keys(stages))('stop %s leaves no timer, no line and no second dial', async (stage) => {
  const m = ready();
  stages[stage]?.(m);
  m.connection.stop();
  expect(m.clock.timers()).toBe(0);
  const socket = m.dials.last();
  if (stage === 'while dialing') socket.open();
  expect(socket.closes.length).toBe(stage === 'between two dials' ? 0 : 1);
  if (!socket.isGone()) socket.gone();
  m.clock.pass(86_400_000);
  expect(m.dials.sockets).toHaveLength(1);
  expect(m.clock.timers()).toBe(0);
});

test('stop ends a live session, tells the server, and nothing that still arrives wakes the agent', async () => {
  const m = ready();
  const socket = m.up();
  await m.hear(m.activation());
  socket.heard();
  const late = socket.sealed(m.activation({ session: mustId('session', `rss_${'t'.repeat(20)}`) }));
  m.connection.stop();
  expect(socket.heard()).toMatchObject([{ type: 'heartbeat', ended: { session: SESSION, how: 'agent_lost' } }]);
  expect(socket.closes).toEqual([{ code: 1001, reason: 'stopped' }]);
  socket.say(late);
  await new Promise((resolve) => setImmediate(resolve));
  expect([m.agent.session(), m.isLit(), m.notices.length]).toEqual([null, false, 1]);
  expect(m.clock.timers()).toBe(0);
});

// ---- as a property

/** Guarantee: never two sockets at once, and never none for ever. */
test('whatever a server does there is one socket, or a timer that will dial', () => {
  const move = fc.constantFrom('open', 'welcome', 'refuse', 'nonsense', 'sealed nonsense', 'pace', 'move', 'gone', 'gone twice', 'second', 'minute');
  fc.assert(
    fc.property(fc.array(move, { maxLength: 80 }), (moves) => {
      const m = ready();
      for (const next of moves) {
        const socket = m.dials.last();
        if (next === 'second') m.clock.pass(1_000);
        else if (next === 'minute') m.clock.pass(60_000);
        else if (socket.isGone()) continue;
        else if (next === 'gone' || next === 'gone twice') for (let n = next === 'gone' ? 1 : 2; n > 0; n--) socket.gone();
        else if (next === 'open') {
          if (socket.sent.length === 0) socket.open();
        }
        else if (socket.sent.length === 0) continue;
        else if (next === 'welcome') socket.welcome();
        else if (next === 'refuse') socket.refuse({ code: 'connection_limit', retry_after_s: 5 });
        else if (next === 'nonsense') socket.say('nonsense');
        else if (next === 'sealed nonsense') socket.tell('nonsense');
        else if (next === 'pace') socket.tell({ type: 'pace', retry_after_s: 7 });
        else socket.tell({ type: 'move' });
        const open = m.dials.sockets.filter((s) => !s.isGone()).length;
        expect(open).toBeLessThanOrEqual(1);
        if (open === 0) expect(m.clock.timers()).toBe(1);
        expect(m.clock.timers()).toBeLessThanOrEqual(1);
      }
      expect(m.dials.most()).toBe(1);
    }),
    { numRuns: 300 },
  );
});
