/**
 * The log key changes in every log, one after the other, by an entry that the old key signs; only then does the new one sign
 * anything in that log. The new key is in the database before the first of them, so whatever breaks off in between is gone on
 * with by whoever comes next: a log has either changed or it has not.
 */
import type { Clock } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { newSigningKey, type SigningKey } from '@argus/keys/ed25519.ts';
import type { Random } from '@argus/keys/random.ts';
import { seal } from '@argus/keys/seal.ts';
import { signValue } from '@argus/keys/signature.ts';
import type { InstanceId } from '@argus/protocol/ids.ts';
import { LOG_KEYS_MAX, rotationArgs, rotationValue } from '@argus/protocol/log-keys.ts';
import type { TreeName } from '@argus/protocol/origin.ts';
import type { InstanceStore, LogStore } from '../ports.ts';
import { LOG_KEY_SEAL } from './found.ts';
import { isSameKey, type LogKeyRing } from './key-ring.ts';
import type { Ledger } from './ledger.ts';

export type Rotating = {
  readonly clock: Clock;
  readonly instance: InstanceId;
  readonly ring: LogKeyRing;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly leaves: Pick<LogStore, 'trees' | 'head'>;
};
export type Said = { readonly operator: string; readonly reason: string; readonly by: 'operator' | 'server' };

/** Logs whose newest checkpoint is not yet followed by the newest key. */
export async function unrotated({ ring, leaves }: Pick<Rotating, 'ring' | 'leaves'>): Promise<readonly TreeName[]> {
  const trees = await leaves.trees();
  return trees.filter((tree) => !isSameKey(ring.signer(tree, Number.MAX_SAFE_INTEGER), ring.newest));
}

/** Goes on where somebody stopped. Nothing else may append meanwhile: whoever does is refused by the database once a log has changed. */
export async function rotateLogs(deps: Rotating, said: Said): Promise<readonly TreeName[]> {
  const { clock, instance, ring, ledger } = deps;
  const trees = await unrotated(deps);
  for (const tree of trees) {
    const old = ring.signer(tree, Number.MAX_SAFE_INTEGER);
    const [from, to] = [old.publicKeyText, ring.newest.publicKeyText];
    const signature = signValue(old, 'log-rotation', rotationValue({ instance, tree }, { from, to }));
    const written = await ledger.append(
      { at: clock.now(), type: 'log_key_rotated', phase: 'fact', tenant: tree === 'operator' ? null : tree, operator: said.operator, by: said.by, reason: said.reason, outcome: 'ok', args: rotationArgs({ from, to, signature }) },
      [{ do: 'rotate_log_key', tree, from: old.publicKey, to: ring.newest.publicKey }],
    );
    if (!written.ok) throw new Error(`The log key of ${tree} was not changed: ${written.error.internal ?? written.error.code}. Run it again, or start the server: it goes on where this stopped.`);
    ring.rotated(tree, written.value.seq + 1, ring.newest);
  }
  return trees;
}

/** Makes the next key, where none is waiting already. */
export async function addLogKey({ founding, masterKey, random, clock, keys }: { readonly founding: Pick<InstanceStore, 'addLogKey'>; readonly masterKey: Uint8Array; readonly random: Random; readonly clock: Clock; readonly keys: readonly SigningKey[] }): Promise<Result<SigningKey, string>> {
  if (keys.length >= LOG_KEYS_MAX) return err(`The log key was changed ${LOG_KEYS_MAX - 1} times already; machines follow no more than that.`);
  const key = newSigningKey();
  await founding.addLogKey({ publicKey: key.publicKey, sealedSeed: seal(masterKey, key.seed, { purpose: LOG_KEY_SEAL, random }) }, clock.now());
  return ok(key);
}

