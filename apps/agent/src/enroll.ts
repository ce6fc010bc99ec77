import { fromBase64 } from '@argus/kit/bytes.ts';
import { isoTime, type Clock } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import type { SigningKey } from '@argus/keys/ed25519.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import { codeNamesLogKey } from '@argus/keys/secrets.ts';
import { signValue } from '@argus/keys/signature.ts';
import { AgentEnrolled } from '@argus/protocol/http/agent-enrolled.ts';
import type { EnrollAgent } from '@argus/protocol/http/shapes.ts';
import type { EnrollmentCode } from '@argus/protocol/ids.ts';
import type { SignedEnrollment } from '@argus/protocol/signed.ts';
import { cleanText } from '@argus/protocol/text.ts';
import type { CameraConfig, TrustFile } from '@argus/protocol/trust.ts';
import type { Followed, Machine } from './ports.ts';
import { firstFollowed } from './witness.ts';

export type EnrollAsk = {
  readonly code: EnrollmentCode;
  readonly serverUrl: string;
  readonly installRoot: string;
  readonly cameras: readonly CameraConfig[];
  /** From a file on this machine, never from the server. Absent: no patch is ever applied here. */
  readonly patch?: TrustFile['patch'];
  /** The same: from a file on this machine. */
  readonly consentKey?: string | undefined;
};
export type Enrollment = { readonly trust: TrustFile; readonly passkey: Uint8Array; readonly followed: Followed };

/** Exchanges a code for the passkey, and pins what this machine will believe from now on. */
export async function enroll(
  deps: {
    readonly clock: Clock;
    readonly identity: SigningKey;
    readonly machine: Machine;
    readonly post: (path: string, body: EnrollAgent) => Promise<{ readonly status: number; readonly body: unknown }>;
  },
  ask: EnrollAsk,
): Promise<Result<Enrollment, string>> {
  const at = isoTime(deps.clock.now());
  const signed: SignedEnrollment = { code_sha256: sha256Hex(ask.code), public_key: deps.identity.publicKeyText, at };
  const answer = await deps.post('/v1/agents/enroll', {
    code: ask.code,
    public_key: deps.identity.publicKeyText,
    at,
    signature: signValue(deps.identity, 'enroll', signed),
    agent_version: deps.machine.version,
    platform: deps.machine.platform,
  });
  if (answer.status !== 201) return err(`The server refused the enrollment (${answer.status}): ${hintOf(answer.body)}`);
  const enrolled = AgentEnrolled.safeParse(answer.body);
  if (!enrolled.success) return err('The answer of the server cannot be read. Is this the address of an ops API?');

  const { instance, tenant_id, agent_id, passkey, log_public_key, checkpoint } = enrolled.data;
  const [logKey, secret] = [fromBase64(log_public_key), fromBase64(passkey)];
  if (!logKey || !secret || !codeNamesLogKey(ask.code, logKey))
    return err('The server showed another log key than the one your code names. Do not use this server; ask whoever gave you the code.');
  const trust: TrustFile = {
    v: 1,
    server_url: ask.serverUrl,
    instance,
    tenant: tenant_id,
    agent: agent_id,
    log_keys: [log_public_key],
    agent_public_key: deps.identity.publicKeyText,
    ...(ask.consentKey !== undefined && { consent_key: ask.consentKey }),
    patch: ask.patch ?? { keys: [], threshold: 1 },
    cameras: [...ask.cameras],
    install_root: ask.installRoot,
    indicator: { required: true },
  };
  const followed = firstFollowed(trust, checkpoint);
  return followed ? ok({ trust, passkey: secret, followed }) : err('The checkpoint that came with the enrollment is not signed by the log key.');
}

function hintOf(body: unknown): string {
  const { title, hint } = (body ?? {}) as { title?: unknown; hint?: unknown }; // anything may have answered
  return typeof title === 'string' && typeof hint === 'string' ? cleanText(`${title}. ${hint}`, 500) : 'no reason was given.';
}
