/** The only file of argusctl that starts a program: the one that opens an address, and nothing goes to it but that. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import type { HandoffCode } from '@argus/protocol/ids.ts';
import type { Browser, Listening } from '../browser.ts';
import type { Env } from '../stored.ts';

/** `BROWSER` names another program, as elsewhere. */
export const systemBrowser = (env: Env, platform: NodeJS.Platform): Browser => ({
  machine: hostname(),
  open(address) {
    const [program, ...args] = openerOf(env, platform);
    // No shell: an address has `&` in it. Without a window, or without such a program, nothing happens.
    spawn(program, [...args, address], { stdio: 'ignore', detached: true }).on('error', () => undefined).unref();
  },
  listen,
});

export function openerOf({ BROWSER: named }: Env, platform: NodeJS.Platform): readonly [string, ...string[]] {
  if (named) return [named];
  if (platform === 'darwin') return ['open'];
  return platform === 'win32' ? ['rundll32', 'url.dll,FileProtocolHandler'] : ['xdg-open'];
}

function listen(read: Parameters<Browser['listen']>[0]): Promise<Listening | string> {
  return new Promise((resolve) => {
    let take: (code: HandoffCode) => void = () => undefined;
    const came = new Promise<HandoffCode>((done) => (take = done));
    const server = createServer({ requestTimeout: 5_000, headersTimeout: 5_000, maxHeaderSize: 8_192 }, (req, res) => {
      const found = read({ method: req.method ?? '', target: req.url ?? '', host: req.headers.host }, (server.address() as AddressInfo).port); // it listens
      if (typeof found === 'number') answer(res, found, TURNED_AWAY);
      else answer(res, 200, CAME_BACK).once('close', () => take(found)); // the page is out before we go on
    });
    server.maxConnections = 16;
    server.once('error', (problem: NodeJS.ErrnoException) => resolve(problem.code ?? problem.message));
    server.listen({ host: '127.0.0.1', port: 0 }, () =>
      resolve({
        port: (server.address() as AddressInfo).port, // it listens
        came,
        close() {
          server.close();
          server.closeAllConnections();
        },
      }),
    );
  });
}

const STYLE = 'body{margin:20vh auto;max-width:34rem;padding:0 1.5rem;font:1rem/1.5 system-ui,sans-serif}h1{font-size:1.4rem}';
const page = (title: string, says: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>${title} · argusctl</title><style>${STYLE}</style></head><body><h1>${title}</h1><p>${says}</p></body></html>`;
const CAME_BACK = page('Approved', 'argusctl goes on in your terminal. You can close this tab.');
const TURNED_AWAY = page('Nothing here', 'argusctl waits for a sign-in that was begun in a terminal, and this was not it.');
/** Nothing runs in them, nothing of the address stands in them, and nobody frames or keeps them. */
const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  connection: 'close',
};
const answer = (res: ServerResponse, status: number, text: string): ServerResponse => res.writeHead(status, HEADERS).end(text);
