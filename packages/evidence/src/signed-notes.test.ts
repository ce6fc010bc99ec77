import { toBase64, concatBytes } from '@argus/kit/bytes.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { checkpointBody } from '@argus/ledger/checkpoint.ts';
import { keyId, NOTE_ED25519, signedNote } from '@argus/ledger/note.ts';
import { logKeysOf } from '@argus/protocol/log-keys.ts';
import { expect, test } from 'vitest';
import { AGENT, check, failing, HONEST, LOG_KEY, MACHINE_KEY, nodeCrypto, ORIGIN, OTHER_KEY, texts, treeOf, WHOSE } from '../testing/made-log.ts';
import { checkpointText, isCosigned, openCheckpointOf } from './signed-notes.ts';

const honest = texts(HONEST);
const tree = treeOf(honest);
const keys = logKeysOf({ log_keys: [LOG_KEY.publicKeyText] });
const body = checkpointBody({ origin: ORIGIN, size: 15, root: tree.rootAt(15) });
/** Under the name and the id of the log key, whoever signed. */
const signedBy = (...signers: readonly (typeof LOG_KEY)[]) =>
  signedNote(body, signers.map((signer) => ({ name: ORIGIN, id: keyId(sha256, ORIGIN, NOTE_ED25519, LOG_KEY.publicKey), signature: signer.sign(body) })));

/** Guarantee: it is the signature that counts, not the id that says whose it is; and nobody waits for an answer and then forgets it. */
test.each([['at once', nodeCrypto], ['later', { ...nodeCrypto, verify: async (...claim: Parameters<typeof nodeCrypto.verify>) => nodeCrypto.verify(...claim) }]])(
  'a checkpoint signed by somebody else under the id of the log key does not open, when signatures are answered %s',
  async (_when, crypto) => {
    const open = (note: string) => openCheckpointOf(crypto, note, { whose: WHOSE, keys });
    expect(await open(signedBy(LOG_KEY))).toMatchObject({ size: 15, text: body });
    expect(await open(signedBy(OTHER_KEY))).toBeNull();
    expect(await open(signedBy(LOG_KEY, OTHER_KEY))).toBeNull();
    expect(await open(signedBy(LOG_KEY).replace('\n15\n', '\n14\n'))).toBeNull();
    expect(await openCheckpointOf(crypto, signedBy(LOG_KEY), { whose: WHOSE, keys: logKeysOf({ log_keys: [OTHER_KEY.publicKeyText, 'no key', LOG_KEY.publicKeyText] }) })).not.toBeNull();
  },
);

test('a whole log under a forged signature is found out', async () => {
  expect(failing(await check(honest, { checkpoint: signedBy(OTHER_KEY) }))).toEqual(['checkpoint_not_trusted']);
});

const COSIGNER = `${ORIGIN}/agent/${AGENT}`;
function cosignature({ key = MACHINE_KEY, name = COSIGNER, type = 0x04, seconds = 1_772_366_400, over = body } = {}): string {
  const time = new Uint8Array(8);
  new DataView(time.buffer).setBigUint64(0, BigInt(seconds));
  const signature = concatBytes(time, key.sign(`cosignature/v1\ntime ${seconds}\n${over}`));
  return `— ${name} ${toBase64(concatBytes(keyId(sha256, name, type, MACHINE_KEY.publicKey), signature))}`;
}

test('a cosignature of a machine holds over the checkpoint it was made over, and over no other', async () => {
  const holds = (line: string, text = body) => isCosigned(nodeCrypto, { line, name: COSIGNER, publicKey: MACHINE_KEY.publicKey, text });
  expect(checkpointText(ORIGIN, 15, tree.rootAt(15))).toBe(body);
  expect(await holds(cosignature())).toBe(true);
  expect(await holds(`${cosignature()}\n`)).toBe(true);
  expect(await holds(cosignature({ key: OTHER_KEY }))).toBe(false);
  expect(await holds(cosignature({ name: `${ORIGIN}/agent/agent_other_01` }))).toBe(false);
  expect(await holds(cosignature({ type: 0x01 }))).toBe(false);
  expect(await holds(cosignature({ over: body.replace('\n15\n', '\n14\n') }))).toBe(false);
  expect(await holds(cosignature(), checkpointText(ORIGIN, 14, tree.rootAt(14)))).toBe(false);
  expect(await holds(`${cosignature()}\n${cosignature()}`)).toBe(false);
});

test('cosignatures that travel with a log are held to its own roots, at every size', async () => {
  const over = (size: number) => checkpointText(ORIGIN, size, tree.rootAt(size));
  const at = (size: number, line: string) => ({ agent: AGENT, size, cosignature: line });
  const cosignatures = [at(9, cosignature({ over: over(9) })), at(15, cosignature())];
  expect(await check(honest, { cosignatures })).toMatchObject({ numbers: { cosignatures: 2 }, counts: { not_tied_to_machine: 1 } });
  expect(failing(await check(honest, { cosignatures: [at(9, cosignature())] }))).toEqual(['cosignature_wrong']);
});
