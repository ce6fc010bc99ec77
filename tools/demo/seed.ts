import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

/** The demo's people and machines, made through the public API: what exists already is left as it is. */
export type DemoAgent = { readonly id: string; readonly tenant: string; readonly starts: boolean; readonly cameras: readonly { readonly id: string; readonly name: string; readonly kind: string }[] };

export const TENANTS = [
  { id: 'UTD_7ELEVEN_001', name: 'Seven Eleven Lobby Screens', consent: true, armed: true },
  { id: 'BAKERY_NORTH', name: 'Bakery North', consent: true, armed: false },
  { id: 'HARBOUR_MUSEUM', name: 'Harbour Museum', consent: false, armed: false },
] as const;

export const AGENTS: readonly DemoAgent[] = [
  {
    id: 'agent_macpro_lobby_01',
    tenant: 'UTD_7ELEVEN_001',
    starts: true,
    cameras: [
      { id: 'cam_1', name: 'Entrance door', kind: 'test_pattern' },
      { id: 'cam_3', name: 'Lobby counter', kind: 'test_pattern' },
    ],
  },
  { id: 'agent_kiosk_02', tenant: 'UTD_7ELEVEN_001', starts: false, cameras: [] },
  { id: 'agent_oven_display', tenant: 'BAKERY_NORTH', starts: true, cameras: [] },
  { id: 'agent_ticket_desk', tenant: 'HARBOUR_MUSEUM', starts: false, cameras: [] },
];

type Api = { readonly url: string; readonly pat: string };

async function call({ url, pat }: Api, method: string, path: string, body?: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await fetch(new URL(path, url), {
    method,
    headers: { authorization: `Bearer ${pat}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(20_000),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

async function must(api: Api, method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const answer = await call(api, method, path, body);
  if (answer.status >= 400) throw new Error(`The demo data could not be made: ${method} ${path} answered ${answer.status} ${String(answer.body['code'])}.`);
  return answer.body;
}

export async function seedTenants(api: Api): Promise<void> {
  for (const { id, name, consent, armed } of TENANTS) {
    if ((await call(api, 'GET', `/v1/tenants/${id}`)).status === 200) continue;
    await must(api, 'POST', '/v1/tenants', { id, name });
    const document = `DEMO-CONSENT-${id}`;
    if (consent)
      await must(api, 'PUT', `/v1/tenants/${id}/consent`, {
        document_id: document,
        document_sha256: createHash('sha256').update(`Demo consent of ${name}`).digest('hex'),
        signed_at: new Date(Date.now() - 86_400_000).toISOString(),
        signer: { name: 'Kim Park', email: 'kim.park@tenant.example' },
      });
    if (armed) await must(api, 'POST', `/support/tenants/${id}/arm`, { reason: 'demo: consent on file', confirm_tenant_id: id, document_id: document });
  }
}

/** No code when the machine is enrolled already. Somebody who tries things out may have revoked it: it stays away for good. */
export async function enrollmentCode(api: Api, agent: DemoAgent): Promise<{ readonly code: string | null; readonly isRevoked: boolean }> {
  const known = await call(api, 'GET', `/v1/agents/${agent.id}`);
  if (known.status === 200 && known.body['state'] !== 'code_issued') return { code: null, isRevoked: known.body['state'] === 'revoked' };
  const { enrollment_code } = await must(api, 'POST', `/v1/tenants/${agent.tenant}/agents`, { agent_id: agent.id });
  return { code: String(enrollment_code), isRevoked: false };
}

/** Six minutes and forty seconds of a stream, from the full hour. */
const logOf = (hour: number): string =>
  Array.from({ length: 400 }, (_, n) => `${new Date(Date.UTC(2026, 2, 1, hour, 0, n)).toISOString()} INFO frame ${n * 25} sent\n`).join('');

/** The folder the demo's agents may read from: what a small installation would have. */
export function makeInstallRoot(root: string, agent: DemoAgent): void {
  mkdirSync(join(root, 'crashes'), { recursive: true });
  const files: Readonly<Record<string, string | Uint8Array>> = {
    'version.txt': '4.2.0\n',
    'config.yaml': `# Streaming agent of ${agent.id}\nstreams: 4\nbitrate_kbps: 2500\nupload:\n  url: https://media.example/ingest\n  token: this-stays-on-the-machine\n`,
    'agent_info.json': `${JSON.stringify({ id: agent.id, site: agent.tenant, role: 'lobby screen' }, null, 2)}\n`,
    'argus.log': logOf(11),
    'argus.log.1': logOf(10),
    'argus.log.2.gz': gzipSync(logOf(9)),
    'crashes/2026-02-27.txt': 'decoder stalled for 3.1 s, restarted by watchdog\n',
  };
  for (const [name, text] of Object.entries(files)) if (!existsSync(join(root, name))) writeFileSync(join(root, name), text);
}
