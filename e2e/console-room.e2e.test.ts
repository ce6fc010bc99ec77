/** The room of a session in a real browser: what its operator does there, what others see, and how it ends. */
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { fromBase32, hotp, stepAt } from '@argus/ops-api/people/totp.ts';
import { enrollMachine, type Machine } from './agent.ts';
import { launchBrowser, type Look, type Watched } from './browser.ts';
import { asThePage, button, joinBy, OWNER, signIn, type Person } from './console-door.ts';
import { newDemoDir, type DemoFile } from './demo.ts';
import { ask } from './http.ts';
import { runToEnd } from './processes.ts';
import { startProxy } from './proxy.ts';
import { until } from './until.ts';

const COLLEAGUE = { name: 'Otto Operator', email: 'otto.o@argus.example', password: 'another password of his' };
const READER = { name: 'Kim of the tenant', email: 'kim@tenant.example', password: 'a password of the tenant' };
const TENANT = 'UTD_7ELEVEN_001';
const AGENT = 'agent_room_01';
const CAMERAS = [{ id: 'cam_1', name: 'Entrance door', kind: 'test_pattern' }];
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Generous: other machines are slower, and nothing here is measured. */
const SOON = { timeout: 20_000 };
const ANSWERED_401 = /status of 401/;

let demo: DemoFile;
let machine: Machine;
let patchFile: string;
let keysFile: string;
let open: (look?: Look) => Promise<Watched>;
let secret = '';
let used = 0;
/** Who opened the session, from one test to the next: it is bound to this sign-in. */
let owner: Watched;
let session = '';

const argus = (script: string, ...args: string[]) => runToEnd(script, args);
const AS_ROOT = process.getuid?.() === 0 ? ['--allow-root'] : [];

beforeAll(async () => {
  const dir = await newDemoDir();
  await dir.start();
  demo = dir.file();
  const at = (name: string) => join(dir.dataDir, 'room', name);
  mkdirSync(at('.'), { recursive: true });
  [keysFile, patchFile] = [at('keys.json'), at('patch.json')];
  writeFileSync(at('pass'), 'correct horse battery\n', { mode: 0o600 });
  writeFileSync(at('new.yaml'), 'streams: 6\n');
  const SIGN = 'apps/argus-sign/src/main.ts';
  await argus(SIGN, 'keygen', '--out', at('a.key'), '--key-id', 'a', '--passphrase-file', at('pass'));
  writeFileSync(keysFile, (await argus(SIGN, 'public', at('a.key'))).stdout());
  const signed = await argus(SIGN, 'sign', '--key', at('a.key'), '--agent', AGENT, '--file', `config.yaml=${at('new.yaml')}`, '--note', 'six streams', '--id', 'patch_six_streams', '--not-after', '2100-01-01T00:00:00Z', '--passphrase-file', at('pass'), '--out', patchFile);
  expect(signed.end).toBe('exit 0');
  const { body } = await ask(demo.url, `/v1/tenants/${TENANT}/agents`, { pat: demo.pat, body: { agent_id: AGENT } });
  machine = await enrollMachine({ id: AGENT, folder: at('machines'), server: demo.url, code: String(body['enrollment_code']), cameras: CAMERAS, patchKeys: keysFile });
  writeFileSync(join(machine.installRoot, 'argus.log'), Array.from({ length: 300 }, (_, n) => `2026-03-01T10:00:00Z ${n >= 200 && n % 20 === 0 ? 'ERROR decoder stalled' : 'INFO frame'} ${n}\n`).join(''));
  writeFileSync(join(machine.installRoot, 'config.yaml'), 'streams: 4\nupload:\n  token: hunter2\n  note: "\u202Egnp.exe"\n');
  machine.run();
  await until(async () => (await ask(demo.url, `/v1/agents/${AGENT}`, { pat: demo.pat })).body['state'] === 'online', 20_000);
  ({ open } = await launchBrowser());
}, 120_000);

/** A code counts once, and the next one counts already. */
function code(): string {
  const step = Math.max(used + 1, stepAt(Date.now()));
  used = step;
  return hotp(fromBase32(secret) ?? expect.unreachable(), step);
}
const isShut = async (page: Page, name: string) => (await button(page, name).getAttribute('aria-disabled')) === 'true';
const happened = (page: Page) => page.getByRole('list', { name: 'What happened, newest first' });
const answer = (page: Page, name: string) => page.getByRole('region', { name: `Answer to ${name}` });
const drawn = (page: Page) => page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))');

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
  await button(page, 'Set up authenticator app').click();
  await page.getByLabel('Your password').fill(OWNER.password);
  await button(page, 'Go on').click();
  await page.getByRole('img', { name: /as a picture/ }).waitFor();
  secret = (await page.locator('.dialog p.mono').textContent())?.trim() ?? '';
  await page.getByLabel('The code it shows now').fill(code());
  await button(page, 'Confirm').click();
  await button(page, 'I have kept them').click();

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

  await page.getByRole('tab', { name: 'view_camera' }).click();
  await page.getByLabel('Camera', { exact: true }).fill('cam_1');
  await button(page, 'Run view_camera').click();
  const picture = page.getByRole('img', { name: /What camera cam_1/ });
  await picture.waitFor();
  await expect.poll(() => picture.evaluate((drawn) => (drawn as unknown as { naturalWidth: number }).naturalWidth), SOON).toBeGreaterThan(0);
  await answer(page, 'view_camera').getByText('Checked here').waitFor();
  const [saved] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Save as file' }).click()]);
  expect(readFileSync(await saved.path()).subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));

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
  await happened(colleague.page).getByRole('listitem').filter({ hasText: 'Session opened' }).getByText('does not stand in the log it came with').waitFor();
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

test('the room can be used by everybody: no finding of axe, in both themes, on a screen and on a phone', async () => {
  const { page } = owner;
  await page.getByRole('tab', { name: 'tail_log' }).click();
  await button(page, 'Run tail_log').click();
  await page.getByRole('region', { name: 'Lines of argus.log' }).waitFor();
  await page.getByLabel('Find in the log').fill('stalled');
  await page.getByRole('tab', { name: 'read_file' }).click();
  await page.getByLabel('Path').fill('argus.log');
  await button(page, 'Run read_file').click();
  await answer(page, 'read_file').waitFor();
  await page.getByRole('tab', { name: 'apply_patch' }).click();
  await page.getByLabel('Patch', { exact: true }).setInputFiles(patchFile);
  await page.getByText('patch_six_streams', { exact: true }).waitFor();
  await page.evaluate(AXE);
  const found: Record<string, unknown> = {};
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    for (const width of [1_440, 390]) {
      await page.setViewportSize({ width, height: 844 });
      for (const tab of ['tail_log', 'read_file', 'apply_patch']) {
        await page.getByRole('tab', { name: tab }).click();
        await drawn(page);
        const rules = await page.evaluate('axe.run("#main").then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes[0].html, nodes[0].failureSummary]))');
        if (JSON.stringify(rules) !== '[]') found[`${theme} ${width} ${tab}`] = rules;
        expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), `${tab} at ${width} is as wide as the screen`).toBe(true);
      }
    }
  }
  expect(found).toEqual({});
  await page.keyboard.press('Control+.');
  expect(await page.evaluate('document.activeElement.textContent')).toBe('END SESSION');
});

test('the tenant switches it off on the machine: everybody in the room is told how it ended, and nothing more is sent', async () => {
  const { page } = owner;
  await page.setViewportSize({ width: 1_440, height: 900 });
  await page.getByRole('tab', { name: 'tail_log' }).click();
  const off = await argus('apps/agent/src/main.ts', 'remote-support-off', '--state', machine.state, ...AS_ROOT);
  expect(off.end).toBe('exit 0');
  await page.getByRole('alert').getByText('The session is over: switched off on the machine').waitFor();
  await page.getByText('Only the tenant can switch it on again').waitFor();
  expect([await isShut(page, 'Run tail_log'), await isShut(page, 'END SESSION')]).toEqual([true, true]);
  await button(page, 'The next one').click(); // what was read stays, and can be read on
  await page.locator('.text-line-at').getByText('ERROR decoder stalled 220').waitFor();
  const refused = await asThePage(page, `/support/tenants/${TENANT}/command`, { command: 'ping', agent_id: AGENT });
  expect([refused.status, refused.body['code']]).toEqual([404, 'session_not_found']);
});
