/** Consents recorded from the console, in a real browser against the demo: by keyboard alone, and by a receipt the real agent program signed. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { launchBrowser, type Look, type Watched } from './browser.ts';
import { joinBy, OWNER, setUpAuthenticatorApp, signIn, type Codes, type Person } from './console-door.ts';
import { asThePage, button } from './console-parts.ts';
import { newDemoDir, type DemoFile } from './demo.ts';
import { ask } from './http.ts';
import { runToEnd } from './processes.ts';

const OPERATOR: Person = { name: 'Otto Operator', email: 'otto@argus.example', password: 'another password of his' };
const READER: Person = { name: 'Kim of the tenant', email: 'kim@tenant.example', password: 'a password of the tenant' };
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const ANSWERED_401 = /status of 401/;
const AS_ROOT = process.getuid?.() === 0 ? ['--allow-root'] : [];
const DOCUMENT = 'what the tenant signed, page 1 of 1';
const sha256 = createHash('sha256').update(DOCUMENT).digest('hex');
const SIGNER = { name: 'Kim Park', email: 'kim@tenant.example' };

let demo: DemoFile;
let folder: string;
let open: (look?: Look) => Promise<Watched>;
let owner: Watched;
let fingerprint = '';
let codes: Codes;

const at = (name: string) => join(folder, name);
const address = (path: string) => `${demo.console_url}#${path}`;
const shown = async (tenant: string) => (await ask(demo.url, `/v1/tenants/${tenant}`, { pat: demo.pat })).body;
const agent = (...args: string[]) => runToEnd('apps/agent/src/main.ts', [...args, ...AS_ROOT]);
const isShut = async (button: Locator) => (await button.getAttribute('aria-disabled')) === 'true';
const fact = (page: Page, name: string) => page.locator('.facts > div').filter({ has: page.locator('dt', { hasText: new RegExp(`^${name}$`) }) }).locator('dd').last();

async function sign(name: string, tenant: string, ...more: string[]): Promise<string> {
  const { instance } = await shown(tenant);
  const signed = await agent('consent', 'sign', '--key', at('consent.key'), '--passphrase-file', at('pass'), '--document', at('contract.pdf'), '--agents', '*', '--commands', 'ping,agent_info', '--cameras', '',
    '--not-after', '2099-01-01T00:00:00Z', '--instance', String(instance), '--tenant', tenant, '--out', at(name), ...more);
  expect(signed.end, signed.stderr()).toBe('exit 0');
  return readFileSync(at(name), 'utf8');
}

beforeAll(async () => {
  const dir = await newDemoDir();
  await dir.start();
  demo = dir.file();
  folder = join(dir.dataDir, 'consents');
  mkdirSync(folder, { recursive: true });
  writeFileSync(at('contract.pdf'), DOCUMENT);
  writeFileSync(at('pass'), 'correct horse battery\n', { mode: 0o600 });
  const made = await agent('consent', 'keygen', '--out', at('consent.key'), '--passphrase-file', at('pass'));
  fingerprint = /^Fingerprint (\w{32})$/m.exec(made.stdout())?.[1] ?? expect.unreachable(made.stderr());
  ({ open } = await launchBrowser());
  owner = await open();
  await joinBy(owner.page, demo.owner_login_url ?? expect.unreachable(), OWNER);
  await signIn(owner.page, OWNER);
  await owner.page.goto(address('/profile'));
  codes = await setUpAuthenticatorApp(owner.page, OWNER.password); // whoever invites people has one
}, 120_000);

/** No pointer: from where the focus is, to there. */
async function tabTo(page: Page, place: Locator): Promise<void> {
  await place.waitFor();
  for (let presses = 0; presses < 80; presses++) {
    if (await place.evaluate((element) => element === element.ownerDocument.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`The keyboard does not reach ${String(place)}.`);
}
async function press(page: Page, place: Locator, key = 'Enter'): Promise<void> {
  await tabTo(page, place);
  await page.keyboard.press(key);
}
async function type(page: Page, label: string, text: string): Promise<void> {
  await tabTo(page, page.getByLabel(label, { exact: true }));
  await page.keyboard.type(text);
}

test('by keyboard alone a consent is recorded that is for two commands and some hours; the page, the log and argusctl say the same', async () => {
  const { page, complaints } = owner;
  const sent: string[] = [];
  page.on('request', (request) => void (request.method() === 'GET' || sent.push(`${request.method()} ${request.postData() ?? ''}`)));
  await page.goto(address('/tenants'));
  await press(page, page.getByRole('row').filter({ hasText: 'HARBOUR_MUSEUM' }).getByRole('link', { name: 'Record a consent' }));
  await press(page, button(page, 'Record a consent'));
  const next = button(page, 'Look it over');
  await next.waitFor();
  expect([await isShut(next), await next.getAttribute('title')]).toEqual([true, 'Choose the signed document first.']);

  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), press(page, page.getByLabel('Signed document'))]);
  await chooser.setFiles(at('contract.pdf'));
  await page.getByText(`SHA-256 ${sha256}`).waitFor();
  await type(page, 'Document id', 'DOC-2026-021');
  await type(page, 'Signer', SIGNER.name);
  await type(page, 'E-mail', SIGNER.email);
  await tabTo(page, page.getByLabel('Signed at'));
  await page.keyboard.type('03012026');
  await page.keyboard.type('0900AM');
  const signedAt = await page.evaluate(`new Date('2026-03-01T09:00').toISOString()`);
  await page.getByText(`Written down as ${String(signedAt)}.`).waitFor();
  await press(page, page.getByRole('group', { name: 'Commands', exact: true }).getByRole('radio', { checked: true }), 'ArrowDown');
  await press(page, page.getByLabel('ping', { exact: true }), 'Space');
  await press(page, page.getByLabel('tail_log', { exact: true }), 'Space');
  await press(page, page.getByRole('group', { name: 'Hours', exact: true }).getByRole('radio', { checked: true }), 'ArrowDown');
  await tabTo(page, page.getByLabel('Time zone'));
  await page.keyboard.press('Control+a');
  await page.keyboard.type('Europe/Berlin');
  await press(page, page.getByLabel('Fri', { exact: true }), 'Space');
  await press(page, next);

  await page.getByText('Recording opens nothing: whoever arms the tenant next asserts this very document.').waitFor();
  await press(page, button(page, 'Record it'));
  await page.getByRole('heading', { name: 'Consent of Harbour Museum', exact: true }).waitFor();
  await expect.poll(() => fact(page, 'Commands').textContent()).toBe('only ping, tail_log');
  expect(await fact(page, 'Hours').textContent()).toBe('only Mon to Thu 08:00–18:00, by the clock in Europe/Berlin');
  expect([await fact(page, 'Document').textContent(), await fact(page, 'SHA-256').textContent(), await fact(page, 'Results').textContent()]).toEqual(['DOC-2026-021', sha256, 'not kept: digests only']);

  const index = /^entry (\d+)$/.exec((await fact(page, 'In the log').textContent()) ?? '')?.[1] ?? expect.unreachable();
  const { body } = await ask(demo.url, `/v1/tenants/HARBOUR_MUSEUM/log/entries?from=${index}`, { pat: demo.pat });
  const [entry] = body['entries'] as readonly { readonly leaf: string }[];
  expect(entry?.leaf).toContain(sha256);
  expect(entry?.leaf).toContain(OWNER.email);
  const seen = await runToEnd('apps/argusctl/bin/argusctl.mjs', ['tenant', 'consent', 'show', 'HARBOUR_MUSEUM', `--demo=${demo.data_dir}`, '--json']);
  expect(seen.end, seen.stderr()).toBe('exit 0');
  expect(JSON.parse(seen.stdout())).toMatchObject({
    consent_kind: 'recorded',
    consent_record: { document_id: 'DOC-2026-021', document_sha256: sha256, signed_at: signedAt, signer: SIGNER, recorded_by: OWNER.email },
    consent_scope: { commands: ['ping', 'tail_log'], hours: { time_zone: 'Europe/Berlin', windows: [{ days: ['mon', 'tue', 'wed', 'thu'], from: '08:00', to: '18:00' }] } },
  });
  expect(sent.filter((request) => request.includes(DOCUMENT))).toEqual([]); // the document stayed where it was
  expect(sent.filter((request) => request.startsWith('PUT'))).toHaveLength(1);
  expect(complaints.filter((text) => !ANSWERED_401.test(text))).toEqual([]);
});

/** Chooses a receipt, and says who signed the document it is about. */
async function receiptOf(page: Page, tenant: string, file: string): Promise<void> {
  await page.goto(address(`/tenants/${tenant}/consent/record`));
  await page.getByLabel('A receipt signed with the tenant’s own key').check();
  await page.getByLabel('Document id').fill('DOC-2026-022');
  await page.getByLabel('Signer').fill(SIGNER.name);
  await page.getByLabel('E-mail').fill(SIGNER.email);
  await page.getByLabel('Signed at').fill('2026-03-01T09:00');
  await page.getByLabel('Receipt', { exact: true }).setInputFiles(at(file));
}

test('a receipt the tenant signed is shown in plain words, disarms who was armed, and is on record as it was signed', async () => {
  const { page } = owner;
  const text = await sign('receipt.json', 'UTD_7ELEVEN_001');
  await receiptOf(page, 'UTD_7ELEVEN_001', 'receipt.json');
  await page.getByText('checked in this browser').waitFor();
  expect([await fact(page, 'Commands').textContent(), await fact(page, 'Cameras').textContent(), await fact(page, 'Operators').textContent()]).toEqual(['only ping, agent_info', 'none at all', 'whoever the server lets in']);
  await page.getByLabel('Signed document, to compare').setInputFiles(at('pass'));
  await page.getByRole('alert').getByText('is another than the one the tenant signed for').waitFor();
  expect(await isShut(button(page, 'Look it over'))).toBe(true);
  await page.getByLabel('Signed document, to compare').setInputFiles(at('contract.pdf'));
  await page.getByText('Nothing is written yet').waitFor();
  await button(page, 'Look it over').click();
  await page.getByText(/is armed\. .*disarms the tenant and ends any LIVE session at once/).waitFor();
  await button(page, 'Record it').click();
  await page.getByRole('heading', { name: 'Consent of Seven Eleven Lobby Screens', exact: true }).waitFor();
  expect(await shown('UTD_7ELEVEN_001')).toMatchObject({ armed: false, consent_kind: 'tenant_signed', receipt: { key_fingerprint: fingerprint, sha256: createHash('sha256').update(text).digest('hex') }, consent_scope: { commands: ['ping', 'agent_info'], cameras: [] } });
});

test('with one byte of it changed a receipt is refused before it is sent, and by the server when it is sent all the same', async () => {
  const { page } = owner;
  const text = await sign('other.json', 'BAKERY_NORTH');
  const changed = text.replace('2099-01-01', '2098-01-01');
  expect([changed.length, changed === text]).toEqual([text.length, false]);
  writeFileSync(at('changed.json'), changed);
  const before = await shown('BAKERY_NORTH');
  await receiptOf(page, 'BAKERY_NORTH', 'changed.json');
  await page.getByRole('alert').filter({ hasText: 'The signature does not hold: this receipt was changed after it was signed.' }).waitFor();
  expect([await isShut(button(page, 'Look it over')), await button(page, 'Look it over').getAttribute('title')]).toEqual([true, 'Choose the receipt first.']);
  const body = { document_id: 'DOC-2026-022', document_sha256: sha256, signed_at: '2026-03-01T09:00:00Z', signer: SIGNER };
  expect(await asThePage(page, '/v1/tenants/BAKERY_NORTH/consent', { ...body, receipt: changed }, 'PUT')).toMatchObject({ status: 422, body: { code: 'bad_request', problems: ['receipt: its signature is not by the key it names'] } });
  expect(await shown('BAKERY_NORTH')).toEqual(before);
});

test('what the server refuses at the end is said where one sends it, with what helps', async () => {
  const { page } = owner;
  await sign('late.json', 'BAKERY_NORTH');
  await receiptOf(page, 'BAKERY_NORTH', 'late.json');
  await button(page, 'Look it over').click();
  // Somebody else records a newer one meanwhile: machines take none below it.
  const serial = '99999999999';
  const body = { document_id: 'DOC-2026-023', document_sha256: sha256, signed_at: '2026-03-01T09:00:00Z', signer: SIGNER, receipt: await sign('newer.json', 'BAKERY_NORTH', '--serial', serial) };
  expect((await ask(demo.url, '/v1/tenants/BAKERY_NORTH/consent', { method: 'PUT', pat: demo.pat, body })).status).toBe(200);
  await page.getByRole('dialog').getByRole('alert').getByText('What is on record for this tenant changed while you looked.').waitFor();
  expect(await isShut(button(page, 'Record it'))).toBe(true);
  await page.keyboard.press('Escape');
  await button(page, 'Look it over').click();
  await button(page, 'Record it').click();
  await page.getByRole('dialog').getByRole('alert').getByText(`receipt: its serial is below ${serial}`).waitFor();
  await page.keyboard.press('Escape');
  expect(await shown('BAKERY_NORTH')).toMatchObject({ consent_document_id: 'DOC-2026-023' });
});

test('what was filled in for one tenant is never there for another, also when it was about to be sent', async () => {
  const { page } = owner;
  await page.goto(address('/tenants/UTD_7ELEVEN_001/consent/record'));
  await page.getByRole('heading', { name: /Seven Eleven/ }).waitFor(); // both are known by then, and nothing waits for the server
  await page.goto(address('/tenants/BAKERY_NORTH/consent/record'));
  await page.getByRole('heading', { name: /Bakery North/ }).waitFor();
  await page.getByLabel('Signed document').setInputFiles(at('contract.pdf'));
  await page.getByLabel('Document id').fill('DOC-OF-THE-BAKERY');
  await page.getByLabel('Signer').fill(SIGNER.name);
  await page.getByLabel('E-mail').fill(SIGNER.email);
  await page.getByLabel('Signed at').fill('2026-03-01T09:00');
  await page.getByText(`SHA-256 ${sha256}`).waitFor();
  await button(page, 'Look it over').click();
  const review = page.getByRole('dialog');
  await review.getByText('It goes further than DOC-2026-023: all commands; all cameras; a later end; no signature by the tenant’s own key.').waitFor();
  await page.evaluate(`location.hash = '/tenants/UTD_7ELEVEN_001/consent/record'`);
  await page.getByRole('heading', { name: /Seven Eleven/ }).waitFor();
  await expect.poll(() => page.getByLabel('Document id').inputValue()).toBe('');
  expect([await review.count(), await isShut(button(page, 'Look it over'))]).toEqual([0, true]);
});

async function invited(person: Person, role: string, tenants?: readonly string[]): Promise<Watched> {
  const { body } = await asThePage(owner.page, '/v1/users', { email: person.email, role, ...(tenants && { tenants }) });
  const there = await open();
  await joinBy(there.page, new URL(new URL(String(body['link'])).hash, demo.console_url ?? '').href, person);
  await signIn(there.page, person);
  return there;
}

test('who may not record a consent sees that it can be done, and why not by them', async () => {
  const { page } = await invited(OPERATOR, 'operator');
  await page.goto(address('/tenants/BAKERY_NORTH/consent'));
  const record = button(page, 'Record a consent');
  await record.waitFor();
  expect([await isShut(record), await record.getAttribute('title')]).toEqual([true, 'Your role lacks consent:write. An owner can give it to you.']);
  await page.goto(address('/tenants/BAKERY_NORTH/consent/record'));
  await page.getByText('This page is for those with consent:write.').waitFor();
  expect(await asThePage(page, '/v1/tenants/BAKERY_NORTH/consent', { document_id: 'D', document_sha256: 'ab'.repeat(32), signed_at: '2026-03-01T09:00:00Z', signer: SIGNER }, 'PUT')).toMatchObject({ status: 403, body: { code: 'missing_role' } });
});

test('a reader of one tenant is led to the sessions of that tenant; and when they sign in where somebody else was, every tab is theirs at once', async () => {
  const { page } = await invited(READER, 'viewer', ['BAKERY_NORTH']);
  const rail = page.getByRole('navigation', { name: 'Pages' });
  await rail.getByRole('link', { name: 'Sessions' }).click();
  await page.getByRole('heading', { name: /^SESSIONS/ }).waitFor();
  await page.getByText('No session yet').waitFor();
  expect(await rail.getByRole('link', { name: /Auditor|Users/ }).count()).toBe(0);

  const first = owner.page;
  await first.goto(address('/tenants/HARBOUR_MUSEUM/consent'));
  await first.getByText('DOC-2026-021').first().waitFor();
  const second = await first.context().newPage();
  await second.goto(demo.console_url ?? '');
  await second.getByRole('link', { name: OWNER.email }).waitFor();
  await second.evaluate(`fetch('/v1/auth/sign-in', { method: 'POST', headers: { 'content-type': 'application/json' }, body: ${JSON.stringify(JSON.stringify({ email: READER.email, password: READER.password }))} })`);
  await second.reload();
  await second.getByRole('link', { name: READER.email }).waitFor();
  await first.getByRole('link', { name: READER.email }).waitFor();
  await first.getByText('TENANTS (1').waitFor();
  expect(await first.locator('body').textContent()).not.toMatch(/HARBOUR_MUSEUM|DOC-2026-021|ada@argus/);
  expect(first.url()).not.toContain('HARBOUR');

  await button(second, 'Sign out').click();
  await first.getByText('This sign-in has ended.').waitFor();
  await second.close(); // a tab that is not in sight draws once a second
  await signIn(first, OWNER, codes.next());
});

test('an answer that is another person’s by now is not drawn under the name of who asked, also where no tab said a word', async () => {
  const { page } = await open();
  await page.goto(demo.console_url ?? '');
  await signIn(page, READER);
  await page.getByText('TENANTS (1').waitFor();
  await page.evaluate(`(() => {
    window.mixed = [];
    const look = () => document.body.textContent.includes('${READER.email}') && document.body.textContent.includes('HARBOUR_MUSEUM') && window.mixed.push(document.body.textContent);
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
    return fetch('/v1/auth/sign-in', { method: 'POST', headers: { 'content-type': 'application/json' }, body: ${JSON.stringify(JSON.stringify({ email: OPERATOR.email, password: OPERATOR.password }))} }).then(() => { location.hash = '/agents'; });
  })()`);
  await page.getByRole('link', { name: OPERATOR.email }).waitFor();
  await page.getByText('HARBOUR_MUSEUM').first().waitFor();
  expect(await page.evaluate('window.mixed')).toEqual([]);
});

test('everybody can use it: no finding of axe, in both themes and three widths, and nothing is wider than the screen', async () => {
  const { page } = owner;
  const found: Record<string, unknown> = {};
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await page.reload();
    await page.evaluate(AXE);
    const look = async (what: string) => {
      for (const width of [1_440, 1_024, 390]) {
        await page.setViewportSize({ width, height: 844 });
        if (width > 1_000) await page.locator('.rail-mark').waitFor(); // the rail comes back, and not at once
        await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))');
        const rules = await page.evaluate('axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes[0].html, nodes[0].failureSummary]))');
        if (JSON.stringify(rules) !== '[]') found[`${theme} ${width} ${what}`] = rules;
        expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), `${what} at ${width} is as wide as the screen`).toBe(true);
      }
    };
    await receiptOf(page, 'UTD_7ELEVEN_001', 'receipt.json');
    await page.getByText('checked in this browser').waitFor();
    await look('a receipt');
    await page.getByLabel('A document that the tenant signed').check();
    await page.getByLabel('Signed document').setInputFiles(at('contract.pdf'));
    for (const side of ['commands', 'cameras', 'machines']) await page.getByLabel(`Only some ${side}`).check();
    await page.getByLabel('Only at some hours').check();
    await page.getByLabel('Cameras, by id').fill('cam_1 No!');
    await page.getByText('number 2 is not a camera id').first().waitFor();
    await look('a document');
    await page.getByLabel('Cameras, by id').fill('cam_1');
    await button(page, 'Look it over').click();
    await button(page, 'Record it').waitFor();
    await look('all of it once more');
    await page.keyboard.press('Escape');
  }
  expect(found).toEqual({});
});
