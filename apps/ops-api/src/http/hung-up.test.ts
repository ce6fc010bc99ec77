import { connect, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { createTestApi } from '../../test/api.ts';
import { PRESETS } from '../people/principal.ts';

/** A caller who sends a whole request and is gone before it is read: a socket that has ended tells nobody any more where it led. */
test('who hangs up at once is on record with the address they came from', async () => {
  const api = createTestApi();
  const pat = await api.newToken(PRESETS['admin-full']);
  await api.http.listen({ port: 0, host: '127.0.0.1' });
  const { port } = api.http.server.address() as AddressInfo; // it listens on a port
  const CALLS = 40;
  for (let n = 0; n < CALLS; n++) {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    await new Promise((written) => socket.write(`GET /v1/agents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${pat}\r\n\r\n`, written));
    socket.resetAndDestroy();
  }
  const ips = async () => (await api.memory.records.apiCalls({ tenants: null, match: { route: '/agents' }, limit: 100 })).rows.map(({ ip }) => ip);
  await expect.poll(async () => (await ips()).length).toBeGreaterThan(0);
  await api.api.close();
  const seen = await ips();
  expect(seen.length).toBeGreaterThan(CALLS / 2);
  expect(new Set(seen)).toEqual(new Set(['127.0.0.1']));
});
