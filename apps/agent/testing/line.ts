/** The other end of the agent's line: sockets that open, break and speak when told to, and a server that has the passkey. */
import { isoTime, type Clock } from '@argus/kit/clock.ts';
import { envelopeKeys, opener, sealer, welcomeMac } from '@argus/keys/channel.ts';
import { parseUp, type DownFrame, type UpFrame } from '@argus/protocol/frames.ts';
import { parseHello, type Hello, type Refusal, type Welcome } from '@argus/protocol/handshake.ts';
import { mustId } from '@argus/protocol/ids.ts';
import type { Dial, SocketEvents } from '../src/ports.ts';

export const PASSKEY = new Uint8Array(32).fill(6);

export type WelcomeOver = Partial<Omit<Welcome, 'mac' | 'type'>> & { readonly passkey?: Uint8Array; readonly nonceA?: string };

export function createDials(clock: Clock) {
  const sockets: ReturnType<typeof createSocket>[] = [];
  let most = 0;

  function createSocket(events: SocketEvents) {
    const sent: string[] = [];
    const closes: { readonly code: number; readonly reason: string }[] = [];
    let isGone = false;
    let seal: ((frame: string) => string) | null = null;
    let unseal: ((text: string) => string | null) | null = null;
    const socket = {
      at: clock.elapsed(),
      sent,
      closes,
      isGone: () => isGone,
      open: () => events.opened({ send: (text) => void sent.push(text), close: (code, reason) => void closes.push({ code, reason }) }),
      say: (text: string) => events.message(text),
      /** The socket is closed, by whomever. */
      gone(why = 'closed'): void {
        isGone = true;
        events.closed(why);
      },
      hello(): Hello {
        const hello = parseHello(sent[0] ?? '');
        if (!hello.ok) throw new Error(`no h1: ${sent[0]}`);
        return hello.value;
      },
      welcomeText({ passkey = PASSKEY, nonceA = socket.hello().nonce_a, ...over }: WelcomeOver = {}): string {
        const h2 = {
          v: 1 as const,
          connection: mustId('connection', `con_${'c'.repeat(20)}`),
          nonce_s: 'EBESExQVFhcYGRobHB0eHw',
          heartbeat_s: 15,
          max_frame: 524_288,
          server_time: isoTime(clock.now()),
          ...over,
        };
        const text = JSON.stringify({ type: 'h2', ...h2, mac: welcomeMac(passkey, h2, nonceA) });
        const keys = envelopeKeys(passkey, sent[0] ?? '', text);
        seal = sealer(keys.down);
        unseal = opener(keys.up);
        return text;
      },
      welcome: (over: WelcomeOver = {}) => events.message(socket.welcomeText(over)),
      refuse: (refusal: Omit<Refusal, 'type'>) => events.message(JSON.stringify({ type: 'refused', ...refusal })),
      sealed: (frame: DownFrame | string): string => seal?.(typeof frame === 'string' ? frame : JSON.stringify(frame)) ?? '',
      tell: (frame: DownFrame | string) => events.message(socket.sealed(frame)),
      /** What the agent said since the handshake, opened. Reading twice gives the news only. */
      heard(): UpFrame[] {
        return sent.splice(1).map((text) => {
          const frame = parseUp(unseal?.(text) ?? 'the seal does not open');
          if (!frame.ok) throw new Error('an unreadable frame');
          return frame.value;
        });
      },
    };
    return socket;
  }

  const dial: Dial = (events) => {
    sockets.push(createSocket(events));
    most = Math.max(most, sockets.filter((s) => !s.isGone()).length);
  };
  return {
    dial,
    sockets,
    /** The most that were there at once. */
    most: () => most,
    last() {
      const socket = sockets.at(-1);
      if (!socket) throw new Error('nobody dialed');
      return socket;
    },
  };
}
