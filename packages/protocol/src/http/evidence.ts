/** What leaves the server as evidence: a bundle, an export, the replay of a session. */
import { z } from 'zod';
import { id } from '../ids.ts';
import { ReplayStep } from '../replay.ts';
import { base64Of32 } from '../text.ts';
import { LogRotation, place } from './log.ts';

export const BundleQuery = z.strictObject({
  kind: z.enum(['log', 'period', 'session'], { error: 'is none of log, period, session' }).default('log').describe('All of it, a stretch of it, or one session with what it stands on; without it, all.'),
  session: id('session').optional().describe('For a session, and only then: which one.'),
  from: place().optional().describe('For a period: its first entry; without it, 0.'),
  to: place().optional().describe('For a period: the entry after its last one; without it, the end of the log.'),
});
export type BundleQuery = z.infer<typeof BundleQuery>;
/** Its files are described in packages/protocol/src/bundle.ts. */
export const BundleTar = z.string().meta({ description: 'A ustar file. Its length is announced; one that is shorter is not whole.' });

export const ExportQuery = z.strictObject({
  format: z.enum(['ndjson', 'ocsf'], { error: 'is neither ndjson nor ocsf' }).default('ndjson').describe('Exact texts with their index, or events of the Open Cybersecurity Schema Framework; without it, exact texts.'),
  from: place().optional().describe('The first entry; without it, 0. To go on: one more than the last index that arrived.'),
  to: place().optional().describe('The entry after the last one; without it, the end of the log.'),
});
export type ExportQuery = z.infer<typeof ExportQuery>;
export const ExportLines = z.string().meta({ description: 'One JSON object per line.' });

export const REPLAY_STEPS_MAX = 200;
export const ReplayQuery = z.strictObject({
  from: place().optional().describe(`The entry to begin at; without it, the first. An answer has at most ${REPLAY_STEPS_MAX} steps; for the next ones, \`next\` of the one before.`),
  size: place().optional().describe('The size of the tree the proofs are for, as an earlier answer had it; without it, the newest.'),
});
export type ReplayQuery = z.infer<typeof ReplayQuery>;

const Proved = z.object({ index: z.int(), leaf: z.string(), inclusion: z.array(base64Of32()) });
export type Proved = z.infer<typeof Proved>;
/**
 * Each step brings its entries, exactly as they were hashed, and their proofs towards the one checkpoint. `log_keys` and `rotations` say
 * who signs checkpoints, `enrolled` with which key the machine answers; a server from before says neither.
 */
export const SessionReplay = z.object({
  session_id: id('session'),
  tenant_id: id('tenant'),
  agent_id: id('agent'),
  size: z.int(),
  checkpoint: z.string(),
  steps: z.array(ReplayStep.extend({ proofs: z.array(Proved) })),
  log_keys: z.array(base64Of32()).optional(), // oldest first: what they are worth, the trust file says
  rotations: z.array(LogRotation).optional(),
  enrolled: Proved.nullable().optional(), // null: the log does not have it
  next: z.int().nullable(), // null: there is no more under this checkpoint
});
export type SessionReplay = z.infer<typeof SessionReplay>;
