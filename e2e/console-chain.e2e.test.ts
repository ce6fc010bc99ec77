/** One visit from beginning to end: somebody signs in, goes in, works, is switched off by the tenant, and what is left of it is proved, and stops being true when it is touched. */
import { appendFileSync, readFileSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { patiently } from '@argus/testkit/patience.ts';
import { expect, test } from 'vitest';
import { enrollMachine } from './agent.ts';
import { launchBrowser } from './browser.ts';
import { joinBy, makePasskey, OWNER, signIn, withPasskeys } from './console-door.ts';
import { ANSWERED_401, answer, asThePage, button, happened, isShut, verdict } from './console-parts.ts';
import { asDatabaseAdmin } from './database-admin.ts';
import { newDemoDir } from './demo.ts';
import { ask } from './http.ts';
import { runToEnd } from './processes.ts';
import { newSigner } from './signed-patch.ts';
import { atTheEnd } from './teardown.ts';

const TENANT = 'BAKERY_NORTH'; // has signed, and is not armed
const AGENT = 'agent_chain_01';
const AS_ROOT = process.getuid?.() === 0 ? ['--allow-root'] : [];
/** Generous: other machines are slower, and this is not what is measured. */
const SOON = { timeout: 30_000 };
/** Promised by the console: a room says within this that its session is over. */
const SAYS_WITHIN_MS = 1_000;

test('from a passkey to a proof: armed, in, a log, a file, a picture, a patch; switched off by the tenant, replayed, and red when one byte is not what it was', async () => {
  const dir = await newDemoDir();
  await dir.start();
  const demo = dir.file();
  const at = (path: string) => `${demo.console_url}#${path}`;
  const signer = await newSigner(join(dir.dataDir, 'signer'));
  const patch = await signer.sign({ id: 'patch_six_streams', agent: AGENT, config: 'streams: 6\n', note: 'six streams' });
  const { body: made } = await ask(demo.url, `/v1/tenants/${TENANT}/agents`, { pat: demo.pat, body: { agent_id: AGENT } });
  const machine = await enrollMachine({ id: AGENT, folder: join(dir.dataDir, 'machines'), server: demo.url, code: String(made['enrollment_code']), cameras: [{ id: 'cam_1', name: 'Entrance door', kind: 'test_pattern' }], patchKeys: signer.keys });
  const log = join(machine.installRoot, 'argus.log');
  writeFileSync(log, 'INFO frame 0\n');
  writeFileSync(join(machine.installRoot, 'config.yaml'), 'streams: 4\nupload:\n  token: hunter2\n');
  machine.run();
  let frames = 0;
  const writing = setInterval(() => appendFileSync(log, `INFO frame ${++frames}\n`), 50); // somebody else's program, which goes on and on
  atTheEnd(() => clearInterval(writing));

  const { page, complaints } = await (await launchBrowser()).open();
  await withPasskeys(page);
  await joinBy(page, demo.owner_login_url ?? '', OWNER);
  await signIn(page, OWNER);
  await page.goto(at('/profile'));
  await makePasskey(page, { name: 'laptop', password: OWNER.password });
  await button(page, 'Sign out').click();
  await page.getByText('You are signed out.').waitFor();

  // In.
  await page.goto(at('/tenants'));
  await button(page, 'Sign in with a passkey').click();
  await page.getByText('TENANTS (3 · 1 armed)').waitFor();
  await button(page, `Arm ${TENANT}`).click();
  await page.getByLabel(`Type ${TENANT}`).fill(TENANT);
  await page.getByLabel('Reason').fill('support contract 2026');
  await page.getByRole('checkbox').check();
  await button(page, 'Arm').click();
  await page.getByText('TENANTS (3 · 2 armed)').waitFor();
  await page.goto(at(`/agents/${AGENT}`));
  await page.getByText('Online', { exact: true }).waitFor();
  await button(page, 'Tunnel in').click();
  await page.getByLabel('Reason').fill('the oven display stutters');
  await button(page, 'Open session').click();
  await page.getByRole('timer').waitFor();
  const session = /#\/sessions\/(rss_\w+)$/.exec(page.url())?.[1] ?? expect.unreachable(page.url());

  // A log that is being written.
  await page.getByRole('tab', { name: 'tail_log' }).click();
  await button(page, 'Run tail_log').click();
  const lines = page.getByRole('region', { name: 'Lines of argus.log' });
  const lastFrame = async () => Number(/frame (\d+)\D*$/.exec((await lines.textContent()) ?? '')?.[1]);
  await expect.poll(lastFrame, SOON).toBeGreaterThan(0);
  await button(page, 'Follow').click();
  const first = await lastFrame();
  await expect.poll(lastFrame, SOON).toBeGreaterThan(first);
  await button(page, 'Follow').click();
  const last = await lastFrame();

  // A file, without the secret in it.
  await page.getByRole('tab', { name: 'read_file' }).click();
  await page.getByLabel('Path').fill('config.yaml');
  await button(page, 'Run read_file').click();
  const file = page.getByRole('region', { name: 'Text of config.yaml' });
  await file.getByText('streams: 4').waitFor();
  await file.getByText('[redacted]').waitFor();
  expect(await page.content()).not.toContain('hunter2');

  // A picture.
  await page.getByRole('tab', { name: 'view_camera' }).click();
  await page.getByLabel('Camera', { exact: true }).fill('cam_1');
  await button(page, 'Run view_camera').click();
  const picture = page.getByRole('img', { name: /What camera cam_1/ });
  await picture.waitFor();
  await expect.poll(() => picture.evaluate((drawn) => (drawn as unknown as { naturalWidth: number }).naturalWidth), SOON).toBeGreaterThan(0); // Chromium has read it
  await answer(page, 'view_camera').getByText('Checked here').waitFor();
  const [saved] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Save as file' }).click()]);
  const jpeg = readFileSync(await saved.path());
  expect([jpeg.subarray(0, 3).toString('hex'), jpeg.subarray(-2).toString('hex')]).toEqual(['ffd8ff', 'ffd9']);

  // A patch.
  await page.getByRole('tab', { name: 'apply_patch' }).click();
  await page.getByLabel('Patch', { exact: true }).setInputFiles(patch);
  await page.getByLabel('Keys to check the signatures with').setInputFiles(signer.keys);
  await page.getByText('holds', { exact: true }).waitFor();
  await page.getByLabel(`Type ${AGENT}`).fill(AGENT);
  await button(page, 'Run apply_patch').click();
  await answer(page, 'apply_patch').getByRole('cell', { name: 'config.yaml' }).waitFor();
  expect(readFileSync(join(machine.installRoot, 'config.yaml'), 'utf8')).toBe('streams: 6\n');
  await happened(page).getByRole('listitem').filter({ hasText: 'apply_patch' }).getByText(/checked here · signed by the machine/).waitFor();

  // The tenant, at the machine.
  let switchedOff = 0;
  const folder = watch(machine.state, (_, name) => {
    if (name === 'remote-support-off') switchedOff ||= Date.now();
  });
  atTheEnd(() => folder.close());
  const said = page.evaluate<number>(WHEN_IT_SAYS('The session is over: switched off on the machine'));
  const off = await runToEnd('apps/agent/src/main.ts', ['remote-support-off', '--state', machine.state, ...AS_ROOT]);
  expect(off.end, off.stderr()).toBe('exit 0');
  const took = (await said) - switchedOff;
  console.info(`from the switch to the words in the room: ${took} ms`);
  expect(switchedOff).toBeGreaterThan(0);
  expect(took).toBeLessThan(patiently(SAYS_WITHIN_MS));
  await page.getByText('Only the tenant can switch it on again').waitFor();
  expect([await isShut(page, 'Run apply_patch'), await isShut(page, 'END SESSION')]).toEqual([true, true]);
  await page.getByRole('tab', { name: 'tail_log' }).click();
  await expect.poll(lastFrame, SOON).toBe(last); // what was read stays
  const refused = await asThePage(page, `/support/tenants/${TENANT}/command`, { command: 'ping', agent_id: AGENT });
  expect([refused.status, refused.body['code']]).toEqual([404, 'session_not_found']);

  // What is left of it.
  await page.getByRole('link', { name: 'replays it' }).click();
  await verdict(page).getByText('Every step is in the log, and is shown as it stands there.').waitFor();
  const steps = page.locator('.step');
  expect(await steps.filter({ hasText: /tail_log|read_file|view_camera|apply_patch/ }).count()).toBeGreaterThanOrEqual(5);
  expect(await steps.filter({ hasNotText: 'proved' }).count()).toBe(0);
  expect(complaints.filter((text) => !ANSWERED_401.test(text) && !/status of 404/.test(text))).toEqual([]);

  // One byte of it, by somebody with every right on the database.
  const { body: read } = await ask(demo.url, `/support-audit?session=${session}`, { pat: demo.pat });
  const rows = read['rows'] as readonly { readonly command: string | null; readonly phase: string; readonly leaf_index: number }[];
  const index = rows.find(({ command, phase }) => command === 'read_file' && phase === 'intent')?.leaf_index ?? expect.unreachable();
  await asDatabaseAdmin(dir, `UPDATE argus.log_leaves SET bytes = replace(bytes, 'config.yaml', 'config.yamL') WHERE tree = '${TENANT}' AND seq = ${index}`);

  await page.goto(at(`/audit/check?tenant=${TENANT}`));
  await button(page, 'Check all of it').click();
  await verdict(page).getByText('It does not hold.').waitFor();
  await page.getByText('the entries are not the ones the checkpoint was signed over').waitFor();
  expect(await page.locator('.found-bad strong').allTextContents()).toEqual([`Entry ${index} is not the one the checkpoint was signed over.`]);
  await page.getByRole('link', { name: `Entry ${index}` }).first().click();
  await page.getByText('an entry is not in the tree of the checkpoint').waitFor();
  await page.getByText('The audit says something else than the log of: args.').waitFor();
  await page.keyboard.press('Escape');

  await page.goto(at(`/sessions/${session}/replay`));
  await verdict(page).getByText('It does not hold.').waitFor();
  expect(await page.locator('.step:has(.badge-bad)').allTextContents()).toEqual([expect.stringContaining('read_file')]);
  expect(await page.locator('.step:has(.badge-good)').count()).toBe((await steps.count()) - 1);
});

/** By the clock of this machine, which is the browser's too: when an alert with these words was drawn. */
const WHEN_IT_SAYS = (words: string) => `new Promise((said) => {
  const look = () => [...document.querySelectorAll('[role="alert"]')].some((alert) => alert.textContent.includes(${JSON.stringify(words)})) && requestAnimationFrame(() => said(Date.now()));
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
  look();
})`;
