import { gzipSync } from 'node:zlib';
import { sha256Hex } from '@argus/keys/hash.ts';
import { settle } from '@argus/kit/clock.ts';
import { canonicalJson } from '@argus/kit/canonical-json.ts';
import { FILE_BYTES_MAX, FILE_JSON_MAX } from '@argus/protocol/commands/file-limits.ts';
import { contractFor, parseCall, type ResultOf } from '@argus/protocol/commands/index.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMachine } from '../../testing/machine.ts';
import { SESSION } from '../../testing/signed-log.ts';
import { memoryFiles, type Content } from '../../testing/memory-files.ts';
import { unpackedEnd } from '../files/unpack.ts';
import { createFramesTaken } from '../frames-taken.ts';
import { createLargeInTurn } from '../large-in-turn.ts';
import type { Files } from '../ports.ts';
import { run } from './index.ts';

const { deps } = createMachine();
const alone = {
  startedAt: 0,
  framesTaken: createFramesTaken(deps.clock),
  inTurn: createLargeInTurn(deps.breathe),
  asked: { session: SESSION, operator: 'ana@argus.example', over: new AbortController().signal, isStillWanted: () => true },
};
const MIB = 1_048_576;

/** Runs a command as it arrives, and holds its result to what the contract says of it. */
async function ask(files: Files, command: string, args: object) {
  const call = parseCall(command, args);
  if (!call.ok) return call;
  const answer = await run(call.value, { ...deps, files, ...alone });
  if (answer.ok) {
    const contract = contractFor(command);
    expect(contract?.parseResult(answer.value)).toEqual({ ok: true, value: answer.value });
    expect(Buffer.byteLength(canonicalJson(answer.value))).toBeLessThanOrEqual(contract?.resultBytesMax ?? 0);
  }
  return answer;
}
const tail = async (content: Content, lines = 200, name = 'argus.log') => {
  const answer = await ask(memoryFiles({ [name]: content }), 'tail_log', { lines, file: name });
  if (!answer.ok) throw new Error(answer.error.code);
  return answer.value as ResultOf<'tail_log'>; // the command it was asked
};
const read = async (content: Content, path = 'argus.log') => {
  const answer = await ask(memoryFiles({ [path]: content }), 'read_file', { path });
  if (!answer.ok) throw new Error(answer.error.code);
  return answer.value as ResultOf<'read_file'>;
};
const sent = (result: ResultOf<'read_file'>): Buffer => (result.text === undefined ? Buffer.from(result.base64 ?? '', 'base64') : Buffer.from(result.text));
const numbered = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => `line ${from + n}\n`).join('');

// ---- tail_log

test.each<readonly [string, string, number, string, number]>([
  ['more than asked for', numbered(1, 300), 200, numbered(101, 300), 200],
  ['fewer than asked for', numbered(1, 3), 200, numbered(1, 3), 3],
  ['as many as asked for', numbered(1, 3), 3, numbered(1, 3), 3],
  ['one', 'only\n', 1, 'only\n', 1],
  ['none', '', 200, '', 0],
  ['a last one without a line break', 'a\nb\nc', 2, 'b\nc', 2],
  ['empty ones', '\n\n\n', 2, '\n\n', 2],
  ['an empty first one', '\na\n', 2, '\na\n', 2],
  ['ones that end as on Windows', 'a\r\nb\r\n', 1, 'b\r\n', 1],
  ['more than a block holds', numbered(1, 100_000), 5_000, numbered(95_001, 100_000), 5_000],
])('of a log with %s lines the last ones are told', async (_what, log, lines, text, count) => {
  const expected = { file: 'argus.log', text, lines: count, truncated: false };
  expect(await tail(log, lines)).toEqual(expected);
  expect(await tail(gzipSync(log), lines, 'argus.log.1.gz')).toEqual({ ...expected, file: 'argus.log.1.gz' });
});

test('any log: what is told is its end, has the lines that were asked for, and says so', async () => {
  const letters = fc.string({ unit: fc.constantFrom('a', '\n', 'ä', '€', '😀', '\r', '"', '\u0007'), maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(letters, fc.integer({ min: 1, max: 6 }), async (log, lines) => {
      const all = log.match(/[^\n]*\n|[^\n]+$/g) ?? [];
      const expected = { text: all.slice(-lines).join(''), lines: Math.min(lines, all.length), truncated: false };
      expect(await tail(log, lines)).toMatchObject(expected);
      expect(await tail(gzipSync(log), lines, 'argus.log.9.gz')).toMatchObject(expected);
    }),
    { numRuns: 150 },
  );
});

test('lines that do not fit into a mebibyte are cut from the front, and that is said', async () => {
  const lines = `${'x'.repeat(999)}\n`.repeat(2_000);
  const result = await tail(lines, 2_000);
  expect(result).toMatchObject({ truncated: true, lines: 1_049 });
  expect(result.text.length).toBe(MIB);
  expect(lines.endsWith(result.text)).toBe(true);
  expect(await tail(gzipSync(lines), 2_000, 'argus.log.1.gz')).toMatchObject({ text: result.text, truncated: true });
});

test.each([['argus.log', (text: string | Buffer) => Buffer.from(text)], ['argus.log.2.gz', (text: string | Buffer) => gzipSync(text)]] as const)('%s: one line longer than a mebibyte is cut', async (name, pack) => {
  const result = await tail(pack(`short\n${'x'.repeat(3 * MIB)}end`), 1, name);
  expect(result).toMatchObject({ truncated: true, lines: 1 });
  expect(result.text).toBe(`${'x'.repeat(MIB - 3)}end`);
  expect((await tail(pack(`${'é'.repeat(MIB)}a`), 1, name)).text).toBe(`${'é'.repeat(MIB / 2 - 1)}a`); // no half letters
});

test('control characters stay what they are; bytes that are no text are replaced', async () => {
  expect((await tail('\u001B[2Jred\u0007\0\n')).text).toBe('\u001B[2Jred\u0007\0\n');
  expect((await tail(Buffer.from([0x61, 0xff, 0xc3, 0x0a, 0xed, 0xa0, 0x80]))).text).toBe('a\uFFFD\uFFFD\n\uFFFD\uFFFD\uFFFD');
});

/** Guarantee: no content of a log can make its result larger than the contract allows, and so keep anybody from reading it. */
test.each([['NUL', '\0'], ['ESC', '\u001B'], ['a quote', '"'], ['a backslash', '\\'], ['a line break', '\n'], ['a byte that is no text', '\xff'], ['a letter of four bytes', '😀'], ['DEL', '\u007F']])('a log of nothing but %s is told as far as it fits', async (_what, letter) => {
  const log = letter === '\xff' ? Buffer.alloc(2 * MIB, 0xff) : Buffer.alloc(2 * MIB, letter);
  const result = await tail(log, 5_000);
  expect(result.truncated).toBe(letter !== '\n');
  if (letter !== '\n') expect(Buffer.byteLength(JSON.stringify(result.text))).toBeGreaterThan(FILE_JSON_MAX / 2 - 10);
});

test('the beginning of a log is never read for its end', async () => {
  const asked: (readonly [number, number])[] = [];
  const files: Files = {
    configDigest: async () => null,
    use: async (_name, how) => ({ ok: true, value: await how({ size: 2 ** 40, read: async (at, length) => (asked.push([at, length]), Buffer.alloc(length, 'twenty letters long\n')) }) }),
  };
  expect(await ask(files, 'tail_log', { lines: 200 })).toMatchObject({ ok: true, value: { lines: 200, truncated: false } });
  expect(asked).toEqual([[2 ** 40 - 65_536, 65_536]]);
});

test('a log that is cut short while it is read answers with what is left', async () => {
  const left = Buffer.from(numbered(1, 500));
  const files: Files = { configDigest: async () => null, use: async (_name, how) => ({ ok: true, value: await how({ size: 200_000, read: async (at, length) => left.subarray(at, at + length) }) }) };
  expect(await ask(files, 'tail_log', {})).toMatchObject({ ok: true, value: { text: numbered(301, 500), lines: 200 } });
});

// ---- packed copies

test('a copy that unpacks to too much is refused, within bounded memory', async () => {
  const bomb = gzipSync(Buffer.alloc(64 * MIB));
  const files = memoryFiles({ 'argus.log.1.gz': bomb });
  expect(bomb.length).toBeLessThan(100_000);
  const before = process.memoryUsage().arrayBuffers;
  let peak = 0;
  const refused = await files.use('argus.log.1.gz' as never, async (file) => unpackedEnd({ ...file, read: async (at, length) => ((peak = Math.max(peak, process.memoryUsage().arrayBuffers)), file.read(at, length)) }, 32 * MIB));
  expect(refused).toMatchObject({ ok: true, value: { ok: false, error: { code: 'log_copy_too_large' } } });
  expect(peak - before).toBeLessThan(24 * MIB);
});

test('a bomb of many small files, or of many empty ones, is refused as well', async () => {
  const of = (bytes: Uint8Array, most: number) => unpackedEnd({ size: bytes.length, read: async (at, length) => bytes.subarray(at, at + length) }, most);
  const small = gzipSync(Buffer.alloc(1_000));
  expect(await of(Buffer.concat(Array.from({ length: 2_000 }, () => small)), MIB)).toMatchObject({ ok: false, error: { code: 'log_copy_too_large' } });
  const empty = gzipSync('');
  expect(await of(Buffer.concat(Array.from({ length: 10_000 }, () => empty)), 100_000)).toMatchObject({ ok: false, error: { code: 'log_copy_too_large' } });
});

test.each([['no gzip at all', Buffer.from('line 1\n')], ['cut off', gzipSync(numbered(1, 500)).subarray(0, 300)], ['changed in the middle', changed(gzipSync(numbered(1, 5_000)))], ['only zeros', Buffer.alloc(MIB)]])('a copy that is %s is refused, and the agent goes on', async (_what, bytes) => {
  expect(await ask(memoryFiles({ 'argus.log.3.gz': bytes }), 'tail_log', { file: 'argus.log.3.gz' })).toMatchObject({ ok: false, error: { code: 'log_copy_damaged' } });
});
function changed(bytes: Buffer): Buffer {
  const at = Math.floor(bytes.length / 2);
  return Buffer.concat([bytes.subarray(0, at), Buffer.from([bytes[at] === 0 ? 1 : 0]), bytes.subarray(at + 1)]);
}

test('a copy that cannot be read is a bug of ours, not damage of its own', async () => {
  await expect(unpackedEnd({ size: 10, read: () => Promise.reject(new Error('EIO')) })).rejects.toThrow('EIO');
});

// ---- read_file

test('a file is sent as text, with the size and digest of just these bytes', async () => {
  expect(await read('4.2.0\n', 'version.txt')).toEqual({ path: 'version.txt', text: '4.2.0\n', size: 6, sha256: sha256Hex('4.2.0\n'), truncated: false });
  expect(await read('\uFEFF\u001B[1m"ä😀"\0', 'crashes/x.txt')).toMatchObject({ text: '\uFEFF\u001B[1m"ä😀"\0', truncated: false });
  expect(await read('', 'version.txt')).toMatchObject({ text: '', size: 0, sha256: sha256Hex('') });
});

test('what is no text is sent in base64, and so is text that would grow too much as JSON', async () => {
  const packed = gzipSync('x');
  expect(await read(packed, 'argus.log.1.gz')).toMatchObject({ base64: packed.toString('base64'), size: packed.length, sha256: sha256Hex(packed) });
  const zeros = Buffer.alloc(MIB);
  expect(await read(zeros)).toMatchObject({ base64: zeros.toString('base64'), size: MIB, sha256: sha256Hex(zeros), truncated: false });
});

test('any file arrives as it is, whichever way it is sent', async () => {
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.string({ maxLength: 20, unit: fc.constantFrom('a', '\n', 'ä', '€', '😀', '\0', '"') }).map((text) => new Uint8Array(Buffer.from(text))));
  await fc.assert(
    fc.asyncProperty(bytes, async (content) => {
      const result = await read(content);
      expect(sent(result).equals(content)).toBe(true);
      expect([result.size, result.sha256]).toEqual([content.length, sha256Hex(content)]);
    }),
    { numRuns: 200 },
  );
});

test.each<readonly [string, Buffer, number]>([
  ['exactly a mebibyte', Buffer.alloc(MIB, 'a'), MIB],
  ['more than that', Buffer.alloc(3 * MIB, 'a'), MIB],
  ['more, with a letter across the limit', Buffer.from(`a${'€'.repeat(MIB)}`), MIB],
  ['more, with a letter of four bytes across it', Buffer.from(`abc${'😀'.repeat(MIB / 2)}`), MIB - 1],
])('of a file of %s at most a mebibyte is sent, and never half a letter', async (_what, content, size) => {
  const result = await read(content);
  expect(result).toMatchObject({ size, truncated: content.length > MIB });
  expect(sent(result).equals(content.subarray(0, size))).toBe(true);
  expect(result.text).toBeDefined();
});

test('the secrets of config.yaml stay on the machine; size and digest are those of what is sent', async () => {
  const result = await read('streams: 4\nupload_token: hunter2\n', 'config.yaml');
  const text = 'streams: 4\nupload_token: [redacted]\n';
  expect(result).toEqual({ path: 'config.yaml', text, size: text.length, sha256: sha256Hex(text), truncated: false });
});

test('a configuration that is no UTF-8 is not sent at all: in UTF-16 no key looks like one', async () => {
  for (const content of [Buffer.from('token: hunter2\n', 'utf16le'), Buffer.from('\uFEFFtoken: hunter2\n', 'utf16le'), Buffer.concat([Buffer.from('token: hunter2\n'), Buffer.from([0xff])])])
    expect((await read(content, 'config.yaml')).text).toMatch(/^(?:# )?\[redacted[^\n]*\]\n$/);
});

test('a configuration of more than a mebibyte is redacted before it is cut', async () => {
  const long = await read('token: hunter2\n'.repeat(100_000), 'config.yaml');
  expect(long).toMatchObject({ truncated: true });
  expect(long.size).toBeLessThanOrEqual(FILE_BYTES_MAX);
  expect(long.text).not.toContain('hunter');
});

// ---- both

test.each(['tail_log', 'read_file'])('%s: a file that is not there, and one that is not plain, are told apart by what is inside only', async (command) => {
  const args = command === 'tail_log' ? { file: 'argus.log.1' } : { path: 'argus.log.1' };
  expect(await ask(memoryFiles({}), command, args)).toMatchObject({ ok: false, error: { code: 'file_not_found' } });
  expect(await ask(memoryFiles({ 'argus.log.1': null }), command, args)).toMatchObject({ ok: false, error: { code: 'path_not_allowlisted' } });
});

/** Guarantee (I4): the agent does not rely on what the server checked, also when the log says that it may. */
test.each([['read_file', { path: '/etc/passwd' }], ['read_file', { path: 'crashes/../trust.json' }], ['tail_log', { file: '../state/identity.key', lines: 1 }], ['tail_log', { file: 'version.txt', lines: 1 }]])('a command of the log to %s %j is refused by the agent itself, without a look at the disk', async (command, args) => {
  const m = createMachine();
  await m.wake();
  await m.hear(m.command({ command, args_commit: args }, { args }));
  expect(m.codes()).toEqual(['path_not_allowlisted']);
  expect(m.record.filter((line) => line.startsWith('read'))).toEqual([]);
});

test('an awake agent answers with the end of its log, and with nothing when it falls asleep meanwhile', async () => {
  const m = createMachine();
  await m.wake();
  const args = { lines: 2, file: 'argus.log' };
  await m.hear(m.command({ command: 'tail_log', args_commit: args }, { args }));
  expect(m.codes()).toEqual(['ok']);
  expect(m.replies()[0]?.chunk).toContain('line 299\\nline 300\\n');
  m.forget();
  m.waits.files.shut();
  const running = m.hear(m.command({ command: 'tail_log', args_commit: args }, { args }));
  await settle();
  await m.hear({ type: 'deactivate', session: SESSION, why: 'deactivate' });
  m.waits.files.open();
  await running;
  expect(m.codes()).toEqual(['session_expired']);
  expect(JSON.stringify(m.sent)).not.toContain('line 300');
});

/** The contract's parse is passed by: a handler does not rely on it. */
test.each([['tail_log', { file: '../secret', lines: 1 }], ['tail_log', { file: 'config.yaml', lines: 1 }], ['read_file', { path: '/etc/passwd' }]] as const)('%s of %j never reaches the files', async (name, args) => {
  const files: Files = { configDigest: () => Promise.reject(new Error('touched')), use: () => Promise.reject(new Error('touched')) };
  expect(await run({ name, args } as never, { ...deps, files, ...alone })).toEqual({ ok: false, error: { code: 'path_not_allowlisted' } });
});
