/** Bytes straight onto a socket, for saying what no client of ours ever would. */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { atTheEnd } from './teardown.ts';
import { until } from './until.ts';

export type RawWire = {
  readonly socket: Socket;
  send(bytes: string | Uint8Array): void;
  received(): string;
  /** Both ways: nobody waits for us any more. */
  isClosed(): boolean;
  /** How many milliseconds it lived. Throws when it still does. */
  untilClosed(withinMs: number): Promise<number>;
};

export async function dialRaw(port: number): Promise<RawWire> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: false });
  atTheEnd(() => socket.destroy());
  let text = '';
  let closedAt: number | null = null;
  socket.on('data', (bytes: Buffer) => (text += bytes.toString('latin1')));
  socket.on('error', () => socket.destroy());
  socket.on('close', () => (closedAt = performance.now()));
  await once(socket, 'connect');
  const since = performance.now();
  return {
    socket,
    send: (bytes) => void (socket.writable && socket.write(bytes)),
    received: () => text,
    isClosed: () => closedAt !== null,
    untilClosed: (withinMs) => until(() => closedAt !== null && closedAt - since, withinMs),
  };
}

type Upgrade = { readonly path?: string; readonly headers?: readonly string[] };

export const upgradeRequest = ({ path = '/v1/agents/connect', headers }: Upgrade = {}): string => {
  const usual = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`];
  return `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${(headers ?? usual).join('\r\n')}\r\n\r\n`;
};

/** A WebSocket that has been accepted and has not said who it is. */
export async function dialWebSocket(port: number): Promise<RawWire> {
  const wire = await dialRaw(port);
  wire.send(upgradeRequest());
  await until(() => wire.received().includes('101 Switching Protocols'), 5_000);
  return wire;
}

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9 } as const;
type Frame = {
  readonly opcode: number;
  readonly payload?: string | Uint8Array;
  readonly isLast?: boolean;
  readonly isMasked?: boolean;
  readonly reservedBits?: number;
  /** A length that the payload does not have. */
  readonly declares?: bigint;
};

/** One frame of RFC 6455, as right or wrong as it is asked for. */
export function frame({ opcode, payload = '', isLast = true, isMasked = true, reservedBits = 0, declares }: Frame): Buffer {
  const body = Buffer.from(payload as string); // either overload
  const first = (isLast ? 0x80 : 0) | (reservedBits << 4) | opcode;
  const mask = isMasked ? randomBytes(4) : Buffer.alloc(0);
  const masked = isMasked ? Buffer.from(body.map((byte, i) => byte ^ (mask[i % 4] ?? 0))) : body;
  return Buffer.concat([Buffer.from([first]), lengthOf(declares ?? BigInt(body.length), isMasked), mask, masked]);
}

function lengthOf(length: bigint, isMasked: boolean): Buffer {
  const bit = isMasked ? 0x80 : 0;
  if (length < 126n) return Buffer.from([bit | Number(length)]);
  if (length < 65_536n) return Buffer.from([bit | 126, Number(length >> 8n), Number(length & 255n)]);
  const eight = Buffer.alloc(9);
  eight[0] = bit | 127;
  eight.writeBigUInt64BE(length, 1);
  return eight;
}
