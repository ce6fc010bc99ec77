/** A tenant that has signed and is armed, an administrator, and its machine on the line: all of them real processes. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { enrollMachine, type Machine } from './agent.ts';
import { databaseIn, externalDatabase, onExternal, type Database } from './database.ts';
import { ask, type Answer } from './http.ts';
import { newInstallation, newPat, OPS_TOKEN, startOpsApi, type Installation, type OpsApi } from './ops-api.ts';
import type { Running } from './processes.ts';
import { startProxy, type Proxy } from './proxy.ts';
import { until } from './until.ts';
import { readEntries, verifyLog, type VerifiedLog } from './verify-log.ts';

export const TENANT = 'UTD_7ELEVEN_001';
const AGENT = 'agent_macpro_lobby_01';
/** A line that was cut is dialled again within seconds, jittered. */
const BACK_MS = 20_000;

export type Session = { readonly id: string; readonly token: string };
export type Ready = {
  readonly installation: Installation;
  readonly database: Database;
  readonly proxy: Proxy;
  readonly machine: Machine;
  readonly pat: string;
  readonly api: () => OpsApi;
  readonly agent: () => Running;
  /** Another life of the ops API on the same data dir, with the same machine. */
  restartApi(): Promise<void>;
  restartAgent(env?: NodeJS.ProcessEnv): Promise<void>;
  untilOnline(): Promise<void>;
  activate(): Promise<Session>;
  command(session: Session, name: string, more?: { readonly args?: object; readonly request_id?: string; readonly withinMs?: number }): Promise<Answer>;
  get(path: string): Promise<Answer>;
  post(path: string, body: unknown): Promise<Answer>;
  /** Everything a tenant can check, checked. */
  verify(): Promise<VerifiedLog>;
  entries(): Promise<readonly string[]>;
};

const ONE_CAMERA = [{ id: 'cam_3', name: 'Lobby', kind: 'test_pattern' }];

/** `settings`: what this installation sets otherwise. */
export async function ready(kind: 'embedded' | 'external' = 'embedded', cameras: readonly object[] = ONE_CAMERA, settings: Readonly<Record<string, string>> = {}): Promise<Ready> {
  const plain = await newInstallation();
  const own = { ...plain, env: { ...plain.env, ...settings } };
  const theirs = kind === 'external' ? await externalDatabase() : null;
  const installation = theirs ? onExternal(own, theirs.url) : own;
  let api = await startOpsApi(installation);
  const pat = await newPat(installation);
  const proxy = await startProxy();
  proxy.aim(api.port);
  const get = (path: string) => ask(api.url, path, { pat });
  const post = (path: string, body: unknown) => ask(api.url, path, { pat, body });

  await armTenant(api.url, pat);
  const { body } = await post(`/v1/tenants/${TENANT}/agents`, { agent_id: AGENT });
  const folder = join(installation.dataDir, 'machines');
  const machine = await enrollMachine({ id: AGENT, folder, server: proxy.url, code: String(body['enrollment_code']), cameras });
  let agent = machine.run();

  const world: Ready = {
    installation,
    database: databaseIn((theirs ?? installation).dataDir),
    proxy,
    machine,
    pat,
    api: () => api,
    agent: () => agent,
    get,
    post,
    async restartApi() {
      proxy.aim(null);
      await api.kill();
      api = await startOpsApi(installation);
      proxy.aim(api.port);
    },
    async restartAgent(env = {}) {
      await agent.kill();
      agent = machine.run(env);
      await world.untilOnline();
    },
    async untilOnline() {
      const isBack = async () => (await get(`/v1/agents/${AGENT}`)).body['state'] === 'online';
      await until(isBack, BACK_MS).catch((problem: unknown) => {
        throw new Error(`${String(problem)}\n${agent.stdout()}${agent.stderr()}`, { cause: problem });
      });
    },
    async activate() {
      const answer = await ask(api.url, `/support/agents/${AGENT}/activate`, { pat, headers: { 'x-argus-ops-token': OPS_TOKEN }, body: activation() });
      if (answer.status !== 201) throw new Error(`no session: ${JSON.stringify(answer)}\n${agent.stdout()}`);
      return { id: String(answer.body['session_id']), token: String(answer.body['session_token']) };
    },
    command: ({ token }, command, { withinMs, ...more } = {}) =>
      ask(api.url, `/support/tenants/${TENANT}/command`, {
        pat,
        headers: { 'x-argus-session': token },
        body: { command, ...more },
        ...(withinMs !== undefined && { withinMs }),
      }),
    verify: async () => verifyLog(api.url, pat, await machine.trust()),
    entries: () => readEntries(api.url, pat, TENANT),
  };
  await world.untilOnline();
  return world;
}

export const activation = (over: Record<string, unknown> = {}) => ({
  tenant_id: TENANT,
  reason: 'investigate alert',
  minutes: 10,
  nonce: randomBytes(16).toString('hex'),
  timestamp: new Date(Date.now()).toISOString(),
  ...over,
});

export async function armTenant(url: string, pat: string): Promise<void> {
  const document = { document_id: 'DOC-2026-014', document_sha256: 'ab'.repeat(32) };
  const signer = { name: 'Kim Park', email: 'kim@tenant.example' };
  const signed_at = new Date(Date.now() - 86_400_000).toISOString();
  await ask(url, '/v1/tenants', { pat, body: { id: TENANT, name: 'Seven Eleven' } });
  await ask(url, `/v1/tenants/${TENANT}/consent`, { method: 'PUT', pat, body: { ...document, signed_at, signer } });
  const armed = await ask(url, `/support/tenants/${TENANT}/arm`, { pat, body: { reason: 'contract 2026', confirm_tenant_id: TENANT } });
  if (armed.status !== 200) throw new Error(`the tenant was not armed: ${JSON.stringify(armed)}`);
}
