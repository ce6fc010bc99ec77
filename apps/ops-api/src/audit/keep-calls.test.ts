import { manualClock } from '@argus/kit/clock.ts';
import { expect, test } from 'vitest';
import { START } from '../../test/sample.ts';
import { createKeepCalls } from './keep-calls.ts';

test('the months to come are made at the start and once a day, also after a day on which that failed', async () => {
  const clock = manualClock(START);
  const said: string[] = [];
  let kept = 0;
  const keeping = createKeepCalls({ clock, log: (_level, what) => void said.push(what), calls: { keep: async () => { kept++; if (kept === 2) throw new Error('gone'); } } });
  await keeping.begin();
  expect(kept).toBe(1);
  await clock.advance(3 * 86_400_000);
  expect(kept).toBe(4);
  expect(said).toEqual(['audit_log_not_kept']);
  keeping.close();
  await clock.advance(3 * 86_400_000);
  expect(kept).toBe(4);
});
