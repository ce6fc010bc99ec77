/** Who sits at the console, and whose machines they are: passkeys, one click, consent, what was done, enrollment. In Chromium, against the demo. */
import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newSigningKey } from '@argus/keys/ed25519.ts';
import { publicKeyText } from '../apps/agent/src/cli/key-file.ts';
import { signReceipt } from '@argus/keys/consent.ts';
import type { OperatorKey } from '@argus/protocol/operator-proof.ts';
import { mustId } from '@argus/protocol/ids.ts';
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { launchBrowser, type Watched } from './browser.ts';
import { joinBy, keepCodes, OWNER, signIn, withPasskeys } from './console-door.ts';
import { button } from './console-parts.ts';
import { newDemoDir, type DemoFile } from './demo.ts';
import { ask } from './http.ts';
import { follow, ROOT, runToEnd, type Running } from './processes.ts';

const VIEWER = { name: 'Bea Baker', email: 'bea@bakery.example', password: 'flour water salt yeast' };
const AGENT = 'agent_shop_01';
/** Of a visitor who is nobody yet, and of an act that wants a second factor, the browser says that the server said so. */
const EXPECTED = /status of (401|403|404|422)/;

let demo: DemoFile;
let browser: Awaited<ReturnType<typeof launchBrowser>>;
let at: (path: string) => string;
let ada: Watched;
let recovery: readonly string[] = [];
let operatorKey: OperatorKey;
beforeAll(async () => {
  const dir = await newDemoDir();
  await dir.start();
  demo = dir.file();
  at = (path) => `${demo.console_url}#${path}`;
  browser = await launchBrowser();
  ada = await browser.open();
  await withPasskeys(ada.page);
});

const rail = (page: Page) => page.getByRole('navigation', { name: 'Pages' });
async function signOut(page: Page): Promise<void> {
  await button(page, 'Sign out').click();
  await page.getByText('You are signed out.').waitFor();
}
async function signInWithPasskey(page: Page): Promise<void> {
  await button(page, 'Sign in with a passkey').click();
  await rail(page).waitFor();
}
async function armBakery(page: Page): Promise<void> {
  await page.goto(at('/tenants'));
  await button(page, 'Arm BAKERY_NORTH').click();
  await page.getByLabel('Type BAKERY_NORTH').fill('BAKERY_NORTH');
  await page.getByLabel('Reason').fill('support contract 2026');
  await page.getByRole('checkbox').check();
  await button(page, 'Arm').click();
}

test('the demo is reached by a name, so that a passkey can be made: with the password once more, and recovery codes come with it', async () => {
  const { page } = ada;
  expect(demo.console_url).toMatch(/^http:\/\/localhost:\d+\/$/);
  await joinBy(page, demo.owner_login_url ?? expect.unreachable(), OWNER);
  await signIn(page, OWNER);
  await page.goto(at('/profile'));
  await button(page, 'New passkey').click();
  await page.getByLabel('Name').fill('laptop');
  await page.getByLabel('Your password').fill('not the right password');
  await button(page, 'Make it').click();
  await page.getByText('That is not your password').waitFor();
  expect(await page.getByText('This password is not taken').count()).toBe(0);
  await page.getByLabel('Your password').fill(OWNER.password);
  await button(page, 'Make it').click();
  await button(page, 'Make new ones').click();
  recovery = await keepCodes(page);
  expect(recovery).toHaveLength(10);
  await page.getByText('10 left').waitFor();
  await page.getByText('Set up', { exact: true }).waitFor();

  await button(page, 'Rename laptop').click();
  operatorKey = JSON.parse((await page.locator('.dialog pre').textContent()) ?? '') as OperatorKey;
  await page.getByRole('textbox', { name: 'Name' }).fill('the laptop of Ada');
  await button(page, 'Rename').click();
  await page.getByText('the laptop of Ada').waitFor();
  // Nobody gives up the last one whose role keeps it.
  expect(await button(page, 'Remove the laptop of Ada').getAttribute('aria-disabled')).toBe('true');

  const byAddress = (await browser.open()).page;
  await byAddress.goto(demo.url);
  await button(byAddress, 'Sign in with a passkey').click();
  await byAddress.getByText('Passkeys of this server work at localhost, and this page is at 127.0.0.1.').waitFor();
});

test('one touch signs in, and one click opens a session: the gates are shown, and what refuses says what to do', async () => {
  const { page, complaints } = ada;
  await signOut(page);
  await page.getByLabel('E-mail').fill(OWNER.email);
  await page.getByLabel('Password').fill(OWNER.password);
  await button(page, 'Sign in').click();
  await page.getByRole('alert').getByText('Use your passkey').waitFor(); // there is no code to type
  await signInWithPasskey(page);
  await page.goto(at('/agents/agent_oven_display')); // of a tenant that is not armed
  await button(page, 'Tunnel in').click();
  await page.getByLabel('Reason').fill('the display is dark');
  await button(page, 'Open session').click();
  const refusing = page.locator('.rung-not_passed');
  await refusing.waitFor();
  expect(await refusing.count()).toBe(1);
  await refusing.getByText('tenant_not_armed').waitFor();
  expect(await page.locator('.rung-passed').count()).toBeGreaterThan(10);
  await refusing.getByRole('link', { name: 'Arm BAKERY_NORTH on its own page' }).click();
  await button(page, 'Arm BAKERY_NORTH').waitFor();

  await page.goto(at('/agents/agent_macpro_lobby_01'));
  await button(page, 'Tunnel in').click();
  await page.getByText('argusctl agent activate agent_macpro_lobby_01').waitFor(); // the other way in stays
  expect(await button(page, 'Open session').getAttribute('aria-disabled')).toBe('true'); // nobody said why
  await page.getByLabel('Reason').fill('the entrance is dark');
  await button(page, 'Check the gates').click();
  await page.getByText('Every gate passes.').waitFor();
  await button(page, 'Open session').click();
  await page.getByRole('button', { name: 'END SESSION' }).waitFor();
  await page.getByRole('button', { name: 'END SESSION' }).click();
  await page.getByText('The session is over: ended by the operator', { exact: true }).waitFor();
  // No secret of the server came to the page, whatever it was asked for.
  expect(await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, document.documentElement.innerHTML])')).not.toContain(demo.ops_token);
  expect(complaints.filter((text) => !EXPECTED.test(text))).toEqual([]);
});

test('a recovery code signs in and opens nothing yet: arming asks for a touch', async () => {
  const { page } = ada;
  await signOut(page);
  await signIn(page, OWNER, recovery[0]);
  await armBakery(page);
  await button(page, 'Use a passkey').click();
  await page.getByText('TENANTS (3 · 2 armed)').waitFor();
});

let machine: Running;
let home: string;
/** As somebody would who types it at the machine, in a terminal of their own. */
async function type(lines: string): Promise<Running> {
  home = join(demo.data_dir, 'shop');
  const bin = join(home, 'bin');
  await mkdir(bin, { recursive: true });
  const asRoot = process.getuid?.() === 0 ? ' --allow-root' : '';
  await writeFile(join(bin, 'argus-agent'), `#!/bin/sh\nexec ${process.execPath} ${ROOT}/apps/agent/src/main.ts "$@"${asRoot}\n`, { mode: 0o755 });
  const terminal = spawn('sh', ['-c', lines], { cwd: home, env: { HOME: home, PATH: `${bin}:${process.env['PATH']}` }, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  return follow(terminal, 'the terminal at the shop', (signal) => process.kill(-(terminal.pid ?? expect.unreachable()), signal));
}

test('a machine is brought in by the commands the page shows, and the page hears of it by itself', async () => {
  const { page } = ada;
  await page.goto(at('/agents?tenant=BAKERY_NORTH'));
  await button(page, 'Enroll a machine').click();
  expect(await page.getByLabel('Tenant', { exact: true }).inputValue()).toBe('BAKERY_NORTH');
  await page.getByLabel('Agent id').fill('agent_Shop');
  expect(await button(page, 'Make the code').getAttribute('aria-disabled')).toBe('true');
  await page.getByLabel('Agent id').fill(AGENT);
  await button(page, 'Make the code').click();
  for (const [system, says] of [['Windows', 'Set-Content'], ['macOS', 'umask 077'], ['Linux', 'umask 077']] as const) {
    await page.getByLabel(system).check();
    await page.locator('pre', { hasText: says }).waitFor();
  }
  await page.getByRole('listitem').filter({ hasText: 'The machine has used it' }).getByRole('img', { name: 'awaited' }).waitFor();
  machine = await type((await page.locator('.main pre').textContent()) ?? '');
  await page.getByText(`${AGENT} is here.`).waitFor({ timeout: 30_000 });
  expect(await page.locator('.rung-passed').count()).toBe(3);
  await page.getByRole('link', { name: 'Look at it, and tunnel in' }).click();
  await page.getByText('Online', { exact: true }).waitFor();
});

/** Guarantee: what the tenant signed names this passkey, and the machine itself checks its touch over this very activation. */
test('where the tenant’s own consent names the operator’s passkey, opening asks for a touch over this very request', async () => {
  const { page } = ada;
  const tenantKey = newSigningKey();
  await writeFile(join(home, 'consent.pub'), publicKeyText(tenantKey));
  const state = ['--state', join(home, '.local/state/argus-agent'), ...(process.getuid?.() === 0 ? ['--allow-root'] : [])];
  const pinned = await runToEnd('apps/agent/src/main.ts', ['consent', 'pin', join(home, 'consent.pub'), ...state]);
  expect(pinned.end, pinned.stderr()).toBe('exit 0');
  const { body: shown } = await ask(demo.url, '/v1/tenants/BAKERY_NORTH', { pat: demo.pat });
  const [document_sha256, hour] = ['ab'.repeat(32), 3_600_000];
  const time = (ms: number) => new Date(Math.floor((Date.now() + ms) / 1_000) * 1_000).toISOString();
  const receipt = signReceipt(tenantKey, { v: 1, instance: mustId('instance', String(shown['instance'])), tenant: mustId('tenant', 'BAKERY_NORTH'), agents: '*', commands: ['ping', 'read_file'], cameras: '*', document_sha256, serial: 10, not_before: time(-hour), not_after: time(24 * hour), operator_keys: [operatorKey] });
  const recorded = await ask(demo.url, '/v1/tenants/BAKERY_NORTH/consent', { method: 'PUT', pat: demo.pat, body: { document_id: 'DOC-SIGNED-BY-KIM', document_sha256, signed_at: time(-hour), signer: { name: 'Kim Park', email: 'kim.park@tenant.example' }, receipt } });
  expect(recorded).toMatchObject({ status: 200 });
  await armBakery(page);
  await page.getByText('TENANTS (3 · 2 armed)').waitFor();

  await page.goto(at(`/agents/${AGENT}`));
  await button(page, 'Tunnel in').click();
  await page.getByText('a touch of your passkey over this very request').waitFor();
  await page.getByLabel('Reason').fill('the till prints nothing');
  await button(page, 'Open session').click();
  await page.getByRole('button', { name: 'END SESSION' }).waitFor();
  const { body } = await ask(demo.url, '/v1/support-audit?tenant=BAKERY_NORTH&action=remote_support_activation&outcome=ok', { pat: demo.pat });
  const [opened] = body['rows'] as { args: { operator_proof: string } }[];
  expect(JSON.parse(opened?.args.operator_proof ?? '{}')).toMatchObject({ kind: 'passkey', public_key: operatorKey.public_key });
  await page.getByRole('button', { name: 'END SESSION' }).click();
  await page.getByText('The session is over: ended by the operator', { exact: true }).waitFor();
});

test('the consent is shown as it was signed: document, hash, who, how far, and what was before', async () => {
  const { page } = ada;
  await page.goto(at('/tenants/BAKERY_NORTH'));
  await page.getByRole('link', { name: 'The whole record' }).click();
  for (const text of ['Tenant-signed', 'DOC-SIGNED-BY-KIM', 'ab'.repeat(32), 'only ping, read_file', 'at any hour', 'only those whose keys it names', 'has the same key']) await page.getByText(text).first().waitFor();
  const past = page.locator('.panel', { hasText: 'History' }).getByRole('listitem');
  await expect.poll(() => past.count()).toBe(2);
  expect(await past.last().textContent()).toContain('DEMO-CONSENT-BAKERY_NORTH');
});

/** Guarantee: a tenant reads what was done there, and of another tenant nothing, not even that there is one. */
test('a sign-in of the tenant reads what was done there in plain words, and nothing of anybody else', async () => {
  await ada.page.goto(at('/settings/users'));
  await button(ada.page, 'Invite').click();
  await ada.page.getByLabel('E-mail').fill(VIEWER.email);
  await ada.page.getByLabel('viewer').check();
  await ada.page.getByText('Say for which tenants.').first().waitFor(); // a viewer is of some, unless somebody says of all
  await ada.page.getByLabel('Tenants, by id').fill('BAKERI');
  await ada.page.getByRole('alert').getByText('There is no tenant BAKERI that you may see.').waitFor();
  await ada.page.getByLabel('Tenants, by id').fill('');
  await button(ada.page, 'BAKERY_NORTH').click();
  await button(ada.page, 'Make the link').click();
  await ada.page.getByText('only for BAKERY_NORTH').waitFor();
  const link = (await ada.page.locator('.dialog pre').textContent()) ?? '';
  await button(ada.page, 'I have sent it').click();

  const { page } = await browser.open();
  await joinBy(page, link, VIEWER);
  expect(await page.getByLabel('E-mail').inputValue()).toBe(VIEWER.email);
  await signIn(page, VIEWER);
  await page.goto(link);
  await page.getByText('if it was yours, it is used').waitFor();
  expect(await page.locator('body').textContent()).not.toContain(link.split('/join/')[1]);
  await page.goto(at('/tenants'));
  await page.getByText('TENANTS (1 · 1 armed)').waitFor();
  await page.goto(at('/tenants/BAKERY_NORTH/activity'));
  const line = page.getByRole('listitem').filter({ hasText: 'opened a session on agent_shop_01 for 30 minutes' });
  await line.getByText('“the till prints nothing”').waitFor();
  await page.getByText('put the signed document DOC-SIGNED-BY-KIM on record').waitFor();
  await page.getByText('argus-agent remote-support-off').waitFor(); // the tenant needs nobody to stop it
  await page.getByText('tried to open a session on agent_oven_display').waitFor();
  for (const path of ['/tenants/UTD_7ELEVEN_001/activity', '/tenants/UTD_7ELEVEN_001/consent', '/tenants/UTD_7ELEVEN_001']) {
    await page.goto(at(path));
    await page.getByText('tenant_not_found').first().waitFor();
    expect(await page.locator('.main').textContent()).not.toMatch(/Seven Eleven|lobby/);
  }
  expect((await page.context().request.get(`${demo.console_url}v1/events?tenant=UTD_7ELEVEN_001`)).status()).toBe(404);
});

test('a machine is revoked by the line the page makes of a typed confirmation, and the page says when it is done', async () => {
  const { page } = ada;
  await page.goto(at(`/agents/${AGENT}`));
  await button(page, 'Revoke').click();
  await page.getByLabel('Reason').fill("sold; it isn't ours");
  await page.getByText(`Type ${AGENT} exactly`).waitFor();
  await page.getByLabel(`Type ${AGENT}`).fill(AGENT);
  const line = (await page.locator('.dialog pre').textContent()) ?? '';
  const bin = `argusctl() { ${process.execPath} ${ROOT}/apps/argusctl/bin/argusctl.mjs "$@"; }\n`;
  const terminal = spawn('sh', ['-c', `${bin}${line}`], { env: { HOME: home, PATH: process.env['PATH'], ARGUS_URL: demo.url, ARGUS_PAT: demo.pat, ARGUS_OPS_TOKEN: demo.ops_token }, stdio: ['ignore', 'pipe', 'pipe'] });
  const typed = follow(terminal, 'argusctl');
  expect(await typed.ended, typed.stderr()).toBe('exit 0');
  await page.getByRole('heading', { name: `${AGENT} is revoked` }).waitFor({ timeout: 10_000 });
  expect((await ask(demo.url, `/v1/agents/${AGENT}`, { pat: demo.pat })).body['state']).toBe('revoked');
  await machine.stop();
});

/** Guarantee: nobody walks away from a page that only says so, and no tab keeps on showing what was seen. */
test('signed out is said once the server has done it, and holds for every tab', async () => {
  const { page } = ada;
  await page.goto(at('/tenants'));
  await page.reload();
  const other = await page.context().newPage();
  await other.goto(at('/tenants'));
  await other.getByText('BAKERY_NORTH').first().waitFor();
  await page.route('**/v1/auth/sign-out', (route) => route.abort());
  await button(page, 'Sign out').click();
  await page.getByText('You may still be signed in').waitFor();
  await page.unroute('**/v1/auth/sign-out');
  await page.reload();
  await signOut(page);
  await other.goto(at('/profile'));
  await other.getByText('This sign-in has ended.').waitFor();
  expect(await other.getByText('BAKERY_NORTH').count()).toBe(0);
  await other.close();
});
