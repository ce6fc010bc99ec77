import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chained, headAfter, NO_LINE, readChain, type ActivityEntry, type Head } from './activity.ts';
import { chainSentences, renderActivity } from './activity-text.ts';
import { sinceOf } from './cli/activity.ts';

const entry = (over: Partial<ActivityEntry> = {}): ActivityEntry => ({ at: '2026-03-01T12:00:03.000Z', what: 'command', phase: 'intent', operator: 'ana@argus.example', reason: 'look', command: 'ping', entry: 4, ...over });
function chainOf(entries: readonly ActivityEntry[], from: Head = NO_LINE): readonly string[] {
  let head = from;
  return entries.map((one) => {
    const { line, next } = chained(one, head);
    head = next;
    return line;
  });
}
const read = (lines: readonly string[]) => readChain(`${lines.join('\n')}\n`, { isFromTheStart: true });
const five = chainOf([0, 1, 2, 3, 4].map((n) => entry({ entry: n })));

test('a chain that nobody touched holds, and goes on after its last line', () => {
  expect(read(five).breaks).toEqual([]);
  const more = chainOf([entry()], headAfter(five.at(-1) ?? ''));
  expect(read([...five, ...more]).breaks).toEqual([]);
  expect(chainSentences(read(five), null)).toEqual(['The chain holds: 5 lines.']);
});

/** I7, small: nothing in the middle can be changed, taken out, put in or moved. */
test.each<[string, readonly string[], number]>([
  ['a changed line', five.map((line, i) => (i === 2 ? line.replace('ping', 'pong') : line)), 4],
  ['a line taken out', five.toSpliced(2, 1), 3],
  ['the first line taken out', five.slice(1), 1],
  ['two lines changing places', [five[0], five[2], five[1], five[3], five[4]] as string[], 2],
  ['a line put in twice', five.toSpliced(2, 0, five[1] ?? ''), 3],
  ['a line of somebody else', five.toSpliced(2, 0, 'hello'), 3],
])('%s breaks the chain, and where is said', (_, lines, line) => {
  const { breaks } = read(lines);
  expect(breaks[0]?.line).toBe(line);
  expect(chainSentences(read(lines), null)[0]).toMatch(new RegExp(`^The chain is broken at line ${line}: `));
});

test('any change of any byte before the last line is found', () => {
  const text = five.join('\n');
  const beforeLast = text.length - (five.at(-1)?.length ?? 0) - 1;
  fc.assert(
    fc.property(fc.nat(beforeLast - 1), fc.integer({ min: 32, max: 126 }), (at, code) => {
      const spoiled = text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1);
      expect(readChain(spoiled, { isFromTheStart: true }).breaks.length > 0).toBe(spoiled !== text);
    }),
    { numRuns: 500 },
  );
});

test('a chain whose beginning was put away for good holds from there on, and says from where', () => {
  const { breaks, lines } = readChain(five.slice(2).join('\n'), { isFromTheStart: false });
  expect(breaks).toEqual([]);
  expect(chainSentences({ breaks, lines }, null)).toEqual(['The chain holds: 3 lines, from number 2 on; older ones were put away.']);
});

test('an end that is missing is said plainly, since the witness knows better', () => {
  expect(chainSentences(read(five), 9)[0]).toBe('The end is missing: this machine acted on entry 9 of the log, and the record does not have it.');
});

/** Both files are flushed side by side: power that goes in between is no reason to accuse anybody. */
test('a missing end alone is said to have two possible causes, a broken chain is not', () => {
  const broken = read(five.toSpliced(2, 1));
  expect([chainSentences(read(five), 9).at(-1), chainSentences(broken, 9).at(-1)]).toEqual([expect.stringMatching(/^The machine lost its power .* or somebody cut/), expect.stringMatching(/^Somebody or something changed/)]);
});

test('a person reads who did what, why, when, and what came of it', () => {
  const at = (second: number) => `2026-03-01T12:00:0${second}.000Z`;
  const lines = read(
    chainOf([
      { at: at(0), what: 'session', phase: 'intent', session: 'rss_1', operator: 'ana@argus.example', reason: 'investigate alert', args: { minutes: 30 }, entry: 7 },
      { at: at(1), what: 'session', phase: 'outcome', session: 'rss_1', outcome: 'ok', entry: 7 },
      { at: at(2), what: 'command', phase: 'intent', session: 'rss_1', request: 'r1', operator: 'ana@argus.example', command: 'tail_log', args: { lines: 20 }, entry: 9 },
      { at: at(3), what: 'command', phase: 'outcome', session: 'rss_1', request: 'r1', command: 'tail_log', outcome: 'ok', entry: 9 },
      { at: at(4), what: 'command', phase: 'intent', session: 'rss_1', request: 'r2', operator: 'ana@argus.example', command: 'ping', entry: 11 },
      { at: at(5), what: 'session_ended', phase: 'fact', session: 'rss_1', code: 'tenant_kill_switch' },
      { at: at(5), what: 'switched_off', phase: 'fact' },
    ]),
  ).lines;
  expect(renderActivity(lines)).toBe(
    [
      '2026-03-01 12:00:00  session rss_1 for ana@argus.example, 30 min: done, entry 7. Why: investigate alert',
      '2026-03-01 12:00:02    tail_log lines=20 by ana@argus.example: done, entry 9',
      '2026-03-01 12:00:04    ping by ana@argus.example: begun, and nothing was written of its outcome, entry 11',
      '2026-03-01 12:00:05  session rss_1 ended: switched off on this machine',
      '2026-03-01 12:00:05  remote support was switched off',
      '',
    ].join('\n'),
  );
});

test('a patch that was applied is told with the files it wrote and its note, and its digest is called salted', () => {
  const asked = entry({ command: 'apply_patch', request: 'r1', args: { patch: { sha256: 'ab'.repeat(32) } } });
  const done = entry({ command: 'apply_patch', request: 'r1', phase: 'outcome', outcome: 'ok', patch: { files: ['config.yaml', 'hotfix/a.json'], note: 'six\u001b[2J streams\u202e' } });
  expect(renderActivity(read(chainOf([asked, done])).lines)).toBe('2026-03-01 12:00:03    apply_patch patch=salted:abababababab… by ana@argus.example: done, entry 4. Wrote config.yaml, hotfix/a.json (six [2J streams )\n');
});

test('whatever stands in the file, the terminal of the reader gets plain text', () => {
  const hostile = 'x\u001b]0;owned\u0007\u202e\r\nadmin: all is well';
  const lines = read(chainOf([entry({ what: 'session', operator: hostile, reason: hostile, session: hostile.slice(0, 40) }), entry({ what: 'session_ended', phase: 'fact', code: hostile.slice(0, 40) })])).lines;
  const text = renderActivity(lines);
  expect(text.split('\n')).toHaveLength(3);
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});

test('--since takes a span or a time, and nothing else', () => {
  const now = Date.UTC(2026, 2, 3);
  expect([sinceOf('2d', now), sinceOf('30m', now), sinceOf('2026-03-01', now)]).toEqual([Date.UTC(2026, 2, 1), now - 1_800_000, Date.UTC(2026, 2, 1)]);
  for (const text of ['', 'yesterday', '2', '-1d', '1w', '99999999d', '2026-99-99']) expect(sinceOf(text, now)).toBeNull();
});
