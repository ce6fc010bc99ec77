import { LATE_MAX, type LateWord } from '@argus/protocol/frames.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { expect, test } from 'vitest';
import { createUnheard } from './unheard.ts';

const word = (n: number, code?: string): LateWord => ({
  request_id: mustId('request', `request_${n}`), ...(code === undefined ? { ok: true } : { code }), result_sha256: 'ab'.repeat(32), at: '2026-03-01T12:00:00.000Z', signature: `${'A'.repeat(86)}==`,
});
const idsOf = (words: readonly LateWord[]) => words.map((w) => w.request_id.slice(8));

test('what could not be said is said once on the next line', () => {
  const unheard = createUnheard();
  unheard.note(word(1), false);
  expect([idsOf(unheard.take()), idsOf(unheard.take())]).toEqual([['1'], []]);
});

test('what was said on a line that broke is said again, until the server has echoed something that came after it', () => {
  const unheard = createUnheard();
  unheard.note(word(1), true);
  unheard.challenged('one');
  unheard.note(word(2), true);
  unheard.challenged('two');
  unheard.echoed('one');
  unheard.lineBroke();
  expect(idsOf(unheard.take())).toEqual(['2']);
  unheard.challenged('three');
  unheard.echoed('three');
  unheard.lineBroke();
  expect(unheard.take()).toEqual([]);
});

test.each(['two', '', 'never sent'])('the echo %j proves nothing', (echo) => {
  const unheard = createUnheard();
  unheard.challenged('one');
  unheard.note(word(1), true);
  unheard.echoed('one'); // it went out before
  unheard.echoed(echo);
  unheard.lineBroke();
  expect(idsOf(unheard.take())).toEqual(['1']);
});

test('an echo of the line before proves nothing on this one', () => {
  const unheard = createUnheard();
  unheard.note(word(1), true);
  unheard.challenged('one');
  unheard.lineBroke();
  unheard.take();
  unheard.echoed('one');
  unheard.lineBroke();
  expect(idsOf(unheard.take())).toEqual(['1']);
});

test('of two words on one request the later one counts', () => {
  const unheard = createUnheard();
  unheard.note(word(1, 'session_expired'), false);
  unheard.note(word(1), false);
  expect(unheard.take()).toEqual([word(1)]);
});

/** Guarantee: memory is bounded, however long the line is gone, and no heartbeat is longer than a server reads. */
test('only the newest are kept', () => {
  const unheard = createUnheard();
  for (let n = 0; n < LATE_MAX + 5; n++) unheard.note(word(n), false);
  expect(idsOf(unheard.take())).toEqual(Array.from({ length: LATE_MAX }, (_, i) => String(i + 5)));
});
