import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createTestApi } from '../../../test/api.ts';
import { COOKIE } from '../../http/cookie.ts';
import { acceptAgents } from './accept.ts';

/**
 * Guarantee: a page that is not ours opens no socket with somebody's cookie. A browser sends cookies and its origin along
 * with every WebSocket, to whatever page opened it; a machine has neither.
 */
test('a socket that brings a cookie comes from our own page, or gets no further than its headers', async () => {
  const { api } = createTestApi();
  const server = createServer();
  let accepted = 0;
  const agents = acceptAgents(server, {
    accept: () => {
      accepted++;
      return { message: () => undefined, closed: () => undefined, isAuthenticated: () => true };
    },
    addressOf: () => '127.0.0.1',
    newRequestId: () => 'req_test',
    isForeignPage: api.isForeignPage,
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const knock = (headers: Record<string, string>) =>
    new Promise<string>((resolve, reject) => {
      const req = request({ port, host: '127.0.0.1', path: '/v1/agents/connect', headers: { connection: 'upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': Buffer.alloc(16).toString('base64'), ...headers } });
      req.on('upgrade', (_answer, socket) => {
        socket.destroy();
        resolve('in');
      });
      req.on('response', (answer) => {
        let text = '';
        answer.on('data', (chunk: Buffer) => (text += chunk.toString())).on('end', () => resolve((JSON.parse(text) as { code: string }).code));
      });
      req.on('error', reject).end();
    });
  try {
    const own = `http://127.0.0.1:${port}`;
    expect(await knock({})).toBe('in');
    for (const name of Object.values(COOKIE)) {
      const cookie = `a=b; ${name}=lgs_${'s'.repeat(43)}`;
      for (const headers of [{ cookie }, { cookie, origin: 'https://evil.example' }, { cookie, origin: 'null' }, { cookie, origin: own, 'sec-fetch-site': 'cross-site' }]) expect(await knock(headers), JSON.stringify(headers)).toBe('foreign_origin');
      expect(await knock({ cookie, origin: own })).toBe('in');
    }
    expect(await knock({ cookie: 'something=else', origin: 'https://anywhere.example' })).toBe('in');
    expect(accepted).toBe(4);
  } finally {
    agents.close();
    server.close();
    await api.close();
  }
});
