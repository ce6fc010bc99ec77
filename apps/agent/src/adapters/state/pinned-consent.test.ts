import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CONSENT_KEY, OPERATOR_KEY } from '../../../testing/memory-consent.ts';
import { scratch } from '../../../testing/scratch.ts';
import { START, TRUST } from '../../../testing/signed-log.ts';
import type { TrustFile } from '@argus/protocol/trust.ts';
import { beginSeen, pinnedConsent, readRevoked, REVOKED_FILE, SEEN_FILE, writeRevoked } from './pinned-consent.ts';
import { openStateDir, writeWhole, type StateDir } from './state-dir.ts';

const key = CONSENT_KEY.publicKeyText;
function machine(trust: Partial<TrustFile> = { consent_key: key }): StateDir {
  const state = openStateDir(join(scratch(), 'state'));
  state.save({ ...TRUST, ...trust }, new Uint8Array(32));
  beginSeen(state);
  return state;
}
const pin = (state: StateDir, consent_key: string) => writeWhole(state.file('trust.json'), JSON.stringify({ ...TRUST, consent_key }));
const SHUT = { highest: { serial: Number.MAX_SAFE_INTEGER, sha256: '' } };

test('what was seen is on disk when it says so, and the next life knows it', () => {
  const state = machine();
  pinnedConsent(state).remember({ serial: 10, sha256: 'a', proof: { sha256: 'p', until: START + 1 } }, START);
  expect(pinnedConsent(state).state()).toEqual({ key, highest: { serial: 10, sha256: 'a' }, revokedThrough: 0, proofs: [{ sha256: 'p', until: START + 1 }] });
});
test('the same again writes nothing', () => {
  const state = machine();
  const consent = pinnedConsent(state);
  consent.remember({ serial: 10, sha256: 'a' }, START);
  const before = readFileSync(state.file(SEEN_FILE), 'utf8');
  writeFileSync(state.file(SEEN_FILE), before.replace('}', ' }'));
  consent.remember({ serial: 10, sha256: 'a' }, START);
  consent.remember({ serial: 9, sha256: 'b' }, START);
  expect(readFileSync(state.file(SEEN_FILE), 'utf8')).toBe(before.replace('}', ' }'));
});
test('a running daemon sees a key that is pinned and a receipt that is revoked, and what it saw outlives another key', () => {
  const state = machine({});
  const consent = pinnedConsent(state);
  expect(consent.state().key).toBeNull();
  pin(state, key);
  consent.remember({ serial: 10, sha256: 'a' }, START);
  writeRevoked(state, 10);
  expect(consent.state()).toMatchObject({ key, revokedThrough: 10 });
  pin(state, OPERATOR_KEY.publicKeyText);
  beginSeen(state);
  expect(consent.state()).toMatchObject({ key: OPERATOR_KEY.publicKeyText, highest: { serial: 10 }, revokedThrough: 10 });
});
test('revoking never takes back what was revoked before', () => {
  const state = machine();
  writeRevoked(state, 10);
  expect([writeRevoked(state, 4), readRevoked(state)]).toEqual([10, 10]);
});

/** Guarantee: what cannot be read closes. A file that is gone is not a file that says yes. */
test.each<[string, (state: StateDir) => void, object]>([
  ['what was seen is gone', (state) => rmSync(state.file(SEEN_FILE)), SHUT],
  ['what was seen is empty', (state) => writeFileSync(state.file(SEEN_FILE), ''), SHUT],
  ['what was seen is something else', (state) => writeFileSync(state.file(SEEN_FILE), '{"serial":-1,"sha256":"","proofs":[]}'), SHUT],
  ['what was revoked is something else', (state) => writeFileSync(state.file(REVOKED_FILE), '{}'), { revokedThrough: Number.MAX_SAFE_INTEGER }],
  ['what was revoked is empty', (state) => writeFileSync(state.file(REVOKED_FILE), ''), { revokedThrough: Number.MAX_SAFE_INTEGER }],
  ['the trust file is gone', (state) => rmSync(state.file('trust.json')), { key: '' }],
  ['the trust file is something else', (state) => writeFileSync(state.file('trust.json'), '{}'), { key: '' }],
  ['others can read the trust file', (state) => chmodSync(state.file('trust.json'), 0o644), { key: '' }],
])('where %s, no receipt is good enough', (_what, damage, shut) => {
  const state = machine();
  const consent = pinnedConsent(state);
  expect(consent.state()).toMatchObject({ key, highest: { serial: 0 }, revokedThrough: 0 });
  damage(state);
  expect(consent.state()).toMatchObject(shut);
});
test('what cannot be stored is said', () => {
  const state = machine();
  const consent = pinnedConsent(state);
  rmSync(state.file(SEEN_FILE));
  expect(() => consent.remember({ serial: 1, sha256: 'a' }, START)).toThrow('argus-agent consent pin');
  rmSync(state.path, { recursive: true });
  expect(() => consent.remember({ serial: 1, sha256: 'a' }, START)).toThrow();
});
