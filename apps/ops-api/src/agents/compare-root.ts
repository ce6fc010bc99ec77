/**
 * A machine says in its h1, under its passkey, how far it has followed the log and with which root. Where that is not our log,
 * somebody has to look: the machine will find out by itself, and act on nothing, but only when it is shown something.
 */
import { fromBase64, sameBytes } from '@argus/kit/bytes.ts';
import type { TenantId } from '@argus/protocol/ids.ts';
import { rootAt } from '../audit/kept.ts';
import type { EvidenceStore } from '../evidence/store.ts';
import type { LogStore, Log } from '../ports.ts';
import type { LinkIdentity } from './link.ts';

type Deps = {
  readonly evidence: Pick<EvidenceStore, 'hashes'>;
  readonly leaves: Pick<LogStore, 'head'>;
  readonly onAlarm: (who: LinkIdentity, alarm: 'log_forked' | 'log_shorter') => void;
  readonly log: Log;
};
/** Machines come back by the thousand after a restart, and most of them stand at the same place. */
const KEPT = 256;

export function makeCompareRoot({ evidence, leaves, onAlarm, log }: Deps) {
  const roots = new Map<string, Promise<Uint8Array | null>>();

  /** Null: the log does not reach that far. */
  async function ourRoot(tenant: TenantId, size: number): Promise<Uint8Array | null> {
    const head = await leaves.head(tenant);
    return size > (head?.size ?? 0) ? null : rootAt(evidence, tenant, size);
  }
  function known(tenant: TenantId, size: number): Promise<Uint8Array | null> {
    const place = `${tenant} ${size}`;
    let root = roots.get(place);
    if (!root) {
      if (roots.size >= KEPT) roots.clear();
      roots.set(place, (root = ourRoot(tenant, size)));
      // What is not there may come; what could not be read may be read the next time.
      root.then((found) => found ?? roots.delete(place)).catch(() => roots.delete(place));
    }
    return root;
  }

  async function compare(who: LinkIdentity, size: number, said: string): Promise<void> {
    const ours = await known(who.tenant, size);
    if (ours && sameBytes(ours, fromBase64(said) ?? new Uint8Array())) return;
    const alarm = ours ? 'log_forked' : 'log_shorter';
    log('error', 'machine_followed_another_log', { agent: who.agent, tenant: who.tenant, size, alarm });
    onAlarm(who, alarm);
  }

  /** Nobody waits for it. */
  return (who: LinkIdentity, { log_size: size, log_root: said }: { readonly log_size: number; readonly log_root: string }): void => {
    if (size > 0) compare(who, size, said).catch((problem: unknown) => log('warn', 'root_not_compared', { agent: who.agent, problem: String(problem) }));
  };
}
