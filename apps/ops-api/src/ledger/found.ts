import type { Clock } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { newSigningKey, signingKeyOf, type SigningKey } from '@argus/keys/ed25519.ts';
import type { Random } from '@argus/keys/random.ts';
import { seal, unseal } from '@argus/keys/seal.ts';
import { newHandle, type InstanceId } from '@argus/protocol/ids.ts';
import { sameBytes } from '@argus/kit/bytes.ts';
import type { InstanceStore } from '../ports.ts';

export const LOG_KEY_SEAL = { purpose: 'log_key', tenant: null, agent: null } as const;
/** `logKey`: the newest. `logKeys`: all of them, oldest first; what a log is signed with, its entries say. */
export type Foundation = { readonly instance: InstanceId; readonly logKey: SigningKey; readonly logKeys: readonly SigningKey[]; readonly isNew: boolean };

/**
 * Who we are and with which key we sign the log. Made once, on an empty database; a server whose trees exist but
 * whose key is lost does not start, since a new key would make every earlier checkpoint worthless.
 */
export async function layFoundation(deps: {
  readonly store: InstanceStore;
  readonly masterKey: Uint8Array;
  readonly random: Random;
  readonly clock: Clock;
}): Promise<Result<Foundation, string>> {
  const known = await deps.store.instance();
  if (!known) {
    if (await deps.store.hasLeaves()) return err('The database holds log trees but no log key. Restore the database from a whole backup.');
    const logKey = newSigningKey();
    const instance = newHandle('instance', deps.random);
    const sealedSeed = seal(deps.masterKey, logKey.seed, { purpose: LOG_KEY_SEAL, random: deps.random });
    try {
      await deps.store.found(instance, { publicKey: logKey.publicKey, sealedSeed }, deps.clock.now());
    } catch (problem) {
      // A server and a command beside it, both for the first time: whoever was second goes by what the first has laid.
      if (!(await deps.store.instance())) throw problem;
      return layFoundation(deps);
    }
    return ok({ instance, logKey, logKeys: [logKey], isNew: true });
  }
  const logKeys: SigningKey[] = [];
  for (const stored of known.logKeys) {
    const seed = unseal(deps.masterKey, stored.sealedSeed, LOG_KEY_SEAL);
    if (!seed) return err('ARGUS_MASTER_KEY does not open the log key. Start with the master key this database was made with.');
    const logKey = signingKeyOf(seed);
    if (!sameBytes(logKey.publicKey, stored.publicKey)) return err('The log key and its public half do not belong together.');
    logKeys.push(logKey);
  }
  const logKey = logKeys.at(-1);
  if (!logKey) return err('The log key is missing from the database. Restore the database from a whole backup.');
  return ok({ instance: known.id, logKey, logKeys, isNew: false });
}
