/** Every page, dialog and state of the console can be used by everybody: axe finds nothing, nothing is wider than its screen, and nothing is cut off unsaid. */
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { patiently } from '@argus/testkit/patience.ts';
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { launchBrowser, type Watched } from './browser.ts';
import { joinBy, makePasskey, OWNER, signIn, withPasskeys } from './console-door.ts';
import { answer, button, verdict } from './console-parts.ts';
import { asDatabaseAdmin } from './database-admin.ts';
import { newDemoDir, type DemoFile } from './demo.ts';
import { findingsOf, SIX_WAYS, THREE_WAYS } from './every-look.ts';
import { ask } from './http.ts';
import { ROOT } from './processes.ts';
import { activation } from './ready.ts';
import { newSigner } from './signed-patch.ts';
import { until } from './until.ts';

const CONSOLE = join(ROOT, 'apps/console/src');
const NOWHERE = '/there-is-no-such-page';
const TENANT = 'UTD_7ELEVEN_001';
const AGENT = 'agent_macpro_lobby_01';
const VIEWER = { name: 'Vera Viewer', email: 'vera@tenant.example', password: 'a password of the tenant' };

let demo: DemoFile;
let open: () => Promise<Watched>;
let page: Page;
let recovery: readonly string[];
let patch: string;
let invitation: string;
/** A session that is over, with an answer in it. */
let over: string;
let touched: number;
beforeAll(async () => {
  const dir = await newDemoDir();
  await dir.start();
  demo = dir.file();
  ({ open } = await launchBrowser());
  ({ page } = await open());
  page.setDefaultTimeout(patiently(7_500));
  await withPasskeys(page);
  patch = await (await newSigner(join(dir.dataDir, 'signer'))).sign({ id: 'patch_six_streams', agent: AGENT, config: 'streams: 6\n', note: 'six streams' });
  const file = join(demo.agents.find(({ id }) => id === AGENT)?.install_root ?? '', 'argus.log');
  appendFileSync(file, ['ERROR decoder stalled', 'WARN frames dropped', 'DEBUG tick', 'and a line of no level'].map((line) => `2026-03-01T11:59:00Z ${line}\n`).join(''));
  const { body: opened } = await ask(demo.url, `/support/agents/${AGENT}/activate`, { pat: demo.pat, headers: { 'x-argus-ops-token': demo.ops_token }, body: activation() });
  over = String(opened['session_id']);
  const command = (body: object) => ask(demo.url, `/support/tenants/${TENANT}/command`, { pat: demo.pat, headers: { 'x-argus-session': String(opened['session_token']) }, body });
  expect((await command({ command: 'ping' })).status).toBe(200);
  expect((await command({ command: 'read_file', args: { path: '../secret' } })).status).toBe(403);
  await ask(demo.url, `/support/sessions/${over}/deactivate`, { pat: demo.pat, body: {} });
});

const go = async (path: string) => {
  await page.goto(`${demo.console_url}#${NOWHERE}`);
  await says('Nothing here'); // nothing is left of how the page was looked at before
  await page.goto(`${demo.console_url}#${path}`);
  await page.locator('#main h1').filter({ hasNotText: 'Nothing here' }).waitFor();
};
const press = (name: string) => button(page, name).click();
const says = (words: string | RegExp) => page.getByText(words).first().waitFor();

/** `of`: the page it is a look of, by its address, or the file a dialog is in. */
type Look = { readonly of: string; readonly with?: string; readonly open: () => Promise<unknown> };
const at = (of: string, path = of): Look => ({ of, open: () => go(path) });
const dialog = (of: string, from: string, opened: () => Promise<unknown>, more = ''): Look => ({ of, ...(more && { with: more }), open: async () => (await go(from), await opened()) });
const tab = (name: string, filled: () => Promise<unknown>): Look => ({
  of: '/sessions/:session',
  with: `${name}, answered`,
  async open() {
    await page.getByRole('tab', { name }).click();
    await filled();
  },
});
const ran = (name: string) => async () => {
  await press(`Run ${name}`);
  await answer(page, name).waitFor();
};

const NOBODY: readonly Look[] = [
  { of: 'shell/sign-in.tsx', open: () => page.goto(demo.console_url ?? '') },
  { of: 'shell/sign-in.tsx', with: 'what is missing', open: () => press('Sign in') },
  { of: 'shell/join.tsx', with: 'a link that is not whole', open: () => page.goto(`${demo.console_url}#/join/inv_x`) },
  { of: 'shell/join.tsx', open: () => page.goto(demo.owner_login_url ?? '') },
];
const ALONE: readonly Look[] = [
  dialog('modals/step-up.tsx', '/tenants', async () => (await arm(), await says('A second factor is needed')), 'nobody has one'),
  dialog('modals/authenticator.tsx', '/profile', () => press('Set up authenticator app')),
  { of: 'modals/authenticator.tsx', with: 'the picture', open: async () => (await page.getByLabel('Your password').fill(OWNER.password), await press('Go on'), await page.locator('.qr').waitFor()) },
  dialog('modals/new-passkey.tsx', '/profile', () => press('New passkey')),
  { of: '/alerts', with: 'none', open: async () => (await go('/alerts'), await says('Nothing waits')) },
];
async function review(): Promise<void> {
  await page.getByLabel('Signed document').setInputFiles({ name: 'contract.pdf', mimeType: 'application/pdf', buffer: Buffer.from('what the tenant signed') });
  for (const [label, text] of [['Document id', 'DOC-2026-021'], ['Signer', 'Kim Park'], ['E-mail', 'kim@tenant.example'], ['Signed at', '2026-03-01T09:00']] as const) await page.getByLabel(label, { exact: true }).fill(text);
  await press('Look it over');
  await button(page, 'Record it').waitFor();
}
const redeemed = () => ask(demo.url, '/v1/auth/redeem', { body: { code: invitation, ...VIEWER } });
async function arm(): Promise<void> {
  await press('Arm BAKERY_NORTH');
  await page.getByLabel('Type BAKERY_NORTH').fill('BAKERY_NORTH');
  await page.getByLabel('Reason').fill('support contract 2026');
  await page.getByRole('checkbox').check();
  await press('Arm');
}

const SOMEBODY: readonly Look[] = [
  at('/tenants'),
  at('/tenants/:tenant', `/tenants/${TENANT}`),
  at('/tenants/:tenant/consent', `/tenants/${TENANT}/consent`),
  { ...at('/tenants/:tenant/consent', '/tenants/HARBOUR_MUSEUM/consent'), with: 'nobody signed' },
  at('/tenants/:tenant/activity', `/tenants/${TENANT}/activity`),
  { ...at('/tenants/:tenant', '/tenants/NOBODY_HERE'), with: 'there is none' },
  at('/agents'),
  { ...at('/agents', '/agents?q=nothing_is_called_that'), with: 'none fits' },
  at('/agents/:agent', `/agents/${AGENT}`),
  { ...at('/agents/:agent', '/agents/agent_nobody_99'), with: 'there is none' },
  at('/enroll'),
  { of: '/enroll', with: 'what to type', open: async () => (await page.getByLabel('Tenant', { exact: true }).selectOption(TENANT), await page.getByLabel('Agent id').fill('agent_looked_at'), await press('Make the code'), await page.locator('.main pre').waitFor()) },
  at('/sessions'),
  { ...at('/sessions', '/sessions?tenant=HARBOUR_MUSEUM'), with: 'none' },
  { of: '/sessions/:session', with: 'over', open: () => go(`/sessions/${over}`) },
  { of: '/sessions/:session/replay', open: async () => (await go(`/sessions/${over}/replay`), await verdict(page).waitFor()) },
  at('/audit'),
  { ...at('/audit', '/audit?text=nothing+says+that'), with: 'nothing fits' },
  at('/settings/audit'),
  at('/tenants/:tenant/consent/record', '/tenants/HARBOUR_MUSEUM/consent/record'),
  { of: 'consent/review.tsx', open: review },
  at('/audit/check'),
  { of: '/audit/check', with: 'checked', open: async () => (await go(`/audit/check?tenant=${TENANT}`), await press('Check all of it'), await verdict(page).waitFor()) },
  { of: '/alerts', open: async () => (await go('/alerts'), await page.locator('.card').first().waitFor()) },
  at('/auditor'),
  at('/health'),
  at('/settings/tokens'),
  at('/settings/users'),
  at('/profile'),
  { ...at('/handoff'), with: 'not whole' },
  at('/handoff', `/handoff?challenge=${'A'.repeat(43)}&state=${'A'.repeat(43)}&port=4711&name=laptop`),
  { of: 'shell/shell.tsx', with: 'no such page', open: async () => (await page.goto(`${demo.console_url}#${NOWHERE}`), await says('Nothing here')) },

  dialog('shell/search.tsx', '/tenants', () => page.keyboard.press('Control+k')),
  { of: 'shell/search.tsx', with: 'nothing found', open: async () => (await page.keyboard.type('nothing is called that'), await says('Search the docs for')) },
  dialog('shell/help.tsx', '/tenants', () => page.keyboard.press('?')),
  dialog('modals/arm.tsx', '/tenants', () => press('Arm BAKERY_NORTH')),
  dialog('modals/disarm.tsx', '/tenants', () => press(`Disarm ${TENANT}`)),
  dialog('modals/withdraw.tsx', `/tenants/${TENANT}/consent`, () => press('Withdraw')),
  dialog('modals/tunnel-in.tsx', '/agents/agent_oven_display', () => press('Tunnel in')),
  { of: 'modals/tunnel-in.tsx', with: 'a gate refuses', open: async () => (await page.getByLabel('Reason').fill('a look at it'), await press('Check the gates'), await page.locator('.rung-not_passed').first().waitFor()) },
  dialog('modals/revoke-agent.tsx', `/agents/${AGENT}`, async () => (await press('Revoke'), await page.getByLabel(`Type ${AGENT}`).fill(AGENT), await page.getByLabel('Reason').fill('a look at it'), await page.locator('.dialog pre').waitFor())),
  dialog('audit/export.tsx', `/audit?session=rss_x`, () => press('Export')),
  dialog('audit/saved-views.tsx', '/audit?outcome=refused', () => press('Save this view')),
  dialog('audit/entry.tsx', `/audit?entry=${TENANT}:3`, () => verdict(page).waitFor()),
  dialog('modals/run-audit.tsx', '/auditor', () => press('Audit now')),
  dialog('modals/acknowledge.tsx', '/alerts', () => page.getByRole('button', { name: /^Acknowledge/ }).first().click()),
  dialog('modals/new-token.tsx', '/settings/tokens', () => press('New token')),
  { of: 'modals/new-token.tsx', with: 'made', open: async () => (await page.getByLabel('Name').fill('looked at'), await press('Make it'), await page.locator('.dialog pre').waitFor()) },
  dialog('modals/revoke-token.tsx', '/settings/tokens', () => press('Revoke looked at')),
  dialog('modals/invite.tsx', '/settings/users', () => press('Invite')),
  { of: 'modals/invite.tsx', with: 'made', open: async () => (await page.getByLabel('E-mail').fill(VIEWER.email), await page.getByLabel('viewer').check(), await page.getByLabel('All tenants I reach').check(), await press('Make the link'), (invitation = ((await page.locator('.dialog pre').textContent()) ?? '').split('#/join/')[1] ?? '')) },
  dialog('modals/user.tsx', '/settings/users', async () => (await redeemed(), await page.reload(), await press(`Change ${VIEWER.email}`))),
  dialog('modals/own-passkey.tsx', '/profile', () => press('Rename laptop')),
  dialog('modals/change-password.tsx', '/profile', () => press('Change password')),
  dialog('modals/recovery-codes.tsx', '/profile', () => press('New recovery codes')),
];

const ROOM: readonly Look[] = [
  dialog('/sessions/:session', `/agents/${AGENT}`, async () => (await press('Tunnel in'), await page.getByLabel('Reason').fill('a look at it'), await press('Open session'), await page.getByRole('timer').waitFor())),
  tab('get_capabilities', ran('get_capabilities')),
  tab('tail_log', async () => (await ran('tail_log')(), await page.getByLabel('Find in the log').fill('stalled'))),
  tab('read_file', async () => (await page.getByLabel('Path').fill('config.yaml'), await ran('read_file')())),
  tab('view_camera', async () => (await page.getByLabel('Camera', { exact: true }).fill('cam_1'), await ran('view_camera')(), await page.locator('.frame img').waitFor())),
  tab('apply_patch', async () => (await page.getByLabel('Patch', { exact: true }).setInputFiles(patch), await says('patch_six_streams'))),
  { of: '/sessions/:session', with: 'just over', open: async () => (await press('END SESSION'), await page.getByRole('alert').waitFor()) },
];

const TOUCHED: readonly Look[] = [
  { of: '/audit/check', with: 'it does not hold', open: async () => (await go(`/audit/check?tenant=${TENANT}`), await press('Check all of it'), await says('It does not hold.')) },
  { of: '/sessions/:session/replay', with: 'it does not hold', open: async () => (await go(`/sessions/${over}/replay`), await page.reload(), await says('It does not hold.')) },
  { of: 'audit/entry.tsx', with: 'it does not hold', open: async () => (await go(`/audit?entry=${TENANT}:${touched}`), await says('It does not hold.')) },
];

const AGAIN: readonly Look[] = [
  { of: 'modals/step-up.tsx', open: async () => (await go('/tenants'), await arm(), await says('Confirm that it is you')) },
  { of: 'shell/shell.tsx', with: 'the line is cut', open: async () => (await page.route('**/v1/live*', (route) => route.abort()), await page.reload(), await says('The line to the server is cut.')) },
  { of: 'shell/away.tsx', open: async () => (await page.evaluate('navigator.serviceWorker.ready.then(() => 1)'), await page.context().setOffline(true), await page.reload(), await page.getByRole('heading', { name: 'No connection' }).waitFor()) },
];

const OF_THE_TENANT: readonly Look[] = [
  { of: 'shell/shell.tsx', with: 'a page that is not theirs', open: async () => (await go('/settings/users'), await says('This page is for those with')) },
  { of: '/tenants', with: 'where one may only read', open: () => go('/tenants') },
];

/** A page is looked at in all ways; what stands over one, and what it is in between, in some. */
const look = (looks: readonly Look[]) =>
  test.each(looks.map((one) => [`${one.of}${one.with ? `: ${one.with}` : ''}`, one] as const))('%s', async (name, { of, with: state, open: opened }) => {
    await opened();
    expect(await findingsOf(page, /^(\/|shell)/.test(of) && state === undefined ? SIX_WAYS : THREE_WAYS, name)).toEqual([]);
  });

look(NOBODY);
test('(the owner joins)', async () => {
  await joinBy(page, demo.owner_login_url ?? '', OWNER);
  await signIn(page, OWNER);
});
look(ALONE);
test('(the owner makes a passkey, and a tripwire fires)', async () => {
  await go('/profile');
  recovery = await makePasskey(page, { name: 'laptop', password: OWNER.password });
  expect((await ask(demo.url, `/support/agents/${AGENT}/activate`, { pat: demo.pat, body: activation() })).status).toBe(403);
  await until(async () => ((await ask(demo.url, '/v1/alerts', { pat: demo.pat })).body['alerts'] as readonly unknown[]).length > 0, 30_000);
});
look(SOMEBODY);
look(ROOM);
test('(an entry of the session is changed in the database)', async () => {
  const { body } = await ask(demo.url, `/support-audit?session=${over}&code=path_not_allowlisted`, { pat: demo.pat });
  touched = Number((body['rows'] as readonly { leaf_index: number }[])[0]?.leaf_index);
  await asDatabaseAdmin({ dataDir: demo.data_dir }, `UPDATE argus.log_leaves SET bytes = replace(bytes, 'investigate', 'investigatE') WHERE tree = '${TENANT}' AND seq = ${touched}`);
});
look(TOUCHED);
test('(the owner signs in with a code for bad days)', async () => {
  await press('Close');
  await press('Sign out');
  await signIn(page, OWNER, recovery[0]);
});
look(AGAIN);
test('(somebody of the tenant signs in)', async () => {
  ({ page } = await open());
  await page.goto(demo.console_url ?? '');
  await signIn(page, VIEWER);
});
look(OF_THE_TENANT);

test('no page and no dialog is left out, and each page was looked at in both themes on three screens', () => {
  const source = (file: string) => readFileSync(join(CONSOLE, file), 'utf8');
  const pages = [...source('pages.ts').matchAll(/^ {4}path: '([^']+)',$/gm)].map(([, path]) => path ?? '');
  expect(pages).toHaveLength(source('pages.ts').split('load: () => import(').length - 1);
  const dialogs = readdirSync(CONSOLE, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.tsx') && !NO_DIALOG.includes(file) && /<(Dialog|ActForm)\b/.test(source(file)));
  const looks = [NOBODY, ALONE, SOMEBODY, ROOM, TOUCHED, AGAIN, OF_THE_TENANT].flat();
  const wholly = new Set(looks.flatMap(({ of, with: state }) => (state === undefined ? [of] : [])));
  expect([...pages, ...dialogs].filter((one) => !wholly.has(one))).toEqual([]);
});
/** What dialogs are made of. */
const NO_DIALOG = ['modals/act-form.tsx'];
