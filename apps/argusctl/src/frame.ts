/** A frame as it came, opened: the bytes are the ones the machine named, or there are none. */
import type { Json } from '@argus/kit/canonical-json.ts';
import type { ResultOf } from '@argus/protocol/commands/index.ts';
import { viewCamera } from '@argus/protocol/commands/view-camera.ts';

export type Frame = { readonly bytes: Uint8Array; readonly said: Omit<ResultOf<'view_camera'>, 'jpeg'> };

export async function openFrame(result: Json): Promise<Frame | null> {
  const frame = viewCamera.parseResult(result);
  if (!frame.ok) return null;
  const { jpeg, ...said } = frame.value;
  const bytes = Uint8Array.from(Buffer.from(jpeg, 'base64'));
  const digest = Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex');
  const isJpeg = bytes[0] === 0xff && bytes[1] === 0xd8;
  return isJpeg && bytes.length === said.size && digest === said.sha256 ? { bytes, said } : null;
}
