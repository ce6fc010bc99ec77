import { z } from 'zod';
import { id } from './ids.ts';
import { base64Of32 } from './text.ts';

/**
 * What an agent trusts, on its own machine, owner-only: no command reads it and no patch reaches it.
 * Its export, with the last two fields filled in, is what the tenant checks the log against.
 */
const camera = { id: id('camera'), name: z.string().min(1).max(128) };
/** May carry credentials: it is read from the trust file and shown nowhere. */
const cameraUrl = (...schemes: readonly string[]) =>
  z
    .string()
    .max(2_048)
    .refine((text) => hasScheme(text, schemes), { error: `not an address that begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}` });
function hasScheme(text: string, schemes: readonly string[]): boolean {
  const url = URL.parse(text);
  return url !== null && schemes.includes(url.protocol) && url.hostname !== '';
}

export const CameraConfig = z.discriminatedUnion('kind', [
  z.strictObject({ ...camera, kind: z.literal('test_pattern') }),
  z.strictObject({ ...camera, kind: z.literal('http_jpeg'), url: cameraUrl('http:', 'https:') }),
  z.strictObject({ ...camera, kind: z.literal('http_mjpeg'), url: cameraUrl('http:', 'https:') }),
  z.strictObject({ ...camera, kind: z.literal('rtsp'), url: cameraUrl('rtsp:') }),
]);
export type CameraConfig = z.infer<typeof CameraConfig>;

export const CameraList = z
  .array(CameraConfig)
  .max(256)
  .refine((cameras) => new Set(cameras.map((one) => one.id)).size === cameras.length, { error: 'names a camera twice' });

/** For the export: where a camera is, without the path, the query and the user that let one in. */
export const withoutCredentials = (one: CameraConfig): CameraConfig => {
  if (one.kind === 'test_pattern') return one;
  const { protocol, host } = new URL(one.url);
  return { ...one, url: `${protocol}//${host}/` };
};

export const TrustFile = z.object({
  v: z.literal(1),
  server_url: z.url(),
  instance: id('instance'),
  tenant: id('tenant'),
  agent: id('agent'),
  log_keys: z.array(base64Of32()).min(1).max(8), // oldest first
  log_key_sizes: z.array(z.int().min(0)).max(8).optional(), // beside them: each signs checkpoints over more entries than this
  agent_public_key: base64Of32(),
  consent_key: base64Of32().optional(),
  patch: z.object({
    keys: z.array(z.object({ key_id: z.string().max(64), public_key: base64Of32() })).max(16),
    threshold: z.int().min(1).max(16),
  }),
  cameras: CameraList,
  install_root: z.string().min(1).max(4_096),
  indicator: z.object({ required: z.literal(true) }), // there is no other policy
  last_checkpoint: z.string().max(4_096).optional(), // a signed note
  highest_consent_serial: z.int().min(0).optional(),
  highest_acted_leaf: z.int().min(0).optional(),
});
export type TrustFile = z.infer<typeof TrustFile>;
