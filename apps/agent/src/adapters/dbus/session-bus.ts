import { connect } from 'node:net';
import type { Value } from './marshal.ts';
import { decodeMessage, encodeMessage, KIND, MESSAGE_BYTES_MAX, type Message } from './message.ts';

/**
 * A client of the session bus, as small as a tray needs: sign in as this user, call, be called, send and hear signals.
 * Our own, so that owners need to trust nobody else for what their agent loads.
 */
export type Call = { readonly to: string; readonly path: string; readonly interface: string; readonly member: string; readonly signature?: string; readonly body?: readonly Value[] };
export type Answer = { readonly signature: string; readonly body: readonly Value[] };
/** Null: there is no such method here. */
export type Answering = (call: Message) => Answer | null;
export type Bus = {
  readonly name: string;
  call(call: Call): Promise<readonly Value[]>;
  signal(signal: Omit<Call, 'to'>): void;
  /** What this rule matches is heard. */
  hear(rule: string, heard: (signal: Message) => void): Promise<void>;
  answer(path: string, answering: Answering): void;
  readonly closed: Promise<string>;
  close(): void;
};

const DBUS = { to: 'org.freedesktop.DBus', path: '/org/freedesktop/DBus', interface: 'org.freedesktop.DBus' } as const;
const ANSWER_MS = 5_000;
const LINE_BYTES_MAX = 1_024;

export function connectBus(socketPath: string, uid: number): Promise<Bus> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath);
    let received = Buffer.alloc(0);
    let isSignedIn = false;
    let serial = 0;
    let close = (_why: string) => {};
    const closed = new Promise<string>((tell) => (close = tell));
    const waiting = new Map<number, { readonly done: (body: readonly Value[]) => void; readonly failed: (problem: Error) => void }>();
    const hearers: ((signal: Message) => void)[] = [];
    const paths = new Map<string, Answering>();

    function end(why: string): void {
      socket.destroy();
      for (const { failed } of waiting.values()) failed(new Error(why));
      waiting.clear();
      close(why);
      reject(new Error(why)); // nobody, once it is resolved
    }

    const send = (message: Omit<Message, 'serial'>): number => {
      serial = (serial % 0xffff_fffe) + 1;
      socket.write(encodeMessage({ ...message, serial }));
      return serial;
    };

    const bus: Bus = {
      name: '',
      call: ({ body = [], ...call }) =>
        new Promise((done, failed) => {
          const mine = send({ kind: KIND.call, ...call, body });
          const timer = setTimeout(() => {
            waiting.delete(mine);
            failed(new Error(`${call.interface}.${call.member} was not answered`));
          }, ANSWER_MS);
          const settle =
            <T>(then: (value: T) => void) =>
            (value: T) => {
              clearTimeout(timer);
              then(value);
            };
          waiting.set(mine, { done: settle(done), failed: settle(failed) });
        }),
      signal: ({ body = [], ...signal }) => void send({ kind: KIND.signal, ...signal, body }),
      async hear(rule, heard) {
        hearers.push(heard);
        await bus.call({ ...DBUS, member: 'AddMatch', signature: 's', body: [rule] });
      },
      answer: (path, answering) => void paths.set(path, answering),
      closed,
      close: () => end('closed'),
    };

    function receive(message: Message): void {
      if (message.kind === KIND.signal) return hearers.forEach((heard) => heard(message));
      if (message.kind === KIND.call) return answer(message);
      const asked = waiting.get(message.answers ?? -1);
      if (!asked) return;
      waiting.delete(message.answers ?? -1);
      if (message.kind === KIND.reply) asked.done(message.body);
      else asked.failed(new Error(message.error ?? 'refused'));
    }

    function answer(call: Message): void {
      const said = call.interface === 'org.freedesktop.DBus.Peer' && call.member === 'Ping' ? { signature: '', body: [] } : (paths.get(call.path ?? '')?.(call) ?? null);
      if (call.noReply || call.from === undefined) return;
      const back = { answers: call.serial, to: call.from };
      if (said) send({ kind: KIND.reply, ...back, ...(said.signature !== '' && { signature: said.signature }), body: said.body });
      else send({ kind: KIND.error, ...back, error: 'org.freedesktop.DBus.Error.UnknownMethod', signature: 's', body: ['no such method here'] });
    }

    function signIn(): void {
      const end_ = received.indexOf('\r\n');
      if (end_ < 0) return received.length > LINE_BYTES_MAX ? end('the bus did not say who it is') : undefined;
      const line = received.toString('latin1', 0, end_);
      received = received.subarray(end_ + 2);
      if (!line.startsWith('OK ')) return end('the bus does not take this user');
      isSignedIn = true;
      socket.write('BEGIN\r\n');
      bus
        .call({ ...DBUS, member: 'Hello' })
        .then(([name]) => resolve(Object.assign(bus, { name: typeof name === 'string' ? name : '' })))
        .catch((problem: unknown) => end(String(problem)));
    }

    socket.on('connect', () => socket.write(`\0AUTH EXTERNAL ${Buffer.from(String(uid)).toString('hex')}\r\n`));
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
      try {
        if (!isSignedIn) signIn();
        if (!isSignedIn) return;
        for (let next = decodeMessage(received); next; next = decodeMessage(received)) {
          received = received.subarray(next.length);
          receive(next.message);
        }
        if (received.length > MESSAGE_BYTES_MAX) end('the bus says too much at once');
      } catch (problem) {
        end(String(problem)); // bytes that are no message: nothing after them can be read either
      }
    });
    socket.on('error', (problem) => end(problem.message));
    socket.on('close', () => end('the bus is gone'));
  });
}
