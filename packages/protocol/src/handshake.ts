import { err, ok, type Result } from '@argus/kit/result.ts';
import { z } from 'zod';
import { deny, type Denial } from './errors.ts';
import { id } from './ids.ts';
import { agentText, base64Of32, isoTimeText } from './text.ts';

/**
 * How an agent and the server prove to each other, in one round trip, that both hold the passkey.
 * Every field is under the MAC; `|` joins them, so no field may contain it.
 */
export const HANDSHAKE_VERSION = 1;
export const SKEW_MS = 30_000;
/** A nonce is remembered until its timestamp can no longer be accepted by a clock at either edge of the skew. */
export const NONCE_KEEP_MS = 2 * SKEW_MS;
/** Before authentication: this long, and this many bytes in all. */
export const PREAUTH_MS = 5_000;
export const PREAUTH_BYTES = 4_096;
export const LEAST_PROTOCOL = 1;

/** ASCII that prints: it has one spelling under the MAC, and harms no terminal. */
const field = (max: number) => z.string().max(max).regex(/^[ -{}~]+$/, { error: 'must be plain ASCII without |' });
const nonce = () => z.string().regex(/^[A-Za-z0-9_-]{22,64}$/, { error: 'not 16 or more random bytes in base64url' });

export const Hello = z.object({
  type: z.literal('h1'),
  v: z.literal(HANDSHAKE_VERSION),
  agent: id('agent'),
  tenant: id('tenant'),
  nonce_a: nonce(),
  timestamp: isoTimeText(),
  protocol: z.int().min(0).max(1_000_000),
  agent_version: field(64),
  log_size: z.int().min(0),
  log_root: base64Of32(),
  mac: base64Of32(),
});
export type Hello = z.infer<typeof Hello>;

export const Welcome = z.object({
  type: z.literal('h2'),
  v: z.literal(HANDSHAKE_VERSION),
  connection: id('connection'),
  nonce_s: nonce(),
  heartbeat_s: z.int().min(1).max(3_600),
  max_frame: z.int().min(65_536),
  server_time: isoTimeText(),
  mac: base64Of32(),
});
export type Welcome = z.infer<typeof Welcome>;

/** The last frame before the socket closes with 1008. It tells an honest agent what to mend. */
export const Refusal = z.object({
  type: z.literal('refused'),
  code: agentText(64),
  server_time: isoTimeText().optional(), // clock_skew
  protocol: z.int().optional(), // UPDATE_REQUIRED: yours
  floor: z.int().optional(), //    UPDATE_REQUIRED: the least we take
  retry_after_s: z.int().min(1).max(86_400).optional(),
});
export type Refusal = z.infer<typeof Refusal>;

export const helloMacInput = (h: Omit<Hello, 'mac' | 'type'>): string =>
  ['h1', h.v, h.agent, h.tenant, h.nonce_a, h.timestamp, h.protocol, h.agent_version, h.log_size, h.log_root].join('|');

export const welcomeMacInput = (w: Omit<Welcome, 'mac' | 'type'>, nonceA: string): string =>
  ['h2', w.v, w.connection, w.nonce_s, w.heartbeat_s, w.max_frame, w.server_time, nonceA].join('|');

/** An old agent's h1 may not fit today's shape, but it can still be told to update. */
const Versioned = z.object({ type: z.literal('h1'), protocol: z.int() });

export type HelloProblem = Denial & { readonly protocol?: number };

export function parseHello(text: string): Result<Hello, HelloProblem> {
  const json = parseJson(text);
  const versioned = Versioned.safeParse(json);
  if (versioned.success && versioned.data.protocol < LEAST_PROTOCOL)
    return err({ ...deny('UPDATE_REQUIRED'), protocol: versioned.data.protocol });
  const hello = Hello.safeParse(json);
  return hello.success ? ok(hello.data) : err(deny('bad_frame', 'h1 does not fit'));
}

export function parseAnswer(text: string): Result<Welcome | Refusal, Denial> {
  const answer = z.discriminatedUnion('type', [Welcome, Refusal]).safeParse(parseJson(text));
  return answer.success ? ok(answer.data) : err(deny('bad_frame', 'answer to h1 does not fit'));
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no schema takes it
  }
}
