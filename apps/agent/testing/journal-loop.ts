/**
 * A process that does nothing but follow a log, for tests that kill it or take its disk away:
 *   journal-loop.ts advance <journal> <times> <padding>   says `ok n` or `failed n` for each
 *   journal-loop.ts whole <file> <bytes>                   replaces a file
 *   journal-loop.ts activity <file> <times>                intents and outcomes, says `ok n` or `failed n` for each
 */
import { writeSync } from 'node:fs';
import { witnessJournal } from '../src/adapters/state/witness-journal.ts';
import { writeWhole } from '../src/adapters/state/state-dir.ts';

process.on('SIGXFSZ', () => undefined); // the limit on file sizes shall be an error, not the end
const [, , what, path = '', count = '0', padding = '0'] = process.argv;
const say = (line: string) => void writeSync(1, `${line}\n`);

if (what === 'whole') {
  try {
    writeWhole(path, 'x'.repeat(Number(count)));
    say('ok');
  } catch (problem) {
    say(`failed ${(problem as NodeJS.ErrnoException).code}`);
  }
} else if (what === 'activity') {
  const { activityJournal } = await import('../src/adapters/state/activity-journal.ts'); // the others start without it
  const journal = activityJournal(path);
  for (let n = 0; n < Number(count); n++) {
    const entry = { at: '2026-03-01T12:00:00.000Z', what: 'command', command: 'ping', entry: n } as const;
    const isWritten = await journal.intend({ ...entry, phase: 'intent' }).then(() => true, () => false);
    say(`${isWritten ? 'ok' : 'failed'} ${n}`);
    if (isWritten) journal.record({ ...entry, phase: 'outcome', outcome: 'ok' });
  }
} else {
  const journal = witnessJournal(path);
  const checkpoint = `— ${'x'.repeat(Number(padding))}`; // more bytes than letters, as in a signed note
  for (let n = journal.followed().highestActed + 1; n < Number(count); n++) {
    await journal.advance({ ...journal.followed(), size: n + 1, highestActed: n, checkpoint }).then(
      () => say(`ok ${n}`),
      () => say(`failed ${n}`),
    );
  }
}
