import type { RequestId } from '@argus/protocol/ids.ts';
import type { Pool } from 'pg';
import type { RecordedRequest, RequestStore } from '../../ports.ts';

/** Found by the indexes that make a request unique; asked only when an id comes again or an answer comes late. */
const RECORDED = `
SELECT i.request_id, il.seq AS intent_seq, il.bytes AS intent_bytes, il.salt, ol.seq AS outcome_seq, ol.bytes AS outcome_bytes,
       (SELECT c.note FROM argus.log_checkpoints c WHERE c.tree = ol.tree AND c.size > ol.seq ORDER BY c.size LIMIT 1) AS checkpoint,
       EXISTS (SELECT FROM argus.remote_support_audit l
                WHERE l.agent_id = i.agent_id AND l.request_id = i.request_id AND l.action = 'remote_support_late_outcome') AS is_late_known
  FROM argus.remote_support_audit i
  JOIN argus.events ie ON ie.id = i.id
  JOIN argus.log_leaves il ON il.tree = ie.tree AND il.seq = ie.leaf_index
  LEFT JOIN argus.remote_support_audit o
         ON o.agent_id = i.agent_id AND o.request_id = i.request_id AND o.request_id IS NOT NULL AND o.phase = 'outcome'
  LEFT JOIN argus.events oe ON oe.id = o.id
  LEFT JOIN argus.log_leaves ol ON ol.tree = oe.tree AND ol.seq = oe.leaf_index
 WHERE i.agent_id = $1 AND i.request_id = ANY ($2) AND i.request_id IS NOT NULL AND i.phase = 'intent'`;

type Row = {
  request_id: RequestId; intent_seq: number; intent_bytes: string; salt: Uint8Array | null; outcome_seq: number | null;
  outcome_bytes: string | null; checkpoint: string | null; is_late_known: boolean;
};
const recordedOf = (r: Row): RecordedRequest => ({
  requestId: r.request_id,
  intent: { seq: r.intent_seq, bytes: r.intent_bytes, salt: r.salt },
  outcome: r.outcome_seq !== null && r.outcome_bytes !== null ? { seq: r.outcome_seq, bytes: r.outcome_bytes, checkpoint: r.checkpoint ?? '' } : null,
  isLateKnown: r.is_late_known,
});

export const postgresRequests = (pool: Pool): RequestStore => ({
  async recorded(agent, requests) {
    const { rows } = await pool.query<Row>(RECORDED, [agent, requests]);
    return rows.map(recordedOf);
  },
});
