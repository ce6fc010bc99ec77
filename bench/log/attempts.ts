/**
 * What fills the log: refused commands with everything an entry can carry but a signature, since those nobody has to wait
 * for, and any number can be appended at once. What checking a signature costs a verifier is measured apart.
 */
import { signingKeyOf } from '@argus/keys/ed25519.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import type { Attempt } from '@argus/ops-api/audit/attempt.ts';
import { mustId, type TenantId } from '@argus/protocol/ids.ts';

export const MACHINE = { agent: mustId('agent', 'agent_bench_01'), key: signingKeyOf(new Uint8Array(32).fill(9)) };
const SESSION = mustId('session', `rss_${'b'.repeat(20)}`);

export function* attempts(tenant: TenantId, count: number): Generator<Attempt> {
  const at = Date.now();
  const base = { at, tenant, agent: MACHINE.agent, operator: 'ana@argus.example', by: 'operator', reason: 'investigate alert', gatesPassed: ['network', 'credential', 'enabled', 'session'], ip: '127.0.0.1' } as const;
  yield { ...base, type: 'agent_enrolled', phase: 'fact', outcome: 'ok', args: { public_key: MACHINE.key.publicKeyText } };
  for (let n = 1; n < count; n++)
    yield { ...base, type: 'remote_support_command', phase: 'fact', outcome: 'refused', code: 'session_expired', session: SESSION, command: 'tail_log', args: { file: { sha256: sha256Hex(String(n)) }, lines: n % 5_000 } };
}
