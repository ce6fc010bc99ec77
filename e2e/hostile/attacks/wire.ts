/** Against the line itself: what breaks the protocol costs the line and nothing else, and the agent dials again. */
import { FRAME_BYTES_MAX } from '@argus/protocol/frames.ts';
import { frame, OPCODE } from '../../raw-wire.ts';
import type { Attack } from '../attack.ts';
import type { Fight } from '../fight.ts';

const bytes = (part: Parameters<typeof frame>[0]): Buffer => frame({ isMasked: false, ...part });
const PONG = 10;
const tick = '{"type":"tick"}';

const BREAKING: Readonly<Record<string, (fight: Fight) => void | Promise<void>>> = {
  'a text without a seal': (f) => f.line().say(JSON.stringify(f.command('agent_info'))),
  'a command with the seal of another': (f) => f.line().say(f.line().seal(tick).replace(/"frame":".*"/, `"frame":${JSON.stringify(JSON.stringify(f.command('agent_info')))}`)),
  'a seal of zeros': (f) => f.line().say(f.line().seal(JSON.stringify(f.command('agent_info'))).replace(/"mac":"[^"]+"/, `"mac":"${'A'.repeat(43)}="`)),
  'a gap in the numbers': (f) => {
    f.line().seal(tick);
    f.line().tell(f.command('agent_info'));
  },
  'a number twice': (f) => {
    f.line().tell(tick);
    f.line().say(f.line().sent.at(-1) ?? '');
  },
  'a number below zero': (f) => f.line().say(f.line().seal(tick).replace(/"seq":\d+/, '"seq":-1')),
  'a number of 1e308': (f) => f.line().say(f.line().seal(tick).replace(/"seq":\d+/, '"seq":1e308')),
  'an envelope with a prototype': (f) => f.line().say('{"__proto__":{"seq":0,"mac":"","frame":"{}"}}'),
  'a second h2': (f) => f.line().say(f.line().h2),
  'the frames of an old line': async (f) => {
    for (let n = 0; n < 5; n++) f.line().tell(f.command('ping'));
    const old = f.line();
    const lines = f.plane.lines.length;
    old.say('broken');
    await f.connect(lines);
    for (const text of old.sent) f.line().say(text);
  },
  'a binary frame': (f) => f.line().bytes(bytes({ opcode: OPCODE.binary, payload: f.line().seal(JSON.stringify(f.command('agent_info'))) })),
  'a masked frame': (f) => f.line().bytes(frame({ opcode: OPCODE.text, payload: '{}', isMasked: true })),
  'a compressed frame': (f) => f.line().bytes(bytes({ opcode: OPCODE.text, payload: Buffer.from('cb48cdc9c90700', 'hex'), reservedBits: 4 })),
  'reserved bits': (f) => f.line().bytes(bytes({ opcode: OPCODE.text, payload: '{}', reservedBits: 3 })),
  'an opcode that does not exist': (f) => f.line().bytes(bytes({ opcode: 7, payload: '{}' })),
  'a continuation of nothing': (f) => f.line().bytes(bytes({ opcode: OPCODE.continuation, payload: '{}' })),
  'a message inside another': (f) => f.line().bytes(Buffer.concat([bytes({ opcode: OPCODE.text, payload: '{', isLast: false }), bytes({ opcode: OPCODE.text, payload: '}' })])),
  'a ping in pieces': (f) => f.line().bytes(bytes({ opcode: OPCODE.ping, payload: 'x', isLast: false })),
  'a ping of 126 bytes': (f) => f.line().bytes(bytes({ opcode: OPCODE.ping, payload: 'x'.repeat(126) })),
  'a declared length of 2^63 - 1': (f) => f.line().bytes(bytes({ opcode: OPCODE.text, payload: 'x', declares: 2n ** 63n - 1n })),
  'a declared length of 2^64 - 1': (f) => f.line().bytes(bytes({ opcode: OPCODE.text, payload: 'x', declares: 2n ** 64n - 1n })),
  'a frame of one byte too many': (f) => f.line().bytes(bytes({ opcode: OPCODE.text, payload: 'x'.repeat(FRAME_BYTES_MAX + 1) })),
  'a frame of 32 MiB': (f) => f.line().bytes(bytes({ opcode: OPCODE.text, payload: 'x'.repeat(32 * 1_048_576) })),
  'half a million fragments of one byte': (f) => f.line().bytes(fragments(500_000, 'x')),
  'a million fragments of nothing': (f) => f.line().bytes(fragments(1_000_000, '')),
  // Answers to pings are not let pile up either.
  'fifty thousand pings at once': (f) => f.line().bytes(Buffer.alloc(50_000 * 127, bytes({ opcode: OPCODE.ping, payload: 'x'.repeat(125) }))),
  'text that is not UTF-8': (f) => f.line().bytes(bytes({ opcode: OPCODE.text, payload: Buffer.from([0xc3, 0x28]) })),
  'a close with a code that may not be sent': (f) => f.line().bytes(bytes({ opcode: OPCODE.close, payload: Buffer.from([0x03, 0xee]) })),
  'a close with words for a terminal': (f) => f.line().socket.close(1008, '\u001b]0;x\u0007\u202e{"what":"started"}'),
  'bytes that are no frame': (f) => f.line().bytes(Buffer.alloc(4_096, 0xff)),
  'an answer of HTTP': (f) => f.line().bytes(Buffer.from('HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n')),
  'a wish to move': (f) => f.line().tell({ type: 'move' }),
  'a wish to move, with an address': (f) => f.line().tell(JSON.stringify({ type: 'move', to: 'ws://127.0.0.1:1/', server_url: 'ws://127.0.0.1:1/' })),
  'a reset': (f) => void f.line().raw.resetAndDestroy(),
  'a half-closed socket': (f) => void f.line().raw.end(),
};

function fragments(count: number, payload: string): Buffer {
  const [first, more] = [OPCODE.text, OPCODE.continuation].map((opcode) => bytes({ opcode, payload, isLast: false }));
  return Buffer.concat([first ?? Buffer.alloc(0), Buffer.alloc(count * (more?.length ?? 0), more)]);
}

export const WIRE_ATTACKS: readonly Attack[] = [
  ...Object.entries(BREAKING).map(([what, send], n): Attack => ({ name: `${what} on the line`, from: n % 2 === 0 ? 'awake' : 'asleep', may: ['silence', 'ok'], breaks: true, send })),
  {
    name: 'a hundred thousand pongs nobody asked for',
    from: 'awake',
    may: [],
    send: (fight) => fight.line().bytes(Buffer.alloc(100_000 * 3, bytes({ opcode: PONG, payload: 'x' }))),
  },
  {
    name: 'a good frame in fragments, with pings between them',
    from: 'awake',
    may: ['ok'],
    send(fight) {
      const text = fight.line().seal(JSON.stringify(fight.command('ping')));
      const parts = text.match(/.{1,7}/gs) ?? [];
      parts.forEach((payload, n) => {
        fight.line().bytes(bytes({ opcode: n === 0 ? OPCODE.text : OPCODE.continuation, payload, isLast: n === parts.length - 1 }));
        if (n % 50 === 0) fight.line().bytes(bytes({ opcode: OPCODE.ping, payload: 'x' }));
      });
    },
  },
];
