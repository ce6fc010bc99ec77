/** The console in a real browser, against the server, the database and the machines that `npm start` starts. */
import { beforeAll, expect, test } from 'vitest';
import { launchBrowser, type Look, type Watched } from './browser.ts';
import { joinBy, OWNER, setUpAuthenticatorApp, signIn, type Codes } from './console-door.ts';
import { ANSWERED_401, button } from './console-parts.ts';
import { newDemoDir, type DemoFile } from './demo.ts';
import { ask } from './http.ts';

let demo: DemoFile;
let open: (look?: Look) => Promise<Watched>;
let codes: Codes;
beforeAll(async () => {
  const dir = await newDemoDir();
  await dir.start();
  demo = dir.file();
  ({ open } = await launchBrowser());
});

test('the owner follows the first link, chooses a password, signs in, and sets up a second factor', async () => {
  const { page, complaints } = await open();
  await joinBy(page, demo.owner_login_url ?? expect.unreachable(), OWNER);
  await signIn(page, OWNER);
  await page.getByText('TENANTS (3 · 1 armed)').waitFor();

  await page.goto(`${demo.console_url}#/profile`);
  codes = await setUpAuthenticatorApp(page, OWNER.password);
  // Nothing that opens anything is kept where a script could read it.
  expect(await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])')).toMatch(/^\[\{("argus-look":"system comfortable")?\},\{\},""\]$/);
  expect(complaints.filter((text) => !ANSWERED_401.test(text))).toEqual([]);
});

test('the sign-in asks for what is missing in words of a person, sends no empty password, and keeps what was typed', async () => {
  const { page } = await open();
  await page.goto(demo.console_url ?? '');
  let sent = 0;
  page.on('request', (request) => void (sent += Number(request.url().endsWith('/v1/auth/sign-in'))));
  await page.getByLabel('E-mail').fill(OWNER.email);
  await button(page, 'Sign in').click();
  await page.getByText('Type your password.').waitFor();
  expect(sent).toBe(0);
  await page.getByLabel('Password').fill(OWNER.password);
  await button(page, 'Sign in').click();
  await page.getByText('Type the code your authenticator app shows now, or one of your recovery codes.').waitFor();
  expect(await page.locator('main').textContent()).not.toMatch(/second_factor_required|totp|recovery_code/);
  expect(await page.getByLabel('Password').inputValue()).toBe(OWNER.password);
  await page.getByLabel('Code').fill(codes.recovery());
  await button(page, 'Sign in').click();
  await page.getByRole('navigation', { name: 'Pages' }).waitFor();
});

test('a tenant is armed by who says why, and what happens elsewhere appears by itself', async () => {
  const { page, complaints } = await open();
  await page.goto(demo.console_url ?? '');
  await signIn(page, OWNER, codes.next());
  await page.getByRole('button', { name: 'Arm BAKERY_NORTH' }).click();
  expect(await button(page, 'Arm').getAttribute('aria-disabled')).toBe('true');
  const missing = page.locator('.button-says .hint');
  expect(await missing.count()).toBe(0); // a form nobody has begun asks for nothing
  await page.getByLabel('Type BAKERY_NORTH').fill('BAKERY_NORTH');
  await missing.getByText('A reason of at least 3 characters is needed.').waitFor();
  expect(await button(page, 'Arm').getAttribute('aria-describedby')).toBe(await missing.getAttribute('id')); // said once to who listens
  await page.getByLabel('Reason').fill('support contract 2026');
  await page.getByRole('checkbox').check();
  await button(page, 'Arm').click();
  await page.getByText('TENANTS (3 · 2 armed)').waitFor();
  expect(await page.getByRole('button', { name: 'Arm HARBOUR_MUSEUM' }).getAttribute('aria-disabled')).toBe('true'); // nobody signed

  await ask(demo.url, '/support/tenants/BAKERY_NORTH/disarm', { pat: demo.pat, body: { reason: 'from elsewhere', confirm_tenant_id: 'BAKERY_NORTH' } });
  await page.getByText('TENANTS (3 · 1 armed)').waitFor({ timeout: 5_000 });

  await page.keyboard.press('Control+k');
  await page.keyboard.type('sign consent');
  await page.getByRole('option', { name: /^Docs/ }).first().waitFor();
  const [docs] = await Promise.all([page.context().waitForEvent('page'), page.keyboard.press('Enter')]);
  await docs.waitForURL(/\/docs\/guides\/sign-consent/);
  await docs.close();
  await page.keyboard.press('Control+k');
  await page.keyboard.type('lobby_01');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'agent_macpro_lobby_01' }).waitFor();
  await button(page, 'Tunnel in').click();
  await page.getByText('argusctl agent activate agent_macpro_lobby_01').waitFor();
  await page.keyboard.press('Escape');
  // A page that breaks breaks alone, and comes back.
  await page.evaluate('window.__sorted = Array.prototype.toSorted; Array.prototype.toSorted = () => { throw new Error("broken on purpose"); }');
  await page.getByRole('link', { name: 'Tenants' }).click();
  await page.getByText('This page broke off by a mistake of ours.').waitFor();
  await page.evaluate('Array.prototype.toSorted = window.__sorted');
  await button(page, 'Try again').click();
  await page.getByText('TENANTS (3 · 1 armed)').waitFor();

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByText('You are signed out.').waitFor();
  expect(complaints.filter((text) => !ANSWERED_401.test(text) && !text.includes('broken on purpose'))).toEqual([]);
});

test('who goes back to another machine is not asked there what was asked here', async () => {
  const { page } = await open();
  await page.goto(demo.console_url ?? '');
  await signIn(page, OWNER, codes.next());
  for (const agent of ['agent_macpro_lobby_01', 'agent_oven_display']) {
    await page.goto(`${demo.console_url}#/agents/${agent}`);
    await page.getByRole('heading', { name: agent }).waitFor();
  }
  await button(page, 'Tunnel in').click();
  await page.getByLabel('Reason').fill('for the oven alone');
  await page.goBack();
  await page.getByRole('heading', { name: 'agent_macpro_lobby_01', level: 1 }).waitFor();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
});
