/** The server that pretends: every answer a page asks it for is one the real server could have given. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as auth from '@argus/client/auth.ts';
import * as logs from '@argus/client/log-requests.ts';
import * as api from '@argus/client/requests.ts';
import * as users from '@argus/client/users.ts';
import type { Request } from '@argus/client/requests.ts';
import { ERRORS } from '@argus/protocol/errors.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { beforeAll, expect, test } from 'vitest';
import { atTheEndOfTheFile } from '@argus/testkit/end-of-file.ts';
import { createFront, failureIn } from './front.ts';
import { DEVELOPER, startPretend } from './pretend.ts';

let url: string;
let cookie = '';
beforeAll(async () => {
  const dist = mkdtempSync(join(tmpdir(), 'argus-dev-test-'));
  writeFileSync(join(dist, 'index.html'), '<!doctype html>');
  const pretend = await startPretend();
  const front = createFront({ dist, behind: pretend.port }).listen(0, '127.0.0.1');
  await once(front, 'listening');
  url = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
  atTheEndOfTheFile(async () => {
    front.close();
    front.closeAllConnections();
    await pretend.close();
    rmSync(dist, { recursive: true });
  });
  const answer = await fetch(`${url}/v1/auth/sign-in`, { method: 'POST', headers: { 'content-type': 'application/json', origin: url }, body: JSON.stringify(DEVELOPER) });
  cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? expect.unreachable(await answer.text());
}, 60_000);

const [tenant, agent] = [mustId('tenant', 'UTD_7ELEVEN_001'), mustId('agent', 'agent_macpro_lobby_01')];
const ask = async <T>(request: Request<T>) => {
  const answer = await fetch(url + request.path, { method: request.method, headers: { cookie, accept: 'application/json' } });
  return { status: answer.status, read: request.read(await answer.json()) };
};

/** All a page looks at. */
const LOOKS: Readonly<Record<string, () => Request<unknown>>> = {
  me: api.me, login: auth.showLogin, logins: auth.listLogins, ways: auth.signInWays, tenants: api.listTenants, tenant: () => api.showTenant(tenant),
  agents: () => api.listAgents(undefined, { sort: 'state', limit: 200 }), counts: api.agentCounts, agent: () => api.showAgent(agent), lines: () => api.agentLines(agent), capabilities: () => api.capabilities(agent),
  sessions: api.listSessions, audit: api.supportAudit, calls: api.auditLog, events: api.events, alerts: () => api.listAlerts('all'), audits: api.listReconciliations,
  tokens: api.listPats, users: users.listUsers, checkpoint: () => logs.logCheckpoint(tenant), entries: () => logs.logEntries(tenant),
};
test.each(Object.entries(LOOKS))('%s: what it says fits the schema that pages read it with', async (_, request) => {
  const { status, read } = await ask(request());
  expect(status).toBe(200);
  expect(read).not.toBeNull();
});

test('there is something to look at: machines by the hundred, a history, a session, an alert', async () => {
  expect((await ask(api.listAgents(undefined, { limit: 1 }))).read?.total).toBeGreaterThan(400);
  expect((await ask(api.agentLines(agent))).read?.lines).toHaveLength(2);
  expect((await ask(api.showAgent(agent))).read?.state).toBe('online');
  expect((await ask(api.listSessions())).read?.sessions).toHaveLength(1);
  expect((await ask(api.listAlerts('all'))).read?.alerts).toHaveLength(1);
});

test('a text with a code in it is refused with that code, in a body as in an address, and any other text is not', async () => {
  const refused = await fetch(`${url}/support/tenants/${tenant}/arm`, { method: 'POST', headers: { cookie, 'content-type': 'application/json' }, body: JSON.stringify({ reason: 'fail:rate_limited' }) });
  expect([refused.status, await refused.json()]).toMatchObject([429, { code: 'rate_limited', retry_after_s: 20 }]);
  expect((await fetch(`${url}/v1/agents?q=${encodeURIComponent('fail:agent_not_found')}`, { headers: { cookie } })).status).toBe(404);
  expect(Object.keys(ERRORS).filter((code) => failureIn(`because fail:${code}`)?.code !== code)).toEqual([]);
  expect(failureIn('fail:no_such_code, prefail:rate_limited, fail')).toBeNull();
});

test('an address never becomes a path of this machine', async () => {
  expect((await fetch(`${url}/console/..%2f..%2fpackage.json`)).status).toBe(404);
  expect((await fetch(url)).status).toBe(200);
});

test('an address that nobody can read is answered, and the server goes on', async () => {
  expect((await fetch(`${url}/v1/agents?q=%zz`, { headers: { cookie } })).status).toBeLessThan(500);
  expect((await fetch(url)).status).toBe(200);
});
