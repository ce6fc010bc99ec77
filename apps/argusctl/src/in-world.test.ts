/** The commands beside the first journey, on the whole ops API and a real agent in one process. */
import { bytesSource } from '@argus/evidence/bundle-source.ts';
import { checkBundle } from '@argus/evidence/check-bundle.ts';
import { keyFingerprint } from '@argus/keys/consent.ts';
import { newSigningKey, verifyEd25519 } from '@argus/keys/ed25519.ts';
import { resultsKeyOf, resultsPublicKeyText } from '@argus/keys/kept-result.ts';
import { operatorKeyText } from '@argus/keys/operator-key.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { systemRandom } from '@argus/keys/random.ts';
import { newSha256 } from '@argus/evidence/sha256.ts';
import { ERRORS } from '@argus/protocol/errors.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import { readyWorld } from '../../../flow/ready-world.ts';
import { signedFor } from '../../../flow/receipts.ts';
import { AGENT, DOCUMENT, OPS_TOKEN, TENANT, type FlowMachine, type World } from '../../../flow/world.ts';
import { CONSENT_KEY } from '../../agent/testing/memory-consent.ts';
import { PRESETS as SERVER_PRESETS } from '../../ops-api/src/people/principal.ts';
import { fetchInto } from '../test/world-fetch.ts';
import { memoryOutFile, run, type Ran, type RunWorld } from '../test/run.ts';
import { PRESETS } from './presets.ts';

let world: World;
let machine: FlowMachine;
let admin: string;
beforeEach(async () => {
  ({ world, machine, admin } = await readyWorld());
});

const ctl = (line: string, over: RunWorld & { readonly pat?: string } = {}): Promise<Ran> => {
  const argv = [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
  return run(argv, { clock: world.clock, fetch: fetchInto(world), ...over, env: { ARGUS_PAT: over.pat ?? admin, ARGUS_OPS_TOKEN: OPS_TOKEN, ...over.env } });
};
const open = async () => {
  const { body } = await world.activate(admin);
  return { id: String(body['session_id']), token: String(body['session_token']) };
};
const ping = (token: string) => world.command(admin, token, { command: 'ping' });
const REVOKE = `agent revoke ${AGENT} --tenant ${TENANT} --reason "stolen from the lobby"`;

test('from a new tenant to a code for its machine', async () => {
  const digests = { 'contract.pdf': { kind: 'digest', sha256: 'cd'.repeat(32), bytes: 9 } } as const;
  expect((await ctl('tenant add BAKERY_SOUTH --name "Bakery South"')).stdout).toMatch(/consent {8}missing\n/);
  const record = 'tenant consent record BAKERY_SOUTH --document contract.pdf --document-id DOC-7 --signed-at 2026-02-01T12:00:00Z --signer-name "Kim Park" --signer-email kim@bakery.example --commands ping';
  const recorded = await ctl(record, { digests });
  expect([recorded.exit, recorded.stdout]).toEqual([0, expect.stringMatching(/its SHA-256 {4}cdcd.*\nin the log {5}#\d+\n/)]);
  expect((await ctl('tenant consent show BAKERY_SOUTH')).stdout).toMatch(/consent {8}signed\nin whose hand {2}recorded only/);
  expect((await ctl('tenant arm BAKERY_SOUTH --reason "contract 2026" --document-id DOC-7')).exit).toBe(0);
  expect((await ctl('agent enroll-code agent_oven_display --tenant BAKERY_SOUTH -q')).stdout).toMatch(/^enr_[\w-]{43}\n$/);
  expect((await ctl('agent show agent_oven_display')).stdout).toMatch(/state {10}code_issued\n/);
  expect(await ctl('tenant consent withdraw BAKERY_SOUTH --reason "it is over"')).toMatchObject({ exit: 0, stdout: expect.stringContaining('missing') });
});

test('a consent that has results kept is recorded with the key of the tenant, and shown with its fingerprint', async () => {
  const key = resultsKeyOf(new Uint8Array(32).fill(5));
  const beside = { digests: { 'a.pdf': { kind: 'digest', sha256: 'ab'.repeat(32), bytes: 9 } } as const, files: { 'k.pub': { kind: 'text', text: resultsPublicKeyText(key), isPrivate: false } as const } };
  await ctl('tenant add BAKERY_KEEPS --name "Bakery"');
  const record = 'tenant consent record BAKERY_KEEPS --document a.pdf --document-id DOC-7 --signed-at 2026-02-01T12:00:00Z --signer-name Kim --signer-email kim@bakery.example --keep-results k.pub --keep-days 90';
  expect((await ctl(record, beside)).exit).toBe(0);
  expect((await ctl('tenant consent show BAKERY_KEEPS')).stdout).toContain(`kept for 90 days, sealed to the tenant's key ${keyFingerprint(key.publicKeyText)}`);
});

describe('a consent that cannot be recorded is said before anything is sent', () => {
  const record = (more: string) => `tenant consent record ${TENANT} --signed-at 2026-02-01T12:00:00Z --signer-name Kim --signer-email kim@bakery.example ${more}`;
  test.each([
    ['a document that is not there', '--document nowhere.pdf --document-id DOC-7', {}],
    ['an empty one', '--document empty.pdf --document-id DOC-7', { digests: { 'empty.pdf': { kind: 'digest', sha256: 'ab'.repeat(32), bytes: 0 } } as const }],
    ['no document at all', '--document-id DOC-7', {}],
    ['no id of it', '--document a.pdf', { digests: { 'a.pdf': { kind: 'digest', sha256: 'ab'.repeat(32), bytes: 1 } } as const }],
    ['a command nobody has', '--document a.pdf --document-id DOC-7 --commands reboot', { digests: { 'a.pdf': { kind: 'digest', sha256: 'ab'.repeat(32), bytes: 1 } } as const }],
    ['hours that are none', '--document a.pdf --document-id DOC-7 --hours h.json', { digests: { 'a.pdf': { kind: 'digest', sha256: 'ab'.repeat(32), bytes: 1 } } as const, files: { 'h.json': { kind: 'text', text: '{', isPrivate: false } as const } }],
    ['results kept, for nobody knows how long', '--document a.pdf --document-id DOC-7 --keep-results k.pub', { digests: { 'a.pdf': { kind: 'digest', sha256: 'ab'.repeat(32), bytes: 1 } } as const, files: { 'k.pub': { kind: 'text', text: resultsPublicKeyText(resultsKeyOf(new Uint8Array(32).fill(5))), isPrivate: false } as const } }],
    ['results kept under a key that is none', '--document a.pdf --document-id DOC-7 --keep-results k.pub --keep-days 90', { digests: { 'a.pdf': { kind: 'digest', sha256: 'ab'.repeat(32), bytes: 1 } } as const, files: { 'k.pub': { kind: 'text', text: '{}', isPrivate: false } as const } }],
    ['a receipt that is none', '--receipt r.json --document-id DOC-7', { files: { 'r.json': { kind: 'text', text: '{}', isPrivate: false } as const } }],
  ])('%s', async (_what, more, beside) => expect(await ctl(record(more), beside)).toMatchObject({ exit: 2, sent: [], stdout: '' }));
});

test('what an agent said of itself is shown with its age, and opens nothing', async () => {
  const { exit, stdout } = await ctl(`agent telemetry ${AGENT}`);
  expect([exit, stdout]).toEqual([0, expect.stringMatching(/as of .* 0 s ago\nstale +no\n[\s\S]*CAMERA {2}NAME\ncam_3 {3}Lobby/)]);
  await machine.cut();
  expect((await ctl(`agent telemetry ${AGENT}`)).stdout).toMatch(/state {10}offline[\s\S]*stale +yes/);
  expect((await ctl(`agent show ${AGENT}`)).stdout).toContain('cannot be woken from here');
  expect(machine.isShown()).toBe(false);
});

// ---- revoking

test('revoked with --yes, and only then or typed out', async () => {
  expect(await ctl(REVOKE)).toMatchObject({ exit: 2, sent: [], stderr: expect.stringContaining('Say --yes') });
  for (const typed of [null, '', 'yes', TENANT]) expect(await ctl(REVOKE, { typing: [typed] })).toMatchObject({ exit: 2, sent: [] });
  expect(await ctl(REVOKE, { typing: [AGENT] })).toMatchObject({ exit: 0, stdout: expect.stringMatching(/state {10}revoked\n/) });
  expect(await ctl(`${REVOKE} --yes`)).toMatchObject({ exit: ERRORS.agent_not_found.exit });
});

test('a live session ends with it', async () => {
  const { id, token } = await open();
  expect((await ctl(`${REVOKE} --yes`)).stdout).toContain(id);
  expect((await ping(token)).body['code']).toBe('session_expired');
});

// ---- sessions

test('a session is followed while it lives: its steps as they come, and its end', async () => {
  const { id, token } = await open();
  const deeds = [() => ping(token), () => world.command(admin, token, { command: 'reboot' }), () => world.call(`/support/sessions/${id}/deactivate`, { pat: admin, body: { reason: 'all is well' } })];
  const pause = async (ms: number) => {
    await world.clock.advance(ms);
    await deeds.shift()?.();
  };
  const { exit, stdout } = await ctl(`session watch ${AGENT}`, { pause });
  expect(exit).toBe(0);
  expect(stdout).toMatch(/activation: ok\n[\s\S]*command ping: ok\n[\s\S]*command: refused: command_not_allowlisted\n[\s\S]*session ended: deactivate\n[\s\S]*Over at .*: deactivate, by ana@argus\.example\.\n$/);
  expect(deeds).toEqual([]);
});

test('on a terminal the time that is left runs; for a program each step is a line', async () => {
  const { id } = await open();
  const end = () => world.call(`/support/sessions/${id}/deactivate`, { pat: admin, body: {} });
  let turns = 0;
  const pause = async (ms: number) => {
    await world.clock.advance(ms);
    if (++turns === 2) await end();
  };
  const { stdout, stderr } = await ctl(`session watch ${id}`, { pause, isTTY: true, env: { NO_COLOR: '1' } });
  expect(stderr).toContain('\r\u001B[K30:00 left   ana@argus.example');
  expect(stdout).not.toContain('\u001B');
  const over = await ctl(`session watch ${id} --json`);
  const lines = over.stdout.trim().split('\n').map((line) => JSON.parse(line) as { event: string });
  expect([lines.map(({ event }) => event), lines.at(-1)]).toEqual([['step', 'step', 'step', 'ended'], { event: 'ended', session: expect.objectContaining({ session_id: id, state: 'ended' }) }]);
});

test('a line that breaks for a moment does not end the watching; one that stays broken does', async () => {
  const { id } = await open();
  await world.call(`/support/sessions/${id}/deactivate`, { pat: admin, body: {} });
  const breaking = (times: number): NonNullable<RunWorld['fetch']> => {
    let left = times;
    return async (url, init) => {
      if (left-- > 0) throw new TypeError('fetch failed', { cause: Object.assign(new Error('no'), { code: 'ECONNRESET' }) });
      return fetchInto(world)(url, init);
    };
  };
  expect(await ctl(`session watch ${id}`, { fetch: breaking(5) })).toMatchObject({ exit: 0, stdout: expect.stringContaining('Over at ') });
  expect((await ctl(`session watch ${id}`, { fetch: breaking(11) })).exit).toBe(100);
  expect((await ctl(`session show ${id}`, { fetch: breaking(1) })).exit).toBe(100); // what is asked once is answered once
});

test('it asks the server no more than every other second', async () => {
  const { id } = await open();
  const pause = async (ms: number) => {
    await world.clock.advance(ms);
    if (world.clock.elapsed() > 20_000) await world.call(`/support/sessions/${id}/deactivate`, { pat: admin, body: {} });
  };
  const { sent } = await ctl(`session watch ${id}`, { pause });
  expect(sent.length).toBeLessThanOrEqual(2 * (20 / 2 + 2));
});

test('in a replay an explanation is a question with its answer, and never looks like the act', async () => {
  const { id, token } = await open();
  expect((await ctl(`support explain ${AGENT} --tenant ${TENANT} --command tail_log`, { env: { ARGUS_SESSION: token } })).exit).not.toBe(1);
  const { stdout } = await ctl(`session replay ${id}`);
  expect(stdout).toMatch(/asked whether tail_log would be let through +the answer was: (yes|no, \w+)/);
  expect(stdout).not.toMatch(/tail_log +ok/);
});

test('a replay is made here from the entries, and each of them is proved', async () => {
  const { id, token } = await open();
  await ping(token);
  const { exit, stdout } = await ctl(`session replay ${id}`);
  expect(exit).toBe(0);
  expect(stdout).toMatch(/ENTRY {2}AT .*WHAT[\s\S]*activation[\s\S]*command ping {2}ok {7}digest only {2}yes/);
  expect(stdout).toMatch(/\d entries, each proved to stand in the log of UTD_7ELEVEN_001[\s\S]*Whose checkpoint it is was not checked/);
  const trust = { 't.json': { kind: 'text', text: JSON.stringify({ ...machine.trust }), isPrivate: true } } as const;
  expect((await ctl(`session replay ${id} --trust t.json`, { files: trust })).stdout).toContain('signed by the log key that the trust file names');
  const foreign = { 't.json': { kind: 'text', text: JSON.stringify({ ...machine.trust, log_keys: [newSigningKey().publicKeyText] }), isPrivate: true } } as const;
  expect(await ctl(`session replay ${id} --trust t.json`, { files: foreign })).toMatchObject({ exit: 125, stdout: '' });
});

/** Guarantee: what a server says of a session is believed only as far as its own log carries it. */
type Told = { steps: { reason?: string; operator?: string; command?: string; index: number; proofs: { index: number; leaf: string; inclusion: string[] }[] }[]; size: number; checkpoint: string; session_id: string };
const LIES: readonly (readonly [string, (told: Told) => unknown])[] = [
  ['a reason that the entry does not have', ({ steps: [first] }) => first && (first.reason = 'routine')],
  ['another operator, in the entry too', ({ steps }) => steps.forEach((step) => step.proofs.forEach((proof) => (proof.leaf = proof.leaf.replaceAll('ana@argus.example', 'bob@argus.example'))))],
  ['a step less', ({ steps: [first] }) => first && (first.proofs = [])],
  ['a proof of something else', ({ steps: [first] }) => first?.proofs[0]?.inclusion.push(first.proofs[0].inclusion[0] ?? '')],
  ['an entry at another place', ({ steps: [first] }) => first?.proofs[0] && first.proofs[0].index++],
  ['another size', (told) => void told.size--],
  ['a checkpoint of another tenant', (told) => void (told.checkpoint = told.checkpoint.replaceAll(TENANT, 'BAKERY_SOUTH'))],
  ['another session', (told) => void (told.session_id = `rss_${'b'.repeat(20)}`)],
  ['a command that was not asked', ({ steps: [, second] }) => second && (second.command = 'agent_info')],
];
test.each(LIES)('%s is found: exit 125, and nothing is shown', async (_lie, lie) => {
  const { id, token } = await open();
  await ping(token);
  const fetch: RunWorld['fetch'] = async (url, init) => {
    const answer = await fetchInto(world)(url, init);
    const told = (await answer.json()) as Told;
    lie(told);
    return new Response(JSON.stringify(told), { status: answer.status });
  };
  expect(await ctl(`session replay ${id}`, { fetch })).toMatchObject({ exit: 125, stdout: '', stderr: expect.stringContaining('(does_not_hold)') });
});

test('the true story of another session is none of this one', async () => {
  const other = await open();
  await world.call(`/support/sessions/${other.id}/deactivate`, { pat: admin, body: {} });
  const { id } = await open();
  const fetch: RunWorld['fetch'] = async (url, init) => {
    const told = (await (await fetchInto(world)(url.replace(id, other.id), init)).json()) as Told;
    return new Response(JSON.stringify({ ...told, session_id: id }));
  };
  expect(await ctl(`session replay ${id}`, { fetch })).toMatchObject({ exit: 125, stdout: '', stderr: expect.stringContaining('is not of this session') });
});

test('a session and the whole log leave as bundles that hold, whole or not at all', async () => {
  const { id, token } = await open();
  await ping(token);
  const { outFile, saved } = memoryOutFile();
  expect((await ctl(`session export ${id} --out session.tar`, { outFile })).exit).toBe(0);
  expect((await ctl(`log bundle ${TENANT} --out log.tar`, { outFile })).stdout).toContain('argus-verify bundle log.tar');
  expect((await ctl(`log bundle ${TENANT} --out part.tar --from-entry 2 --to-entry 5`, { outFile })).stdout).toContain('entries 2 to 5');
  for (const [path, kind] of [['session.tar', 'session'], ['log.tar', 'log'], ['part.tar', 'period']] as const) {
    const checked = await checkBundle(bytesSource(saved.get(path) ?? expect.unreachable()), null, { sha256, verify: verifyEd25519, newDigest: newSha256 });
    expect(checked).toMatchObject({ ok: true, value: { part: { kind } } });
  }
  const short: RunWorld['fetch'] = async (url, init) => {
    const answer = await fetchInto(world)(url, init);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    return new Response(bytes.subarray(0, -512), { status: answer.status, headers: answer.headers });
  };
  const cut = memoryOutFile();
  expect(await ctl(`log bundle ${TENANT} --out log.tar`, { outFile: cut.outFile, fetch: short })).toMatchObject({ exit: 125, stdout: '' });
  expect(cut.saved.size).toBe(0);
  expect(await ctl(`log bundle ${TENANT} --out log.tar`)).toMatchObject({ exit: 110, sent: [] });
});

test('entries for another system go to a file, or line by line to whoever reads', async () => {
  const { stdout } = await ctl(`audit export ${TENANT} --format ocsf`);
  const events = stdout.trim().split('\n').map((line) => JSON.parse(line) as { metadata: { sequence: number } });
  expect(events.map(({ metadata }) => metadata.sequence)).toEqual(events.map((_, i) => i));
  const { outFile, saved } = memoryOutFile();
  await ctl(`audit export ${TENANT} --out log.ndjson --from-entry 1`, { outFile });
  expect(saved.get('log.ndjson')?.toString()).toMatch(/^\{"index":1,/);
});

// ---- records

test('what was tried is listed, narrowed, and goes on where it ended', async () => {
  await open();
  const all = await ctl('audit ls --json');
  const rows = (JSON.parse(all.stdout) as { rows: { action: string }[] }).rows;
  expect(rows.length).toBeGreaterThan(3);
  expect((await ctl(`audit ls --agent ${AGENT} --from 1h --limit 1`)).stdout).toMatch(/remote_support_activation[\s\S]*argusctl audit ls … --cursor /);
  expect((await ctl('audit ls --record calls')).stdout).toMatch(/AT .*CALL\n/);
  expect((await ctl(`audit ls --record events --tenant ${TENANT}`)).stdout).toContain('tenant_armed');
  expect(await ctl(`audit ls --record calls --agent ${AGENT}`)).toMatchObject({ exit: 2, sent: [] });
  expect((await ctl('audit ls --code agent_offline')).stdout).toBe('Nothing on record that fits.\n');
});

test('the newest entries, and what comes after them, each once', async () => {
  const first = await ctl('logs tail --lines 2');
  expect(first.stdout.trim().split('\n')).toHaveLength(2);
  let turns = 0;
  const pause = async (ms: number) => {
    await world.clock.advance(ms);
    turns++;
    if (turns === 1) await open();
    if (turns === 3) throw new Error('enough');
  };
  const { stdout } = await ctl(`logs tail --tenant ${TENANT} --lines 2 --follow`, { pause });
  const lines = stdout.trim().split('\n');
  expect(lines.filter((line) => line.includes('remote_support_activation'))).toHaveLength(2); // the intent and its outcome
  expect(new Set(lines).size).toBe(lines.length);
  expect(await ctl('logs tail --type moon_phase')).toMatchObject({ exit: 2, sent: [] });
});

test('an audit on demand that agrees is exit 0, and its id is what -q prints', async () => {
  const { exit, stdout } = await ctl('audit reconcile');
  expect([exit, stdout]).toEqual([0, expect.stringMatching(/outcome {8}reconciled\n/)]);
  expect((await ctl('audit reconcile --from 2h -q')).stdout).toMatch(/^[0-9a-f-]{36}\n$/);
});

test('an alert is listed, and acknowledged once', async () => {
  expect((await ctl('audit alerts')).stdout).toBe('No alerts wait for anybody.\n');
  await machine.cut();
  await world.activate(admin); // refused: nobody is there
  await world.clock.advance(1_000);
  const { stdout } = await ctl('audit alerts');
  expect(stdout).toMatch(/ordinary .* failed_activation: [\s\S]*argusctl audit acknowledge ALERT/);
  const id = (await ctl('audit alerts -q')).stdout.trim();
  expect(await ctl(`audit acknowledge ${id} --reason "it was a test"`)).toMatchObject({ exit: 0, stdout: expect.stringContaining('ana@argus.example') });
  expect(await ctl(`audit acknowledge ${id} --reason "it was a test"`)).toMatchObject({ exit: ERRORS.alert_acknowledged.exit });
  expect((await ctl('audit alerts --all -q')).stdout).toBe(`${id}\n`);
});

test('a checkpoint is printed as it is signed', async () => {
  const { stdout } = await ctl(`log checkpoint ${TENANT}`);
  expect(stdout).toMatch(new RegExp(`^argus/ins_\\w+/tenant/${TENANT}\\n\\d+\\n[\\w+/]{43}=\\n\\n— argus/`));
});

// ---- tokens

test('a token is made from a preset, shown once, listed without its secret, and revoked', async () => {
  const made = await ctl(`pat create --name laptop --preset support-operator --tenants ${TENANT} --days 7`);
  expect([made.exit, made.stdout]).toEqual([0, expect.stringMatching(/token {10}pat_[\w-]{43}\n/)]);
  const pat = /pat_[\w-]{43}/.exec(made.stdout)?.[0] ?? '';
  const id = /tok_\w{20}/.exec(made.stdout)?.[0] ?? '';
  expect((await ctl('whoami', { pat })).stdout).toContain(`tenants        ${TENANT}`);
  expect((await ctl('pat ls')).stdout).toMatch(new RegExp(`${id} {2}laptop .* active `));
  expect((await ctl('pat create --name laptop --scopes tenants:read -q')).stdout).toMatch(/^pat_[\w-]{43}\n$/);
  expect((await ctl(`pat revoke ${id}`)).exit).toBe(0);
  expect((await ctl('whoami', { pat })).exit).toBe(ERRORS.unauthenticated.exit);
  expect(await ctl('pat create --name laptop')).toMatchObject({ exit: 2, sent: [] });
  expect(await ctl('pat create --name laptop --preset support-operator --scopes tenants:read')).toMatchObject({ exit: 2, sent: [] });
});

test('the presets of the help page are those of the server', () => {
  expect(Object.keys(PRESETS)).toEqual(Object.keys(SERVER_PRESETS));
});

// ---- who asks

test('where the consent names operators, their key opens it, and nobody else\'s', async () => {
  const [ana, eve] = [newSigningKey(), newSigningKey()];
  const cost = { n: 1_024, r: 8, p: 1 };
  const sealed = (key: typeof ana) => ({ kind: 'text', text: operatorKeyText(key, { passphrase: 'correct horse battery', random: systemRandom, cost }), isPrivate: true }) as const;
  const files = { 'ana.key': sealed(ana), 'eve.key': sealed(eve), 'open.key': { ...sealed(ana), isPrivate: false }, pass: { kind: 'text', text: 'correct horse battery\n', isPrivate: true } as const };
  const operators = JSON.parse((await ctl('operator-key public ana.key', { files })).stdout) as { kind: 'ed25519'; public_key: string }[];
  const receipt = signedFor(world.instance, { operator_keys: operators });
  machine.consent.pin(CONSENT_KEY);
  const record = `tenant consent record ${TENANT} --receipt r.json --document-id ${DOCUMENT.document_id} --signed-at 2026-02-01T12:00:00Z --signer-name Kim --signer-email kim@tenant.example`;
  expect(await ctl(record, { files: { 'r.json': { kind: 'text', text: `${receipt}\n`, isPrivate: false } } })).toMatchObject({ exit: 0 });
  await ctl(`tenant arm ${TENANT} --reason "contract 2026"`);

  const activate = `agent activate ${AGENT} --tenant ${TENANT} --reason "investigate alert"`;
  expect(await ctl(activate)).toMatchObject({ exit: ERRORS.operator_proof_required.exit, stderr: expect.stringContaining(`next: ${activate.replace(/^/, 'argusctl ').replace('investigate alert', '…')} --operator-key FILE`) });
  const withKey = (name: string, more = '') => ctl(`${activate} --operator-key ${name} --passphrase-file pass ${more}`, { files });
  expect((await withKey('eve.key')).exit).toBe(ERRORS.operator_proof_required.exit);
  expect(await withKey('open.key')).toMatchObject({ exit: 2, sent: [], stderr: expect.stringContaining('chmod 600') });
  expect(await ctl(`${activate} --operator-key ana.key`, { files, typing: ['wrong horse battery'] })).toMatchObject({ exit: 2, sent: [], stderr: expect.stringContaining('does not open') });
  const dry = await withKey('ana.key', '--dry-run');
  expect([dry.sent, dry.stdout]).toEqual([[], expect.stringContaining('"operator_proof": "[signed with ana.key when it is sent]"')]);
  expect(await withKey('ana.key', '--minutes 5')).toMatchObject({ exit: 0, stdout: expect.stringContaining('rst_') });
});

test('a new operator key is sealed, for you alone, never over another one, and never shown', async () => {
  const { outFile, saved } = memoryOutFile();
  const typing = ['correct horse battery', 'correct horse battery'];
  const made = await ctl('operator-key new --out ana.key --json', { outFile, typing, random: systemRandom });
  expect([made.exit, Object.keys(JSON.parse(made.stdout) as object)]).toEqual([0, ['file', 'public_key', 'fingerprint']]);
  expect(Object.keys(JSON.parse(saved.get('ana.key')?.toString() ?? '{}') as object)).toEqual(['v', 'kind', 'public_key', 'seed']);
  expect(await ctl('operator-key new --out ana.key', { outFile, typing })).toMatchObject({ exit: 110 });
  for (const [typed, says] of [[['short'], 'at least 12'], [['correct horse battery', 'another horse battery'], 'differ'], [[null], 'Stopped']] as const)
    expect(await ctl('operator-key new --out b.key', { outFile, typing: typed })).toMatchObject({ exit: 2, stderr: expect.stringContaining(says) });
  expect(saved.has('b.key')).toBe(false);
});

// ---- where one stands

test('status says how the server is, whose clock is off, and which sessions are yours', async () => {
  const { id } = await open();
  const { exit, stdout } = await ctl('status');
  expect(stdout).toMatch(new RegExp(`${id} {2}${TENANT} {2}${AGENT} {2}30:00 +investigate alert`));
  expect([0, 124]).toContain(exit); // the clock of this world is not that of the answer's header
  expect((await ctl('status -q')).stdout).toBe(`${id}\n`);
  expect((await ctl('support status agent_macpro_lobby_01')).stdout).toMatch(/state {10}active[\s\S]*time left {6}30:00/);
});

/** Programs read these: a name here changes with a word to those who wrote them. */
test('what argusctl puts together itself has the same names every time', async () => {
  const { id } = await open();
  const { outFile } = memoryOutFile();
  const keys = async (line: string) => Object.keys(JSON.parse((await ctl(`${line} --json`, { outFile })).stdout) as object);
  expect({
    status: await keys('status'),
    doctor: await keys('doctor'),
    telemetry: await keys(`agent telemetry ${AGENT}`),
    replay: await keys(`session replay ${id}`),
    'session export': await keys(`session export ${id} --out s.tar`),
    'log bundle': await keys(`log bundle ${TENANT} --out l.tar`),
    'audit export': await keys(`audit export ${TENANT} --out l.ndjson`),
    'profile ls': await keys('profile ls'),
  }).toEqual({
    status: ['url', 'ready', 'parts', 'clock_off_s', 'operator', 'live_sessions'],
    doctor: ['url', 'found'],
    telemetry: ['agent', 'capabilities'],
    replay: ['session_id', 'tenant_id', 'agent_id', 'size', 'checkpoint', 'checked', 'steps'],
    'session export': ['session_id', 'tenant_id', 'out', 'bytes'],
    'log bundle': ['tenant_id', 'kind', 'out', 'bytes'],
    'audit export': ['tenant_id', 'format', 'out', 'bytes'],
    'profile ls': ['profiles'],
  });
});
