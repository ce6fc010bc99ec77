/** argusctl signs in by way of a real browser: real processes, a real server, and somebody who approves it with a second factor. */
import { readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { buildConsole } from '../apps/console/build.ts';
import { fromBase32, hotp, stepAt } from '@argus/ops-api/people/totp.ts';
import { scratchDataDir } from '@argus/testkit/scratch-data-dir.ts';
import { launchBrowser, type Watched } from './browser.ts';
import { newInstallation, OPS_API, startOpsApi } from './ops-api.ts';
import { ROOT, runToEnd, start, type Running } from './processes.ts';
import { atTheEnd } from './teardown.ts';
import { until } from './until.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const OWNER = { email: 'ada@argus.example', password: 'four words and a comma' };

let url: string;
let open: () => Promise<Watched>;
let home: string;
let secret: Uint8Array;
let recovery: string[];
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  const [installation, scratch] = [await newInstallation(), await scratchDataDir(), await buildConsole()];
  atTheEnd(() => scratch.remove());
  home = scratch.dataDir;
  // What stands in for the browser's program writes down where it was sent.
  await mkdir(home, { recursive: true });
  const opener = join(home, 'opener');
  await writeFile(opener, `#!/bin/sh\nprintf '%s' "$1" > '${home}/part' && mv '${home}/part' '${home}/address'\n`, { mode: 0o755 });
  env = { HOME: home, BROWSER: opener };
  ({ url } = await startOpsApi(installation));
  const made = await runToEnd(OPS_API, ['owner-link'], installation.env);
  await ownerWithApp((JSON.parse(made.stdout()) as { owner_login_url: string }).owner_login_url);
  ({ open } = await launchBrowser());
});

/** Through the doors, as the console's own test does it with clicks. The codes for bad days sign in and confirm nothing. */
async function ownerWithApp(link: string): Promise<void> {
  let headers: Record<string, string> = { origin: url, 'content-type': 'application/json' };
  const post = async (path: string, body: object) => {
    const answer = await fetch(new URL(path, url), { method: 'POST', headers, body: JSON.stringify(body) });
    return { cookie: answer.headers.get('set-cookie')?.split(';')[0], said: (await answer.json()) as Record<string, unknown> };
  };
  await post('/v1/auth/redeem', { code: link.split('/').at(-1), name: 'Ada', ...OWNER });
  const { cookie = '', said } = await post('/v1/auth/sign-in', OWNER);
  headers = { ...headers, cookie, 'x-argus-csrf': String(said['csrf_token']) };
  secret = fromBase32(String((await post('/v1/auth/totp', { password: OWNER.password })).said['secret'])) ?? expect.unreachable();
  recovery = (await post('/v1/auth/totp/confirm', { totp: hotp(secret, stepAt(Date.now())) })).said['recovery_codes'] as string[];
}

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
/** With one of the codes for bad days: it signs in, and confirms nothing. */
async function signIn(page: Page): Promise<void> {
  await page.getByLabel('E-mail').fill(OWNER.email);
  await page.getByLabel('Password').fill(OWNER.password);
  await page.getByLabel('Code').fill(recovery.pop() ?? expect.unreachable());
  await button(page, 'Sign in').click();
}
const argusctl = (...words: readonly string[]): Running => start(process.execPath, [join(ROOT, 'apps/argusctl/bin/argusctl.mjs'), ...words], env);
/** Where the browser was sent. */
async function address(login: Running): Promise<string> {
  const seen = () => readFile(join(home, 'address'), 'utf8').catch(() => null);
  await until(async () => (await seen()) !== null || !login.isRunning(), 20_000);
  return (await seen()) ?? expect.fail(`nothing was opened: ${login.stderr()}`);
}

test('argusctl login --browser ends with a token of whoever approved it, with a second factor, in a browser', async () => {
  const login = argusctl('login', '--browser', '--url', url);
  const asked = await address(login);
  expect(login.stderr()).toContain(asked);
  const { page, complaints } = await open();

  await page.goto(asked);
  await signIn(page);
  await page.getByText('Only approve if you started this yourself').waitFor();
  const name = await page.getByLabel('Name').inputValue();
  expect(name).toMatch(/^argusctl on \S+/);

  // A page of elsewhere knocks at the port meanwhile: it is turned away, and the sign-in goes on waiting.
  const port = new URLSearchParams(asked.split('?')[1]).get('port') ?? '';
  expect((await fetch(`http://127.0.0.1:${port}/?code=hnd_${'x'.repeat(43)}&state=${'x'.repeat(43)}`)).status).toBe(403);

  await button(page, 'Approve').click();
  await page.getByText('It counts for five minutes').waitFor();
  await page.locator('.dialog').getByLabel('Code').fill(hotp(secret, stepAt(Date.now()) + 1)); // the one of now was spent setting it up
  await button(page, 'Confirm').click();
  await page.getByRole('heading', { name: 'Approved' }).waitFor();
  expect(page.url()).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:${port}/\\?code=hnd_[\\w-]{43}&state=[\\w-]{43}$`));
  expect([await login.ended, login.stderr().includes('error')]).toEqual(['exit 0', false]);
  expect(complaints.filter((text) => !/status of 40[13]|favicon/.test(text))).toEqual([]);

  const whoami = argusctl('whoami', '--json');
  expect(await whoami.ended).toBe('exit 0');
  const me = JSON.parse(whoami.stdout()) as { operator: string; token_id: string };
  expect(me.operator).toBe(OWNER.email);
  // Nothing that opens anything was printed, and the code opens nothing a second time.
  const kept = await readFile(join(home, '.config/argus/credentials.json'), 'utf8');
  const pat = /pat_[\w-]{43}/.exec(kept)?.[0] ?? expect.unreachable();
  expect(login.stdout() + login.stderr()).not.toContain(pat);
  const again = await fetch(new URL('/v1/auth/handoffs/claim', url), { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ code: new URL(page.url()).searchParams.get('code'), verifier: 'A'.repeat(43) }) });
  expect(await again.json()).toMatchObject({ code: 'handoff_refused' });

  await page.goto(`${url}/#/settings/tokens`);
  await page.getByText(me.token_id).waitFor();
  await page.getByText(name).waitFor();
  expect(complaints.filter((text) => /Content Security Policy|Trusted/.test(text))).toEqual([]);
});

test('who cancels gives nothing away, and an address that somebody made up offers nothing to approve', async () => {
  const { page } = await open();
  const good = { challenge: 'A'.repeat(43), state: 'A'.repeat(43), port: '4711', name: 'argusctl on elsewhere' };
  const at = (over: object) => `${url}/#/handoff?${String(new URLSearchParams({ ...good, ...over }))}`;
  await page.goto(at({ port: '4711@evil.example' }));
  await signIn(page);
  await page.getByText('This address is not whole').waitFor();
  expect(await button(page, 'Approve').count()).toBe(0);
  await page.goto(at({}));
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await page.reload();
    for (const width of [1_440, 1_024, 390]) {
      await page.setViewportSize({ width, height: 844 });
      await page.getByText('Only approve if you started this yourself').waitFor();
      await page.evaluate(AXE);
      expect([theme, width, await page.evaluate('axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes[0].html]))'), await page.evaluate('document.documentElement.scrollWidth <= innerWidth')]).toEqual([theme, width, [], true]);
    }
  }

  await page.goto(at({ name: '<img src=x onerror=alert(1)>' }));
  await page.getByText('<img src=x onerror=alert(1)>').waitFor();
  await button(page, 'Cancel').click();
  await page.getByText('Nothing was approved').waitFor();
  expect(page.url().startsWith(url)).toBe(true);
});
