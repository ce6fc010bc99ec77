import { toHex, utf8 } from '@argus/kit/bytes.ts';
import type { Clock } from '@argus/kit/clock.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { leafHash } from '@argus/ledger/hash.ts';
import type { NodeId } from '@argus/protocol/ids.ts';
import { parseLeaf } from '@argus/protocol/leaf.ts';
import type { LogStore } from '../ports.ts';
import type { Ledger } from './ledger.ts';

/**
 * After a crash: every intent of an earlier life of this node that has no outcome gets the only honest one. A life in which
 * one could not be written must not open a session, since the next one looks no further back than to that (openIntents).
 */
export async function recoverOpenIntents(
  deps: { readonly log: Pick<LogStore, 'openIntents'>; readonly ledger: Pick<Ledger, 'append'>; readonly clock: Clock },
  node: NodeId,
  epoch: number,
): Promise<number> {
  let recovered = 0;
  for (const { bytes } of await deps.log.openIntents(node, epoch)) {
    const leaf = parseLeaf(bytes);
    if (!leaf.ok) throw new Error(`an intent in the log cannot be read: ${leaf.error}`);
    const { type, tenant, agent, session, operator, request_id: requestId, command, reason } = leaf.value;
    const written = await deps.ledger.append({
      at: deps.clock.now(),
      type,
      phase: 'outcome',
      tenant: tenant ?? null,
      ...(agent && { agent }),
      ...(session && { session }),
      ...(requestId && { requestId }),
      ...(command && { command }),
      operator: operator ?? 'unauthenticated',
      by: 'server',
      reason: reason ?? '(no reason)',
      outcome: 'unknown',
      code: 'server_shutdown',
      answer: { intentSha256: toHex(leafHash(sha256, utf8(bytes))) },
    });
    if (written.ok) recovered++;
    else if (written.error.code === 'audit_unavailable') throw new Error('What an earlier start left open could not be written to the log. Look at the database, then start again.');
  }
  return recovered;
}
