/** The log key the database has now: a server opens what is there, whoever put it there. */
import { systemClock } from '@argus/kit/clock.ts';
import type { SigningKey } from '@argus/keys/ed25519.ts';
import { systemRandom } from '@argus/keys/random.ts';
import { layFoundation } from '@argus/ops-api/ledger/found.ts';
import type { Stores } from '@argus/ops-api/ports.ts';
import type { Honest } from './honest.ts';

export async function findLogKey({ founding }: Pick<Stores, 'founding'>, { settings }: Pick<Honest, 'settings'>): Promise<SigningKey> {
  const founded = await layFoundation({ store: founding, masterKey: Buffer.from(settings['ARGUS_MASTER_KEY'] ?? '', 'hex'), random: systemRandom, clock: systemClock });
  if (!founded.ok) throw new Error(founded.error);
  return founded.value.logKey;
}
