import { manualClock } from '@argus/kit/clock.ts';
import { signingKeyOf } from '@argus/keys/ed25519.ts';
import { LOG_KEYS_MAX } from '@argus/protocol/log-keys.ts';
import { expect, test } from 'vitest';
import { MASTER_KEY, seededRandom, START } from '../../test/sample.ts';
import { addLogKey } from './rotate.ts';

/** Guarantee: no key is made that machines and checkers would not follow. */
test.each([[LOG_KEYS_MAX - 1, true], [LOG_KEYS_MAX, false]])('with %i keys in the database another one is made: %s', async (count, isMade) => {
  const keys = Array.from({ length: count }, (_, i) => signingKeyOf(new Uint8Array(32).fill(i + 1)));
  const added: unknown[] = [];
  const founding = { addLogKey: async (key: unknown) => void added.push(key) };
  const made = await addLogKey({ founding, masterKey: MASTER_KEY, random: seededRandom('rotate'), clock: manualClock(START), keys });
  expect([made.ok, added.length]).toEqual([isMade, Number(isMade)]);
});
