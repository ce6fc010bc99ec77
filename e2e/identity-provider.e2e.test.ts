/**
 * Signing in at an identity provider, on a server as people start it: settings, address, cookies, database. Then a passkey,
 * which PostgreSQL keeps, and a confirmation with it.
 */
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { browse, CLIENT, runProvider } from '../apps/ops-api/test/oidc.ts';
import { madeBy, newDevice, usedBy } from '../apps/ops-api/test/passkeys.ts';
import { buildConsole } from '@argus/console/build.ts';
import { launchBrowser } from './browser.ts';
import { freePort } from './demo.ts';
import { newInstallation, startOpsApi } from './ops-api.ts';
import { atTheEnd } from './teardown.ts';

const cookiesOf = (answer: Response): string => answer.headers.getSetCookie().map((line) => line.split(';')[0] ?? '').filter((pair) => !pair.endsWith('=')).join('; ');

test('somebody signs in there, makes a passkey here, and confirms with it; the page of the server offers that way and no other', async () => {
  await buildConsole();
  const port = await freePort();
  const [url, there] = [`http://127.0.0.1:${port}`, await runProvider(`http://127.0.0.1:${port}/v1/auth/oidc/callback`)];
  atTheEnd(async () => there.close());
  const { env } = await newInstallation();
  const oidc = { AUTH_MODE: 'oidc', AUTH_OIDC_ISSUER: there.issuer, AUTH_OIDC_CLIENT_ID: CLIENT.id, AUTH_OIDC_CLIENT_SECRET: CLIENT.secret, AUTH_OIDC_GROUPS: 'argus-ops=operator', AUTH_OIDC_SCOPES: 'groups' };
  const api = await startOpsApi({ env: { ...env, ...oidc, ARGUS_LISTEN: `127.0.0.1:${port}`, ARGUS_MASTER_KEY: randomBytes(32).toString('hex') } });

  const begun = await fetch(`${url}/v1/auth/oidc/begin?return_to=/agents`, { redirect: 'manual' });
  const back = await browse(begun.headers.get('location') ?? '', `${url}/v1/auth/oidc/callback`);
  const came = await fetch(back, { redirect: 'manual', headers: { cookie: cookiesOf(begun) } });
  expect([came.status, came.headers.get('location')]).toEqual([302, '/#/agents']);
  expect((await fetch(back, { redirect: 'manual', headers: { cookie: cookiesOf(begun) } })).status).toBe(403);

  const cookie = cookiesOf(came);
  const ask = async (path: string, body?: object, csrf = '') => {
    const sent = body && { method: 'POST', body: JSON.stringify(body), headers: { cookie, 'content-type': 'application/json', 'x-argus-csrf': csrf, 'sec-fetch-site': 'same-origin' } };
    return (await (await fetch(`${url}/v1${path}`, sent ?? { headers: { cookie } })).json()) as Record<string, string>;
  };
  const login = await ask('/auth/login');
  expect(login).toMatchObject({ user: { email: 'ana@argus.example', role: 'operator' }, confirmed_until: null });
  const csrf = String(login['csrf_token']);
  const soft = newDevice({ origin: `http://localhost:${port}`, rpId: 'localhost' }); // as a browser on this machine calls it
  const asked = async (path: string) => ({ challenge: String((await ask(path, {}, csrf))['challenge']) });
  expect(await ask('/auth/passkeys', madeBy(soft, await asked('/auth/passkeys/begin')), csrf)).toMatchObject({ name: 'laptop', operator_key: { rp_id: 'localhost', origins: [`http://localhost:${port}`] } });
  const touch = usedBy(soft, await asked('/auth/confirm/passkey/begin'));
  expect((await ask('/auth/confirm/passkey', touch, csrf))['confirmed_until']).toMatch(/Z$/);
  expect(await ask('/auth/confirm/passkey', touch, csrf)).toMatchObject({ code: 'passkey_refused' });

  const { page } = await (await launchBrowser()).open();
  await page.goto(`${url}/#/agents`);
  await page.getByRole('link', { name: 'Sign in at your identity provider' }).click();
  await page.getByRole('heading', { name: /^AGENTS/ }).waitFor();
  expect(page.url()).toBe(`${url}/#/agents`);
  // What is kept at the provider is not offered here.
  await page.goto(`${url}/#/profile`);
  await page.getByText('Your password and second factor are kept by your identity provider').waitFor();
  await page.getByRole('button', { name: 'New passkey' }).waitFor();
  expect(await page.getByRole('button', { name: /password|authenticator|recovery/i }).count()).toBe(0);
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.getByText('You are signed out.').waitFor();
  expect([await page.getByLabel('Password').count(), await page.getByRole('button', { name: /passkey/ }).count()]).toEqual([0, 0]);
  await api.kill();
});
