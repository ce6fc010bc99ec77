import { err, ok, type Result } from '@argus/kit/result.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { deny, denyWith, type Denial } from '@argus/protocol/errors.ts';
import { REPLAY_STEPS_MAX, type ReplayQuery, type SessionReplay } from '@argus/protocol/http/evidence.ts';
import type { SessionId, TenantId } from '@argus/protocol/ids.ts';
import { replay } from '@argus/protocol/replay.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { maySee } from '../people/principal.ts';
import type { LogStore, SessionStore } from '../ports.ts';
import type { Actor } from '../tenants/create.ts';
import type { LogKeyRing } from '../ledger/key-ring.ts';
import { Damaged, proofsOf } from './proofs.ts';
import { rotationsOf } from './rotations.ts';
import type { EvidenceStore } from './store.ts';

export type ReplayDeps = {
  readonly ledger: Pick<Ledger, 'head'>;
  readonly leaves: Pick<LogStore, 'checkpoint'>;
  readonly evidence: Pick<EvidenceStore, 'stepsOf' | 'leavesAt' | 'hashes' | 'enrollmentOf'>;
  readonly ring: LogKeyRing;
  readonly sessions: Pick<SessionStore, 'byId'>;
};

/** What was done in a session, from the log alone, each step with what it takes to check it without us. */
export function makeReplay({ ledger, leaves, evidence, sessions, ring }: ReplayDeps) {
  /** One checkpoint for all pages, if the reader names the one they began with. */
  async function under(tenant: TenantId, size: number | undefined): Promise<{ readonly size: number; readonly note: string } | null> {
    const head = await ledger.head(tenant);
    if (size === undefined || size === head.size) return head;
    const note = size < head.size ? await leaves.checkpoint(tenant, size) : null;
    return note === null ? null : { size, note };
  }

  return {
    async replay({ principal }: Actor, id: SessionId, query: ReplayQuery): Promise<Result<SessionReplay, Denial>> {
      const session = await sessions.byId(id);
      if (!session || !maySee(principal, session.tenant)) return err(deny('session_not_found'));
      const { tenant, agent } = session;
      const head = await under(tenant, query.size);
      if (!head) return err(denyWith('bad_request', { problems: ['size: there is no checkpoint of this size; take the one of an earlier answer'] }));
      const found = await evidence.stepsOf(tenant, id, { from: query.from ?? 0, below: head.size, limit: REPLAY_STEPS_MAX + 1 });
      const page = found.slice(0, REPLAY_STEPS_MAX);
      const enrolledAt = (await evidence.enrollmentOf(tenant, agent))?.index ?? head.size;
      const ofSteps = new Set(page.flatMap(({ index, answers }) => [index, ...answers]));
      const indexes = [...ofSteps, ...(enrolledAt < head.size ? [enrolledAt] : [])].toSorted((a, b) => a - b);
      const rows = await evidence.leavesAt(tenant, indexes);
      const steps = rows.length === indexes.length ? replay(rows.filter(({ seq }) => ofSteps.has(seq)).map(({ seq, bytes }) => ({ index: seq, leaf: bytes })), sha256) : err('an entry is missing');
      if (!steps.ok) return err(deny('log_damaged', steps.error));
      try {
        const rotations = await rotationsOf({ evidence, ring, tree: tenant, size: head.size });
        const proofs = await proofsOf(evidence, tenant).inclusions(indexes, head.size);
        const proved = new Map(rows.map(({ seq, bytes }, i) => [seq, { index: seq, leaf: bytes, inclusion: [...(proofs[i] ?? [])] }]));
        const withProofs = steps.value.map((step) => ({ ...step, proofs: [step.index, step.answer?.index, step.late?.index].flatMap((index) => proved.get(index ?? -1) ?? []) }));
        return ok({
          session_id: id, tenant_id: tenant, agent_id: agent, size: head.size, checkpoint: head.note,
          // Of a fact the answer is the entry itself.
          steps: withProofs.map((step) => ({ ...step, proofs: [...new Set(step.proofs)] })),
          next: found[REPLAY_STEPS_MAX]?.index ?? null,
          log_keys: ring.keysOf(tenant).keys.map(({ key }) => key), ...(rotations.length > 0 && { rotations: [...rotations] }), enrolled: proved.get(enrolledAt) ?? null,
        });
      } catch (problem) {
        if (problem instanceof Damaged) return err(deny('log_damaged', problem.message));
        throw problem;
      }
    },
  };
}
