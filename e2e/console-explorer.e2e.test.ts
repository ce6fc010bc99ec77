/** The audit explorer, its proofs and the player of sessions: in a real browser, over the log of a real server and a real machine. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser, type Watched } from './browser.ts';
import { asDatabaseAdmin } from './database-admin.ts';
import { OWNER, signIn } from './console-door.ts';
import { ANSWERED_401, verdict } from './console-parts.ts';
import { newDemoDir, type DemoFile } from './demo.ts';
import { LONG, MARKUP, READING_ORDER, withTexts } from './hostile-texts.ts';
import { ask } from './http.ts';
import { runToEnd } from './processes.ts';
import { activation } from './ready.ts';
import { until } from './until.ts';

const TENANT = 'UTD_7ELEVEN_001';
const AGENT = 'agent_macpro_lobby_01';

let demo: DemoFile;
let open: () => Promise<Watched>;
let page: Page;
let complaints: readonly string[];
let session: string;
let trustFile: string;
beforeAll(async () => {
  const dir = await newDemoDir();
  await dir.start();
  demo = dir.file();
  ({ open } = await launchBrowser());
  const code = new URL(demo.owner_login_url ?? '').hash.replace('#/join/', '');
  expect((await ask(demo.url, '/v1/auth/redeem', { body: { code, ...OWNER } })).status).toBe(201);
  session = await sessionWithCommands();
  trustFile = await trustOf(AGENT);
  ({ page, complaints } = await signedIn());
});

/** Two commands, and one that is refused. */
async function sessionWithCommands(): Promise<string> {
  const opened = await ask(demo.url, `/support/agents/${AGENT}/activate`, { pat: demo.pat, headers: { 'x-argus-ops-token': demo.ops_token }, body: activation() });
  const headers = { 'x-argus-session': String(opened.body['session_token']) };
  const command = async (body: object) => (await ask(demo.url, `/support/tenants/${TENANT}/command`, { pat: demo.pat, headers, body })).status;
  expect([await command({ command: 'ping' }), await command({ command: 'agent_info' }), await command({ command: 'read_file', args: { path: '../secret' } })]).toEqual([200, 200, 403]);
  const id = String(opened.body['session_id']);
  await ask(demo.url, `/support/sessions/${id}/deactivate`, { pat: demo.pat, body: {} });
  return id;
}

/** What a machine of the tenant has seen of the log, up to now. */
async function trustOf(agent: string): Promise<string> {
  const asRoot = process.getuid?.() === 0 ? ['--allow-root'] : [];
  const exported = await runToEnd('apps/agent/src/main.ts', ['trust', 'export', '--state', join(demo.data_dir, 'agents', agent, 'state'), ...asRoot]);
  const file = join(demo.data_dir, 'trust.json');
  writeFileSync(file, exported.stdout());
  return file;
}

async function signedIn(): Promise<Watched> {
  const watched = await open();
  await watched.page.goto(demo.console_url ?? '');
  await signIn(watched.page, OWNER);
  return watched;
}
/** All of it anew: what is looked for is not found on the page one came from. */
const go = async (path: string, on: Page = page) => {
  await on.goto('about:blank');
  await on.goto(`${demo.console_url ?? ''}#${path}`);
  await on.locator('#main h1').waitFor();
};
const checkAll = async () => {
  await page.getByRole('button', { name: 'Check all of it' }).click();
  await verdict(page).waitFor();
};

test('a view is its address: linked, it is opened by somebody else as it was, and under its name it is found again', async () => {
  await go('/audit');
  await page.getByLabel('Tenant').selectOption(TENANT);
  await page.getByLabel('Outcome').selectOption('refused');
  await page.getByLabel('Text').fill('INVESTIGATE');
  await page.keyboard.press('Enter');
  await page.getByText('1 row, all there are').waitFor();
  const view = new URL(page.url()).hash;
  expect(view).toBe(`#/audit?text=INVESTIGATE&tenant=${TENANT}&outcome=refused`);

  const other = await signedIn();
  await go(view.slice(1), other.page);
  await other.page.getByRole('link', { name: 'read_file' }).waitFor();
  expect(await other.page.locator('.table tbody tr').count()).toBe(1);
  expect([await other.page.getByLabel('Outcome').inputValue(), await other.page.getByLabel('Text').inputValue()]).toEqual(['refused', 'INVESTIGATE']);
  await other.page.context().close();

  await page.getByRole('button', { name: 'Save this view' }).click();
  await page.getByLabel('Name').fill('Refused here');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Clear' }).click();
  await page.getByRole('link', { name: 'ping' }).first().waitFor();
  await page.getByRole('link', { name: 'Refused here' }).click();
  await page.getByText('1 row, all there are').waitFor();
  // A name and what it asks are kept in the browser, and nothing that was shown.
  const kept = await page.evaluate<unknown>('Object.entries(localStorage).filter(([name]) => name.startsWith("argus-views")).map(([, text]) => JSON.parse(text))');
  expect(kept).toEqual([[{ name: 'Refused here', query: view.replace('#/audit', '') }]]);
});

test('the calls of the API are asked for in the same way: whose they were, and how they were answered', async () => {
  await go('/settings/audit');
  await page.getByLabel('Status').selectOption('403');
  await page.getByLabel('Route, like').fill('/support/tenants/{tenant}/command');
  await page.keyboard.press('Enter');
  await page.getByText('1 row, all there are').waitFor();
  expect(new URL(page.url()).hash).toBe('#/settings/audit?route=%2Fsupport%2Ftenants%2F%7Btenant%7D%2Fcommand&status=403');
  const row = page.getByRole('row').filter({ hasText: 'POST /support/tenants/{tenant}/command' });
  for (const text of ['403', 'ada@argus.example', TENANT, '127.0.0.1']) await row.getByText(text, { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Clear' }).click();
  await page.getByRole('button', { name: 'Look again' }).click();
  await page.getByText('GET /audit-log').first().waitFor(); // that one looked is on record too
});

test('pages follow each other as far as somebody asks, and an older one is not lost when something new comes', async () => {
  await page.route('**/v1/support-audit?*', (route) => route.continue({ url: route.request().url().replace('limit=200', 'limit=5') })); // as if there were many
  await go(`/audit?session=${session}`);
  await page.getByText('5 rows', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Older' }).click();
  await page.getByText('9 rows, all there are').waitFor();
  await page.unroute('**/v1/support-audit?*');
});

test('all of a log is checked in the browser and holds; against a machine’s trust file it is the log that machine has followed', async () => {
  await go(`/audit/check?tenant=${TENANT}`);
  await checkAll();
  expect(await verdict(page).textContent()).toContain('Whole, and unchanged since it was signed.');
  const key = (JSON.parse(readFileSync(trustFile, 'utf8')) as { log_keys: string[] }).log_keys[0] ?? '';
  await page.getByText(key, { exact: true }).waitFor(); // to be compared with what the machine pinned
  await page.getByText('What machines are said to have answered, they have signed.').waitFor();

  // What cannot be compared is not said to have been: nothing green stays, and nothing is checked without it.
  const isShut = async () => (await page.getByRole('button', { name: 'Check all of it' }).getAttribute('aria-disabled')) === 'true';
  await page.getByLabel('Trust file').setInputFiles({ name: 'contract.pdf', mimeType: 'application/pdf', buffer: Buffer.from('no trust in it') });
  await page.getByRole('alert').getByText('contract.pdf is no trust file.').waitFor();
  expect([await verdict(page).count(), await isShut()]).toEqual([0, true]);
  await page.getByLabel('Tenant').selectOption('BAKERY_NORTH');
  await page.getByLabel('Trust file').setInputFiles(trustFile);
  await page.getByRole('alert').getByText(`is of ${AGENT}, a machine of ${TENANT}: it knows nothing of the log of BAKERY_NORTH.`).waitFor();
  expect(await isShut()).toBe(true);
  await page.getByLabel('Tenant').selectOption(TENANT);

  await page.getByText(`Of ${AGENT}, which has followed this log.`).waitFor();
  await checkAll();
  await page.getByText('the log your machine has followed.').first().waitFor();
  await page.getByText('It holds: whole, unchanged').waitFor();
});

test('one entry is shown with its proof, and with whether the audit says the same', async () => {
  await go(`/audit?session=${session}`);
  await page.getByRole('link', { name: 'agent_info' }).first().click();
  await verdict(page).waitFor();
  expect(await verdict(page).textContent()).toContain('It is in the log, and the audit says the same.');
  expect(page.url()).toContain(`entry=${TENANT}:`);
  await page.keyboard.press('Escape');
  await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
});

test('a session is played by keyboard alone, and every step of it is proved', async () => {
  await go(`/sessions/${session}/replay`);
  await verdict(page).waitFor();
  expect(await verdict(page).textContent()).toContain('Every step is in the log, and is shown as it stands there.');
  const stage = page.getByRole('region', { name: 'Step', exact: true });
  const step = async () => /Step (\d+) of/.exec((await stage.textContent()) ?? '')?.[1];
  await page.keyboard.press('ArrowRight');
  expect([await step(), await stage.getByRole('heading').first().textContent()]).toEqual(['2', 'ping']);
  await page.keyboard.press('ArrowLeft');
  expect(await step()).toBe('1');
  await page.keyboard.press('End');
  const last = await step();
  await page.keyboard.press('Space'); // from the end it begins anew, and plays to the end
  await expect.poll(step, { timeout: 30_000 }).toBe('2');
  await page.keyboard.press('Space');
  await page.getByRole('slider', { name: 'Step' }).fill(String(Number(last) - 1));
  expect(await step()).toBe(last);
  const steps = page.locator('.step');
  expect(await steps.filter({ hasNotText: 'proved' }).count()).toBe(0);
  expect(await steps.filter({ hasText: 'refused' }).allTextContents()).toEqual([expect.stringMatching(/read_file.*refused.*The agent may not show this file/)]);
  for (const name of ['Session opened', 'Session ended', 'Last word of the machine']) expect(await steps.filter({ hasText: name }).count(), name).toBe(1);
  // What stands in the log is a click away, and in no sentence before.
  await page.keyboard.press('Home');
  const exact = stage.getByText('"scope"');
  expect(await exact.isVisible()).toBe(false);
  await stage.getByText('As it stands in the log').click();
  await exact.waitFor();
  await go(`/sessions/${session}`);
  await page.getByText('Last word of the machine').waitFor();
  expect(await page.locator('.timeline').getByText(/remote_support_|"minutes"/).filter({ visible: true }).count()).toBe(0);
});

test('a signed bundle comes down as a file, and argus-verify finds that it holds', async () => {
  await go(`/audit?tenant=${TENANT}`);
  await page.getByRole('button', { name: 'Export', exact: true }).click();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download Signed bundle', exact: true }).click()]);
  const file = join(demo.data_dir, 'bundle.tar');
  await download.saveAs(file);
  const checked = await runToEnd('apps/argus-verify/src/main.ts', ['bundle', file, '--trust', trustFile]);
  expect([checked.end, checked.stdout().split('\n')[0]]).toEqual(['exit 0', 'It holds.']);
  const [lines] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download NDJSON' }).click()]);
  expect(lines.suggestedFilename()).toMatch(new RegExp(`^${TENANT}-0-\\d+\\.ndjson\\.ndjson$`));
});

test('an audit on demand is asked for, and its result is shown', async () => {
  await go('/auditor');
  await page.getByRole('button', { name: 'Audit now' }).click();
  await page.getByRole('button', { name: 'Audit', exact: true }).click();
  await page.getByText('Everything agrees').waitFor();
});

/** Guarantee: what got to run in the page all the same can make no markup, no script and no other policy, and reaches no other host. */
test('the policy of the page is kept by the browser, also towards its own scripts', async () => {
  const { page: tried } = await open();
  await tried.goto(demo.console_url ?? '');
  const ways = {
    markup: `document.body.innerHTML = '<b>x</b>'`,
    document: `document.write('x')`,
    worker: `new Worker('/console/icon.svg')`,
    'script address': `document.createElement('script').src = '/console/icon.svg'`,
    'a handler in an attribute': `document.body.setAttribute('onclick', 'window.__ran = 1')`,
    'another policy': `trustedTypes.createPolicy('anything', { createHTML: (text) => text })`,
    'the policy of the checker again': `trustedTypes.createPolicy('argus-checker', { createScriptURL: (text) => text })`,
    'the policy of the worker again': `trustedTypes.createPolicy('argus-worker', { createScriptURL: (text) => text })`,
  };
  for (const [way, code] of Object.entries(ways)) expect(await tried.evaluate(`(() => { try { ${code}; return 'done'; } catch (problem) { return problem.name; } })()`), way).toBe('TypeError');
  expect(await tried.evaluate(`fetch('https://evil.example/').then(() => 'left', (problem) => problem.name)`)).toBe('TypeError');
  expect(await tried.evaluate(`new Promise((said) => { document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => said(effectiveDirective), { once: true }); fetch('https://evil.example/').catch(() => {}); })`)).toBe('connect-src');
  await tried.context().close();
});

test('nothing the pages did up to here was stopped by the policy, and nothing failed', () => {
  expect(complaints.filter((text) => !ANSWERED_401.test(text))).toEqual([]);
});

describe('after somebody with every right on the database changed the record', () => {
  let index: number;
  beforeAll(async () => {
    const { body } = await ask(demo.url, `/support-audit?session=${session}&code=path_not_allowlisted`, { pat: demo.pat });
    index = Number((body['rows'] as readonly { leaf_index: number }[])[0]?.leaf_index);
    await asDatabaseAdmin({ dataDir: demo.data_dir }, `UPDATE argus.log_leaves SET bytes = replace(bytes, 'investigate', 'investigatE') WHERE tree = '${TENANT}' AND seq = ${index}`);
  });

  test('the audit on demand does not agree, and leads to the entry', async () => {
    await go('/auditor');
    await page.getByRole('button', { name: 'Audit now' }).click();
    await page.getByRole('button', { name: 'Audit', exact: true }).click();
    await page.getByRole('link', { name: `Entry ${index} of ${TENANT}` }).first().waitFor();
  });
});

/** Guarantee: whatever a machine or a person chose to call something is shown as text: it runs nothing, loads nothing, and moves nothing around it. */
describe('told something hostile in the place of every name, reason and word that somebody chose', () => {
  beforeAll(async () => {
    const alerts = async () => (await ask(demo.url, '/v1/alerts', { pat: demo.pat })).body['alerts'] as readonly unknown[];
    expect((await ask(demo.url, `/support/agents/${AGENT}/activate`, { pat: demo.pat, body: activation() })).status).toBe(403); // a tripwire
    expect((await ask(demo.url, '/v1/audit/reconcile', { pat: demo.pat, body: {} })).status).toBe(200);
    await until(async () => (await alerts()).length > 0, 30_000);
  });
  const SOME = () => ['/tenants', '/sessions', '/audit', `/sessions/${session}`];
  const PAGES = () => [...SOME(), `/sessions/${session}/replay`, '/agents', `/agents/${AGENT}`, `/tenants/${TENANT}`, `/tenants/${TENANT}/consent`, `/tenants/${TENANT}/activity`, '/enroll', '/alerts', '/auditor', '/health', '/settings/tokens', '/settings/audit', '/settings/users', '/profile'];
  test.each([
    ['markup and addresses', MARKUP, { first: false }],
    ['letters that turn the reading order, cannot be seen, or drive a terminal', READING_ORDER, { first: false }],
    ['a megabyte without a space', [LONG], { first: true }],
  ])('%s', async (_what, texts, only) => {
    const { page: shown, complaints: said } = await signedIn();
    const elsewhere: string[] = [];
    shown.on('request', (asked) => {
      if (new URL(asked.url()).origin !== new URL(demo.console_url ?? '').origin) elsewhere.push(asked.url().slice(0, 200));
    });
    shown.on('dialog', (dialog) => elsewhere.push(`a dialog: ${dialog.message()}`));
    await withTexts(shown, texts, only);
    await shown.setViewportSize({ width: 390, height: 844 });
    const moved: Record<string, unknown> = {};
    const unspoilt: string[] = [];
    for (const path of only.first ? SOME() : PAGES()) {
      await go(path, shown);
      await expect.poll(() => shown.locator('#main .bones').count(), { message: `${path} has what it shows`, timeout: 30_000 }).toBe(0);
      if (!only.first) expect(await shown.locator('#main .note-bad').getByText('Something answered that is not Argus.').count(), `${path} takes the answer`).toBe(0); // what is longer than anything is refused
      expect(await shown.evaluate('document.documentElement.scrollWidth <= innerWidth'), `${path} is as wide as the screen`).toBe(true);
      const read = (await shown.locator('#main').textContent()) ?? '';
      if (!texts.some((text) => read.includes(text))) unspoilt.push(path);
      const beside = await shown.evaluate(TURNS_WHAT_IS_BESIDE);
      if (JSON.stringify(beside) !== '[]') moved[path] = beside;
    }
    expect(await shown.evaluate('window.__ran ?? "nothing ran"')).toBe('nothing ran');
    expect([elsewhere, moved, unspoilt]).toEqual([[], {}, []]); // every page did show some of it
    expect(said.filter((text) => !ANSWERED_401.test(text) && !/status of 403/.test(text))).toEqual([]);
    await shown.context().close();
  });
});

/** Texts with a mark of direction that stand in one box with other text, and are not isolated from it. */
const TURNS_WHAT_IS_BESIDE = `(() => {
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    if (!/[\\u202A-\\u202E\\u2066-\\u2069]/.test(node.data)) continue;
    for (let box = node.parentElement; box; box = box.parentElement) {
      const { unicodeBidi, display } = getComputedStyle(box);
      if (box.textContent !== node.data) { found.push(box.outerHTML.slice(0, 120)); break; }
      if (/isolate|plaintext/.test(unicodeBidi) || !/^(inline|contents)$/.test(display)) break;
    }
  }
  return found;
})()`;
