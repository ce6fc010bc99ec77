import { COMMANDS } from '@argus/protocol/commands/index.ts';
import { ConsentScope } from '@argus/protocol/consent-scope.ts';
import { mustId } from '@argus/protocol/ids.ts';
import type { Receipt } from '@argus/protocol/receipt.ts';
import { describe, expect, test } from 'vitest';
import { judge, newDraft, SIDES, timeOf, type Draft, type SideDraft } from './draft.ts';

const NOW = Date.parse('2026-03-02T12:00:00Z');
const SHA = 'ab'.repeat(32);
const RECEIPT: Receipt = {
  v: 1, instance: mustId('instance', `ins_${'a'.repeat(20)}`), tenant: mustId('tenant', 'SHOP_BERLIN'), agents: '*', commands: ['ping'], cameras: '*',
  document_sha256: SHA, serial: 7, not_before: '2026-03-01T00:00:00.000Z', not_after: '2026-04-01T00:00:00.000Z',
};
const signed = { text: 'the text of the receipt', receipt: RECEIPT, scope: null, fingerprint: 'f'.repeat(32) };
const FULL: Draft = { ...newDraft('Europe/Berlin'), sha256: SHA, documentId: 'DOC-1', signedAt: '2026-03-01T10:00', signerName: 'Kim Park', signerEmail: 'kim@tenant.example' };
const narrowed = (changed: Partial<SideDraft>): SideDraft => ({ ...FULL.sides.hours, isNarrowed: true, ...changed });
const withSide = (name: keyof Draft['sides'], changed: Partial<SideDraft>): Draft => ({ ...FULL, sides: { ...FULL.sides, [name]: narrowed(changed) } });

test('the sides of a scope are those of its contract, and its commands are all there are', () => {
  expect(SIDES.map(({ name }) => name)).toEqual(Object.keys(ConsentScope.shape));
  expect(SIDES.find(({ name }) => name === 'commands')?.of).toEqual(COMMANDS.map(({ name }) => name));
  expect(SIDES.filter(({ of }) => of === 'names').map(({ name }) => name)).toEqual(['cameras', 'agents']);
  expect(SIDES.find(({ name }) => name === 'hours')?.of).toBe('hours');
});

test('what is left open is left out of the record, so that it narrows nothing and keeps nothing', () => {
  expect(judge(FULL, NOW)).toEqual({
    body: { document_id: 'DOC-1', document_sha256: SHA, signed_at: timeOf('2026-03-01T10:00'), signer: { name: 'Kim Park', email: 'kim@tenant.example' } },
    problems: {},
    block: null,
  });
});

test('every side that is narrowed is in the record as it was narrowed, and an empty one is nothing at all', () => {
  const sides = { commands: narrowed({ names: 'ping tail_log' }), cameras: narrowed({ names: '' }), agents: narrowed({ names: 'agent_till_01,\nagent_till_02 agent_till_01' }), hours: narrowed({ windows: [{ days: ['sat'], from: '10:00', to: '24:00' }] }) };
  const { body, block } = judge({ ...FULL, sides, expiresAt: '2026-05-01T10:00', keepKey: `${'A'.repeat(43)}=`, keepDays: '90' }, NOW);
  expect(block).toBeNull();
  expect(body).toMatchObject({
    expires_at: timeOf('2026-05-01T10:00'),
    scope: { commands: ['ping', 'tail_log'], cameras: [], agents: ['agent_till_01', 'agent_till_02'], hours: { time_zone: 'Europe/Berlin', windows: [{ days: ['sat'], from: '10:00', to: '24:00' }] } },
    keep_results: { key: `${'A'.repeat(43)}=`, days: 90 },
  });
});

describe('what the server would refuse cannot be sent, and is said at its field', () => {
  const REFUSED: readonly (readonly [says: string, draft: Draft, field: string, what: RegExp])[] = [
    ['signed tomorrow', { ...FULL, signedAt: '2026-03-04T10:00' }, 'signed_at', /in the future/],
    ['over already', { ...FULL, expiresAt: '2026-03-01T10:00' }, 'expires_at', /not in the future/],
    ['a name with what does not print', { ...FULL, signerName: 'Kim\u202EPark' }, 'signer.name', /do not print/],
    ['an address that is none', { ...FULL, signerEmail: 'kim' }, 'signer.email', /e-mail address/],
    ['a document id that carries a secret', { ...FULL, documentId: `pat_${'a'.repeat(43)}` }, 'document_id', /secret/],
    ['a command nobody wrote', withSide('commands', { names: 'ping run_shell' }), 'scope.commands', /number 2/],
    ['a camera by no id', withSide('cameras', { names: 'Front door' }), 'scope.cameras', /number 1/],
    ['a machine by no id', withSide('agents', { names: 'agent_till_01 till' }), 'scope.agents', /number 2/],
    ['hours that end before they begin', withSide('hours', { windows: [{ days: ['mon'], from: '18:00', to: '08:00' }] }), 'scope.hours', /number 1 .*before/],
    ['hours on no day', withSide('hours', { windows: [{ days: ['mon'], from: '08:00', to: '09:00' }, { days: [], from: '08:00', to: '09:00' }] }), 'scope.hours', /number 2/],
    ['hours without one', withSide('hours', { windows: [] }), 'scope.hours', /too few/],
    ['a zone that is none', withSide('hours', { zone: 'Berlin' }), 'scope.hours.time_zone', /time zone/],
    ['results for no days', { ...FULL, keepKey: `${'A'.repeat(43)}=`, keepDays: '0' }, 'keep_results', /too small/],
    ['results for days that are no number', { ...FULL, keepKey: `${'A'.repeat(43)}=`, keepDays: 'a few' }, 'keep_results', /number/],
    ['a receipt that is over', { ...FULL, hand: 'receipt', receipt: { ...signed, receipt: { ...RECEIPT, not_after: '2026-03-02T12:00:00.000Z' } } }, 'receipt', /is over/],
  ];
  test.each(REFUSED)('%s', (_, draft, field, what) => {
    const { body, problems, block } = judge(draft, NOW);
    expect(body).toBeNull();
    expect(problems[field as keyof typeof problems]).toMatch(what);
    expect(block).not.toBeNull();
  });

  const MISSING: readonly (readonly [missing: string, draft: Draft])[] = [
    ['the signed document', { ...FULL, sha256: null }],
    ['the receipt', { ...FULL, hand: 'receipt' }],
    ['the document', { ...FULL, documentId: ' ' }],
    ['when it was signed', { ...FULL, signedAt: '' }],
    ['who signed', { ...FULL, signerName: '' }],
    ['results key', { ...FULL, keepDays: '90' }],
    ['how many days', { ...FULL, keepKey: `${'A'.repeat(43)}=` }],
  ];
  test.each(MISSING)('without %s, and the sentence asks for it', (missing, draft) => {
    const { body, block } = judge(draft, NOW);
    expect(body).toBeNull();
    expect(block).toContain(missing);
  });
});

test('of a receipt nothing is said again that stands in it, whatever was typed before it was chosen', () => {
  const { body } = judge({ ...withSide('commands', { names: 'apply_patch' }), hand: 'receipt', receipt: signed, expiresAt: '2026-05-01T10:00', keepKey: `${'A'.repeat(43)}=`, keepDays: '90' }, NOW);
  expect(body).toEqual({ document_id: 'DOC-1', document_sha256: SHA, signed_at: timeOf('2026-03-01T10:00'), signer: { name: 'Kim Park', email: 'kim@tenant.example' }, receipt: 'the text of the receipt' });
});

test('a document that is chosen beside a receipt has to be the one the receipt is about', () => {
  const draft: Draft = { ...FULL, hand: 'receipt', receipt: signed };
  expect(judge({ ...draft, sha256: 'cd'.repeat(32) }, NOW)).toMatchObject({ body: null, block: 'Signed document: is another than the one the tenant signed for.' });
  expect(judge({ ...draft, sha256: null }, NOW).block).toBeNull();
});
