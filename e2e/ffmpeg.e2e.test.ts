/** What ffmpeg is given, and what it may do: with the real one, and with programs in its place that misbehave. */
import { chmodSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { decoded, encoded, FFMPEG, needFfmpeg } from '../apps/agent/testing/cameras/decoded.ts';
import { below, isAlive } from '../apps/agent/testing/cameras/processes.ts';
import { scratch } from '../apps/agent/testing/scratch.ts';
import { readJpeg, type Jpeg } from '../apps/agent/src/picture/read-jpeg.ts';
import { burnIn, type BurnIn } from '../apps/agent/src/adapters/cameras/burn-in.ts';
import { findFfmpeg } from '../apps/agent/src/adapters/cameras/ffmpeg.ts';

const AT = Date.UTC(2026, 2, 1, 12);
const mark = { operator: 'ana@argus.example', session: `rss_${'s'.repeat(20)}` };
const asking = (over: Partial<BurnIn> = {}): BurnIn => ({ mark, at: AT, ffmpeg: FFMPEG, signal: new AbortController().signal, ...over });
const jpegOf = (bytes: Uint8Array): Jpeg => {
  const read = readJpeg(bytes, 4_194_304);
  return read.ok ? read.value : expect.unreachable(read.error);
};
let camera: Jpeg;
beforeAll(() => {
  needFfmpeg();
  camera = jpegOf(encoded('320x240'));
});

/** Rows of a decoded picture: what stands there, roughly. */
const rows = (pixels: Buffer, from: number, to: number) => pixels.subarray(from * 320 * 3, to * 320 * 3);
const far = (a: Buffer, b: Buffer) => a.reduce((sum, one, i) => sum + Math.abs(one - (b[i] ?? 0)), 0) / a.length;

test('the mark stands in the picture, and the rest of the picture is what the camera saw', async () => {
  const burnt = await burnIn(camera, asking());
  if (!burnt.ok) return expect.unreachable(burnt.error);
  expect(burnt.value).toMatchObject({ isMarked: true, jpeg: { width: 320, height: 240 } });
  const [before, after, other] = [decoded(camera.bytes), decoded(burnt.value.jpeg.bytes), await burnIn(camera, asking({ mark: { ...mark, operator: 'eve@argus.example' } }))];
  const strip = rows(after, 0, 20);
  expect([Math.min(...strip) < 40, Math.max(...strip) > 215]).toEqual([true, true]); // white on black
  expect(far(strip, rows(before, 0, 20))).toBeGreaterThan(60);
  expect(far(rows(after, 48, 240), rows(before, 48, 240))).toBeLessThan(6);
  expect(other.ok && far(rows(decoded(other.value.jpeg.bytes), 0, 40), rows(after, 0, 40))).toBeGreaterThan(0.3); // another name is another picture
});

test('what an operator is called means nothing to ffmpeg', async () => {
  const hostile = `%{pts}':x=0,drawtext=textfile=/etc/passwd\\[out];[0]movie=/etc/passwd\u0000\n-i /etc/passwd`;
  const [burnt, boxes] = [await burnIn(camera, asking({ mark: { ...mark, operator: hostile } })), await burnIn(camera, asking())];
  expect(burnt).toMatchObject({ ok: true, value: { isMarked: true, jpeg: { width: 320, height: 240 } } });
  expect(boxes.ok && burnt.ok && far(rows(decoded(burnt.value.jpeg.bytes), 100, 240), rows(decoded(boxes.value.jpeg.bytes), 100, 240))).toBeLessThan(4);
});

test('a frame that is too small for the mark is passed on as it is, and says so', async () => {
  const small = jpegOf(encoded('32x24'));
  expect(await burnIn(small, asking())).toEqual({ ok: true, value: { jpeg: small, isMarked: false } });
});

/** Guarantee: what passed our reader and is no picture all the same ends here, and not at the operator. */
const SOI = [0xff, 0xd8];
const frame = (width: number, height: number) => [0xff, 0xc0, 0, 11, 8, height >> 8, height & 255, width >> 8, width & 255, 1, 1, 0x11, 0];
const SCAN = [0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, ...Array.from({ length: 64 }, (_, i) => i)];
test.each<[string, () => Uint8Array]>([
  ['no tables', () => Uint8Array.from([...SOI, ...frame(640, 480), ...SCAN, 0xff, 0xd9])],
  ['no tables, as large as is let through', () => Uint8Array.from([...SOI, ...frame(8_000, 5_000), ...SCAN, 0xff, 0xd9])],
])('a JPEG with %s cannot be decoded', async (_what, bytes) => {
  expect(await burnIn(jpegOf(bytes()), asking())).toMatchObject({ ok: false, error: expect.stringMatching(/cannot be decoded|larger than/) });
});

// ---- another program in its place

function program(script: string): string {
  const path = join(scratch(), 'ffmpeg');
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

test('a program that never stops writing is killed at 4 MiB', async () => {
  const endless = program('exec cat /dev/zero');
  expect(await burnIn(camera, asking({ ffmpeg: endless }))).toMatchObject({ ok: false, error: expect.stringContaining('more than 4194304 bytes') });
});

test('what it writes is read as carefully as what a camera sends', async () => {
  expect(await burnIn(camera, asking({ ffmpeg: program('echo "<html>"') }))).toMatchObject({ ok: false });
  expect(await burnIn(camera, asking({ ffmpeg: program('exit 0') }))).toMatchObject({ ok: false });
  expect(await burnIn(camera, asking({ ffmpeg: '/nowhere/ffmpeg' }))).toMatchObject({ ok: false });
});

/** Guarantee: nothing it started outlives the frame. */
test('when it is called off, it dies with everything it started', async () => {
  const over = new AbortController();
  const burning = burnIn(camera, asking({ ffmpeg: program('sleep 301 & wait'), signal: over.signal }));
  const started = () => [...below(process.pid, 'sleep\u0000301'), ...below(process.pid, 'image2pipe')].map(({ pid }) => pid);
  await expect.poll(() => started().length).toBe(2);
  const pids = started();
  over.abort();
  expect(await burning).toMatchObject({ ok: false });
  await expect.poll(() => pids.filter(isAlive)).toEqual([]);
});

test('it has no environment, one folder, no right to files, and dies with us', async () => {
  const over = new AbortController();
  const file = program('exec sleep 300');
  const burning = burnIn(camera, asking({ ffmpeg: file, signal: over.signal }));
  try {
    await expect.poll(() => below(process.pid, 'sleep\u0000300').length).toBe(1);
    const pid = below(process.pid, 'sleep\u0000300')[0]?.pid ?? 0;
    const proc = (name: string) => readFileSync(`/proc/${pid}/${name}`, 'utf8');
    expect(proc('environ').split('\u0000').filter((one) => !/^(PWD|OLDPWD|SHLVL|_)=|^$/.test(one))).toEqual([]); // those are of the shell in this test
    expect(readlinkSync(`/proc/${pid}/cwd`)).toBe('/');
    const limits = proc('limits');
    expect(limits).toMatch(/Max file size +0 +0/);
    expect(limits).toMatch(/Max address space +2147483648 +2147483648/);
    expect(limits).toMatch(/Max cpu time +10 +10/);
    expect(limits).toMatch(/Max core file size +0 +0/);
    expect(proc('status')).toMatch(/NoNewPrivs:\t1/);
  } finally {
    over.abort();
    await burning;
  }
});

test('it is looked for at fixed places, and taken only where nobody else can replace it', async () => {
  expect(await findFfmpeg()).toBe(FFMPEG);
  expect(await findFfmpeg([])).toBeNull();
  const ours = program('exit 0');
  expect(await findFfmpeg(['/nowhere/ffmpeg', ours])).toBe(ours);
  chmodSync(ours, 0o777);
  expect(await findFfmpeg([ours])).toBeNull();
  chmodSync(ours, 0o644);
  expect(await findFfmpeg([ours])).toBeNull();
});
