/** The console with a fleet, on a machine of its own history, and without a connection: a real browser, server and database. */
import { gzipSync } from 'node:zlib';
import type { BrowserContext, Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { databaseOf, flip, seedFleet } from '../bench/console/fleet.ts';
import { HOLD_STREAM, WATCH } from '../bench/console/in-page.ts';
import { launchBrowser, type Watched } from './browser.ts';
import { joinBy, OWNER, signIn } from './console-door.ts';
import { newDemoDir, type DemoFile } from './demo.ts';
import { ask } from './http.ts';
import { layoutOf } from './layout.ts';
import { atTheEnd } from './teardown.ts';

const FLEET = 3_000;
const ANSWERED_401 = /status of 401/;

let demo: DemoFile;
let open: () => Promise<Watched>;
let database: Awaited<ReturnType<typeof databaseOf>>;
let page: Page;
let complaints: string[];
beforeAll(async () => {
  const dir = await newDemoDir();
  await dir.start();
  demo = dir.file();
  database = await databaseOf(dir.dataDir);
  atTheEnd(() => database.end());
  ({ open } = await launchBrowser());
  ({ page, complaints } = await open());
  await page.addInitScript(`${WATCH}${HOLD_STREAM}`);
});
const rows = () => page.locator('.table tbody tr[aria-rowindex]');
const go = (path: string) => page.goto(`${demo.console_url}#${path}`);

test('what travels before anything is shown is at most 250 KB, packed', async () => {
  const scripts: Promise<number>[] = [];
  page.on('response', (response) => {
    if (new URL(response.url()).pathname.endsWith('.js') && !response.fromServiceWorker()) scripts.push(response.body().then((body) => gzipSync(body).length, () => 0));
  });
  await joinBy(page, demo.owner_login_url ?? expect.unreachable(), OWNER);
  await signIn(page, OWNER);
  await page.getByText('TENANTS (3 · 1 armed)').waitFor();
  const bytes = (await Promise.all(scripts)).reduce((sum, one) => sum + one, 0);
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes).toBeLessThan(250_000);
});

test('the main pages are laid out as they were, on three screens', async () => {
  const layouts: string[] = [];
  for (const width of [1_440, 1_024, 390]) {
    await page.setViewportSize({ width, height: 900 });
    for (const path of ['/tenants', '/tenants/UTD_7ELEVEN_001', '/agents', '/agents/agent_macpro_lobby_01']) {
      await go(path);
      await page.locator('.panel, .table-place').first().waitFor();
      await expect.poll(() => page.locator('#main .bones').count()).toBe(0);
      layouts.push(`${path} on ${width} px\n${await layoutOf(page)}\n`);
    }
  }
  await page.setViewportSize({ width: 1_440, height: 900 });
  await expect(layouts.join('\n')).toMatchFileSnapshot('console-wide.layout.txt');
});

test('of thousands of machines those in sight are in the page; they are found, sorted and scrolled to by keyboard, and change by themselves', async () => {
  await seedFleet(database, FLEET);
  await go('/agents');
  await page.reload(); // what was put into the database by hand is told to nobody
  await page.getByText(/AGENTS \(2,974 · 2,762 online\)/).waitFor();
  await rows().first().waitFor();
  expect(await rows().count()).toBeLessThan(60);
  await page.getByRole('region', { name: 'Agents' }).focus();
  await page.keyboard.press('End');
  await page.locator('.table tr[aria-rowindex="3005"]').waitFor(); // 3,000, the four of the demo, and the heading
  await expect.poll(() => page.locator('.table tr[aria-busy]').count()).toBe(0);

  await page.getByLabel('Filter agents').focus();
  await page.keyboard.type('SITE_0123 windows');
  await page.getByText('3 fit', { exact: true }).waitFor();
  await page.getByRole('link', { name: 'agent_site_01232' }).waitFor();
  await page.getByLabel('Filter agents').fill('site_0');
  await page.getByRole('button', { name: 'AGENT', exact: true }).press('Enter');
  await page.locator('.table tr[aria-rowindex="2"]', { hasText: 'agent_site_00000' }).waitFor();
  await page.getByRole('button', { name: 'AGENT', exact: true }).press('Enter');
  await page.locator('.table tr[aria-rowindex="2"]', { hasText: 'agent_site_02999' }).waitFor();
  expect(await page.getByRole('columnheader', { name: 'AGENT' }).getAttribute('aria-sort')).toBe('descending');

  await page.getByLabel('Filter agents').fill('agent_site_00002');
  await page.getByText('1 fit', { exact: true }).waitFor();
  await page.getByRole('cell', { name: 'Online' }).waitFor();
  await flip(database, 2);
  await ask(demo.url, '/v1/tenants/BAKERY_NORTH/agents', { pat: demo.pat, body: { agent_id: 'agent_that_is_new' } }); // of the topic of this page
  await page.getByRole('cell', { name: 'Offline' }).waitFor();
});

test('a machine on another node is shown as online, with where, and cannot be tunnelled into from here', async () => {
  await database.query(`INSERT INTO argus.nodes (id, epoch, started_at, beat, beaten_at) VALUES ('node_${'o'.repeat(20)}', 1, now(), 1, now() + interval '1 hour')`);
  await database.query(`UPDATE argus.agent_lines SET node = 'node_${'o'.repeat(20)}', epoch = 1 WHERE agent_id = 'agent_site_00004'`);
  await go('/agents/agent_site_00004');
  await page.getByText('to another node of the server').waitFor();
  expect(await page.getByRole('button', { name: 'Tunnel in' }).getAttribute('aria-disabled')).toBe('true');
});

test('the history of a line is a picture with the same in words', async () => {
  await database.query(`INSERT INTO argus.agent_lines (connection, agent_id, node, epoch, came_at, went_at)
    SELECT format('con_history_%s', h), 'agent_macpro_lobby_01', 'node_x', 1, now() - h * interval '1 hour', now() - h * interval '1 hour' + interval '50 minutes' FROM generate_series(2, 12) AS h`);
  await go('/agents/agent_macpro_lobby_01');
  const picture = page.getByRole('img', { name: /^On its line for \d+ % of the last 24 hours, with 11 interruptions\.$/ });
  await picture.waitFor();
  expect(await picture.locator('rect').count()).toBe(12);
  await page.getByRole('button', { name: '7 days' }).press('Enter');
  await page.getByRole('img', { name: /last 7 days/ }).waitFor();
});

test('without a connection there is an empty shell that says so, and nothing of before; what is kept is the shell alone', async () => {
  await page.evaluate('navigator.serviceWorker.ready.then(() => 1)');
  const kept = await page.evaluate<string[]>(`(async () => (await Promise.all((await caches.keys()).map(async (name) => (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname)))).flat())()`);
  expect(kept).toContain('/');
  expect(kept.filter((path) => path !== '/' && !/^\/console\/[a-zA-Z0-9.-]+$/.test(path))).toEqual([]);
  const context: BrowserContext = page.context();
  await context.setOffline(true);
  await page.reload();
  await page.getByRole('heading', { name: 'No connection' }).waitFor();
  expect(await page.locator('body').textContent()).not.toMatch(/agent_|UTD_|argus\.example|BAKERY/);
  expect(await page.getByRole('button', { name: 'Try again' }).isEnabled()).toBe(true);
  await context.setOffline(false); // the browser says so, and nobody has to press it
  await page.getByRole('heading', { name: 'agent_macpro_lobby_01' }).waitFor();
});

test('no text becomes a script’s address: the one policy is taken, and no other can be made', async () => {
  const tried = await page.evaluate(`['argus-worker', 'default', 'mine'].map((name) => { try { trustedTypes.createPolicy(name, { createScriptURL: (x) => x, createHTML: (x) => x }); return 'made'; } catch { return 'refused'; } })`);
  expect(tried).toEqual(['refused', 'refused', 'refused']);
  expect(await page.evaluate(`(() => { try { document.body.innerHTML = '<b>x</b>'; return 'done'; } catch { return 'refused'; } })()`)).toBe('refused');
  expect(complaints.filter((text) => !ANSWERED_401.test(text) && !/ERR_INTERNET_DISCONNECTED|Policy|TrustedHTML/.test(text))).toEqual([]);
});

/** A live hour, in miniature: `npm run bench -- console` has the numbers of the whole one. */
test('live updates are drawn one after the other and do not pile up in the memory of the page', async () => {
  await go('/agents?q=site_000&sort=agent');
  await rows().first().waitFor();
  const tools = await page.context().newCDPSession(page);
  const heap = async () => {
    for (let i = 0; i < 3; i++) await tools.send('HeapProfiler.collectGarbage');
    return (await tools.send('Runtime.getHeapUsage')).usedSize / 1_048_576;
  };
  const change = async (n: number) => {
    const says = (await flip(database, n % 10)) ? 'Online' : 'Offline';
    await page.evaluate(`window.__tell('agents events'); window.__until(() => window.__stateOf(${n % 10}) === '${says}')`);
  };
  for (let n = 0; n < 20; n++) await change(n);
  const before = await heap();
  for (let n = 0; n < 100; n++) await change(n);
  expect(await heap()).toBeLessThan(before + 1); // a page that keeps each answer has taken two by then
});
