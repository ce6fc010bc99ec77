/** Puts the mark into a frame: ffmpeg decodes what our own reader has found fit, and lays our own dots over it. */
import { ok, type Result } from '@argus/kit/result.ts';
import { bannerFor } from '../../picture/mark.ts';
import type { Jpeg } from '../../picture/read-jpeg.ts';
import type { FrameMark } from '../../ports.ts';
import { DECODER, runFfmpeg } from './ffmpeg.ts';

export type BurnIn = { readonly mark: FrameMark; readonly at: number; readonly ffmpeg: string; readonly signal: AbortSignal };
export type Burnt = { readonly jpeg: Jpeg; readonly isMarked: boolean };

const CAMERA_SIDE = [...DECODER, '-protocol_whitelist', 'pipe', '-codec_whitelist', 'mjpeg', '-f', 'jpeg_pipe', '-i', 'pipe:0'] as const;
const MARK_SIDE = ['-protocol_whitelist', 'pipe', '-f', 'rawvideo', '-pixel_format', 'gray'] as const;

/** A frame too small for the mark is left as it is, and says so. One that cannot be decoded is no frame. */
export async function burnIn(jpeg: Jpeg, { mark, at, ffmpeg, signal }: BurnIn): Promise<Result<Burnt, string>> {
  const banner = bannerFor(jpeg, mark, at);
  if (!banner) return ok({ jpeg, isMarked: false });
  const args = [
    ...CAMERA_SIDE,
    ...MARK_SIDE,
    '-video_size',
    `${banner.width}x${banner.height}`,
    '-i',
    'pipe:3',
    '-filter_complex',
    '[0:v][1:v]overlay=x=0:y=0',
  ];
  const marked = await runFfmpeg({ ffmpeg, args, stdin: jpeg.bytes, third: banner.grey, signal });
  return marked.ok ? ok({ jpeg: marked.value, isMarked: true }) : marked;
}
