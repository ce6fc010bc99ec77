import { isoTime } from '@argus/kit/clock.ts';
import { err, ok } from '@argus/kit/result.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import { deny } from '@argus/protocol/errors.ts';
import type { Handlers } from './index.ts';

/** The only way to a picture: a camera the owner named on this machine, for the operator the log names. */
export const viewCamera: Handlers['view_camera'] = async (args, { asked, cameras, framesTaken, trust }) => {
  const camera = trust.cameras.find((one) => one.id === args.camera);
  if (!camera) return err(deny('camera_not_found', `the trust file names no camera ${args.camera}`));
  if (!framesTaken.begin(asked.session)) return err(deny('rate_limited', 'a session is shown one frame per second, and one at a time'));
  try {
    const taken = await cameras.take(camera, { operator: asked.operator, session: asked.session }, asked.over);
    if (!taken.ok) return taken;
    const { jpeg, width, height, takenAt, isMarked } = taken.value;
    framesTaken.took(camera.id);
    return ok({
      jpeg: Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.length).toString('base64'),
      width,
      height,
      taken_at: isoTime(takenAt),
      sha256: sha256Hex(jpeg),
      size: jpeg.length,
      burned_in: isMarked,
    });
  } finally {
    framesTaken.end();
  }
};
