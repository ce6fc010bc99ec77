/** A tenant's log as it is read: checkpoint, entries, proofs. */
import { z } from 'zod';
import { BundleReceipt } from '../bundle.ts';
import { id } from '../ids.ts';
import { base64Of32, isoTimeText } from '../text.ts';

/** A place in a log, as it stands in an address. */
export const place = () =>
  z
    .string()
    .regex(/^(0|[1-9]\d{0,15})$/, { error: 'is not a whole number' })
    .transform(Number)
    .refine(Number.isSafeInteger, { error: 'is larger than any log' });

export const LogEntriesQuery = z.strictObject({
  from: place().optional().describe('The first entry; without it, 0.'),
  to: place().optional().describe('The entry after the last one; at most 1000 entries are answered.'),
});
export type LogEntriesQuery = z.infer<typeof LogEntriesQuery>;

export const LogProofQuery = z.strictObject({
  index: place().optional().describe('For a proof of inclusion: the entry. Not together with from.'),
  from: place().optional().describe('For a proof of consistency: the earlier size. Not together with index.'),
  size: place().optional().describe('The size of the tree the proof is for; without it, the newest.'),
});
export type LogProofQuery = z.infer<typeof LogProofQuery>;

export const LogCheckpointQuery = z.strictObject({
  cosignatures: z.enum(['true', 'false']).optional().describe('true: with what machines have cosigned of this very checkpoint, at most 60 lines for under it.'),
});
export const LogCosignaturesQuery = z.strictObject({
  size: place().optional().describe('Only over the checkpoint of this size, which is answered with them; without it, the newest of each machine.'),
  after: id('agent').optional().describe('For the next page: `next` of the one before. At most 1000 are answered.'),
});
export type LogCosignaturesQuery = z.infer<typeof LogCosignaturesQuery>;

/** An entry that changed the log key, with its proof towards the checkpoint. */
export const LogRotation = z.object({ index: z.int(), leaf: z.string(), inclusion: z.array(base64Of32()) });
export const LogCosignature = z.object({
  agent_id: id('agent'),
  size: z.int(),
  at: isoTimeText(), // by the clock of the machine: it stands in what is signed
  line: z.string(), //  for under the checkpoint, with its line feed
});
export type LogCosignature = z.infer<typeof LogCosignature>;
export const LogCosignatures = z.object({ checkpoint: z.string().nullable(), cosignatures: z.array(LogCosignature), next: id('agent').nullable() });

export const LogCheckpoint = z.object({ size: z.int(), checkpoint: z.string(), cosignatures: z.array(LogCosignature).optional(), rotations: z.array(LogRotation).optional(), log_keys: z.array(base64Of32()).optional() }); // oldest first: what they are worth, the trust file says
export const LogEntries = z.object({
  size: z.int(),
  from: z.int(),
  entries: z.array(z.object({ index: z.int(), leaf: z.string() })), // exact texts: what the tree hashes
});
export const LogReceiptsQuery = z.strictObject({ from: place().optional().describe('The first entry to look at; without it, 0. For the next page: `next` of the one before.') });
export type LogReceiptsQuery = z.infer<typeof LogReceiptsQuery>;
/** Consents the tenant signed itself, exactly as signed, at the entries that recorded them. */
export const LogReceipts = z.object({ receipts: z.array(BundleReceipt.extend({ index: z.int() })), next: z.int().nullable() });
export type LogReceipts = z.infer<typeof LogReceipts>;

export const LogProof = z.object({ size: z.int(), checkpoint: z.string().nullable(), proof: z.array(base64Of32()) });
