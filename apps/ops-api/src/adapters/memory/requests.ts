import type { LogRow, RequestStore } from '../../ports.ts';

type Tree = { readonly rows: readonly LogRow[]; readonly checkpoints: ReadonlyMap<number, string> };

export const memoryRequests = (trees: () => readonly Tree[]): RequestStore => ({
  async recorded(agent, requests) {
    return trees().flatMap(({ rows, checkpoints }) =>
      requests.flatMap((requestId) => {
        const said = rows.filter(({ audit }) => audit.agent_id === agent && audit.request_id === requestId);
        const intent = said.find(({ audit }) => audit.phase === 'intent');
        const outcome = said.find(({ audit }) => audit.phase === 'outcome');
        const size = [...checkpoints.keys()].filter((n) => outcome && n > outcome.seq).toSorted((a, b) => a - b)[0];
        if (!intent) return [];
        return {
          requestId,
          intent: { seq: intent.seq, bytes: intent.bytes, salt: intent.salt },
          outcome: outcome ? { seq: outcome.seq, bytes: outcome.bytes, checkpoint: checkpoints.get(size ?? -1) ?? '' } : null,
          isLateKnown: said.some(({ audit }) => audit.action === 'remote_support_late_outcome'),
        };
      }),
    );
  },
});
