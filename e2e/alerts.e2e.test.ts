/** Alerts of a real server, mailed to a real mail server: settings, jobs, database and SMTP joined as a person would. */
import { newSigningKey, type SigningKey } from '@argus/keys/ed25519.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import { signValue } from '@argus/keys/signature.ts';
import { expect, test } from 'vitest';
import { mailServer, textOf } from '../apps/ops-api/test/mail-server.ts';
import { ask } from './http.ts';
import { newInstallation, newPat, startOpsApi } from './ops-api.ts';
import { atTheEnd } from './teardown.ts';
import { until } from './until.ts';

const TENANT = 'UTD_7ELEVEN_001';
const AGENT = 'agent_macpro_lobby_01';

function enrollment(code: string, key: SigningKey): Record<string, unknown> {
  const signed = { code_sha256: sha256Hex(code), public_key: key.publicKeyText, at: new Date().toISOString() };
  return { code, public_key: signed.public_key, at: signed.at, signature: signValue(key, 'enroll', signed), agent_version: '1.4.0', platform: 'linux' };
}

/** Guarantee: a high alert reaches a mailbox, and one that fired just before a crash is mailed by the next life. */
test('a code that is used twice is an alert and a mail, though the mail server was away and the server was killed', async () => {
  const away = await mailServer();
  await away.close();
  const installation = await newInstallation();
  const env = { ...installation.env, ARGUS_SMTP_URL: `smtp://127.0.0.1:${away.port}`, ARGUS_ALERT_EMAILS: 'ana@argus.example', ARGUS_PUBLIC_URL: 'https://ops.argus.example' };
  const api = await startOpsApi({ env });
  const pat = await newPat({ env });
  await ask(api.url, '/v1/tenants', { pat, body: { id: TENANT, name: 'Seven Eleven' } });
  const { body } = await ask(api.url, `/v1/tenants/${TENANT}/agents`, { pat, body: { agent_id: AGENT } });
  const code = String(body['enrollment_code']);
  expect((await ask(api.url, '/agents/enroll', { body: enrollment(code, newSigningKey()) })).status).toBe(201);
  expect((await ask(api.url, '/agents/enroll', { body: enrollment(code, newSigningKey()) })).status).toBe(403);
  const alerts = async (url: string) => (await ask(url, '/v1/alerts', { pat })).body['alerts'] as readonly { readonly kind: string; readonly severity: string }[];
  await until(async () => (await alerts(api.url)).length === 1, 10_000);
  await api.kill();

  const box = await mailServer({ port: away.port });
  atTheEnd(() => box.close());
  const next = await startOpsApi({ env });
  expect(await alerts(next.url)).toMatchObject([{ kind: 'enrollment_code_reused', severity: 'high' }]);
  await until(() => box.received.length === 1, 60_000);
  const [mail] = box.received;
  expect(mail).toMatchObject({ from: 'argus@argus.example', to: ['ana@argus.example'] });
  expect(mail && textOf(mail)).toMatch(/enrollment_code_reused[\s\S]*UTD_7ELEVEN_001[\s\S]*https:\/\/ops\.argus\.example\/alerts/);
  expect(mail?.raw).not.toContain(code);

  expect(await ask(next.url, '/v1/audit/reconcile', { pat, body: {} })).toMatchObject({ status: 200, body: { outcome: 'reconciled', mismatches: 0 } });
  expect(await next.stop()).toBe('exit 0');
});
