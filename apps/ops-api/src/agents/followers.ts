import type { Clock } from '@argus/kit/clock.ts';
import type { UpFrame } from '@argus/protocol/frames.ts';
import type { AgentId, InstanceId, TenantId } from '@argus/protocol/ids.ts';
import { checkCosignature, type Cosignature, type CosignatureStore } from '../ledger/cosignature.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Log, LogStore } from '../ports.ts';
import type { Link, LinkIdentity } from './link.ts';
import { createPace } from './pace.ts';

/**
 * Every machine follows the whole log of its tenant, also while nothing is done on it: now and then each is shown what the
 * log has grown to, and cosigns it. Paced, so that ten thousand machines of one tenant cost next to nothing; machines that
 * stand at the same place share one proof; a log that has not grown costs a comparison.
 */
export type FollowersDeps = {
  readonly clock: Clock;
  readonly instance: InstanceId;
  readonly ledger: Pick<Ledger, 'head' | 'consistency' | 'keyChanges'>;
  readonly leaves: Pick<LogStore, 'checkpoint'>;
  readonly cosignatures: CosignatureStore;
  readonly line: (agent: AgentId) => Link | null;
  readonly onFork: (who: LinkIdentity) => void;
  readonly log: Log;
};

/** A head is looked up once for all machines of a tenant, and the proofs towards it are kept as long. */
export const HEAD_FOR_MS = 60_000;
/** A machine that knows nothing of this leaves questions unanswered, and is not asked any more. */
const UNANSWERED_MAX = 2;
/** Once a day the database thins out what is old. */
const KEEP_EVERY_MS = 86_400_000;
export const RESULTS = ['taken', 'refused', 'fork', 'unasked', 'unstored'] as const;

type Head = { readonly size: number; readonly note: string; readonly proofs: Map<number, Promise<readonly string[]>> };
type Follower = { cosigned: number | null; asked: { readonly size: number; readonly note: string; readonly from: number } | null; unanswered: number };
type Heartbeat = Extract<UpFrame, { type: 'heartbeat' }>;

export function createFollowers(deps: FollowersDeps) {
  const { clock, ledger, log } = deps;
  const followers = new Map<AgentId, Follower>();
  const heads = new Map<TenantId, { readonly at: number; readonly head: Promise<Head> }>();
  const sizes = new Map<TenantId, number>(); // of the last heads that were looked up
  const counts = { asked: 0, proofs: 0, heads: 0, results: Object.fromEntries(RESULTS.map((name) => [name, 0])) as Record<(typeof RESULTS)[number], number> };
  let waiting: Cosignature[] = [];
  let cancelKeep = () => {};

  async function lookUp(tenant: TenantId): Promise<Head> {
    counts.heads++;
    const { size, note } = await ledger.head(tenant);
    sizes.set(tenant, size);
    return { size, note, proofs: new Map() };
  }

  function lookAgain(tenant: TenantId): Promise<Head> {
    const head = lookUp(tenant);
    heads.set(tenant, { at: clock.elapsed(), head });
    head.catch(() => heads.delete(tenant));
    return head;
  }

  /** Acts have led some machines further than the last look: at least so large, or as large as it is at this very moment. */
  async function headOf(tenant: TenantId, least: number): Promise<Head> {
    const known = heads.get(tenant);
    const head = known && clock.elapsed() - known.at < HEAD_FOR_MS ? await known.head : await lookAgain(tenant);
    return head.size >= least ? head : lookAgain(tenant);
  }

  function proofOf(tenant: TenantId, { size, proofs }: Head, from: number): Promise<readonly string[]> {
    let proof = proofs.get(from);
    if (!proof) {
      counts.proofs++;
      proof = ledger.consistency(tenant, from, size);
      proofs.set(from, proof);
      proof.catch(() => proofs.delete(from));
    }
    return proof;
  }

  async function ask(link: Link, follower: Follower): Promise<void> {
    const { tenant, agent } = link.identity;
    if (follower.asked) {
      link.standsAt(follower.asked.from); // it did not follow, for all we know: what comes next is proved from where it was
      follower.asked = null;
      follower.unanswered++;
    }
    if (follower.unanswered >= UNANSWERED_MAX) return;
    follower.cosigned ??= (await deps.cosignatures.newestSize(agent)) ?? 0;
    const witnessed = link.witnessed();
    const head = await headOf(tenant, witnessed);
    if (head.size === 0 || (head.size === follower.cosigned && witnessed <= head.size)) return;
    await link.follow(head, {
      isShorter: head.size < witnessed, // looked up after the machine had come that far
      proofFrom: (from) => proofOf(tenant, head, from),
      keyChanges: (from) => ledger.keyChanges(tenant, from),
      asking(from) {
        counts.asked++;
        follower.asked = { size: head.size, note: head.note, from };
      },
    });
  }

  function turn(member: string): boolean {
    const agent = member as AgentId; // only agents join
    const link = deps.line(agent);
    const follower = followers.get(agent);
    if (!link || !follower) {
      followers.delete(agent);
      return false;
    }
    ask(link, follower).catch((problem: unknown) => log('warn', 'log_not_shown', { agent, problem: String(problem) }));
    return true;
  }

  async function take(identity: LinkIdentity, follower: Follower, cosigned: NonNullable<Heartbeat['cosignature']>): Promise<void> {
    const { agent, tenant, publicKey } = identity;
    const { asked } = follower;
    if (!asked) return void counts.results.unasked++; // one answer to each question, so that nobody can fill the store
    follower.asked = null;
    const signedAt = async (size: number) => (size === asked.size ? asked.note : deps.leaves.checkpoint(tenant, size));
    const checked = await checkCosignature({ instance: deps.instance, tenant, agent, publicKey }, cosigned, { now: clock.now(), signedAt });
    if (checked.ok) return void waiting.push(checked.value);
    counts.results[checked.error.isFork ? 'fork' : 'refused']++;
    log(checked.error.isFork ? 'error' : 'warn', 'cosignature_refused', { agent, why: checked.error.why });
    if (checked.error.isFork) deps.onFork(identity);
  }

  /** Whatever came within a second goes to the store together. */
  async function write(): Promise<void> {
    if (waiting.length === 0) return;
    const batch = waiting;
    waiting = [];
    try {
      await deps.cosignatures.add(batch);
    } catch (problem) {
      counts.results.unstored += batch.length; // each machine is asked again when its turn comes
      return log('warn', 'cosignatures_not_stored', { count: batch.length, problem: String(problem) });
    }
    counts.results.taken += batch.length;
    for (const { agent, size } of batch) {
      const follower = followers.get(agent);
      if (follower) follower.cosigned = Math.max(follower.cosigned ?? 0, size);
    }
  }

  const pace = createPace({ clock, turn, ticked: () => void write() });

  function keep(): void {
    cancelKeep = clock.after(KEEP_EVERY_MS, keep);
    deps.cosignatures.keep().catch((problem: unknown) => log('warn', 'cosignatures_not_thinned', { problem: String(problem) }));
  }

  return {
    arrived({ identity: { agent } }: Link): void {
      const known = followers.get(agent);
      if (known) known.asked = null; // it was asked on another line
      else followers.set(agent, { cosigned: null, asked: null, unanswered: 0 });
      pace.join(agent);
    },
    heard(link: Link, { cosignature, followed }: Heartbeat): void {
      const { identity } = link;
      const follower = followers.get(identity.agent);
      if (!follower) return;
      if (followed !== undefined || cosignature) follower.unanswered = 0;
      if (followed !== undefined) {
        follower.asked = null;
        link.standsAt(followed);
      }
      if (cosignature) take(identity, follower, cosignature).catch((problem: unknown) => log('warn', 'cosignature_not_checked', { agent: identity.agent, problem: String(problem) }));
    },
    counts: () => counts,
    /** How far the machines that are connected have cosigned, beside how far their logs went at the last look. */
    reached() {
      const reached = { current: 0, behind: 0, unknown: 0, furthest: 0 };
      for (const [agent, { cosigned }] of followers) {
        const tenant = deps.line(agent)?.identity.tenant;
        const size = tenant && sizes.get(tenant);
        if (tenant === undefined) continue;
        if (size === undefined || cosigned === null) reached.unknown++;
        else {
          reached[cosigned >= size ? 'current' : 'behind']++;
          reached.furthest = Math.max(reached.furthest, size - cosigned);
        }
      }
      return reached;
    },
    begin(): void {
      pace.begin();
      keep();
    },
    async close(): Promise<void> {
      pace.close();
      cancelKeep();
      await write();
    },
  };
}
export type Followers = ReturnType<typeof createFollowers>;
