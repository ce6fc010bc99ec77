/** What a JPEG shows, in the eyes of a decoder that is not ours. */
import { existsSync } from 'node:fs';
import { spawnSync } from 'node:child_process';

export const FFMPEG = '/usr/bin/ffmpeg';
export function needFfmpeg(): void {
  if (!existsSync(FFMPEG)) throw new Error('These tests look at pictures with ffmpeg. Install the Debian package ffmpeg (apt-get install ffmpeg).');
}

/** Red, green and blue of every pixel. Throws on anything a strict decoder finds wrong. */
export function decoded(jpeg: Uint8Array): Buffer {
  needFfmpeg();
  const made = spawnSync(FFMPEG, ['-v', 'warning', '-xerror', '-err_detect', 'explode', '-f', 'jpeg_pipe', '-i', 'pipe:0', '-frames:v', '1', '-f', 'rawvideo', '-pix_fmt', 'rgb24', 'pipe:1'], { input: jpeg, maxBuffer: 256 * 1_048_576 });
  // It says that of every small picture while it looks what there is, before it decodes.
  const said = String(made.stderr).split('\n').filter((line) => line !== '' && !/deprecated pixel format|bitrate parameter|EOI missing|Last message repeated/.test(line));
  if (made.status !== 0 || said.length > 0) throw new Error(`ffmpeg does not take the picture: ${said.join('; ')}`);
  return made.stdout;
}

/** Bytes of a JPEG that ffmpeg made. */
export function encoded(size: string, ...more: readonly string[]): Uint8Array {
  needFfmpeg();
  const made = spawnSync(FFMPEG, ['-v', 'error', '-f', 'lavfi', '-i', `testsrc=size=${size}`, '-frames:v', '1', ...more, '-f', 'image2pipe', '-c:v', 'mjpeg', 'pipe:1'], { maxBuffer: 64 * 1_048_576 });
  if (made.status !== 0) throw new Error(String(made.stderr));
  return new Uint8Array(made.stdout);
}
