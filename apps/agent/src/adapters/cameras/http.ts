/**
 * A camera that answers HTTP, with one JPEG or with one after the other. Whatever it says of itself (type, length,
 * boundary) is not relied on; a redirect is not followed, since only the owner says where a camera is.
 */
import { err, type Result } from '@argus/kit/result.ts';
import { FRAME_BYTES_MAX } from '@argus/protocol/commands/view-camera.ts';
import { createJpegReader, type Jpeg } from '../../picture/read-jpeg.ts';

/** Boundary and headers before the first picture of a stream. */
const LEAD_MAX = 16_384;

export type HttpCamera = { readonly kind: 'http_jpeg' | 'http_mjpeg'; readonly url: string };

export async function httpFrame({ kind, url }: HttpCamera, signal: AbortSignal): Promise<Result<Jpeg, string>> {
  const { address, authorization } = withoutUser(url);
  const headers = { accept: kind === 'http_jpeg' ? 'image/jpeg' : 'multipart/x-mixed-replace, image/jpeg', 'user-agent': 'argus-agent', ...(authorization !== null && { authorization }) };
  try {
    const answer = await fetch(address, { headers, redirect: 'manual', signal });
    const refusal = refusalOf(answer.status);
    if (refusal === null) return await firstPicture(answer.body, kind === 'http_jpeg' ? 0 : LEAD_MAX);
    await answer.body?.cancel();
    return err(refusal);
  } catch (problem) {
    return err(`It cannot be reached, or broke off (${codeOf(problem)})`);
  }
}

/** A user in the address goes into a header: no library may write it anywhere else. */
function withoutUser(text: string): { readonly address: string; readonly authorization: string | null } {
  const url = new URL(text);
  const { username, password } = url;
  url.username = '';
  url.password = '';
  url.hash = '';
  const isNamed = username !== '' || password !== '';
  return { address: url.href, authorization: isNamed ? `Basic ${Buffer.from(`${plain(username)}:${plain(password)}`).toString('base64')}` : null };
}

const plain = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a lone percent sign is meant as it stands
  }
};

function refusalOf(status: number): string | null {
  if (status === 200) return null;
  if (status >= 300 && status < 400) return `It answered ${status} and points elsewhere, where nobody follows; the address in the trust file has to be the right one`;
  if (status === 401 || status === 403) return `It answered ${status}: the user name or password in the trust file is not one it takes; digest sign-in is not supported`;
  return `It answered ${status} instead of a picture`;
}

async function firstPicture(body: ReadableStream<Uint8Array> | null, leadMax: number): Promise<Result<Jpeg, string>> {
  if (!body) return err('It answered without a picture');
  const found = createJpegReader({ bytesMax: FRAME_BYTES_MAX, leadMax });
  const reader = body.getReader();
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      const step = found.push(read.value);
      if (step) return step;
    }
    return err('The picture ends in the middle');
  } finally {
    reader.cancel().catch(() => undefined); // closes the connection: what follows is not read
  }
}

/** A word of Node.js, such as ECONNREFUSED. Its sentences may quote the address. */
function codeOf(problem: unknown): string {
  const cause = problem instanceof Error ? (problem.cause ?? problem) : null;
  const code = cause !== null && typeof cause === 'object' && 'code' in cause ? cause.code : null;
  return typeof code === 'string' && /^[A-Z0-9_]{1,40}$/.test(code) ? code : 'no reason given';
}
