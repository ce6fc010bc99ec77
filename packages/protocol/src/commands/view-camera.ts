import { z } from 'zod';
import { classes } from '../classify.ts';
import { id } from '../ids.ts';
import { isoTimeText, sha256Hex } from '../text.ts';
import { defineCommand } from './define.ts';

/** What a camera may send, and what a frame may be after it was marked. */
export const FRAME_BYTES_MAX = 4 * 1_048_576;
const FRAME_BASE64_MAX = 4 * Math.ceil(FRAME_BYTES_MAX / 3);
export const FRAME_SIDE_MAX = 8_192;

const side = () => z.int().min(1).max(FRAME_SIDE_MAX);
export const viewCamera = defineCommand({
  name: 'view_camera',
  summary: 'One frame of a camera, as a JPEG',
  risk: 'view',
  args: z.strictObject({ camera: id('camera').register(classes, { class: 'public' }) }),
  result: z.object({
    jpeg: z.string().min(4).max(FRAME_BASE64_MAX), // base64; whoever opens it checks it against size and sha256
    width: side(),
    height: side(),
    taken_at: isoTimeText(),
    sha256: sha256Hex(), // of the JPEG
    size: z.int().min(1).max(FRAME_BYTES_MAX),
    burned_in: z.boolean(), // operator, session and time stand in the picture itself
  }),
  timeoutMs: 20_000,
  resultBytesMax: FRAME_BASE64_MAX + 4_096,
  names: 'camera',
  example: { camera: 'cam_3' },
});
