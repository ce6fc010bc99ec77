/** A small RTSP camera on loopback: H.264 over TCP, interleaved, with Basic credentials if asked for. For tests. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

const RTP_MAX = 1_200;

export type RtspSource = { readonly port: number; readonly asked: readonly string[]; close(): void };
export type RtspBehaviour = {
  readonly login?: string; // user:password
  readonly size?: string;
  /** What it answers to DESCRIBE instead of a description. */
  readonly describe?: (cseq: string) => string | null; // null: nothing at all
  /** Plays, and sends nothing. */
  readonly isMute?: boolean;
};

/** One second of moving bars, as the network would bring it: without the start codes. */
function nals(size: string): readonly Buffer[] {
  const made = spawnSync('/usr/bin/ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', `testsrc=size=${size}:rate=5`, '-t', '1', '-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p', '-g', '1', '-f', 'h264', '-bsf:v', 'h264_mp4toannexb', 'pipe:1'], { maxBuffer: 64 * 1_048_576 });
  if (made.status !== 0) throw new Error(`ffmpeg made no stream (install the Debian package ffmpeg): ${String(made.stderr)}`);
  const found: Buffer[] = [];
  let start = -1;
  for (let at = 0; at + 3 <= made.stdout.length; at++) {
    if (made.stdout.readUIntBE(at, 3) !== 1) continue;
    if (start >= 0) found.push(made.stdout.subarray(start, made.stdout[at - 1] === 0 ? at - 1 : at));
    start = at + 3;
  }
  found.push(made.stdout.subarray(start));
  return found;
}

/** RFC 6184: small units as they are, large ones in pieces (FU-A). */
function packets(unit: Buffer): readonly Buffer[] {
  if (unit.length <= RTP_MAX) return [unit];
  const head = unit[0] ?? 0;
  const pieces: Buffer[] = [];
  for (let at = 1; at < unit.length; at += RTP_MAX) {
    const edge = (at === 1 ? 0x80 : 0) | (at + RTP_MAX >= unit.length ? 0x40 : 0);
    pieces.push(Buffer.concat([Buffer.of((head & 0xe0) | 28, edge | (head & 0x1f)), unit.subarray(at, at + RTP_MAX)]));
  }
  return pieces;
}

function rtpHead({ sequence, time, length, isLast }: { sequence: number; time: number; length: number; isLast: boolean }): Buffer {
  const head = Buffer.alloc(16);
  head.write('$', 0);
  head.writeUInt16BE(12 + length, 2);
  head[4] = 0x80;
  head[5] = 96 | (isLast ? 0x80 : 0);
  head.writeUInt16BE(sequence & 0xffff, 6);
  head.writeUInt32BE(time, 8);
  head.writeUInt32BE(7, 12);
  return head;
}

export async function rtspSource({ login, size = '320x240', describe, isMute = false }: RtspBehaviour = {}): Promise<RtspSource> {
  const units = isMute || describe ? [] : nals(size);
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
    let text = '';
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        const request = text.slice(0, end);
        text = text.slice(end + 4);
        asked.push(request);
        answer(socket, request);
      }
    });
  });

  function answer(socket: Socket, request: string): void {
    const method = request.split(' ')[0] ?? '';
    const cseq = /^CSeq: *(\d+)/im.exec(request)?.[1] ?? '0';
    const say = (status: string, headers: readonly string[] = [], body = '') => socket.write([`RTSP/1.0 ${status}`, `CSeq: ${cseq}`, ...headers, ...(body === '' ? [] : [`Content-Length: ${body.length}`]), '', body].join('\r\n'));
    if (method === 'OPTIONS') return void say('200 OK', ['Public: DESCRIBE, SETUP, PLAY, TEARDOWN']);
    if (login !== undefined && !request.includes(`Basic ${Buffer.from(login).toString('base64')}`)) return void say('401 Unauthorized', ['WWW-Authenticate: Basic realm="camera"']);
    if (method === 'DESCRIBE') {
      if (describe) {
        const said = describe(cseq);
        return void (said !== null && socket.write(said));
      }
      const sets = units.filter((unit) => [7, 8].includes((unit[0] ?? 0) & 31)).slice(0, 2).map((unit) => unit.toString('base64')).join(',');
      return void say('200 OK', ['Content-Type: application/sdp'], ['v=0', 'o=- 0 0 IN IP4 127.0.0.1', 's=camera', 't=0 0', 'm=video 0 RTP/AVP 96', 'a=rtpmap:96 H264/90000', `a=fmtp:96 packetization-mode=1${sets === '' ? '' : `;sprop-parameter-sets=${sets}`}`, 'a=control:track1', ''].join('\r\n'));
    }
    if (method === 'SETUP') return void say('200 OK', ['Transport: RTP/AVP/TCP;unicast;interleaved=0-1', 'Session: 1']);
    if (method !== 'PLAY') return void say('200 OK', ['Session: 1']);
    say('200 OK', ['Session: 1']);
    if (units.length > 0) play(socket);
  }

  /** Over and over, as a camera does: a reader that hears nothing more waits for more. */
  function play(socket: Socket): void {
    let [sequence, time, next] = [0, 0, 0];
    const timer = setInterval(() => {
      for (let isPicture = false; !isPicture; next++) {
        const unit = units[next % units.length] ?? Buffer.alloc(1);
        isPicture = [1, 5].includes((unit[0] ?? 0) & 31);
        const pieces = packets(unit);
        pieces.forEach((piece, i) => socket.write(Buffer.concat([rtpHead({ sequence: sequence++, time, length: piece.length, isLast: isPicture && i === pieces.length - 1 }), piece])));
      }
      time += 3_600;
    }, 20);
    socket.on('close', () => clearInterval(timer));
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
