/** Sealed texts that are no frames, or frames nobody should be impressed by. None of them costs the line. */
import { AGENT, TENANT } from '../../../apps/agent/testing/signed-log.ts';
import type { Attack } from '../attack.ts';
import { newSession, type Fight } from '../fight.ts';

const common = (fight: Fight) => ({ session: fight.session(), tenant: TENANT, agent: AGENT });
const nested = (levels: number, open: string, close: string): string => open.repeat(levels) + close.repeat(levels);

/** Texts under a good seal. */
const TEXTS: Readonly<Record<string, (fight: Fight) => string>> = {
  nothing: () => '',
  'what is not JSON': () => '\u0000\u0001{',
  'half of a frame': (f) => JSON.stringify(f.command('ping')).slice(0, 200),
  'two frames in one': (f) => JSON.stringify({ type: 'tick', ...common(f), epoch: 1, challenge: 'x' }).repeat(2),
  null: () => 'null',
  'a number': () => '1e400',
  'a list of frames': (f) => JSON.stringify([f.command('ping')]),
  'a hundred thousand lists': () => nested(100_000, '[', ']'),
  'forty thousand objects': () => nested(40_000, '{"type":', '}').replace('}', '1}'),
  'arguments a hundred thousand levels deep': (f) => JSON.stringify(f.command('ping')).replace('"args":{}', `"args":{"a":${nested(100_000, '[', ']')}}`),
  'arguments with half a surrogate pair': (f) => JSON.stringify(f.command('ping')).replace('"args":{}', '"args":{"path":"\\ud800"}'),
  'a frame with a type twice': (f) => JSON.stringify({ type: 'tick', ...common(f), epoch: 1, challenge: 'x' }).replace('{', '{"type":"command",'),
  'a frame with a prototype': (f) => JSON.stringify({ ...common(f) }).replace('{', '{"__proto__":{"type":"command"},'),
  'a frame whose prototype is polluted': (f) => JSON.stringify({ type: 'tick', ...common(f), epoch: 1, challenge: 'x' }).replace('{', '{"constructor":{"prototype":{"retry_after_s":1}},"__proto__":{"isAwake":true},'),
  'a tick with an infinite epoch': (f) => JSON.stringify({ type: 'tick', ...common(f), challenge: 'x' }).replace('{', '{"epoch":1e999,'),
  'a tick of another session': () => JSON.stringify({ type: 'tick', session: newSession(), epoch: 1, challenge: 'AAAA' }),
  'a tick nobody asked for': (f) => JSON.stringify({ type: 'tick', ...common(f), epoch: 1, challenge: 'AAAA' }),
  'a tick of a later epoch': (f) => JSON.stringify({ type: 'tick', ...common(f), epoch: 2 ** 53 - 1, challenge: 'AAAA' }),
  'the end of another session': () => JSON.stringify({ type: 'deactivate', session: newSession(), why: 'tenant_kill_switch' }),
  'the end of no session': () => JSON.stringify({ type: 'deactivate', session: '__proto__', why: '' }),
  'a consistency nobody asked for': (f) => JSON.stringify({ type: 'consistency', from: 0, to: f.log.size(), proof: [], checkpoint: f.log.checkpoint() }),
  'a consistency to nowhere': () => JSON.stringify({ type: 'consistency', from: 2 ** 53 - 1, to: 0, proof: Array.from({ length: 64 }, () => `${'A'.repeat(43)}=`), checkpoint: 'x'.repeat(4_096) }),
  'an error': () => JSON.stringify({ type: 'error', code: '\u001b[2J\u202e\u0000'.repeat(10) }),
  'what an agent says': () => JSON.stringify({ type: 'heartbeat', counters: { dropped: 0, refused: 0, unread: 0, commands: 0 } }),
  'a move that has no type of its own': () => JSON.stringify({ Type: 'move' }),
  'a pace without a number': () => '{"type":"pace","retry_after_s":"86400"}',
  'a pace of an object': () => '{"type":"pace","retry_after_s":{"valueOf":1}}',
};

/** Types of frames there are not. */
const TYPES = ['shell', 'exec', 'update', 'config', 'trust', 'key', 'rotate', 'file', 'write', 'eval', 'constructor', '__proto__', 'toString', 'hasOwnProperty', 'prototype', 'then', 'ACTIVATE', 'activate ', 'h1', 'h2', 'refused', ''];

export const FRAME_ATTACKS: readonly Attack[] = [
  ...Object.entries(TEXTS).flatMap(([what, text]) =>
    (['asleep', 'awake'] as const).map((from): Attack => ({ name: `${what}, sealed, while ${from}`, from, may: [], send: (fight) => fight.line().tell(text(fight)) })),
  ),
  {
    name: 'types of frames that there are not',
    from: 'awake',
    may: [],
    send: (fight) => TYPES.forEach((type) => fight.line().tell(JSON.stringify({ ...fight.command('ping'), type, cmd: 'id', exec: 'id' }))),
  },
  {
    name: 'frames as large as they may be, fifty times',
    from: 'awake',
    may: [],
    async send(fight) {
      for (let n = 0; n < 50; n++) fight.line().tell(JSON.stringify({ type: 'command', args: { text: 'x'.repeat(520_000) } }));
      await fight.line().drained();
    },
  },
  {
    name: 'commands with arguments as large as they may be, fifty at once',
    from: 'awake',
    may: ['bad_args', 'rate_limited', 'not_in_log'],
    async send(fight) {
      for (let n = 0; n < 50; n++) fight.line().tell(fight.command('ping', {}, {}, { args: { text: 'x'.repeat(500_000) } }));
      await fight.line().drained();
    },
  },
  {
    name: 'twenty thousand frames at once while asleep',
    from: 'asleep',
    may: [],
    async send(fight) {
      const frame = JSON.stringify(fight.command('ping'));
      for (let n = 0; n < 20_000; n++) fight.line().tell(n % 2 === 0 ? frame : '{"type":"tick"}');
      await fight.line().drained();
    },
  },
  {
    name: 'two hundred commands at once',
    from: 'awake',
    may: ['ok', 'rate_limited'],
    async send(fight) {
      const { from } = fight.place(0).consistency;
      const first = fight.log.size();
      const ids = Array.from({ length: 200 }, () => fight.command('agent_info'));
      const size = fight.log.size();
      // In the order of the log, each as if the one before it had been followed.
      ids.forEach((frame, n) => fight.line().tell({ ...frame, ...fight.place(first + n, { from: n === 0 ? from : size, size }) }));
      for (const { request_id } of ids) await fight.answerTo(request_id);
    },
  },
  {
    name: 'two activations at once',
    from: 'asleep',
    may: ['awake', 'session_active'],
    async send(fight) {
      const { from } = fight.place(0).consistency;
      const frames = [fight.activation(), fight.activation()];
      const size = fight.log.size();
      frames.forEach((frame, n) => fight.line().tell({ ...frame, ...fight.place(frame.index, { from: n === 0 ? from : size, size }) }));
      await fight.endAll(frames.map((frame) => frame.session));
    },
  },
  {
    name: 'an activation that is called off while it wakes',
    from: 'asleep',
    may: ['awake', 'session_expired'],
    async send(fight) {
      const frame = fight.activation();
      fight.line().tell(frame);
      fight.line().tell({ type: 'deactivate', session: frame.session, why: 'deactivate' });
      await fight.endAll([frame.session]);
    },
  },
  {
    name: 'an activation while a session is live',
    from: 'awake',
    may: ['session_active'],
    send: (fight) => fight.line().tell(fight.activation()),
  },
  {
    name: 'the activation of the live session, said again',
    from: 'awake',
    may: ['session_active'],
    send: (fight) => fight.line().tell(fight.activation({ session: fight.session() })),
  },
  {
    name: 'a command right behind the end of its session',
    from: 'awake',
    may: [],
    leaves: 'asleep',
    send(fight) {
      fight.line().tell({ type: 'deactivate', session: fight.session(), why: 'deactivate' });
      fight.line().tell(fight.command('agent_info'));
    },
  },
  {
    name: 'an end that blames the owner',
    from: 'awake',
    may: [],
    leaves: 'asleep',
    async send(fight) {
      const session = fight.session();
      fight.line().tell({ type: 'deactivate', session, why: 'tenant_kill_switch' });
      await fight.endOf(session, 'deactivate');
    },
  },
  {
    name: 'a command outside the scope of the consent, with a wider one in its frame',
    from: 'asleep',
    may: ['awake', 'consent_scope_exceeded'],
    async send(fight) {
      const frame = fight.activation({ args_commit: { minutes: 5, scope: '{"commands":["ping"]}' } });
      fight.line().tell(frame);
      await fight.answerTo(frame.session);
      const command = fight.command('agent_info', {}, { session: frame.session }, { at: { from: fight.log.size() } });
      fight.line().tell(JSON.stringify({ ...command, scope: 'everything', consent: true, receipt: {}, operator_proof: 'yes' }));
      await fight.answerTo(command.request_id);
      await fight.endAll([frame.session]);
    },
  },
  {
    name: 'a command of a session that was over before this one',
    from: 'awake',
    may: ['session_not_found'],
    async send(fight) {
      const old = fight.session();
      await fight.sleep();
      await fight.stand('awake');
      fight.line().tell(fight.command('ping', {}, { session: old }));
    },
  },
];
