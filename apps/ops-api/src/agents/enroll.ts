import { toBase64 } from '@argus/kit/bytes.ts';
import { isoTime, type Clock } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import type { Random } from '@argus/keys/random.ts';
import { seal, unseal } from '@argus/keys/seal.ts';
import { newEnrollmentCode, type SecretHash } from '@argus/keys/secrets.ts';
import { verifyValue } from '@argus/keys/signature.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import type { z } from 'zod';
import type { AgentEnrolled, EnrollAgent, EnrollmentCodeCreated } from '@argus/protocol/http/shapes.ts';
import type { AgentId, InstanceId, TenantId } from '@argus/protocol/ids.ts';
import type { SignedEnrollment } from '@argus/protocol/signed.ts';
import type { Attempt } from '../audit/attempt.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { AgentStore, EnrollmentCodeRow, Log, TenantStore } from '../ports.ts';
import { recordRefusal, type RefusalDeps } from '../support/refusal.ts';
import type { Actor } from '../tenants/create.ts';

/** From a code that a person carries to the machine, to an identity key that never leaves it. */
export type EnrollDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly masterKey: Uint8Array;
  readonly secretHash: SecretHash;
  readonly instance: InstanceId;
  readonly logPublicKey: Uint8Array;
  readonly ledger: Pick<Ledger, 'append' | 'head'>;
  readonly tenants: Pick<TenantStore, 'byId'>;
  readonly agents: Pick<AgentStore, 'byId' | 'codeByHash'>;
  readonly log: Log;
  readonly floods?: RefusalDeps['floods'];
};

export const CODE_VALID_MS = 24 * 3_600_000;
/** The machine may not have heard our answer: with the same key it may ask again for this long. */
export const SAME_KEY_RETRY_MS = 10 * 60_000;
const PROOF_FRESH_MS = 10 * 60_000;

/** Why a code that was spent does not open: a tripwire knows it by these. */
const SECOND_USE = { anotherKey: 'the code was used by another key', before: 'the code was used before', justNow: 'the code was used a moment ago' } as const;
export const isSecondUse = (reason: string): boolean => Object.values<string>(SECOND_USE).includes(reason);

type CodeBody = { readonly agent_id: AgentId; readonly public_key?: string | undefined };
type FoundCode = { readonly row: EnrollmentCodeRow; readonly tenant: TenantId };

export function makeEnroll(deps: EnrollDeps) {
  async function issueCode(
    { principal, ip }: Actor,
    tenant: TenantId,
    body: CodeBody,
  ): Promise<Result<z.infer<typeof EnrollmentCodeCreated>, Denial>> {
    const at = deps.clock.now();
    if (!(await deps.tenants.byId(tenant))) return err(deny('tenant_not_found'));
    const existing = await deps.agents.byId(body.agent_id);
    // A code may be made again while no machine has used one; after that the id is spent for good.
    if (existing && (existing.tenant !== tenant || existing.keys !== null || existing.revokedAt !== null)) return err(deny('agent_exists'));
    const code = newEnrollmentCode(deps.random, deps.logPublicKey);
    const row: EnrollmentCodeRow = {
      codeHash: deps.secretHash('enrollment_code', code),
      agent: body.agent_id,
      expectedPublicKey: body.public_key ?? null,
      createdBy: principal.operator,
      createdAt: at,
      expiresAt: at + CODE_VALID_MS,
      used: null,
    };
    const written = await deps.ledger.append(
      {
        at,
        type: 'agent_enrollment_code_created',
        phase: 'fact',
        tenant,
        agent: body.agent_id,
        operator: principal.operator,
        ip,
        by: 'operator',
        reason: `enrollment code for ${body.agent_id}`,
        outcome: 'ok',
      },
      [{ do: 'issue_code', code: row, tenant }],
    );
    return written.ok ? ok({ enrollment_code: code, expires_at: isoTime(row.expiresAt) }) : written;
  }

  /** Why this code does not open for this key now; one answer for all of them goes to the caller. */
  function objection({ row }: FoundCode, body: EnrollAgent, now: number): string | null {
    if (now >= row.expiresAt) return 'the code has expired';
    if (row.expectedPublicKey !== null && row.expectedPublicKey !== body.public_key) return 'the code is for another key';
    if (row.used && row.used.byKey !== body.public_key) return SECOND_USE.anotherKey;
    if (row.used && now - row.used.at > SAME_KEY_RETRY_MS) return SECOND_USE.before;
    return null;
  }

  function isPossessionProved(body: EnrollAgent, now: number): boolean {
    const signed: SignedEnrollment = { code_sha256: sha256Hex(body.code), public_key: body.public_key, at: body.at };
    return Math.abs(now - Date.parse(body.at)) <= PROOF_FRESH_MS && verifyValue(body.public_key, 'enroll', signed, body.signature);
  }

  async function refuse(ip: string, found: FoundCode | null, why: string): Promise<Result<never, Denial>> {
    await recordRefusal(deps, {
      at: deps.clock.now(),
      type: 'agent_enrollment_refused',
      phase: 'fact',
      tenant: found?.tenant ?? null,
      ...(found && { agent: found.row.agent }),
      operator: found?.row.createdBy ?? 'unauthenticated',
      ip,
      by: 'agent',
      reason: why,
      outcome: 'refused',
      code: 'enrollment_refused',
    });
    return err(deny('enrollment_refused', why));
  }

  async function enroll(ip: string, body: EnrollAgent): Promise<Result<z.infer<typeof AgentEnrolled>, Denial>> {
    const now = deps.clock.now();
    const codeHash = deps.secretHash('enrollment_code', body.code);
    const found = await deps.agents.codeByHash(codeHash);
    if (!isPossessionProved(body, now)) return refuse(ip, found, 'the key was not proved');
    if (!found) return refuse(ip, null, 'no such code');
    const why = objection(found, body, now);
    if (why !== null) return refuse(ip, found, why);
    const { agent, createdBy } = found.row;
    const { tenant } = found;
    const purpose = { purpose: 'passkey', tenant, agent } as const;

    if (found.row.used) return repeat(found);
    const passkey = deps.random(32);
    const attempt: Attempt = {
      at: now,
      type: 'agent_enrolled',
      phase: 'fact',
      tenant,
      agent,
      operator: createdBy,
      ip,
      by: 'agent',
      reason: `machine enrolled as ${agent}`,
      args: { public_key: body.public_key, version: body.agent_version, platform: body.platform },
      outcome: 'ok',
    };
    const enrolled = {
      at: now,
      publicKey: body.public_key,
      sealedPasskey: seal(deps.masterKey, passkey, { purpose, random: deps.random }),
      version: body.agent_version,
      platform: body.platform,
    };
    const written = await deps.ledger.append(attempt, [{ do: 'enroll_agent', codeHash, agent, enrolled }]);
    if (!written.ok) return written.error.code === 'enrollment_refused' ? lateFor(ip, body, found) : written;
    return ok(answer(found, passkey, written.value.checkpoint));
  }

  /** Somebody was faster. If it was the same machine, asking twice at once, both hear the same. */
  async function lateFor(ip: string, body: EnrollAgent, found: FoundCode): Promise<Result<z.infer<typeof AgentEnrolled>, Denial>> {
    const again = await deps.agents.codeByHash(found.row.codeHash);
    return again?.row.used?.byKey === body.public_key ? repeat(again) : refuse(ip, found, SECOND_USE.justNow);
  }

  /** The same key asks again: the same passkey, and no second enrollment. */
  async function repeat(found: FoundCode): Promise<Result<z.infer<typeof AgentEnrolled>, Denial>> {
    const agent = await deps.agents.byId(found.row.agent);
    const sealed = agent?.keys?.sealedPasskey;
    const passkey = sealed && unseal(deps.masterKey, sealed, { purpose: 'passkey', tenant: found.tenant, agent: found.row.agent });
    if (!passkey || agent.revokedAt !== null) return err(deny('enrollment_refused', 'the agent is revoked or its passkey does not open'));
    return ok(answer(found, passkey, (await deps.ledger.head(found.tenant)).note));
  }

  const answer = ({ row, tenant }: FoundCode, passkey: Uint8Array, checkpoint: string) => ({
    instance: deps.instance,
    tenant_id: tenant,
    agent_id: row.agent,
    passkey: toBase64(passkey),
    log_public_key: toBase64(deps.logPublicKey),
    checkpoint,
  });

  return { issueCode, enroll };
}
