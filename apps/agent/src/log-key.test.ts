/** Guarantee: nobody but the log key that is known here says which key comes after it, once, in this very log. */
import { signValue } from '@argus/keys/signature.ts';
import type { SigningKey } from '@argus/keys/ed25519.ts';
import type { KeyChange } from '@argus/protocol/frames.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { rotationArgs, rotationValue } from '@argus/protocol/log-keys.ts';
import type { TreeName } from '@argus/protocol/origin.ts';
import { expect, test } from 'vitest';
import { createLog, INSTANCE, keyOf, LOG_KEY, TENANT, TRUST } from '../testing/signed-log.ts';
import type { Followed } from './ports.ts';
import { findPlace, followTo, openTrusted, withKeyChanges, withLearnedKeys } from './witness.ts';

const [NEXT, THIRD, STRANGER] = [keyOf(20), keyOf(21), keyOf(22)];
type Said = { readonly from?: SigningKey; readonly to?: SigningKey; readonly by?: SigningKey; readonly tree?: TreeName; readonly outcome?: 'ok' | 'refused' };
const changing = ({ from = LOG_KEY, to = NEXT, by = from, tree = TENANT, outcome = 'ok' }: Said = {}) => {
  const keys = { from: from.publicKeyText, to: to.publicKeyText };
  return { type: 'log_key_rotated', phase: 'fact', outcome, args_commit: rotationArgs({ ...keys, signature: signValue(by, 'log-rotation', rotationValue({ instance: INSTANCE, tree }, keys)) }) } as const;
};
/** Four entries that were followed, the change, and two more. */
function ready(said: Said = {}) {
  const log = createLog();
  for (let i = 0; i < 4; i++) log.add();
  const before = log.followed(4);
  const index = log.add(changing(said));
  const change: KeyChange = log.place(index, { from: 4, size: index + 1 });
  for (let i = 0; i < 2; i++) log.add();
  return { log, before, index, change };
}
const learn = ({ before, change }: Pick<ReturnType<typeof ready>, 'before' | 'change'>) => {
  const learned = withKeyChanges(TRUST, before, [change]);
  return learned.ok ? learned.value.keys?.map(({ key, over }) => [key, over]) : learned.error.why;
};

test('what the known key signed is learned, with the place it holds from, and an act under the new key is found', () => {
  const { log, before, index, change } = ready();
  expect(learn({ before, change })).toEqual([[LOG_KEY.publicKeyText, 0], [NEXT.publicKeyText, index + 1]]);
  const at = { ...log.place(6, { from: index + 1, signer: { key: NEXT } }), key_changes: [change] };
  const found = findPlace(TRUST, before, at);
  expect(found.ok && found.value.followed).toMatchObject({ size: 7, keys: [{ over: 0 }, { over: 5 }] });
  expect(findPlace(TRUST, before, { ...log.place(6, { from: 4, signer: { key: NEXT } }) })).toMatchObject({ ok: false });
  const after: Followed = found.ok ? found.value.followed : before;
  expect(withLearnedKeys(TRUST, after)).toMatchObject({ log_keys: [LOG_KEY.publicKeyText, NEXT.publicKeyText], log_key_sizes: [0, 5] });
  expect(openTrusted(withLearnedKeys(TRUST, after), log.checkpoint(7, { key: NEXT }))?.size).toBe(7); // as whoever has the export reads it
  expect(openTrusted(withLearnedKeys(TRUST, after), log.checkpoint(7))).toBeNull();
});

test('shown again by a server that does not know, it changes nothing', () => {
  const { log, index, change, before } = ready();
  const first = withKeyChanges(TRUST, before, [change]);
  const again = first.ok && withKeyChanges(TRUST, first.value, [log.place(index, { from: index + 1, size: index + 1 })]);
  expect(again).toEqual(first);
});

test.each<[string, Said, (made: ReturnType<typeof ready>) => Partial<Pick<ReturnType<typeof ready>, 'before' | 'change'>>, RegExp]>([
  ['from a key of somebody else', { from: STRANGER }, () => ({}), /not the one that held/],
  ['in the name of the known key, signed by another', { by: STRANGER }, () => ({}), /did not sign/],
  ['signed for the log of another tenant', { tree: mustId('tenant', 'OTHER_TENANT') }, () => ({}), /did not sign/],
  ['to the very key that holds', { to: LOG_KEY }, () => ({}), /brings back/],
  ['that was refused', { outcome: 'refused' }, () => ({}), /does not change the log key/],
  ['before the end of its checkpoint', {}, ({ log, index }) => ({ change: log.place(index, { from: 4, size: 7 }) }), /not at the end/],
  ['under a checkpoint of the new key', {}, ({ log, index }) => ({ change: log.place(index, { from: 4, size: index + 1, signer: { key: NEXT } }) }), /signed by a trusted log key/],
  ['which is in no tree', {}, ({ change }) => ({ change: { ...change, inclusion: [] } }), /not in the tree/],
])('a change %s is not believed', (_how, said, over, why) => {
  const made = ready(said);
  expect(learn({ ...made, ...over(made) })).toMatch(why);
});

test('after the change the old key signs nothing more: no act, no growth, no second change, and it never comes back', () => {
  const { log, before, change } = ready();
  const learned = withKeyChanges(TRUST, before, [change]);
  if (!learned.ok) throw new Error(learned.error.why);
  const after = learned.value;
  expect(findPlace(TRUST, after, log.place(6, { from: 5 }))).toMatchObject({ ok: false, error: { why: expect.stringContaining('signed by a trusted log key') } });
  expect(followTo(TRUST, after, { from: 5, to: 7, proof: log.place(6, { from: 5 }).consistency.proof, checkpoint: log.checkpoint(7) })).toMatchObject({ ok: false });
  for (const said of [{ to: THIRD }, { from: NEXT, to: LOG_KEY }, { from: NEXT, to: THIRD, by: LOG_KEY }]) {
    const index = log.add(changing(said));
    const second = withKeyChanges(TRUST, after, [log.place(index, { from: 5, size: index + 1, signer: { key: NEXT } })]);
    expect(second).toMatchObject({ ok: false });
  }
  const index = log.add(changing({ from: NEXT, to: THIRD }));
  expect(withKeyChanges(TRUST, after, [log.place(index, { from: 5, size: index + 1, signer: { key: NEXT } })])).toMatchObject({ ok: true, value: { keys: [{}, {}, { key: THIRD.publicKeyText }] } });
});
