import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { atTheEnd } from './teardown.ts';

/** `down` is towards the agent, `up` towards the server. */
export type Direction = 'down' | 'up';
export type Proxy = {
  readonly url: string;
  /** Where new connections go. While it is nowhere they wait, as behind a load balancer. */
  aim(port: number | null): void;
  /** What comes from now on in this direction is kept here, the end of a connection too. */
  hold(direction: Direction): void;
  release(direction: Direction): void;
  /** Both sides of every connection are cut; what was held is lost. */
  cut(): void;
  /** Has this text been delivered in this direction? Frames are sealed, not hidden, so what is in them can be read here. */
  hasCarried(direction: Direction, text: string): boolean;
};

/** A wire between agent and server that can be made to deliver late, or never. */
export async function startProxy(): Promise<Proxy> {
  let target: number | null = null;
  const isHeld = { down: false, up: false };
  const held: Record<Direction, (() => void)[]> = { down: [], up: [] };
  const waiting = new Set<Socket>();
  const open = new Set<Socket>();
  const carried = { down: '', up: '' };

  const deliver = (direction: Direction, act: () => void): void => {
    if (isHeld[direction]) held[direction].push(act);
    else act();
  };
  function join(from: Socket, to: Socket, direction: Direction): void {
    from.on('data', (bytes) =>
      deliver(direction, () => {
        if (!to.writable) return;
        carried[direction] += bytes.toString('latin1');
        to.write(bytes);
      }),
    );
    from.on('close', () => deliver(direction, () => to.destroySoon()));
  }
  function track(socket: Socket): void {
    open.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
  }
  function carry(agent: Socket, port: number): void {
    const server = connect(port, '127.0.0.1');
    track(server);
    join(agent, server, 'up');
    join(server, agent, 'down');
    agent.resume();
  }

  const listener = createServer({ pauseOnConnect: true }, (agent) => {
    track(agent);
    if (target !== null) return carry(agent, target);
    waiting.add(agent);
    agent.on('close', () => waiting.delete(agent));
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const cut = (): void => {
    held.down = [];
    held.up = [];
    for (const socket of open) socket.destroy();
  };
  atTheEnd(() => {
    cut();
    listener.close();
  });

  return {
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    aim(port) {
      target = port;
      if (port === null) return;
      for (const agent of waiting) carry(agent, port);
      waiting.clear();
    },
    hold: (direction) => void (isHeld[direction] = true),
    release(direction) {
      isHeld[direction] = false;
      for (const act of held[direction].splice(0)) act();
    },
    cut,
    hasCarried: (direction, text) => carried[direction].includes(text),
  };
}
