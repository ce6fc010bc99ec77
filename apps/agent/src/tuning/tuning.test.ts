import { manualClock } from '@argus/kit/clock.ts';
import { expect, test } from 'vitest';
import { START } from '../../testing/signed-log.ts';
import { parseFlatYaml } from './flat-yaml.ts';
import { keepTuned, LOOK_EVERY_MS, type TuningFile } from './keep-tuned.ts';
import { readTuning } from './read-tuning.ts';
import { DEFAULT_TUNING, TUNING, TUNING_NAMES, type TuningKey } from './tuning.ts';

const flat = (text: string) => {
  const read = parseFlatYaml(text);
  return read.ok ? Object.fromEntries(read.value) : read.error;
};

test.each([
  ['', {}],
  ['# only a comment\n\n   # and another\n', {}],
  ['a: 1\nb: two words\n', { a: '1', b: 'two words' }],
  ['a: 1 # why\r\nb:   x   \r\n', { a: '1', b: 'x' }],
  ['a:\nb: ""\nc: \'\'\n', { a: '', b: '', c: '' }],
  ['a: "x # y: z" # why\nb: \'{}\'\n', { a: 'x # y: z', b: '{}' }],
  ['a: x#y\nurl: http://h/x\n', { a: 'x#y', url: 'http://h/x' }],
  ['\uFEFFa: 1\n', { a: '1' }],
  ['a:\n  b: 1\n  c:\n    - 2\nd: 3', { a: null, d: '3' }],
  ['a:\n- 1\n- b: 2\nc: 3', { a: null, c: '3' }],
  ['a: [1, 2]\nb: {c: 1} # why', { a: null, b: null }],
  ['a: |\n  text: 1\n\n  more\nb: >-\n  x\nc: 1', { a: null, b: null, c: '1' }],
  ['a: &x 1\nb: *x\nc: !!int 1\nd: "\\n"', { a: null, b: null, c: null, d: null }],
  ['a: two\n  words\nb: 1', { a: null, b: '1' }],
])('%j is read as %j', (text, value) => expect(flat(text)).toEqual(value));

/** What YAML reads as something else than one key with one word is refused, with its line. */
test.each([
  ['a list', '- a'],
  ['a list that belongs to a word', 'a: 1\n- a'],
  ['what is indented below nothing', '  a: 1'],
  ['a list that goes on', 'a: [1,'],
  ['a list in a list', 'a: [[1]'],
  ['a map that goes on', 'a: {b: 1,'],
  ['an anchor before a quote', 'a: &x "1'],
  ['a merge', '<<: 1'],
  ['a second document', 'a: 1\n---\nb: 2'],
  ['a directive', '%YAML 1.2'],
  ['a tab', '\ta: 1'],
  ['no space after the colon', 'a:1'],
  ['a quoted key', '"a": 1'],
  ['an open quote', 'a: "x'],
  ['text after a quote', 'a: "x" y'],
  ['a map in a value', 'a: b: c'],
  ['a control character', 'a: x\u0007y'],
  ['no key at all', 'just words'],
  ['the same key twice', 'a: 1\na: 1'],
])('%s is refused, with its line', (_, text) => expect(flat(text)).toMatch(/^line \d /));
test('a file of too many lines is refused', () => expect(flat('\n'.repeat(2_000))).toMatch(/1000 lines/));

test('an empty file is the tuning as it comes', () => expect(readTuning('')).toEqual({ ok: true, value: { tuning: DEFAULT_TUNING, foreign: [] } }));
test('a key of ours that holds something else is refused, and one of somebody else may', () => {
  expect(readTuning('log_keep:\n  b: 1\n')).toMatchObject({ ok: false, error: expect.stringMatching(/^log_keep has to be /) });
  expect(readTuning('upload:\n  url: https://h/x\n  log_keep: 7\nlog_keep: 3\n')).toMatchObject({ ok: true, value: { tuning: { log_keep: 3 }, foreign: ['upload'] } });
});
test('keys of somebody else are named and left alone, their values are not', () => {
  const read = readTuning('streams: 4\nupload_token: very-secret\nlog_keep: 3\n');
  expect(read).toEqual({ ok: true, value: { tuning: { ...DEFAULT_TUNING, log_keep: 3 }, foreign: ['streams', 'upload_token'] } });
});

const wrong = (key: TuningKey): readonly string[] =>
  key.kind === 'word' ? ['', 'debug', 'INFO', 'secret-in-the-wrong-line'] : ['', '-1', '1.5', '1e3', 'secret-in-the-wrong-line', String(key.least - 1), String(key.most + 1), '9'.repeat(30)];
test.each(TUNING_NAMES.flatMap((name) => wrong(TUNING[name]).map((text) => [name, text] as const)))('%s with %j is refused in a sentence that does not repeat it', (name, text) => {
  const read = readTuning(`${name}: "${text}"`);
  expect(read.ok ? '' : read.error).toMatch(new RegExp(`^${name} has to be `));
  if (text.includes('secret')) expect(JSON.stringify(read)).not.toContain('secret');
});
test.each(TUNING_NAMES)('%s takes every value of its range, and its own default', (name) => {
  const key: TuningKey = TUNING[name];
  for (const value of key.kind === 'word' ? key.words : [key.least, key.most, key.fallback]) expect(readTuning(`${name}: ${value}`)).toMatchObject({ ok: true, value: { tuning: { [name]: value } } });
});
/** Guarantee: a patch that replaces config.yaml widens nothing. */
test('no key is about whom to believe, where to dial, what may be done or what the owner sees', () => {
  for (const name of TUNING_NAMES) expect(name).toMatch(/^(log_|crash_reports_|reconnect_)/);
});

// ---- while the agent runs

function ready(first: string | null) {
  const clock = manualClock(START);
  let text: string | null = first;
  let stat = 0;
  const reads = { count: 0 };
  const file: TuningFile = { mark: () => String(stat), read: () => (reads.count++, text === null ? null : { text }) };
  const notes: { what: string; facts: Readonly<Record<string, string | number>> }[] = [];
  const tuned = keepTuned({ file, clock, note: (what, facts = {}) => void notes.push({ what, facts }) });
  const put = (next: string | null) => {
    text = next;
    stat++;
  };
  return { clock, tuned, notes, put, reads };
}

test('a file that was replaced counts within half a minute; one that was not is not read again', async () => {
  const m = ready('log_keep: 3\n');
  m.tuned.start();
  expect(m.tuned.tuning().log_keep).toBe(3);
  await m.clock.advance(10 * LOOK_EVERY_MS);
  expect(m.reads.count).toBe(1);
  m.put('log_keep: 7\n');
  await m.clock.advance(LOOK_EVERY_MS);
  expect(m.tuned.tuning().log_keep).toBe(7);
  m.put(null);
  await m.clock.advance(LOOK_EVERY_MS);
  expect(m.tuned.tuning()).toEqual(DEFAULT_TUNING);
});

test('a broken file changes nothing, is said once and with every heartbeat, until it is mended', async () => {
  const m = ready('log_keep: 3\n');
  m.tuned.start();
  m.put('log_keep: many\n');
  await m.clock.advance(5 * LOOK_EVERY_MS);
  expect([m.tuned.tuning().log_keep, m.tuned.alarms()]).toEqual([3, ['config_broken']]);
  expect(m.notes.filter((n) => n.what === 'config_broken').map((n) => n.facts['why'])).toEqual(['log_keep has to be a whole number of files from 1 to 20']);
  m.put('log_keep: 4\n');
  await m.clock.advance(LOOK_EVERY_MS);
  expect([m.tuned.tuning().log_keep, m.tuned.alarms()]).toEqual([4, []]);
});

test('one that is broken from the start leaves everything as it comes', () => {
  const m = ready('- a list\n');
  m.tuned.start();
  expect([m.tuned.tuning(), m.tuned.alarms()]).toEqual([DEFAULT_TUNING, ['config_broken']]);
});

test('stopped, it looks no more; told to, it reads at once', async () => {
  const m = ready('');
  m.tuned.start();
  m.put('log_keep: 9\n');
  m.tuned.reread();
  expect(m.tuned.tuning().log_keep).toBe(9);
  m.tuned.stop();
  m.put('log_keep: 2\n');
  await m.clock.advance(10 * LOOK_EVERY_MS);
  expect(m.tuned.tuning().log_keep).toBe(9);
});
