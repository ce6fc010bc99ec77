/** The floor for an idle agent: a process of Node.js with one `ws` client that dials again, as politely as ours. Nothing else, no types to strip either. */
import { WebSocket } from 'ws';

const url = process.argv[2] ?? '';
let waitMs = 1_000;
const dial = () => {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  socket.on('open', () => (waitMs = 1_000));
  socket.on('error', () => undefined);
  socket.on('close', () => {
    waitMs = Math.min(60_000, waitMs * (1 + 2 * Math.random()));
    setTimeout(dial, waitMs);
  });
};
dial();
