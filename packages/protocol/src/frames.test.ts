import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeEnvelope } from './envelope.ts';
import {
  CHUNK_MAX,
  DOWN_FRAME_TYPES,
  encodeFrame,
  FRAME_BYTES_MAX,
  parseDown,
  parseUp,
  PROTOCOL_VERSION,
  UP_FRAME_TYPES,
} from './frames.ts';

/**
 * Frames as they crossed the wire, one file per version of the protocol, added to and never edited: `v` is server to
 * agent, `^` agent to server. Agents in the field go on sending them, so they go on being read.
 */
const wire = new URL('../wire/', import.meta.url);
const files = readdirSync(wire);
const recorded = files.flatMap((file) =>
  readFileSync(new URL(file, wire), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => {
      const isDown = line.startsWith('v ');
      if (!isDown && !line.startsWith('^ ')) throw new Error(`${file}: no direction: ${line}`);
      const raw = line.slice(2);
      return { file, raw, type: String(JSON.parse(raw).type), isDown, parse: isDown ? parseDown : parseUp };
    }),
);
const named = recorded.map((line) => [line.file, line.isDown ? 'down' : 'up', line.type, line] as const);
const ping = recorded.find((line) => line.type === 'command')?.raw ?? '';

test('every version up to the current one has a file of recorded frames', () =>
  expect(files.toSorted()).toEqual(Array.from({ length: PROTOCOL_VERSION }, (_, i) => `v${i + 1}.jsonl`).toSorted()));

test.each([
  ['down', true, DOWN_FRAME_TYPES],
  ['up', false, UP_FRAME_TYPES],
] as const)('every type of frame %s has a recorded line, and no line has another type', (_name, isDown, types) => {
  const seen = new Set(recorded.filter((line) => line.isDown === isDown).map((line) => line.type));
  expect([...seen].toSorted()).toEqual(types.toSorted());
});

test.each(named)('%s: a frame %s, %s, is still read', (_file, _direction, type, { raw, parse }) =>
  expect(parse(raw)).toMatchObject({ ok: true, value: { type } }),
);

test('frames of the current version are read whole and written again as they were', () => {
  for (const { file, raw, parse } of recorded) {
    const read = parse(raw);
    if (file === `v${PROTOCOL_VERSION}.jsonl`) expect(read.ok && encodeFrame(read.value)).toBe(raw);
  }
});

test.each(named)(
  '%s: a frame %s, %s, is read alike with a member of a later version in it',
  (_file, _direction, _type, { raw, parse }) =>
    expect(parse(`${raw.slice(0, -1)},"weather":{"of":"later"}}`)).toEqual(parse(raw)),
);

test.each(named)('%s: a frame %s, %s, is refused the other way', (_file, _direction, _type, { raw, isDown }) =>
  expect((isDown ? parseUp : parseDown)(raw)).toEqual({ ok: false, error: { code: 'bad_frame' } }),
);

test.each(['exec', '', 'Activate', '__proto__', 'toString', 7, null, ['move'], undefined])(
  'a frame of type %j is refused',
  (type) => {
    for (const { raw, parse } of recorded)
      expect(parse(JSON.stringify({ ...JSON.parse(raw), type }))).toEqual({ ok: false, error: { code: 'bad_frame' } });
  },
);

test('a refusal does not repeat what was sent', () =>
  expect(JSON.stringify(parseDown('{"type":"pat_secret","args":"hunter2"}'))).not.toMatch(/secret|hunter2/));

/** Guarantee: whatever arrives, reading answers: a peer cannot end the process. */
test('20,000 damaged frames never throw, and what is taken is taken again', () => {
  const put = fc.constantFrom(
    'a',
    '7',
    'A',
    ' ',
    '',
    '"',
    '\\',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    'null',
    '-0',
    '1e999',
    '-1',
    '0.5',
    '9007199254740993',
    '\0',
    '\ud800',
    '💡',
    '"__proto__":{"type":"move"},',
    '"type":"move",',
    '{"toString":1}',
    '[[[[[[[[]]]]]]]]',
    '\u202e',
    '\\ud800',
    '\\u0000',
  );
  const edit = fc.tuple(fc.nat(999), fc.nat(2), put); // per mille of the way in
  const damaged = fc
    .tuple(fc.constantFrom(...recorded), fc.array(edit, { minLength: 1, maxLength: 2 }))
    .map(([{ raw, parse }, edits]) => {
      let text = raw;
      for (const [where, drop, instead] of edits) {
        const at = Math.floor((where * text.length) / 1_000);
        text = text.slice(0, at) + instead + text.slice(at + drop);
      }
      return { text, parse };
    });
  let taken = 0;
  for (const { text, parse } of fc.sample(damaged, { numRuns: 20_000, seed: 20_261_121 })) {
    const read = parse(text);
    if (!read.ok) expect(read.error).toEqual({ code: 'bad_frame' });
    else if (!parse(encodeFrame(read.value)).ok) expect.fail(`taken once, not twice: ${text}`);
    taken += Number(read.ok);
  }
  expect(taken).toBeGreaterThan(1_000); // the damage is small enough to be about something
});

test.each([65, 5_000, 200_000])('arguments nested %i levels deep are refused without a throw', (levels) => {
  const deep = '['.repeat(levels) + ']'.repeat(levels);
  expect(parseDown(ping.replace('"args":{}', `"args":{"x":${deep}}`))).toMatchObject({ ok: false, error: { code: 'bad_frame' } });
});

test('nesting in a member nobody knows is not walked', () => {
  const deep = '['.repeat(9_000) + ']'.repeat(9_000);
  expect(parseDown(`{"type":"move","x":${deep}}`)).toEqual({ ok: true, value: { type: 'move' } });
});

test('a frame longer than any frame is refused before it is read', () => {
  const long = `{"type":"move","x":"${'x'.repeat(FRAME_BYTES_MAX)}"}`;
  for (const parse of [parseDown, parseUp])
    expect(parse(long)).toEqual({ ok: false, error: { code: 'bad_frame', internal: 'frame is too long' } });
});

test.each<[string, Record<string, unknown>, typeof parseDown | typeof parseUp]>([
  ['a leaf beyond its cap', { ...JSON.parse(ping), leaf: 'x'.repeat(16_385) }, parseDown],
  [
    'a proof longer than any tree',
    { ...JSON.parse(ping), inclusion: Array.from({ length: 65 }, () => `${'A'.repeat(43)}=`) },
    parseDown,
  ],
  ['a hash in another spelling', { ...JSON.parse(ping), inclusion: [`${'A'.repeat(42)}B=`] }, parseDown],
  [
    'a chunk beyond its cap',
    { type: 'reply', request_id: 'till-0042', part: 0, chunk: 'x'.repeat(CHUNK_MAX + 1) },
    parseUp,
  ],
  ['a part beyond counting', { type: 'reply', request_id: 'till-0042', part: 65_536, chunk: '' }, parseUp],
  ['a pace of never', { type: 'pace', retry_after_s: 86_401 }, parseDown],
])('%s is refused', (_name, frame, parse) => expect(parse(JSON.stringify(frame)).ok).toBe(false));

test.each([
  ['controls', '\0'],
  ['quotes', '"'],
  ['backslashes', '\\'],
  ['half characters', '\ud800'],
  ['characters of three bytes', '€'],
  ['💡', '💡'],
])('a full chunk of %s fits in the largest frame, envelope and all', (_name, unit) => {
  const chunk = unit.repeat(CHUNK_MAX / unit.length);
  const end = {
    code: 'x'.repeat(64),
    result_sha256: 'a'.repeat(64),
    at: '2026-11-21T09:00:00.000Z',
    signature: `${'A'.repeat(86)}==`,
  };
  const frame = JSON.stringify({ type: 'reply', request_id: 'a'.repeat(64), part: 65_535, chunk, end });
  expect(parseUp(frame).ok).toBe(true);
  const sealed = encodeEnvelope({ seq: Number.MAX_SAFE_INTEGER, mac: `${'A'.repeat(43)}=`, frame });
  expect(Buffer.byteLength(sealed)).toBeLessThanOrEqual(FRAME_BYTES_MAX);
});

test('text an agent sends is made harmless on the way in', () => {
  const frame = { type: 'activated', session: 'rss_aaaaaaaaaaaaaaaaaaaa', indicator: false, code: 'no\u001b[2J\u202e' };
  expect(parseUp(JSON.stringify(frame))).toMatchObject({ ok: true, value: { code: 'no [2J ' } });
});

/** Guarantee: no frame keeps an agent from its owner. With 100,000 values one takes longer to read than the switch may take. */
test('a frame down of more values than any act has is not read', () => {
  for (const values of [Array.from({ length: 10_001 }, () => 1), Array.from({ length: 5_001 }, () => []), Array.from({ length: 5_001 }, () => ({}))])
    for (const raw of [JSON.stringify({ ...JSON.parse(ping), args: { values } }), JSON.stringify({ type: 'move', values })])
      expect(parseDown(raw)).toEqual({ ok: false, error: { code: 'bad_frame', internal: 'frame holds too many values' } });
  expect(parseDown(JSON.stringify({ ...JSON.parse(ping), args: { values: Array.from({ length: 9_000 }, () => 1) } }))).toMatchObject({ ok: true });
});
