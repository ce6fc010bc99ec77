/** What a page sends to open a session: made anew for each try, and where the tenant's consent asks for it, signed by a passkey of whoever sits here. */
import type { ActivateBody } from '@argus/client/requests.ts';
import { listPasskeys } from '@argus/client/passkeys.ts';
import { isoTime } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import type { PasskeyView } from '@argus/protocol/http/passkeys.ts';
import type { AgentView, TenantShown } from '@argus/protocol/http/shapes.ts';
import { proofText, type ProvedActivation } from '@argus/protocol/operator-proof.ts';
import { now } from '../adapters/clock.ts';
import { newNonce } from '../adapters/nonce.ts';
import { challengeOf, usePasskey } from '../adapters/passkey.ts';
import type { Trouble } from '../ui/problem.tsx';
import { call } from './call.ts';

export type Wanted = { readonly agent: AgentView; readonly operator: string; readonly reason: string; readonly minutes: number };

export const activationOf = ({ agent, reason, minutes }: Wanted): ActivateBody => ({ tenant_id: agent.tenant_id, reason, minutes, nonce: newNonce(), timestamp: isoTime(now()) });

/** One touch over this very activation and no other: its challenge is the hash of all that the machine will act on. */
export async function provedActivation(wanted: Wanted, { instance }: Pick<TenantShown, 'instance'>): Promise<Result<ActivateBody, Trouble>> {
  const mine = await call(listPasskeys());
  if (!mine.ok) return mine;
  const site = mine.value.passkeys.map(rpIdOf).find((id) => id !== null);
  if (!site) return err('The tenant’s consent names the keys of operators, and you have no passkey. Make one on your profile, and have the tenant name it.');
  const { agent, operator, reason, minutes } = wanted;
  const body = activationOf(wanted);
  const asked: ProvedActivation = { instance, tenant: agent.tenant_id, agent: agent.id, operator, reason, minutes };
  const challenge = await challengeOf(proofText(asked, body));
  const used = await usePasskey({ challenge, rp_id: site, allow: mine.value.passkeys.map((key) => key.credential_id) });
  if (!used.ok) return used;
  const { credential_id: credential, ...signed } = used.value;
  const key = mine.value.passkeys.find((one) => one.credential_id === credential);
  if (!key) return err('That passkey is none of yours.');
  return ok({ ...body, operator_proof: { kind: 'passkey', public_key: key.operator_key.public_key, nonce: body.nonce, timestamp: body.timestamp, ...signed } });
}

const rpIdOf = ({ operator_key: key }: PasskeyView): string | null => (key.kind === 'passkey' ? key.rp_id : null);
