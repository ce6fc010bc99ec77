import { createServer, type Server, type Socket } from 'node:net';

/**
 * What other people of this machine may connect to. Whoever connects is hostile: one short line of JSON, little time, few
 * places, and the newest caller gets the place of the oldest, so that nobody can fill them all.
 */
export const LINE_BYTES_MAX = 1_024;
export const CALLERS_MAX = 16;
const SAY_WITHIN_MS = 2_000;
const GONE_WITHIN_MS = 5_000;
const UNREAD_BYTES_MAX = 65_536;

const REFUSED = '{"refused":true}\n';

export type Answerer = () => Readonly<Record<string, unknown>> | Promise<Readonly<Record<string, unknown>>>;

function server(connected: (socket: Socket, callers: ReadonlySet<Socket>) => void): Server {
  const callers = new Set<Socket>();
  const listening = createServer((socket) => {
    callers.add(socket);
    socket.on('close', () => callers.delete(socket));
    socket.on('error', () => socket.destroy());
    for (const oldest of callers) {
      if (callers.size <= CALLERS_MAX) break;
      callers.delete(oldest);
      oldest.destroy();
    }
    connected(socket, callers);
  });
  listening.on('close', () => {
    for (const socket of callers) socket.destroy();
  });
  return listening;
}

/** Hears one line `{"ask": "<word>"}` and answers it with one. A word that is not in the table is refused; what is no such line is cut off. */
export const askingServer = (words: Readonly<Record<string, Answerer>>): Server =>
  server((socket) => {
    let heard = Buffer.alloc(0);
    let timer = setTimeout(() => socket.destroy(), SAY_WITHIN_MS);
    socket.on('close', () => clearTimeout(timer));
    socket.on('data', (bytes) => {
      heard = Buffer.concat([heard, bytes]);
      const end = heard.indexOf(10);
      if (end > LINE_BYTES_MAX || (end < 0 && heard.length > LINE_BYTES_MAX)) return void socket.destroy();
      if (end < 0) return;
      socket.removeAllListeners('data');
      socket.resume(); // whatever else it says
      clearTimeout(timer);
      timer = setTimeout(() => socket.destroy(), GONE_WITHIN_MS);
      const word = wordOf(heard.subarray(0, end).toString('utf8'));
      if (word === null) return void socket.destroy();
      const answer = Object.hasOwn(words, word) ? words[word] : undefined;
      if (!answer) return void socket.end(REFUSED);
      Promise.resolve()
        .then(answer)
        .then(
          (said) => socket.end(`${JSON.stringify(said)}\n`),
          () => socket.end(REFUSED),
        );
    });
  });

function wordOf(line: string): string | null {
  try {
    const said: unknown = JSON.parse(line);
    const word = typeof said === 'object' && said !== null && 'ask' in said ? said.ask : null;
    return typeof word === 'string' ? word : null;
  } catch {
    return null;
  }
}

/** Says what is, to everyone who connects, and again whenever it changes. It hears nothing: who speaks is cut off. */
export function tellingServer(now: () => string): { readonly server: Server; tell(): void } {
  const listeners = new Set<Socket>();
  const say = (socket: Socket, line: string) => {
    if (socket.writableLength > UNREAD_BYTES_MAX) socket.destroy();
    else socket.write(`${line}\n`);
  };
  const telling = server((socket) => {
    listeners.add(socket);
    socket.on('close', () => listeners.delete(socket));
    socket.on('data', () => socket.destroy());
    say(socket, now());
  });
  return {
    server: telling,
    tell() {
      const line = now();
      for (const socket of listeners) say(socket, line);
    },
  };
}
