import { expect, test } from 'vitest';
import { notSeen, readGuide } from './read-guide.ts';

const fence = (info: string, text: string) => `\`\`\`${info}\n${text}\n\`\`\`\n`;

test('what is typed, what is seen behind it, and what is not typed', () => {
  const { steps, notRun } = readGuide(
    [
      '---\ntitle: x\n---\n', '# x\n', fence('sh', 'one\ntwo "a\nb" \\\n  c   # why\n# only a remark\n\nthree   # session_expired'), 'Some words.\n', fence('text', 'seen\n…\nand this'), fence('text', 'not compared'),
      `- in a list\n\n${fence('sh', 'four').replaceAll(/^/gm, '  ')}`, fence('json example', '{}'), fence('sh not-run=root', 'sudo rm'), fence('text', 'of what was not typed'), fence('sh', 'five'), '## Elsewhere\n', fence('text', 'of another matter'),
    ].join('\n'),
  );
  expect(steps).toEqual([
    { typed: [{ text: 'one', refusedWith: null }, { text: 'two "a\nb" \\\n  c   # why', refusedWith: null }, { text: 'three   # session_expired', refusedWith: 'session_expired' }], sees: ['seen', 'and this'] },
    { typed: [{ text: 'four', refusedWith: null }], sees: [] },
    { typed: [{ text: 'five', refusedWith: null }], sees: [] },
  ]);
  expect(notRun).toEqual([{ reason: 'root', text: 'sudo rm' }]);
});

const OUTPUT = 'session        rss_9uqiiqz9gar9bkq6sqnn\nopen until     2026-11-21 04:07:10Z\narmed          no\nsha256         d0ad34b119c951292a2e136489689cc049dc8edeaa8ccaf3bcde63d5e76818a7\nIn the log: asked #17, answered #18 (req_c6zs5sewfqkv9zww8zvb).';

test.each([
  [['session rss_y7nf…', 'open until 2027-01-01 00:00:00Z', 'armed no']],
  [['armed          no']],
  [['sha256         …', 'In the log: asked #1, answered #2 (req_…).']],
  [['In the log: …']],
  [[]],
])('%j is seen', (sees) => expect(notSeen(sees, OUTPUT)).toBeNull());

/** Guarantee: only what is another each time may be another; a word that changed is found. */
test.each([
  [['armed yes'], 'armed yes'],
  [['armed'], 'armed'],
  [['armed no', 'session rss_…'], 'session rss_…'],
  [['closed until 2027-01-01 00:00:00Z'], 'closed until 2027-01-01 00:00:00Z'],
  [['session', 'armed no'], 'session'],
  [['armed no', 'armed no'], 'armed no'],
  [['a.med no'], 'a.med no'],
])('%j is not', (sees, missing) => expect(notSeen(sees, OUTPUT)).toBe(missing));

test('a line without an end is a mistake of the guide', () => {
  expect(() => readGuide(fence('sh', 'echo "a'))).toThrow('finds no end');
});
