/**
 * An RTSP camera, read by ffmpeg over TCP. Its address may carry a password, and arguments stand in the process list: so
 * the address is in a list of one entry that ffmpeg reads from its standard input.
 */
import type { Result } from '@argus/kit/result.ts';
import type { Jpeg } from '../../picture/read-jpeg.ts';
import { DECODER, runFfmpeg } from './ffmpeg.ts';

/** Silence of the camera, in microseconds. Ours ends everything a little later anyway. */
const SILENCE_US = 10_000_000;
/** Only these may be opened, read and decoded: no file, no other protocol, whatever the camera points to. */
const ONLY = ['-protocol_whitelist', 'pipe,tcp', '-format_whitelist', 'concat,rtsp', '-codec_whitelist', 'h264,hevc,mjpeg,mpeg4'] as const;

export const rtspFrame = (url: string, { ffmpeg, signal }: { readonly ffmpeg: string; readonly signal: AbortSignal }): Promise<Result<Jpeg, string>> =>
  runFfmpeg({ ffmpeg, args: [...DECODER, ...ONLY, '-f', 'concat', '-safe', '0', '-i', 'pipe:0'], stdin: Buffer.from(listOf(url)), signal });

/** In quotes, which end at the next one: there is none in the address, and no line ends in it. */
function listOf(text: string): string {
  const address = new URL(text).href.replaceAll("'", '%27').replaceAll('\\', '%5C').replaceAll(/\s/g, '');
  return ['ffconcat version 1.0', `file '${address}'`, 'option rtsp_transport tcp', 'option allowed_media_types video', `option timeout ${SILENCE_US}`, 'option analyzeduration 500000', ''].join('\n');
}
