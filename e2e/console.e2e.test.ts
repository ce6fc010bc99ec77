/** The console in a real browser, against the server, the database and the machines that `npm start` starts. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { beforeAll, expect, test } from 'vitest';
import { fromBase32, hotp, stepAt } from '@argus/ops-api/people/totp.ts';
import { launchBrowser, type Look, type Watched } from './browser.ts';
import { button, joinBy, OWNER, signIn } from './console-door.ts';
import { newDemoDir, type DemoFile } from './demo.ts';
import { ask } from './http.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Of a visitor who is nobody yet, the browser says that the server said so. */
const ANSWERED_401 = /status of 401/;

let demo: DemoFile;
let open: (look?: Look) => Promise<Watched>;
let secret = '';
beforeAll(async () => {
  const dir = await newDemoDir();
  await dir.start();
  demo = dir.file();
  ({ open } = await launchBrowser());
});

/** A code counts once, and the next one counts already: there are two at hand. After that, one of those for bad days. */
let used = 0;
let recovery: string[] = [];
function code(): string {
  const step = Math.max(used + 1, stepAt(Date.now()));
  if (step > stepAt(Date.now()) + 1) return recovery.pop() ?? expect.unreachable('no code is left');
  used = step;
  return hotp(fromBase32(secret) ?? expect.unreachable(), step);
}
const codeNow = () => (secret === '' ? '' : code());

test('the owner follows the first link, chooses a password, signs in, and sets up a second factor', async () => {
  const { page, complaints } = await open();
  await joinBy(page, demo.owner_login_url ?? expect.unreachable(), OWNER);
  await signIn(page, OWNER, codeNow());
  await page.getByText('TENANTS (3 · 1 armed)').waitFor();

  await page.goto(`${demo.console_url}#/profile`);
  await button(page, 'Set up authenticator app').click();
  await page.getByLabel('Your password').fill(OWNER.password);
  await button(page, 'Go on').click();
  await page.getByRole('img', { name: /as a picture/ }).waitFor();
  secret = (await page.locator('.dialog p.mono').textContent())?.trim() ?? '';
  await page.getByLabel('The code it shows now').fill(code());
  await button(page, 'Confirm').click();
  recovery = (await page.locator('.dialog pre').textContent())?.trim().split('\n') ?? [];
  expect(recovery).toHaveLength(10);
  await button(page, 'I have kept them').click();
  await page.getByText('Set up', { exact: true }).waitFor();
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
  await page.getByLabel('Code').fill(recovery.pop() ?? expect.unreachable());
  await button(page, 'Sign in').click();
  await page.getByRole('navigation', { name: 'Pages' }).waitFor();
});

test('a tenant is armed by who says why, and what happens elsewhere appears by itself', async () => {
  const { page, complaints } = await open();
  await page.goto(demo.console_url ?? '');
  await signIn(page, OWNER, codeNow());
  await page.getByRole('button', { name: 'Arm BAKERY_NORTH' }).click();
  expect(await button(page, 'Arm').getAttribute('aria-disabled')).toBe('true');
  await page.getByLabel('Type BAKERY_NORTH').fill('BAKERY_NORTH');
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
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByText('You are signed out.').waitFor();
  expect(complaints.filter((text) => !ANSWERED_401.test(text))).toEqual([]);
});

test('every page can be used by everybody: no finding of axe, in both themes, on a screen and on a phone', async () => {
  const PAGES = ['/tenants', '/tenants/UTD_7ELEVEN_001', '/agents', '/agents/agent_macpro_lobby_01', '/sessions', '/audit', '/audit/check', '/alerts', '/auditor', '/health', '/settings/tokens', '/settings/users', '/profile'];
  const { page } = await open();
  await page.goto(demo.console_url ?? '');
  await signIn(page, OWNER, codeNow());
  const found: Record<string, unknown> = {};
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await page.reload(); // all of it in these colours, and nothing half way between two
    await page.locator('#main h1').waitFor();
    for (const width of [1_440, 390]) {
      await page.setViewportSize({ width, height: 844 });
      for (const path of PAGES) {
        await page.goto(`${demo.console_url}#${path}`);
        await page.locator('#main h1').waitFor();
        await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))'); // in the colours of now
        await expect.poll(() => page.locator('#main .bones').count(), { message: `${path} has what it shows` }).toBe(0);
        await page.evaluate(AXE);
        const rules = await page.evaluate('axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes[0].html, nodes[0].failureSummary]))');
        if (JSON.stringify(rules) !== '[]') found[`${theme} ${width} ${path}`] = rules;
        expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), `${path} at ${width} is as wide as the screen`).toBe(true);
      }
    }
  }
  expect(found).toEqual({});
});
