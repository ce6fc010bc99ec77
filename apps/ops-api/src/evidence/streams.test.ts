import { manualClock } from '@argus/kit/clock.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { expect, test } from 'vitest';
import { START } from '../../test/sample.ts';
import { createStreams, STREAMS_A_MINUTE, STREAMS_AT_ONCE, STREAMS_OF_ONE_AT_ONCE, type Slot } from './streams.ts';

const tokenNamed = (n: number) => mustId('token', `tok_${String(n).replaceAll('0', 'z').replaceAll('1', 'y').padStart(20, 'a')}`);
function world() {
  const clock = manualClock(START);
  const streams = createStreams({ clock });
  const begin = (n = 0, isStill = async () => true) => streams.begin({ token: tokenNamed(n), isStill });
  const must = (...args: Parameters<typeof begin>): Slot => {
    const slot = begin(...args);
    if (!slot.ok) throw new Error(slot.error.code);
    return slot.value;
  };
  const code = (...args: Parameters<typeof begin>) => {
    const slot = begin(...args);
    return slot.ok ? 'ok' : slot.error.code;
  };
  return { clock, streams, begin, must, code };
}

test('one reader has a few at once, and the next when one is over', () => {
  const { must, code, streams } = world();
  const slots = Array.from({ length: STREAMS_OF_ONE_AT_ONCE }, () => must());
  expect(code()).toBe('rate_limited');
  slots[0]?.end();
  slots[0]?.end(); // ends once
  expect([code(), code()]).toEqual(['ok', 'rate_limited']);
  expect(streams.count()).toBe(STREAMS_OF_ONE_AT_ONCE);
});

/** Guarantee: no number of tokens keeps more of the server busy than this. */
test('all readers together have a few at once', () => {
  const { must, code } = world();
  for (let n = 0; n < STREAMS_AT_ONCE; n++) must(n);
  expect(code(99)).toBe('rate_limited');
});

test('one reader begins so many a minute, and is told when to come back', async () => {
  const { must, begin, code, clock } = world();
  for (let i = 0; i < STREAMS_A_MINUTE; i++) {
    must().end();
    await clock.advance(1_000);
  }
  expect(begin()).toMatchObject({ ok: false, error: { code: 'rate_limited', facts: { retry_after_s: 60 - STREAMS_A_MINUTE } } });
  expect(code(1)).toBe('ok');
  await clock.advance((60 - STREAMS_A_MINUTE) * 1_000);
  expect(code()).toBe('ok');
});

/** Guarantee: who is nobody any more is not read to until the end. */
test('the credential is looked at again while it runs', async () => {
  let isSomebody = true;
  let looks = 0;
  const { must, clock } = world();
  const { goOn } = must(0, async () => (looks++, isSomebody));
  await goOn();
  expect(looks).toBe(0); // it was looked at a moment ago
  await clock.advance(5_000);
  await goOn();
  await goOn();
  expect(looks).toBe(1);
  isSomebody = false;
  await clock.advance(5_000);
  await expect(goOn()).rejects.toThrow('no longer');
});

test('a server that stops breaks all of them off', async () => {
  const { must, streams } = world();
  const slot = must();
  streams.close();
  expect(slot.signal.aborted).toBe(true);
  await expect(slot.goOn()).rejects.toThrow('shutting down');
});
