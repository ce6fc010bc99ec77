/** All that can be done in the console, done with keys alone: wherever the focus is it is seen, it stays in a dialog, and goes back to what opened it. */
import { join } from 'node:path';
import { patiently } from '@argus/testkit/patience.ts';
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { launchBrowser } from './browser.ts';
import { byKeyboard } from './by-keyboard.ts';
import { OWNER, withPasskeys } from './console-door.ts';
import { answer, verdict } from './console-parts.ts';
import { newDemoDir, type DemoFile } from './demo.ts';
import { ask } from './http.ts';
import { activation } from './ready.ts';
import { newSigner } from './signed-patch.ts';

const TENANT = 'BAKERY_NORTH';
const AGENT = 'agent_macpro_lobby_01';
const SOON = { timeout: patiently(2_500) };

let demo: DemoFile;
let page: Page; // to be looked at
let keys: ReturnType<typeof byKeyboard>;
let patch: string;
let signer: Awaited<ReturnType<typeof newSigner>>;
beforeAll(async () => {
  const dir = await newDemoDir();
  await dir.start();
  demo = dir.file();
  const code = new URL(demo.owner_login_url ?? '').hash.replace('#/join/', '');
  expect((await ask(demo.url, '/v1/auth/redeem', { body: { code, ...OWNER } })).status).toBe(201);
  expect((await ask(demo.url, `/support/agents/${AGENT}/activate`, { pat: demo.pat, body: activation() })).status).toBe(403); // a tripwire
  signer = await newSigner(join(dir.dataDir, 'signer'));
  ({ page } = await (await launchBrowser()).open());
  page.setDefaultTimeout(patiently(7_500));
  await withPasskeys(page);
  page.on('filechooser', (chooser) => void chooser.setFiles(patch)); // the window of the system, where somebody has chosen it
  keys = byKeyboard(page);
});
const says = (words: string | RegExp) => page.getByText(words).first().waitFor();
const heading = (name: string | RegExp) => page.getByRole('heading', { name, level: 1 }).waitFor();
/** By the search over everything. */
async function searchFor(words: string): Promise<void> {
  await keys.opens('Search', 'Control+k');
  await keys.type(words);
  await page.getByRole('option', { name: words }).first().waitFor();
  await keys.press('Enter');
  await expect.poll(keys.focus, SOON).toMatchObject({ dialog: null }); // on the page, and not at the top of everything
}
async function follow(link: string | RegExp): Promise<void> {
  await keys.tabTo('link', link);
  await keys.use();
}

test('signing in', async () => {
  await page.goto(demo.console_url ?? '');
  await page.getByLabel('E-mail').waitFor();
  await keys.tabTo('textbox', 'E-mail');
  await keys.type(OWNER.email);
  await keys.tabTo('textbox', 'Password');
  await keys.type(OWNER.password);
  await keys.press('Enter');
  await heading('TENANTS (3 · 1 armed)');
  await keys.press('Tab');
  expect(await keys.focus()).toMatchObject({ role: 'link', name: 'Skip to the page', wrong: [] });
  await keys.press('Enter');
  expect(await keys.focus()).toMatchObject({ role: 'main' });
});

test('the profile: a passkey, colours and how close the lines stand', async () => {
  await follow(new RegExp(OWNER.email));
  await heading('PROFILE');
  await keys.tabTo('button', 'New passkey');
  const opener = await keys.focus();
  await keys.opens('New passkey');
  await keys.tabTo('textbox', 'Name');
  await keys.type('laptop');
  await keys.tabTo('textbox', 'Your password');
  await keys.type(OWNER.password);
  await keys.press('Enter');
  await says('Your passkey is kept.');
  await keys.tabTo('button', 'Make new ones');
  await keys.use();
  await says('They are shown this once.');
  await keys.tabTo('button', 'I have kept them');
  await keys.closes('Recovery codes', { to: opener, keys: ['Enter'] });
  await says('10 left');

  await keys.tabTo('button', 'Dark colours');
  await keys.use('Space');
  expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('dark');
  await keys.tabTo('button', 'Closer lines');
  await keys.use();
  expect(await page.evaluate('document.documentElement.dataset.density')).toBe('compact');
});

test('searching for a tenant; arming and disarming it', async () => {
  await searchFor(TENANT);
  await heading(/Bakery North/);
  await follow('Tenants');
  await heading('TENANTS (3 · 1 armed)');
  await keys.tabTo('button', `Arm ${TENANT}`);
  await keys.opens(`Arm ${TENANT}`);
  await keys.closes(`Arm ${TENANT}`, { to: { role: 'button', name: `Arm ${TENANT}` } });
  await keys.opens(`Arm ${TENANT}`);
  await keys.tabTo('textbox', `Type ${TENANT}`);
  await keys.type(TENANT);
  await keys.tabTo('textbox', 'Reason');
  await keys.type('support contract 2026');
  await keys.tabTo('checkbox', /^I have the signed document/);
  await keys.press('Space');
  await keys.tabTo('button', 'Arm');
  await keys.use();
  await heading('TENANTS (3 · 2 armed)');
  expect(await keys.focus()).toMatchObject({ name: `Disarm ${TENANT}` }); // where Arm was
  await keys.opens(`Disarm ${TENANT}`);
  await keys.tabTo('textbox', `Type ${TENANT}`);
  await keys.type(TENANT);
  await keys.tabTo('textbox', 'Reason');
  await keys.type('done for today');
  await keys.tabTo('button', 'Disarm');
  await keys.use();
  await heading('TENANTS (3 · 1 armed)');
});

test('the room of a session: in, each command, and out', async () => {
  await searchFor(AGENT);
  await heading(AGENT);
  await keys.tabTo('button', 'Tunnel in');
  await keys.opens(`Tunnel in: ${AGENT}`);
  await keys.tabTo('textbox', 'Reason');
  await keys.type('the lobby screens stutter');
  await keys.tabTo('button', 'Check the gates');
  await keys.use();
  await says('Every gate passes.');
  await keys.tabTo('button', 'Open session');
  await keys.use();
  await page.getByRole('timer').waitFor();

  const run = async (name: string) => {
    await keys.tabTo('button', `Run ${name}`);
    await keys.use();
  };
  const fill = async (label: string, text: string) => {
    await keys.tabTo('textbox', label);
    await keys.type(text);
  };
  const filled: Readonly<Record<string, () => Promise<void>>> = {
    read_file: () => fill('Path', 'config.yaml'),
    view_camera: () => fill('Camera', 'cam_1'),
    async apply_patch() {
      patch = await signer.sign({ id: 'patch_six_streams', agent: AGENT, config: 'streams: 6\n', note: 'six streams' }); // a moment ago, and good already
      await keys.tabTo('file', 'Patch');
      await keys.press('Space');
      await says('patch_six_streams');
      await fill(`Type ${AGENT}`, AGENT);
    },
  };
  const names = await page.getByRole('tab').allTextContents();
  expect(names).toHaveLength(7);
  await keys.tabTo('tab', names[0] ?? '');
  for (const name of names) {
    await filled[name]?.();
    await run(name);
    if (name === 'apply_patch') await page.getByRole('tabpanel').filter({ visible: true }).locator('.note-bad').waitFor(); // this machine trusts nobody's patches
    else await answer(page, name).waitFor();
    if (name === 'tail_log') {
      await keys.tabTo('textbox', 'Find in the log');
      await keys.type('frame');
      await keys.press('Enter');
      await says(/^2 of \d+$/);
      await keys.tabTo('button', 'Follow');
      await keys.use('Space');
      await says('Following');
      await keys.press('Space');
      await keys.tabTo('region', 'Lines of argus.log');
    }
    await keys.tabTo('tab', name, 'Shift+Tab');
    await keys.press('ArrowRight');
  }
  await keys.press('Control+.');
  expect(await keys.focus()).toMatchObject({ role: 'button', name: 'END SESSION', wrong: [] });
  await keys.press('Enter');
  await says('The session is over: ended by the operator');
});

test('the replay of it', async () => {
  await follow('replays it');
  await verdict(page).waitFor();
  const at = (place: RegExp) => page.getByRole('region', { name: 'Step', exact: true }).getByText(place).waitFor();
  await keys.press('ArrowRight');
  await at(/^Step 2 of/);
  await keys.press('Home');
  await at(/^Step 1 of/);
  await keys.tabTo('slider', 'Step');
  await keys.press('ArrowRight');
  await at(/^Step 2 of/);
  await keys.tabTo('button', 'Play');
  await keys.use('Space');
  await at(/^Step 3 of/);
  await keys.press('Space');
  await keys.tabTo('combobox', 'Speed');
  await keys.press('End');
  expect(await page.getByLabel('Speed').inputValue()).toBe('16');
});

test('the audit: asked for what was refused, one row of it proved, all of a log checked', async () => {
  await follow('Audit');
  await heading('AUDIT');
  await keys.tabTo('combobox', 'Outcome');
  await keys.type('refused');
  await expect.poll(() => page.url(), SOON).toContain('outcome=refused');
  await keys.tabTo('button', 'Save this view');
  await keys.opens('Save this view');
  await keys.tabTo('textbox', 'Name');
  await keys.type('What was refused');
  await keys.press('Enter');
  await page.getByRole('link', { name: 'What was refused' }).waitFor();
  await keys.tabTo('link', 'apply_patch');
  const row = await keys.focus();
  await keys.press('Enter');
  await verdict(page).getByText('It is in the log, and the audit says the same.').waitFor();
  const title = (await keys.focus())?.dialog ?? '';
  await keys.closes(title, { to: row });
  await follow('Check a log');
  await heading('CHECK A LOG');
  await keys.tabTo('button', 'Check all of it');
  await keys.use();
  await verdict(page).waitFor();
});

test('a machine is brought in, and another one revoked', async () => {
  await follow('Agents');
  await heading(/^AGENTS/);
  await keys.tabTo('button', 'Enroll a machine');
  await keys.use();
  await heading('ENROLL A MACHINE');
  await keys.tabTo('combobox', 'Tenant');
  await keys.type('UTD');
  await keys.tabTo('textbox', 'Agent id');
  await keys.press('End');
  await keys.type('by_keyboard');
  await keys.press('Enter');
  await says('On the machine: agent_by_keyboard');
  await keys.tabTo('radio', 'Linux');
  await keys.press('ArrowDown');
  await says('umask 077');
  await keys.tabTo('button', 'Copy the commands');

  await searchFor('agent_oven_display');
  await heading('agent_oven_display');
  await keys.tabTo('button', 'Revoke');
  await keys.opens('Revoke agent_oven_display');
  await keys.tabTo('textbox', 'Type agent_oven_display');
  await keys.type('agent_oven_display');
  await keys.tabTo('textbox', 'Reason');
  await keys.type('sold');
  await says('argusctl agent revoke agent_oven_display');
  await keys.tabTo('button', 'Copy the command');
  await keys.closes('Revoke agent_oven_display', { to: { role: 'button', name: 'Revoke' } });
});

test('a token is made and revoked, and somebody is invited', async () => {
  await follow('Access tokens');
  await heading('ACCESS TOKENS');
  await keys.tabTo('button', 'New token');
  await keys.opens('New token');
  await keys.tabTo('textbox', 'Name');
  await keys.type('by keyboard');
  await keys.press('Tab', 'ArrowDown');
  expect(await keys.focus()).toMatchObject({ role: 'radio', wrong: [] });
  await keys.tabTo('button', 'Make it');
  await keys.use();
  await says('It is shown this once.');
  await keys.tabTo('button', 'I have kept it');
  await keys.closes('Your new token', { to: { role: 'button', name: 'New token' }, keys: ['Enter'] });
  await keys.tabTo('button', 'Revoke by keyboard');
  await keys.opens('Revoke by keyboard');
  await keys.tabTo('button', 'Revoke');
  await keys.use();
  await page.getByRole('row', { name: /by keyboard/ }).getByText('Revoked').waitFor();
  expect(await keys.focus()).toMatchObject({ role: 'main' }); // what opened it is gone

  await follow('Users');
  await heading('USERS');
  await keys.tabTo('button', 'Invite');
  await keys.opens('Invite');
  await keys.tabTo('textbox', 'E-mail');
  await keys.type('otto@argus.example');
  await keys.press('Enter');
  await says('It works once');
  await keys.tabTo('button', 'I have sent it');
  await keys.closes('A link for otto@argus.example', { to: { role: 'button', name: 'Invite' }, keys: ['Enter'] });
});

test('on a phone: the menu', async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.reload();
  await heading('USERS');
  await keys.tabTo('button', 'Menu');
  const menu = await keys.focus();
  const opened = async () => {
    await keys.use();
    await expect.poll(keys.focus, SOON).toMatchObject({ role: 'link', wrong: [] }); // in it, and in sight as soon as it is there
  };
  await opened();
  await keys.press('Escape');
  await expect.poll(keys.focus, SOON).toEqual(menu);
  await page.getByRole('navigation', { name: 'Pages' }).waitFor({ state: 'hidden' });
  await keys.tabTo('link', 'Skip to the page', 'Shift+Tab'); // nothing of what is closed is on the way
  await keys.tabTo('button', 'Menu');
  await opened();
  await follow('Sessions');
  await heading(/^SESSIONS/);
  expect(await keys.focus()).toMatchObject({ role: 'main' });
  await page.setViewportSize({ width: 1_440, height: 900 });
});

test('help, an alert, the end of a consent, and out', async () => {
  await follow('Alerts, 2 open');
  await heading('ALERTS (2 open)'); // the one from the beginning, and the patch
  await page.locator('.card').filter({ hasText: 'A patch without valid signatures' }).getByRole('link', { name: 'The session' }).waitFor();
  const before = await keys.focus();
  await keys.opens('Help: Alerts', '?');
  await keys.closes('Help: Alerts', { to: before });
  await keys.tabTo('button', 'Help for this page');
  await keys.opens('Help: Alerts');
  await keys.closes('Help: Alerts', { to: { role: 'button', name: 'Help for this page' } });
  await keys.tabTo('button', /^Acknowledge/);
  await keys.opens('Acknowledge');
  await keys.tabTo('textbox', 'Why that is enough');
  await keys.type('it was me');
  await keys.tabTo('button', 'Acknowledge');
  await keys.use();
  await heading('ALERTS (1 open)');
  expect(await keys.focus()).toMatchObject({ role: 'main' });

  await searchFor(TENANT);
  await follow('The whole record');
  await keys.tabTo('button', 'Withdraw');
  await keys.opens(`Withdraw the consent of ${TENANT}`);
  await keys.tabTo('textbox', `Type ${TENANT}`);
  await keys.type(TENANT);
  await keys.tabTo('textbox', 'Reason');
  await keys.type('the contract has ended');
  await keys.tabTo('button', 'Withdraw');
  await keys.use();
  await says('The tenant has not signed, or has withdrawn.');
  expect(await keys.focus()).toMatchObject({ role: 'button', name: 'Withdraw', wrong: [] });

  await keys.tabTo('button', 'Sign out');
  await keys.use();
  await says('You are signed out.');
  expect(await keys.focus()).toMatchObject({ role: 'textbox', name: 'E-mail' });
});
