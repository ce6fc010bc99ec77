import { fromBase64, sameBytes } from '@argus/kit/bytes.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { verifyEd25519 } from '@argus/keys/ed25519.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { parseCheckpointBody } from '@argus/ledger/checkpoint.ts';
import { openCosignature } from '@argus/ledger/cosignature.ts';
import { parseNote } from '@argus/ledger/note.ts';
import type { Cosigned } from '@argus/protocol/frames.ts';
import type { AgentId, InstanceId, TenantId } from '@argus/protocol/ids.ts';
import { cosignerOf, originOf } from '@argus/protocol/origin.ts';

/** That a machine has seen a checkpoint of its tenant's log, and that it continued all it had seen before. */
export type Cosignature = {
  readonly tenant: TenantId;
  readonly agent: AgentId;
  readonly size: number;
  readonly at: number; // by the machine's clock, whole seconds
  readonly line: string; // the signature line, with its line feed
};

/** Only ever added to; what is old is thinned out by the database's own rule. */
export interface CosignatureStore {
  /** One that is known already changes nothing. */
  add(cosignatures: readonly Cosignature[]): Promise<void>;
  /** How far this machine has cosigned. */
  newestSize(agent: AgentId): Promise<number | null>;
  /** By agent, after this one: of one size, or the newest of each. */
  list(tenant: TenantId, query: { readonly size: number | null; readonly after: AgentId | null; readonly limit: number }): Promise<readonly Cosignature[]>;
  /** Lets go of what is neither the newest of its machine, nor of the last day, nor the last of a day of the last year. */
  keep(): Promise<void>;
}

/** Handshakes allow for 30 s; a line is up for days, and a clock drifts. */
export const COSIGNED_WITHIN_MS = 300_000;

type Cosigner = { readonly instance: InstanceId; readonly tenant: TenantId; readonly agent: AgentId; readonly publicKey: string };
type Asked = {
  readonly now: number;
  /** The checkpoint we have signed at this size, if any. */
  readonly signedAt: (size: number) => Promise<string | null>;
};
/** `fork`: this very machine cosigned what we have never signed, or another root than we have. */
export type NotTaken = { readonly why: string; readonly isFork: boolean };

/** The signature first: nobody but the machine can raise the alarm of a fork. */
export async function checkCosignature(by: Cosigner, { checkpoint: note, line }: Cosigned, { now, signedAt }: Asked): Promise<Result<Cosignature, NotTaken>> {
  const refused = (why: string) => err({ why, isFork: false });
  const body = parseNote(note)?.text;
  const seen = body === undefined ? null : parseCheckpointBody(body);
  if (body === undefined || !seen) return refused('what was cosigned is no checkpoint');
  const opened = openCosignature({ sha256, verify: verifyEd25519, body, line, name: cosignerOf(by), publicKey: fromBase64(by.publicKey) ?? new Uint8Array() });
  if (!opened) return refused('it is not signed by this machine');
  if (seen.origin !== originOf(by.instance, by.tenant)) return refused('it is of another log');
  const ours = parseCheckpointBody(parseNote((await signedAt(seen.size)) ?? '')?.text ?? '');
  if (!ours) return err({ why: `no checkpoint of ${seen.size} entries was signed here`, isFork: true });
  if (!sameBytes(ours.root, seen.root)) return err({ why: `another root of ${seen.size} entries was signed here`, isFork: true });
  const at = opened.seconds * 1_000;
  if (Math.abs(now - at) > COSIGNED_WITHIN_MS) return refused('its time is not now');
  return ok({ tenant: by.tenant, agent: by.agent, size: seen.size, at, line });
}
