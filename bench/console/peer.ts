/** The floor: a bare server, and a plain page with every row in its table. No schema, no sign-in, no virtualising; the filter hides rows. */
import { createServer, type Server } from 'node:http';
import { gzipSync } from 'node:zlib';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

const SCRIPT = `
const { agents } = await (await fetch('/agents')).json();
const body = document.querySelector('tbody');
for (const a of agents) {
  const row = body.insertRow();
  for (const text of [a.id, a.state, a.tenant_id, a.version, a.platform, a.last_seen]) row.insertCell().textContent = text ?? '';
}
document.querySelector('input').addEventListener('input', ({ target: { value } }) => {
  let fit = 0;
  for (const row of body.rows) { row.hidden = !row.textContent.includes(value); fit += row.hidden ? 0 : 1; }
  document.querySelector('output').textContent = fit + ' fit';
});
document.querySelector('th').addEventListener('click', () => body.append(...[...body.rows].reverse()));
document.documentElement.dataset.ready = '1';
`;
const PAGE = '<!doctype html><title>floor</title><input><output></output><div id="box"><table><thead><tr><th>AGENT<th>STATE<th>TENANT<th>VERSION<th>PLATFORM<th>LAST SEEN<tbody></table></div><style>#box{height:80vh;overflow:auto}table{table-layout:fixed;width:100%}</style><script type="module" src="/floor.js"></script>';

export type Peer = { readonly url: string; readonly close: () => void };
export async function startPeer(agents: readonly unknown[]): Promise<Peer> {
  const all = JSON.stringify({ agents });
  const packed = gzipSync(all);
  const server: Server = createServer((req, res) => {
    if (req.url === '/agents') res.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(packed);
    else if (req.url === '/floor.js') res.writeHead(200, { 'content-type': 'text/javascript' }).end(SCRIPT);
    else res.writeHead(200, { 'content-type': 'text/html' }).end(PAGE);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close: () => server.close() };
}
