/** What the checker is asked, and what it says meanwhile and in the end. Plain data: it crosses to another thread and back. */
import type { ClientProblem } from '@argus/client/problem.ts';
import type { Replay } from '@argus/client/log-requests.ts';
import type { Checked } from '@argus/evidence/check-log.ts';
import type { Verdict } from '@argus/evidence/report.ts';
import type { SupportAuditView } from '@argus/protocol/http/audit.ts';
import type { TenantId } from '@argus/protocol/ids.ts';
import type { Leaf } from '@argus/protocol/leaf.ts';
import type { TrustFile } from '@argus/protocol/trust.ts';

export type Question =
  /** All of a tenant's log; against what a machine of theirs has seen, where there is a trust file. */
  | { readonly kind: 'log'; readonly tenant: TenantId; readonly trust: TrustFile | null }
  /** One entry under the newest checkpoint; and does the row that is shown say what the entry says? */
  | { readonly kind: 'entry'; readonly tenant: TenantId; readonly index: number; readonly row: SupportAuditView | null }
  /** The steps of a session as they are shown, each under the one checkpoint. */
  | { readonly kind: 'session'; readonly replay: Replay };

export type Proof = {
  readonly verdict: Verdict;
  readonly checked: Checked;
  /** Who signed, as the server says; with a trust file, as that says. */
  readonly keys: readonly string[];
  readonly at: number;
  /** Entries that are not the ones the checkpoint was signed over, where that can be told. */
  readonly changed: readonly number[];
  /** What is shown and not what the log says: its name in the row, or the entry of a step. */
  readonly differs: readonly string[];
  /** Of one entry: what it says. */
  readonly entry?: { readonly index: number; readonly text: string; readonly leaf: Leaf | null };
};

export type Word = { readonly kind: 'seen'; readonly seen: number; readonly of: number } | { readonly kind: 'proof'; readonly proof: Proof } | { readonly kind: 'problem'; readonly problem: ClientProblem } | { readonly kind: 'unable' } | { readonly kind: 'broke' };
