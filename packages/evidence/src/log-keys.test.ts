/** Guarantee: a checker goes from the owner's key to the newest only by what each key signed itself, and by nothing else. */
import { signValue } from '@argus/keys/signature.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { rotationArgs, rotationValue } from '@argus/protocol/log-keys.ts';
import { expect, test } from 'vitest';
import { check, failing, HONEST, INSTANCE, LOG_KEY, OTHER_KEY, CONSENT_KEY, TENANT, texts, treeOf, trustFile, type Told } from '../testing/made-log.ts';

const NEXT = CONSENT_KEY; // any other key
type Changing = { readonly from?: typeof LOG_KEY; readonly to?: typeof LOG_KEY; readonly by?: typeof LOG_KEY; readonly tenant?: typeof TENANT };
const change = ({ from = LOG_KEY, to = NEXT, by = from, tenant = TENANT }: Changing = {}): Told => {
  const keys = { from: from.publicKeyText, to: to.publicKeyText };
  return { s: 61, type: 'log_key_rotated', phase: 'fact', outcome: 'ok', args_commit: rotationArgs({ ...keys, signature: signValue(by, 'log-rotation', rotationValue({ instance: INSTANCE, tree: tenant }, keys)) }) };
};
const later: Told = { s: 62, type: 'tenant_disarmed', phase: 'fact', outcome: 'ok' };
const AT = HONEST.length;

type Over = { readonly story?: readonly Told[]; readonly signer?: typeof LOG_KEY; readonly given?: readonly number[]; readonly trust?: ReturnType<typeof trustFile>; readonly earlier?: { readonly size: number; readonly key: typeof LOG_KEY } };
async function found({ story = [...HONEST, change(), later], signer = NEXT, given = [AT], trust = trustFile(), earlier }: Over = {}) {
  const leaves = texts(story);
  const tree = treeOf(leaves);
  const rotations = given.map((index) => ({ index, leaf: leaves[index] ?? '', inclusion: tree.inclusion(index) }));
  const more = earlier && [{ size: earlier.size, checkpoint: tree.checkpoint(earlier.size, { key: earlier.key }), consistency: tree.consistency(earlier.size) }];
  return failing(await check(leaves, { trust, rotations, checkpoint: tree.checkpoint(leaves.length, { key: signer }), ...(more && { earlier: more }) })).toSorted();
}

test('from the key of an older trust file it comes to the one that signs today; one exported since knows both', async () => {
  expect(await found()).toEqual([]);
  expect(await found({ trust: trustFile({ log_keys: [LOG_KEY.publicKeyText, NEXT.publicKeyText], log_key_sizes: [0, AT + 1] }) })).toEqual([]);
  // A machine that enrolled since knows the newest only, and what that vouches for says which held before.
  const enrolledSince = trustFile({ log_keys: [NEXT.publicKeyText] });
  expect(await found({ trust: enrolledSince, earlier: { size: AT + 1, key: LOG_KEY } })).toEqual([]);
  expect(await found({ trust: enrolledSince, earlier: { size: AT + 1, key: OTHER_KEY } })).toEqual(['earlier_checkpoint_not_trusted']);
  const twice = [...HONEST, change(), later, change({ from: NEXT, to: OTHER_KEY }), later];
  for (const known of [LOG_KEY, NEXT, OTHER_KEY]) expect(await found({ story: twice, given: [AT, AT + 2], signer: OTHER_KEY, trust: trustFile({ log_keys: [known.publicKeyText] }), earlier: { size: 4, key: LOG_KEY } })).toEqual([]);
  expect(await found({ earlier: { size: AT + 1, key: LOG_KEY } })).toEqual([]);
});

test.each<[string, Over, readonly string[]]>([
  ['by a key that is not in the chain', { story: [...HONEST, change({ from: OTHER_KEY }), later], signer: NEXT }, ['checkpoint_not_trusted', 'log_key_change_wrong']],
  ['that the old key did not sign', { story: [...HONEST, change({ by: OTHER_KEY }), later] }, ['checkpoint_not_trusted', 'log_key_change_wrong']],
  ['signed for another log', { story: [...HONEST, change({ tenant: mustId('tenant', 'OTHER_TENANT') }), later] }, ['checkpoint_not_trusted', 'log_key_change_wrong']],
  ['and the old key goes on signing', { signer: LOG_KEY }, ['checkpoint_not_trusted']],
  ['and an earlier checkpoint after it is of the old key', { earlier: { size: AT + 1, key: NEXT } }, ['earlier_checkpoint_not_trusted']],
  ['a second time, by the old key', { story: [...HONEST, change(), change({ to: OTHER_KEY }), later] }, ['log_key_change_wrong']],
  ['a second time, and both are given', { story: [...HONEST, change(), change({ to: OTHER_KEY }), later], given: [AT, AT + 1] }, ['log_key_change_wrong']],
  ['in an entry that says it stands elsewhere', { story: [...HONEST, { ...change(), seq: 3 }, later] }, ['checkpoint_not_trusted', 'entry_out_of_place', 'log_key_change_wrong']],
  ['in an entry of another log', { story: [...HONEST, { ...change(), tenant: mustId('tenant', 'OTHER_TENANT') }, later] }, ['checkpoint_not_trusted', 'entry_of_another_log', 'log_key_change_wrong']],
  ['which nobody gives along', { given: [] }, ['checkpoint_not_trusted', 'log_key_change_wrong']],
  ['that is no change', { given: [AT, AT + 1] }, ['log_key_change_wrong']],
])('a change of the log key %s is found', async (_how, over, finds) => expect(await found(over)).toEqual(finds));

test('an entry that is not in the log brings no key', async () => {
  const honest = texts([...HONEST, later]);
  const forged = texts([...HONEST, change()])[AT] ?? '';
  const tree = treeOf(honest);
  const checked = await check(honest, { trust: trustFile(), rotations: [{ index: AT, leaf: forged, inclusion: tree.inclusion(AT) }], checkpoint: tree.checkpoint(honest.length, { key: NEXT }) });
  expect(failing(checked).toSorted()).toEqual(['checkpoint_not_trusted', 'log_key_change_wrong']);
});
