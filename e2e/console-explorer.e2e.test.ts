/** The audit explorer, the proofs it makes and the player of sessions: in a real browser, over the log of a real server. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { launchBrowser, type Look, type Watched } from './browser.ts';
import { asDatabaseAdmin } from './database-admin.ts';
import { newDemoDir, type DemoFile } from './demo.ts';
import { ask } from './http.ts';
import { runToEnd } from './processes.ts';
import { activation } from './ready.ts';
import { atTheEnd } from './teardown.ts';

const TENANT = 'UTD_7ELEVEN_001';
const AGENT = 'agent_macpro_lobby_01';
const OWNER = { email: 'ada@argus.example', name: 'Ada Owner', password: 'four words and a comma' };

let demo: DemoFile;
let open: (look?: Look) => Promise<Watched>;
let session: string;
beforeAll(async () => {
  const dir = await newDemoDir();
  await dir.start();
  demo = dir.file();
  ({ open } = await launchBrowser());
  const code = new URL(demo.owner_login_url ?? '').hash.replace('#/join/', '');
  expect((await ask(demo.url, '/v1/auth/redeem', { body: { code, ...OWNER } })).status).toBe(201);
  session = await sessionWithCommands();
});

async function sessionWithCommands(): Promise<string> {
  const as = { pat: demo.pat, headers: { 'x-argus-ops-token': demo.ops_token } };
  const { body } = await ask(demo.url, `/support/agents/${AGENT}/activate`, { ...as, body: activation() });
  const headers = { 'x-argus-session': String(body['session_token']) };
  for (const command of ['ping', 'agent_info']) expect((await ask(demo.url, `/support/tenants/${TENANT}/command`, { pat: demo.pat, headers, body: { command } })).status).toBe(200);
  await ask(demo.url, `/support/sessions/${String(body['session_id'])}/deactivate`, { pat: demo.pat, body: {} });
  return String(body['session_id']);
}

async function signedIn(look?: Look): Promise<Watched> {
  const watched = await open(look);
  const { page } = watched;
  await page.goto(demo.console_url ?? '');
  await page.getByLabel('E-mail').fill(OWNER.email);
  await page.getByLabel('Password').fill(OWNER.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('navigation', { name: 'Pages' }).waitFor();
  return watched;
}
const at = async (page: Page, path: string) => {
  await page.goto(`${demo.console_url ?? ''}#${path}`);
  await page.locator('#main h1').waitFor();
};
