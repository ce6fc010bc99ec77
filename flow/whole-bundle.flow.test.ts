/** What a tenant takes away is complete: its own signed consent, who opened each session with a key, what its machine cosigned. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromUtf8, toBase64, utf8 } from '@argus/kit/bytes.ts';
import { isoTime } from '@argus/kit/clock.ts';
import { bytesSource } from '@argus/evidence/bundle-source.ts';
import { checkBundle } from '@argus/evidence/check-bundle.ts';
import { signProof } from '@argus/keys/consent.ts';
import { verifyEd25519 } from '@argus/keys/ed25519.ts';
import { sha256, sha256Hex } from '@argus/keys/hash.ts';
import { BUNDLE_FILES, BUNDLE_NOT_SIGNED, type BundleFileName } from '@argus/protocol/bundle.ts';
import { newSha256 } from '@argus/evidence/sha256.ts';
import { TrustFile } from '@argus/protocol/trust.ts';
import { tarOf } from '@argus/protocol/ustar.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONSENT_KEY, OPERATOR_KEY } from '../apps/agent/testing/memory-consent.ts';
import { filesOf } from '../apps/ops-api/test/evidence.ts';
import { secondSays, secondVerifier } from '../verify/testing/second.ts';
import { readyWorld } from './ready-world.ts';
import { OPERATORS, signedFor } from './receipts.ts';
import { AGENT, DOCUMENT, START, TENANT } from './world.ts';

const ports = { sha256, verify: verifyEd25519, newDigest: newSha256 };
const folder = mkdtempSync(join(tmpdir(), 'argus-whole-bundle-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let made: Awaited<ReturnType<typeof aSessionUnderASignedConsent>>;
beforeAll(async () => void (made = await aSessionUnderASignedConsent()));

async function aSessionUnderASignedConsent() {
  const ready = await readyWorld();
  const { world, admin, machine } = ready;
  machine.consent.pin(CONSENT_KEY);
  machine.agent.lookAtConsent();
  await world.begin();
  const signer = { name: 'Kim Park', email: 'kim@tenant.example' };
  const receipts = [signedFor(world.instance, { ...OPERATORS, serial: 9 }), signedFor(world.instance, OPERATORS)];
  for (const receipt of receipts)
    expect((await world.call(`/v1/tenants/${TENANT}/consent`, { method: 'PUT', pat: admin, body: { ...DOCUMENT, signed_at: isoTime(START - 3_600_000), signer, receipt } })).status).toBe(200);
  expect((await world.call(`/support/tenants/${TENANT}/arm`, { pat: admin, body: { reason: 'contract 2026', confirm_tenant_id: TENANT } })).status).toBe(200);
  const asked = { instance: world.instance, tenant: TENANT, agent: AGENT, operator: 'ana@argus.example', reason: 'investigate alert', minutes: 15 } as const;
  const told = { nonce: 'n'.repeat(32), timestamp: isoTime(world.clock.now()) };
  const opened = await world.activate(admin, { reason: asked.reason, minutes: asked.minutes, ...told, operator_proof: signProof(OPERATOR_KEY, asked, told) });
  expect(opened.status).toBe(201);
  const session = String(opened.body['session_id']);
  await world.command(admin, String(opened.body['session_token']), { command: 'ping' });
  await world.call(`/support/sessions/${session}/deactivate`, { pat: admin, body: {} });
  await world.clock.advance(22 * 60_000); // the machine's turn to cosign
  const trust = TrustFile.parse({ ...machine.trust, consent_key: CONSENT_KEY.publicKeyText, last_checkpoint: machine.followed().checkpoint });
  writeFileSync(join(folder, 'trust.json'), JSON.stringify(trust));
  const bundle = async (query = '') => {
    const { statusCode, rawPayload } = await world.api.http.inject({ method: 'GET', url: `/v1/tenants/${TENANT}/log/bundle${query}`, headers: { authorization: `Bearer ${admin}` } });
    expect(statusCode).toBe(200);
    return rawPayload;
  };
  return { ...ready, session, trust, bundle };
}

let nth = 0;
async function both(bytes: Uint8Array) {
  const file = join(folder, `${nth++}.tar`);
  writeFileSync(file, bytes);
  const [first, second] = [await checkBundle(bytesSource(bytes), made.trust, ports), await secondVerifier(file, join(folder, 'trust.json'))];
  if (!first.ok) throw new Error(first.error);
  return { first: first.value, codes: Object.keys(first.value.counts), second, says: secondSays(second) };
}

test.each([
  ['the whole log', () => '', { receipts: 2, cosignatures: 1, operator_proofs: 1 }],
  ['the session', () => `?kind=session&session=${made.session}`, { receipts: 1, cosignatures: 1, operator_proofs: 1 }],
  ['a period after the consent was recorded', () => '?kind=period&from=8', { receipts: 1, cosignatures: 1 }],
])('a bundle of %s brings the signed consents and cosignatures along, and both verifiers take them', async (_what, query, numbers) => {
  const { first, codes, second, says } = await both(await made.bundle(query()));
  expect(says).toBe('verified');
  expect(second.counts).toMatchObject({ receipts: numbers.receipts, cosignatures: numbers.cosignatures });
  expect(codes).toEqual([]);
  expect(first.numbers).toMatchObject(numbers);
});

/** The same bundle with other lines in one file, and digests that agree with them. */
async function altered(name: BundleFileName, change: (lines: readonly string[]) => readonly string[]): Promise<Uint8Array> {
  const files = { ...filesOf(await made.bundle()) };
  files[name] = utf8(change(fromUtf8(files[name] ?? new Uint8Array()).split('\n').slice(0, -1)).map((line) => `${line}\n`).join(''));
  const named = BUNDLE_FILES.slice(0, -1).map((one) => ({ name: one.name, bytes: files[one.name] ?? new Uint8Array() }));
  const digests = named.map((one) => `${sha256Hex(one.bytes)}  ${one.name}\n`).join('');
  return tarOf([...named, { name: 'bundle.sha256', bytes: utf8(`${digests}${BUNDLE_NOT_SIGNED}\n`) }]);
}
const [oldest, newest] = [0, 1];

/** Guarantee: what the owner signed cannot be left out of a bundle, or exchanged for something else the owner signed. */
test.each<[string, (lines: readonly string[]) => readonly string[], readonly string[], RegExp]>([
  ['left out', (lines) => lines.slice(oldest, newest), ['receipt_missing'], /receipt it names is not in/],
  ['all left out', () => [], ['receipt_missing'], /receipt it names is not in/],
  ['exchanged for another that the owner signed as well', (lines) => [lines[oldest] ?? '', signedLine({ serial: 11 })], ['receipt_missing', 'receipt_unfounded'], /no entry names receipt 11/],
  ['added', (lines) => [...lines, signedLine({ serial: 11 })], ['receipt_unfounded'], /no entry names receipt 11/],
  ['widened', (lines) => lines.map((line) => line.replace('"minutes":', '"x":').replace('"serial":10,', '"serial":12,')), ['receipt_missing', 'receipt_unfounded', 'receipt_wrong'], /another serial|not in receipts/],
])('a signed consent that is %s is found by both', async (_how, change, finds, sentence) => {
  const { codes, says } = await both(await altered('receipts.ndjson', change));
  expect(codes.toSorted()).toEqual(finds.toSorted());
  expect(says).toMatch(sentence);
});
function signedLine(over: Parameters<typeof signedFor>[1]): string {
  const text = signedFor(made.world.instance, over);
  return text.replace(/,"signature"/, `,"serial":${over?.serial ?? 0},"signature"`);
}

test('a cosignature under the name of another machine, or over another size, is found by both', async () => {
  const moved = await both(await altered('cosignatures.ndjson', (lines) => lines.map((line) => line.replace(`/agent/${AGENT} `, '/agent/agent_other_one '))));
  expect(moved.codes).toEqual(['cosignature_wrong']);
  expect(moved.says).toContain('does not hold');
  const other = await both(await altered('cosignatures.ndjson', (lines) => lines.map((line) => line.replace(/(— \S+ )[^"]+"/, `$1${toBase64(new Uint8Array(76))}"`))));
  expect(other.codes).toEqual(['cosignature_wrong']);
  expect(other.says).toContain('does not hold');
});
