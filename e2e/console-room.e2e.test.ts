/** The room of a session in a real browser: what its operator does there, what others see, and how it ends. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { enrollMachine, type Machine } from './agent.ts';
import { launchBrowser, type Look, type Watched } from './browser.ts';
import { joinBy, OWNER, setUpAuthenticatorApp, signIn, type Person } from './console-door.ts';
import { ANSWERED_401, answer, asThePage, button, happened, isShut } from './console-parts.ts';
import { newDemoDir, type DemoFile } from './demo.ts';
import { ask } from './http.ts';
import { startProxy } from './proxy.ts';
import { newSigner } from './signed-patch.ts';
import { until } from './until.ts';

const COLLEAGUE = { name: 'Otto Operator', email: 'otto.o@argus.example', password: 'another password of his' };
const READER = { name: 'Kim of the tenant', email: 'kim@tenant.example', password: 'a password of the tenant' };
const TENANT = 'UTD_7ELEVEN_001';
const AGENT = 'agent_room_01';
const CAMERAS = [{ id: 'cam_1', name: 'Entrance door', kind: 'test_pattern' }];
/** Generous: other machines are slower, and nothing here is measured. */
const SOON = { timeout: 20_000 };

let demo: DemoFile;
let machine: Machine;
let patchFile: string;
let keysFile: string;
let open: (look?: Look) => Promise<Watched>;
/** Who opened the session, from one test to the next: it is bound to this sign-in. */
let owner: Watched;
let session = '';

beforeAll(async () => {
  const dir = await newDemoDir();
  await dir.start();
  demo = dir.file();
  const at = (name: string) => join(dir.dataDir, 'room', name);
  const signer = await newSigner(at('signer'));
  keysFile = signer.keys;
  patchFile = await signer.sign({ id: 'patch_six_streams', agent: AGENT, config: 'streams: 6\n', note: 'six streams' });
  const { body } = await ask(demo.url, `/v1/tenants/${TENANT}/agents`, { pat: demo.pat, body: { agent_id: AGENT } });
  machine = await enrollMachine({ id: AGENT, folder: at('machines'), server: demo.url, code: String(body['enrollment_code']), cameras: CAMERAS, patchKeys: keysFile });
  writeFileSync(join(machine.installRoot, 'argus.log'), Array.from({ length: 300 }, (_, n) => `2026-03-01T10:00:00Z ${n >= 200 && n % 20 === 0 ? 'ERROR decoder stalled' : 'INFO frame'} ${n}\n`).join(''));
  writeFileSync(join(machine.installRoot, 'config.yaml'), 'streams: 4\nupload:\n  token: hunter2\n  note: "\u202Egnp.exe"\n');
  machine.run();
  await until(async () => (await ask(demo.url, `/v1/agents/${AGENT}`, { pat: demo.pat })).body['state'] === 'online', 20_000);
  ({ open } = await launchBrowser());
}, 120_000);


async function redeem(page: Page, link: string, person: Person): Promise<void> {
  await joinBy(page, link, person);
  await signIn(page, person);
}

/** `at`: by which address they come; links and cookies are of one name. */
async function invite(person: Person, role: string, { tenants, at }: { readonly tenants?: readonly string[]; readonly at: string }): Promise<Watched> {
  const { body } = await asThePage(owner.page, '/v1/users', { email: person.email, role, ...(tenants && { tenants }) });
  const there = await open();
  await redeem(there.page, new URL(new URL(String(body['link'])).hash, at).href, person);
  await there.page.goto(new URL(`#/sessions/${session}`, at).href);
  return there;
}

test('tunnel in opens the room; what is asked there is answered by the machine, and stands in the log', async () => {
  owner = await open();
  const { page, complaints } = owner;
  await redeem(page, demo.owner_login_url ?? expect.unreachable(), OWNER);
  await page.goto(`${demo.console_url}#/profile`);
  await setUpAuthenticatorApp(page, OWNER.password);

  await page.goto(`${demo.console_url}#/agents/${AGENT}`);
  await button(page, 'Tunnel in').click();
  await page.getByLabel('Reason').fill('the lobby screens stutter');
  await button(page, 'Open session').click();
  await page.getByRole('timer').waitFor();
  session = /#\/sessions\/(rss_\w+)$/.exec(page.url())?.[1] ?? expect.unreachable(page.url());
  await page.getByRole('heading', { name: 'the lobby screens stutter' }).waitFor();

  await button(page, 'Run ping').click();
  await answer(page, 'ping').getByText('As yours').waitFor();
  const pinged = happened(page).getByRole('listitem').filter({ hasText: 'ping' });
  await pinged.getByText(/under checkpoint \d+, checked here · signed by the machine/).waitFor();
  for (const name of ['agent_info', 'get_capabilities']) {
    await page.getByRole('tab', { name }).click();
    await button(page, `Run ${name}`).click();
    await answer(page, name).getByRole('cell', { name: 'Entrance door' }).waitFor();
  }

  // Neither the session nor anything else that opens something is where a script could read it.
  expect(await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])')).toMatch(/^\[\{("argus-look":"system comfortable")?\},\{\},""\]$/);
  expect(complaints.filter((text) => !ANSWERED_401.test(text))).toEqual([]);
});

test('a log that is being written is found in, followed, and paused by scrolling up; a file shows what was blanked and what hides', async () => {
  const { page, complaints } = owner;
  const log = join(machine.installRoot, 'argus.log');
  await page.getByRole('tab', { name: 'tail_log' }).click();
  await button(page, 'Run tail_log').click();
  const lines = page.getByRole('region', { name: 'Lines of argus.log' });
  await lines.getByText('INFO frame 299').waitFor();
  await page.getByLabel('Find in the log').fill('stalled');
  await page.getByText('1 of 5', { exact: true }).waitFor();
  await button(page, 'The next one').click();
  await lines.locator('.text-line-at').getByText('ERROR decoder stalled 220').waitFor();
  await page.getByLabel('Find in the log').fill('');
  for (const level of [/^Info/, /^Others/]) await page.getByLabel(level).uncheck(); // the machine itself writes there as well
  await page.getByText(/^5 of \d+ lines of argus\.log/).waitFor();
  for (const level of [/^Info/, /^Others/]) await page.getByLabel(level).check();

  await button(page, 'Follow').click();
  appendFileSync(log, '2026-03-01T10:05:00Z WARN written while somebody follows\n');
  await lines.getByText('written while somebody follows').waitFor();
  await lines.hover();
  await page.mouse.wheel(0, -600);
  await page.getByText('Paused: you scrolled up').waitFor();
  await button(page, 'To the end').click();
  await page.getByText('Following', { exact: true }).waitFor();
  await button(page, 'Follow').click();

  await page.getByRole('tab', { name: 'read_file' }).click();
  await page.getByLabel('Path').fill('/etc/passwd');
  expect(await isShut(page, 'Run read_file')).toBe(true);
  await page.getByLabel('Path').fill('config.yaml');
  await button(page, 'Run read_file').click();
  const file = page.getByRole('region', { name: 'Text of config.yaml' });
  await file.locator('.text-blanked').getByText('[redacted]').waitFor();
  await file.locator('.text-unseen').getByText('U+202E').waitFor();
  expect(await page.content()).not.toContain('hunter2');
  expect(complaints.filter((text) => !ANSWERED_401.test(text))).toEqual([]);
});

test('a patch is looked at before it goes, sent only when the machine is typed out, and on the disk afterwards', async () => {
  const { page } = owner;
  await page.getByRole('tab', { name: 'apply_patch' }).click();
  const patch = readFileSync(patchFile, 'utf8');
  const choose = (text: string) => page.getByLabel('Patch', { exact: true }).setInputFiles({ name: 'patch.json', mimeType: 'application/json', buffer: Buffer.from(text) });
  await choose(patch.replace(AGENT, 'agent_room_02'));
  await page.getByText('The patch is for another agent').waitFor();
  await choose(patch.replace('c3RyZWFtczogNgo=', 'c3RyZWFtczogNwo='));
  await page.getByText('its content is not what its sha256 says').waitFor();
  expect(await isShut(page, 'Run apply_patch')).toBe(true);

  await choose(patch);
  await page.getByText('patch_six_streams', { exact: true }).waitFor();
  await page.getByLabel('Keys to check the signatures with').setInputFiles(keysFile);
  await page.getByText('holds', { exact: true }).waitFor();
  expect(await isShut(page, 'Run apply_patch')).toBe(true);
  await page.getByLabel(`Type ${AGENT}`).fill(AGENT);
  await button(page, 'Run apply_patch').click();
  await answer(page, 'apply_patch').getByRole('cell', { name: 'config.yaml' }).waitFor();
  expect(readFileSync(join(machine.installRoot, 'config.yaml'), 'utf8')).toBe('streams: 6\n');
  await happened(page).getByRole('listitem').filter({ hasText: 'apply_patch' }).getByText(/checked here · signed by the machine/).waitFor();
});

test('others watch and cannot act; whoever opened it goes on after a reload, and while the line was cut nothing is lost', async () => {
  const { page } = owner;
  const line = await startProxy();
  line.aim(Number(new URL(demo.url).port));
  const colleague = await invite(COLLEAGUE, 'operator', { at: demo.console_url ?? '' });
  const reader = await invite(READER, 'viewer', { tenants: [TENANT], at: line.url });
  for (const there of [colleague.page, reader.page]) {
    await there.getByRole('status').filter({ hasText: `${OWNER.email} opened this session, and nobody else acts in it. You watch.` }).waitFor();
    await happened(there).getByRole('listitem').filter({ hasText: 'apply_patch' }).getByText(/checked here/).waitFor();
    expect(await isShut(there, 'Run ping')).toBe(true);
    expect((await asThePage(there, `/support/tenants/${TENANT}/command`, { command: 'ping', agent_id: AGENT })).status).toBeGreaterThanOrEqual(403); // the page is not what keeps them out
  }
  expect([await isShut(colleague.page, 'END SESSION'), await isShut(reader.page, 'END SESSION')]).toEqual([false, true]);

  // A server that shows another word than the one that was hashed is not believed, and it is said where.
  await colleague.page.route('**/replay*', async (route) => {
    const shown = await route.fetch();
    await route.fulfill({ response: shown, body: (await shown.text()).replaceAll('the lobby screens stutter', 'the lobby screens sparkle') });
  });
  await colleague.page.reload();
  // The answer names the entry by its hash, so that this one has none.
  await happened(colleague.page).getByRole('listitem').filter({ hasText: 'Session asked for' }).getByText('does not stand in the log it came with').waitFor();
  await colleague.page.unroute('**/replay*');
  await colleague.page.reload();

  line.aim(null);
  line.cut();
  await reader.page.getByText('The line to the server is cut.').waitFor();

  await page.reload();
  await page.getByRole('timer').waitFor();
  expect(await answer(page, 'ping').count()).toBe(0); // what a machine answered is kept nowhere
  const asked: unknown[] = [];
  await page.route('**/command', (route) => {
    asked.push((route.request().postDataJSON() as { request_id?: string }).request_id);
    return asked.length === 1 ? route.abort() : route.continue();
  });
  await button(page, 'Run ping').click();
  await page.getByText('Whether it was done is not known: look at the state before you try again.').waitFor();
  await button(page, 'Ask again for the same').click(); // no answer came: whether it was carried out, nobody here knows
  await answer(page, 'ping').waitFor();
  expect(asked).toEqual([asked[0], asked[0]]);
  await page.unroute('**/command');
  const pings = (there: Page) => happened(there).getByRole('listitem').filter({ hasText: 'ping' });
  await expect.poll(() => pings(colleague.page).count(), SOON).toBe(2);
  expect(await pings(reader.page).count()).toBe(1);
  line.aim(Number(new URL(demo.url).port));
  await expect.poll(() => pings(reader.page).count(), SOON).toBe(2);
});
