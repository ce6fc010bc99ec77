import { utf8 } from '@argus/kit/bytes.ts';
import { canonicalJson, parseCanonical } from '@argus/kit/canonical-json.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { z } from 'zod';
import { ArgsCommit } from './args-commit.ts';
import { id } from './ids.ts';
import { base64Of64, isoTimeText, sha256Hex } from './text.ts';

/**
 * One entry of a log. `intent` is written before an act, `outcome` after it, `fact` where there is nothing to wait for.
 * Its canonical text is what the tree hashes; every reader re-canonicalises and compares.
 */
export const LEAF_BYTES_MAX = 16_384;
export const PHASES = ['intent', 'outcome', 'fact'] as const;
export type Phase = (typeof PHASES)[number];

/** What can be in a log. Past tense, except for the two acts that have an intent and an outcome. */
export const EVENT_TYPES = {
  pat_created: 'A personal access token was made; its id and what it may do are in the entry.',
  pat_revoked: 'A personal access token was revoked; it opens nothing from then on.',
  handoff_approved: 'A person let argusctl on their machine have a token of theirs; it is made when argusctl comes for it.',
  handoff_refused: 'Somebody came for a token with a code that is spent, expired or meant for another program.',
  signed_in: 'Somebody signed in; how they proved themselves is in the entry.',
  sign_in_refused: 'Somebody did not prove to be who they said, or their account rests.',
  signed_out: 'Somebody signed out, or ended another of their own sign-ins.',
  login_ended: 'The sign-ins of a user were ended by somebody else.',
  login_confirmed: 'Somebody confirmed their sign-in with a second factor, or was refused it.',
  user_invited: 'A link to join, or to begin anew, was made for one person.',
  owner_link_made: 'A link for an owner was made at the server itself.',
  invitation_refused: 'Somebody used a link that is spent, expired or not one of ours.',
  user_joined: 'Somebody followed a link and set a password.',
  user_changed: 'The role, the tenants or the state of a user was changed, or their account was unlocked.',
  user_removed: 'A user was removed, for good.',
  password_changed: 'Somebody changed their own password; their other sign-ins ended.',
  second_factor_changed: 'Somebody set up, replaced or gave up a second factor, or made new recovery codes.',
  tenant_created: 'A tenant was added.',
  consent_recorded: 'A signed consent was recorded; the hash of the document is in the entry. The tenant is not armed from then on.',
  consent_withdrawn: 'The consent was withdrawn; live sessions end with it.',
  tenant_armed: 'An operator asserted the recorded consent and opened the tenant for activation.',
  tenant_disarmed: 'The tenant was closed for activation; live sessions end with it.',
  agent_enrollment_code_created: 'A single-use enrollment code was made for one agent id.',
  agent_enrolled: 'A machine proved its identity key and was given its passkey.',
  agent_enrollment_refused: 'Somebody used an enrollment code that is spent, expired or meant for another key.',
  agent_revoked: 'An operator revoked the enrollment of an agent, for good, or was refused it.',
  remote_support_activation: 'An operator asked for a session on one agent.',
  activation_explained: 'An operator asked why a session would open or not, or was refused the answer. Nothing was opened.',
  command_explained: 'An operator asked whether a command would be let through in a session, or was refused the answer. Nothing was sent.',
  session_proposed: 'Somebody, maybe a program, proposed a session. It opened nothing: a person has to ask for one with every factor.',
  remote_support_command: 'An operator asked for one command in a session.',
  remote_support_late_outcome: 'The machine answered a command after its outcome was recorded as unknown; nobody was given the result.',
  remote_support_session_ended: 'A session ended; the code says how.',
  remote_support_session_closed: 'The signed last word of the agent on a session that had ended arrived; it completes the record.',
  remote_support_session_failed_to_close: 'The agent did not say in time that a session was over on its side. An alarm, until its last word arrives.',
  tripwire_fired: 'Something happened that somebody has to look at; its kind and how often are in the entry.',
  alert_acknowledged: 'Somebody looked at an alert and said so, with a reason.',
  log_key_rotated: 'The log key was changed; the entry names both keys under the signature of the old one, and every larger checkpoint is signed by the new one.',
  log_restored: 'Whoever answers for the server accepted a log that ends before, or is another than, the one it had signed; how far that went is in the entry.',
  audit_reconciled: 'The audit tables, the events and the trees of one window agree; the counts are in the entry.',
  audit_mismatch_found: 'The audit tables, the events and the trees of one window do not agree; the counts are in the entry.',
} as const;
export type EventType = keyof typeof EVENT_TYPES;

export const OUTCOMES = ['ok', 'refused', 'unknown'] as const;
export type Outcome = (typeof OUTCOMES)[number];
export const ACTORS = ['operator', 'server', 'agent', 'tenant'] as const;

export const Leaf = z.object({
  v: z.literal(1),
  instance: id('instance'),
  tenant: id('tenant').optional(), // absent in the operator tree
  seq: z.int().min(0),
  at: isoTimeText(),
  type: z.enum(Object.keys(EVENT_TYPES) as [EventType, ...EventType[]]), // Object.keys loses the literal types
  phase: z.enum(PHASES),
  agent: id('agent').optional(),
  session: id('session').optional(),
  operator: z.string().max(320).optional(),
  request_id: id('request').optional(),
  command: z.string().max(64).optional(),
  args_commit: ArgsCommit.optional(),
  outcome: z.enum(OUTCOMES).optional(),
  code: z.string().max(64).optional(),
  reason: z.string().max(500).optional(),
  by: z.enum(ACTORS).optional(),
  // an outcome names the intent it answers and carries what the agent signed
  intent_sha256: sha256Hex().optional(),
  result_sha256: sha256Hex().optional(),
  agent_at: isoTimeText().optional(),
  agent_signature: base64Of64().optional(),
  kept_sha256: sha256Hex().optional(), // of the result as it is kept, sealed to the tenant; absent: it is not
  // whom Cloudflare Access vouched for, where an assertion stood in for the operator network
  access_identity: z.string().max(320).optional(),
});
export type Leaf = z.infer<typeof Leaf>;

/** The exact text that is hashed, stored and sent. Throws on one that no reader would take. */
export function leafText(leaf: Leaf): string {
  const text = canonicalJson(withoutAbsent(leaf));
  if (isTooLong(text)) throw new TypeError('leaf is too long');
  return text;
}

/** Bytes are what is capped; the length is looked at first so that a huge text is not encoded to be refused. */
const isTooLong = (text: string): boolean => text.length > LEAF_BYTES_MAX || utf8(text).length > LEAF_BYTES_MAX;

/** Absent means omitted: a member that is undefined would have no canonical form. */
function withoutAbsent(leaf: Leaf) {
  const present: Record<string, string | number | ArgsCommit> = {};
  for (const key of IN_ORDER) {
    const value = leaf[key];
    if (value !== undefined) present[key] = value;
  }
  return present;
}
/** As they come in the text: then nothing has to be put in order. */
const IN_ORDER = (Object.keys(Leaf.shape) as (keyof Leaf)[]).toSorted(); // Object.keys loses the literal types

export function parseLeaf(text: string): Result<Leaf, string> {
  if (isTooLong(text)) return err('leaf is too long');
  const json = parseCanonical(text);
  if (!json.ok) return err(`leaf is not canonical JSON: ${json.error}`);
  const leaf = Leaf.safeParse(json.value);
  return leaf.success ? ok(leaf.data) : err('leaf does not fit');
}
