import { isoTime, settle } from '@argus/kit/clock.ts';
import { encodeFrame, type UpFrame } from '@argus/protocol/frames.ts';
import { newRequestId, type RequestId } from '@argus/protocol/ids.ts';
import { describe, expect, test } from 'vitest';
import { doorway, MANIFEST } from '../../test/dial.ts';
import { AGENT, factOf, newSessionId, seededRandom, START } from '../../test/sample.ts';
import type { Receipt } from '../ledger/lane.ts';
import { ASKED_MAX } from './link.ts';

const random = seededRandom('link');
const heartbeat: UpFrame = { type: 'heartbeat', counters: { dropped: 0, refused: 0, unread: 0, commands: 0 } };
const end = { ok: true as const, result_sha256: 'ab'.repeat(32), at: isoTime(START), signature: `${'A'.repeat(86)}==` };

async function connected(options: Parameters<typeof doorway>[0] = {}) {
  const d = await doorway(options);
  const machine = await d.dial();
  await machine.arrive();
  const line = d.lines.line(AGENT);
  const written = await d.ledger.append(factOf({ outcome: 'ok' }));
  if (!line || !written.ok) throw new Error('not on the line');
  const receipt: Receipt = written.value;
  const command = (requestId: RequestId = newRequestId(random)) => ({
    requestId,
    answer: line.command({ session: newSessionId(), requestId, command: 'ping', args: {}, salt: undefined, receipt }, 5_000),
  });
  const activate = (session = newSessionId()) => ({ session, answer: line.activate({ session, epoch: 1, receipt, scope: undefined }, 5_000) });
  const late: unknown[] = [];
  d.lines.hearLateWith((who, words) => void late.push([who.agent, words]));
  return { ...d, machine, line, receipt, command, activate, late };
}

describe('what is not in its place', () => {
  const envelopes: readonly (readonly [string, (seal: (frame: string) => string) => string])[] = [
    ['a repeated envelope', (seal) => { const text = seal(encodeFrame(heartbeat)); return text.replace('"seq":1', '"seq":0'); }],
    ['a gap', (seal) => { seal('lost'); return seal(encodeFrame(heartbeat)); }],
    ['a wrong mac', (seal) => seal(encodeFrame(heartbeat)).replace(/"mac":"./, '"mac":"_')],
    ['a changed frame', (seal) => seal(encodeFrame(heartbeat)).replace('heartbeat', 'challenge')],
    ['a frame without an envelope', () => encodeFrame(heartbeat)],
    ['no JSON', () => 'hello'],
    ['nothing', () => ''],
  ];
  /** Guarantee: whoever stands in the middle can cut the line, and nothing else. */
  test.each(envelopes)('%s closes the line with 1008, and what it was waiting for fails', async (_what, make) => {
    const { machine, lines, command, watched } = await connected();
    const { answer } = command();
    await settle();
    await machine.say(make(machine.seal));
    expect(machine.closed).toEqual([[1008, 'envelope_broken']]);
    expect(lines.line(AGENT)).toBeNull();
    expect(watched.at(-1)).toBe(`lost ${AGENT}`);
    expect(await answer).toMatchObject({ ok: false, error: { code: 'agent_lost', internal: 'envelope_broken' } });
    await machine.up(heartbeat);
    expect(machine.closed).toHaveLength(1);
  });

  test('our own frames sent back to us open nothing: each direction has its key', async () => {
    const { machine, command } = await connected();
    void command();
    await settle();
    await machine.say(machine.sent.at(-1) ?? '');
    expect(machine.closed).toEqual([[1008, 'envelope_broken']]);
  });

  test.each(['{"type":"hunter2"}', '{"type":"shell","cmd":"ls"}', 'no JSON', '{"type":"heartbeat"}', '{}'])('the sealed frame %j is answered with an error, and the line goes on', async (text) => {
    const { machine, lines } = await connected();
    await machine.raw(text);
    expect(machine.heard()).toEqual([{ type: 'error', code: 'bad_frame' }]);
    await machine.up(heartbeat);
    expect(machine.closed).toEqual([]);
    expect(lines.line(AGENT)).not.toBeNull();
  });

  const firsts: readonly (readonly [string, string])[] = [['a heartbeat', encodeFrame(heartbeat)], ['an answer nobody asked for', encodeFrame({ type: 'activated', session: newSessionId(), indicator: true })], ['nonsense', '{}']];
  test.each(firsts)('%s as the first sealed frame ends it: an agent begins with its manifest', async (_what, text) => {
    const { dial, lines } = await doorway();
    const machine = await dial();
    await machine.raw(text);
    expect(machine.closed).toEqual([[1008, 'bad_frame']]);
    expect(lines.count()).toBe(0);
  });
});

describe('an activation', () => {
  test('is answered by the agent that has its indicator up', async () => {
    const { machine, activate } = await connected();
    const { session, answer } = activate();
    await settle();
    expect(machine.heard()).toMatchObject([{ type: 'activate', session, agent: AGENT, epoch: 1, consistency: { from: 0 } }]);
    await machine.up({ type: 'activated', session, indicator: true });
    expect(await answer).toEqual({ ok: true, value: undefined });
  });

  const refusals: readonly (readonly [string, { indicator: boolean; code?: string }, string])[] = [
    ['without an indicator', { indicator: false }, 'indicator_failed'],
    ['with a code of ours', { indicator: false, code: 'tenant_switched_off' }, 'tenant_switched_off'],
    ['with a code of its own', { indicator: false, code: 'out_of_paper' }, 'agent_refused'],
    ['with a code of our doors', { indicator: false, code: 'unauthenticated' }, 'agent_refused'],
    ['with an indicator and a code', { indicator: true, code: 'not_in_log' }, 'not_in_log'],
  ];
  test.each(refusals)('answered %s is refused', async (_what, said, code) => {
    const { machine, activate } = await connected();
    const { session, answer } = activate();
    await settle();
    await machine.up({ type: 'activated', session, ...said });
    expect(await answer).toMatchObject({ ok: false, error: { code, facts: { refused_by: 'machine', problems: [expect.stringContaining('The machine itself refused')] } } });
  });

  /** Guarantee: an agent that woke up for a session nobody waits for is put back to sleep. */
  test.each(['late', 'about a session nobody knows'])('that is answered %s is answered with deactivate', async (how) => {
    const { machine, activate, clock } = await connected();
    const { session, answer } = activate();
    if (how === 'late') {
      await clock.advance(5_000);
      expect(await answer).toMatchObject({ ok: false, error: { code: 'agent_did_not_acknowledge' } });
    } else await settle();
    const about = how === 'late' ? session : newSessionId();
    await machine.up({ type: 'activated', session: about, indicator: true });
    expect(machine.heard().at(-1)).toEqual({ type: 'deactivate', session: about, why: 'not_acknowledged' });
  });
});

describe('a command', () => {
  const reply = (request_id: RequestId, part: number, chunk: string, over: Partial<Extract<UpFrame, { type: 'reply' }>> = {}): UpFrame => ({ type: 'reply', request_id, part, chunk, ...over });

  test('is answered in parts, and told apart from another by its request id', async () => {
    const { machine, command } = await connected();
    const [one, two] = [command(), command()];
    await settle();
    await machine.up(reply(two.requestId, 0, 'two', { end }));
    await machine.up(reply(one.requestId, 0, 'o'));
    await machine.up(reply(one.requestId, 1, 'ne', { end }));
    expect(await one.answer).toEqual({ ok: true, value: { text: 'one', end } });
    expect(await two.answer).toMatchObject({ ok: true, value: { text: 'two' } });
  });

  test('whose answer is larger than it may be fails; what follows of it is not delivered', async () => {
    const { machine, command, lines } = await connected();
    const { requestId, answer } = command();
    await settle();
    await machine.up(reply(requestId, 0, 'x'.repeat(4_096)));
    await machine.up(reply(requestId, 1, 'y'));
    expect(await answer).toMatchObject({ ok: false, error: { code: 'result_too_large' } });
    await machine.up(reply(requestId, 2, 'z', { end }));
    expect(lines.line(AGENT)).not.toBeNull();
  });

  test('whose parts come out of order fails', async () => {
    const { machine, command } = await connected();
    const { requestId, answer } = command();
    await settle();
    await machine.up(reply(requestId, 1, 'late'));
    expect(await answer).toMatchObject({ ok: false, error: { code: 'bad_frame' } });
  });

  test('that nobody answers is answered with a timeout, once', async () => {
    const { machine, command, clock } = await connected();
    const { requestId, answer } = command();
    await clock.advance(5_000);
    expect(await answer).toMatchObject({ ok: false, error: { code: 'command_timed_out' } });
    await machine.up(reply(requestId, 0, 'late', { end }));
    expect(machine.closed).toEqual([]);
  });

  /** Guarantee: an answer that stalls in the middle takes up memory only until its time is up. */
  test('whose answer stalls is timed out, its parts are let go of, and its end is told to whoever writes it down', async () => {
    const { machine, command, clock, lines, late } = await connected();
    const { requestId, answer } = command();
    await settle();
    await machine.up(reply(requestId, 0, 'x'.repeat(1_000)));
    expect(lines.events.room.taken()).toBe(1_000);
    await clock.advance(5_000);
    expect(await answer).toMatchObject({ ok: false, error: { code: 'command_timed_out' } });
    expect(lines.events.room.taken()).toBe(0);
    await machine.up(reply(requestId, 1, 'y'.repeat(1_000)));
    expect([lines.events.room.taken(), late]).toEqual([0, []]);
    await machine.up(reply(requestId, 2, 'z', { end }));
    expect(late).toEqual([[AGENT, [{ request_id: requestId, ...end }]]]);
  });

  test.each(['answered', 'too large', 'cut off'])('that is %s gives back its room', async (how) => {
    const { machine, command, lines } = await connected();
    const { requestId, answer } = command();
    await settle();
    await machine.up(reply(requestId, 0, 'x'.repeat(1_000)));
    if (how === 'cut off') machine.events.closed();
    else await machine.up(reply(requestId, 1, 'y'.repeat(how === 'answered' ? 1 : 4_096), { end }));
    await answer;
    expect(lines.events.room.taken()).toBe(0);
  });

  /** Guarantee: what one agent can be asked at once is bounded, whoever asks. */
  test('beyond what one agent is asked at once is refused, and does not leave', async () => {
    const { machine, command } = await connected();
    for (let i = 0; i < ASKED_MAX; i++) void command();
    expect(await command().answer).toMatchObject({ ok: false, error: { code: 'rate_limited', facts: { retry_after_s: 1 } } });
    await settle();
    expect(machine.heard()).toHaveLength(ASKED_MAX);
  });

  /** Guarantee: what was answered with a timeout does not begin afterwards. */
  test.each(['command', 'activation'])('whose proof comes after its timeout is not sent any more: %s', async (what) => {
    const slow: { letGo: () => void } = { letGo: () => undefined };
    const { machine, command, activate, clock } = await connected({
      between: (real) => ({ ...real, prove: async (...args) => { await new Promise<void>((go) => (slow.letGo = go)); return real.prove(...args); } }),
    });
    const { answer } = what === 'command' ? command() : activate();
    await clock.advance(5_000);
    expect(await answer).toMatchObject({ ok: false });
    slow.letGo();
    await settle();
    expect(machine.heard()).toEqual([]);
  });

  test('that cannot be proved is not sent, and the next one is', async () => {
    let isDown = true;
    const { machine, command } = await connected({ between: (real) => ({ ...real, prove: async (...args) => { if (isDown) throw new Error('the database is gone'); return real.prove(...args); } }) });
    expect(await command().answer).toMatchObject({ ok: false, error: { code: 'internal' } });
    isDown = false;
    void command();
    await settle();
    expect(machine.heard()).toMatchObject([{ type: 'command' }]);
  });

  test('on a line that is over fails at once', async () => {
    const { machine, command } = await connected();
    machine.events.closed();
    expect(await command().answer).toMatchObject({ ok: false, error: { code: 'agent_lost' } });
  });

  test('one after the other, each proof begins where the one before it ended', async () => {
    const { machine, command, ledger, line } = await connected();
    command();
    await settle();
    const written = await ledger.append(factOf({ outcome: 'ok' }));
    if (!written.ok) throw new Error('not written');
    void line.command({ session: newSessionId(), requestId: newRequestId(random), command: 'ping', args: {}, salt: undefined, receipt: written.value }, 5_000);
    await settle();
    expect(machine.heard()).toMatchObject([{ consistency: { from: 0 } }, { consistency: { from: written.value.size - 1 } }]);
  });
});

/** Guarantee: an agent that follows the log from another place than we think is asked again, not refused for ever. */
describe('an agent that does not find an act in the log', () => {
  test('dials in again, and is sent its proofs from where it says it stands', async () => {
    const { machine, activate, dial, lines, ledger } = await connected();
    const { session, answer } = activate();
    await settle();
    await machine.up({ type: 'activated', session, indicator: false, code: 'not_in_log' });
    expect(await answer).toMatchObject({ ok: false, error: { code: 'not_in_log' } });
    expect(machine.closed).toEqual([[1008, 'not_in_log']]);
    const again = await dial({ log_size: 3 });
    await again.arrive();
    const written = await ledger.append(factOf({ outcome: 'ok' }));
    if (!written.ok) throw new Error('not written');
    void lines.line(AGENT)?.activate({ session: newSessionId(), epoch: 1, receipt: written.value, scope: undefined }, 5_000);
    await settle();
    expect(again.heard()).toMatchObject([{ type: 'activate', consistency: { from: 3 } }]);
  });

  test('also when it was a command', async () => {
    const { machine, command } = await connected();
    const { requestId, answer } = command();
    await settle();
    const { ok: _ok, ...refused } = end;
    await machine.up({ type: 'reply', request_id: requestId, part: 0, chunk: '', end: { ...refused, code: 'not_in_log' } });
    expect(await answer).toMatchObject({ ok: true, value: { end: { code: 'not_in_log' } } });
    expect(machine.closed).toEqual([[1008, 'not_in_log']]);
  });
});

describe('a line that ends', () => {
  const ways: readonly (readonly [string, (w: Awaited<ReturnType<typeof connected>>) => Promise<void>, boolean])[] = [
    ['because a newer one of the same agent took over', async (w) => { const newer = await w.dial(); await newer.arrive(); }, true],
    ['because nothing was heard for three heartbeats', async (w) => { await w.clock.advance(45_001); w.lines.sweep(); }, false],
    ['because its socket broke', async (w) => w.machine.events.closed(), false],
    ['because we shut down', async (w) => w.lines.closeAll(), false],
  ];
  /** Guarantee: everything somebody waits for is answered, and nothing is left behind, whichever way a line ends. */
  test.each(ways)('%s answers everything it was asked with agent_lost', async (_why, endIt, isReplaced) => {
    const w = await connected();
    const asked = [w.command().answer, w.activate().answer];
    // The asks outlive three heartbeats: only the end of the line answers them.
    const long = w.line.command({ session: newSessionId(), requestId: newRequestId(random), command: 'ping', args: {}, salt: undefined, receipt: w.receipt }, 600_000);
    await settle();
    await endIt(w);
    expect(await long).toMatchObject({ ok: false, error: { code: 'agent_lost' } });
    for (const answer of await Promise.all(asked)) expect(answer).toMatchObject({ ok: false });
    expect(w.lines.count()).toBe(isReplaced ? 1 : 0);
    expect(w.watched.filter((what) => what.startsWith('lost'))).toHaveLength(isReplaced ? 0 : 1);
    w.machine.events.closed();
    await w.machine.up(heartbeat);
    expect(w.lines.count()).toBe(isReplaced ? 1 : 0);
    expect(w.watched.filter((what) => what.startsWith('lost'))).toHaveLength(isReplaced ? 0 : 1);
  });

  test('is not ended while it is heard', async () => {
    const { machine, clock, lines } = await connected();
    for (let i = 0; i < 10; i++) {
      await clock.advance(15_000);
      await machine.up(heartbeat);
      lines.sweep();
    }
    expect(machine.closed).toEqual([]);
  });

  test('a newer one is told of with the session its process holds', async () => {
    const { machine, dial, watched } = await connected();
    await machine.up(heartbeat);
    const session = newSessionId();
    const newer = await dial();
    await newer.up({ type: 'manifest', manifest: MANIFEST, session });
    expect(watched).toEqual([`back ${AGENT} nothing`, `back ${AGENT} ${session}`]);
  });

  /** Guarantee: a tenant who switched off while the line was down is who ended it, not a line that was lost. */
  test('a machine that comes back asleep is heard out: how its session ended is told before that it has none', async () => {
    const { machine, watched } = await connected();
    const ended = { session: newSessionId(), how: 'tenant_kill_switch', at: isoTime(START), signature: `${'A'.repeat(86)}==` };
    await machine.up({ ...heartbeat, ended });
    expect(watched).toEqual([`ended ${AGENT} tenant_kill_switch`, `back ${AGENT} nothing`]);
  });

  test('a machine that comes back asleep and says nothing more is not waited for', async () => {
    const { clock, watched } = await connected();
    expect(watched).toEqual([]);
    await clock.advance(1_000);
    expect(watched).toEqual([`back ${AGENT} nothing`]);
  });
});

test('what a heartbeat says of answers nobody may have heard is told to whoever writes it down', async () => {
  const { machine, late } = await connected();
  const word = { request_id: newRequestId(random), ...end };
  await machine.up({ ...heartbeat, late: [word] });
  await machine.up(heartbeat);
  expect(late).toEqual([[AGENT, [word]]]);
});

test('a challenge for a session that nobody holds gets no tick', async () => {
  const { machine } = await connected();
  await machine.up({ type: 'challenge', session: newSessionId(), challenge: 'c'.repeat(22) });
  expect(machine.heard()).toEqual([]);
});

test('last seen is written with the manifest, and then at most once a minute', async () => {
  const { machine, clock, stores } = await connected();
  await clock.advance(59_000);
  await machine.up(heartbeat);
  expect((await stores.agents.byId(AGENT))?.lastSeenAt).toBe(START);
  await clock.advance(1_000);
  await machine.up(heartbeat);
  expect(await stores.agents.byId(AGENT)).toMatchObject({ lastSeenAt: START + 60_000, manifest: { takenAt: START } });
});
