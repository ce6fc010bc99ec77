/**
 * Entries as events of the Open Cybersecurity Schema Framework (schema.ocsf.io, version 1.3.0): class 6003, API Activity.
 * The exact text travels along in `raw_data` and its place in `metadata.sequence`: what is missing shows as a gap there.
 */
import type { Json } from '@argus/kit/canonical-json.ts';
import { EVENT_TYPES, parseLeaf, type EventType, type Leaf, type Outcome } from './leaf.ts';
import type { ReplayEntry } from './replay.ts';

export const OCSF_VERSION = '1.3.0';
const CLASS = 6003;
const CATEGORY = 6;
const OTHER = { id: 99, name: 'Other' };

/** What an entry does, in the words of the class. One that is not here is `Other`, by the name of its type. */
export const OCSF_ACTIVITIES: Readonly<Record<'Create' | 'Read' | 'Update' | 'Delete', { readonly id: number; readonly types: readonly EventType[] }>> = {
  Create: { id: 1, types: ['pat_created', 'user_joined', 'tenant_created', 'consent_recorded', 'agent_enrollment_code_created', 'agent_enrolled', 'remote_support_activation'] },
  Read: { id: 2, types: ['audit_reconciled', 'audit_mismatch_found'] },
  Update: { id: 3, types: ['tenant_armed', 'tenant_disarmed', 'alert_acknowledged', 'user_changed', 'password_changed', 'second_factor_changed'] },
  Delete: { id: 4, types: ['pat_revoked', 'user_removed', 'consent_withdrawn', 'agent_revoked', 'remote_support_session_ended'] },
};
/** What somebody has to look at, whatever came of it. */
export const OCSF_HIGH: readonly EventType[] = ['remote_support_session_failed_to_close', 'tripwire_fired', 'audit_mismatch_found'];

export const OCSF_STATUS: Readonly<Record<Outcome, { readonly id: number; readonly name: string }>> = {
  ok: { id: 1, name: 'Success' },
  refused: { id: 2, name: 'Failure' },
  unknown: { id: 0, name: 'Unknown' },
};
/** An intent has not come to anything yet. */
const INTENDED = { id: 99, name: 'Intent' };
export const OCSF_SEVERITY = { high: 4, low: 2, informational: 1 } as const;

/** Where each member comes from, for docs/reference/siem.md. */
export const OCSF_MAPPING: readonly (readonly [string, string])[] = [
  ['`category_uid`, `class_uid`', `${CATEGORY} and ${CLASS}: Application Activity, API Activity`],
  ['`activity_id`, `activity_name`, `type_uid`', 'from `type`, see below; `type_uid` is `class_uid` × 100 + `activity_id`'],
  ['`time`', '`at`, in milliseconds'],
  ['`severity_id`', `${OCSF_SEVERITY.high} for the types below, ${OCSF_SEVERITY.low} for what was refused or is unknown, ${OCSF_SEVERITY.informational} otherwise`],
  ['`status_id`, `status`, `status_code`', '`outcome`: 1 Success, 2 Failure, 0 Unknown; of an intent 99; `code`'],
  ['`message`', 'what the type means, as in [events](events.md)'],
  ['`metadata.sequence`', 'the index of the entry: consecutive numbers of one `metadata.log_name` without a gap are all of them'],
  ['`metadata.log_name`', 'the origin of the tree, as in its checkpoints'],
  ['`metadata.uid`', 'origin and index: the same entry never has another one'],
  ['`metadata.event_code`', '`type`'],
  ['`actor.user.email_addr`, `actor.session.uid`', '`operator` (`name` where it is no address), `session`'],
  ['`api.operation`, `api.request.uid`, `api.service.name`', '`command`, or else `type`; `request_id`; `argus`'],
  ['`src_endpoint`', 'who spoke: `by`, with the agent where it was the machine. Addresses are not in the log'],
  ['`resources`', '`tenant`, `agent`'],
  ['`unmapped`', 'the rest: `phase`, `reason`, `args_commit`, `intent_sha256`, `result_sha256`, `agent_at`, `agent_signature`, `access_identity`'],
  ['`raw_data`', 'the exact text that was hashed'],
];

export function ocsfOf({ index, leaf: text }: ReplayEntry, origin: string): Json {
  const read = parseLeaf(text);
  if (!read.ok) return unreadable({ index, leaf: text }, origin);
  const leaf = read.value;
  const activity = activityOf(leaf.type);
  const status = leaf.phase === 'intent' ? INTENDED : OCSF_STATUS[leaf.outcome ?? 'ok'];
  return present({
    ...head({ index, leaf: text }, origin, { activity, eventCode: leaf.type }),
    time: Date.parse(leaf.at),
    severity_id: severityOf(leaf),
    status_id: status.id,
    status: status.name,
    status_code: leaf.code,
    message: EVENT_TYPES[leaf.type],
    actor: present({ user: userOf(leaf.operator), session: leaf.session === undefined ? undefined : { uid: leaf.session } }),
    api: present({ operation: leaf.command ?? leaf.type, service: { name: 'argus' }, request: leaf.request_id === undefined ? undefined : { uid: leaf.request_id } }),
    src_endpoint: present({ name: leaf.by ?? 'server', uid: leaf.by === 'agent' ? leaf.agent : undefined }),
    resources: [resource('tenant', leaf.tenant), resource('agent', leaf.agent)].filter((one) => one !== null),
    unmapped: present({
      phase: leaf.phase,
      reason: leaf.reason,
      args_commit: leaf.args_commit,
      intent_sha256: leaf.intent_sha256,
      result_sha256: leaf.result_sha256,
      agent_at: leaf.agent_at,
      agent_signature: leaf.agent_signature,
      access_identity: leaf.access_identity,
    }),
    raw_data: text,
  });
}

type Activity = { readonly id: number; readonly name: string };
function activityOf(type: EventType): Activity {
  const found = Object.entries(OCSF_ACTIVITIES).find(([, { types }]) => types.includes(type));
  return found ? { id: found[1].id, name: found[0] } : { ...OTHER, name: type };
}

function severityOf({ type, outcome }: Leaf): number {
  if (OCSF_HIGH.includes(type)) return OCSF_SEVERITY.high;
  return outcome === 'refused' || outcome === 'unknown' ? OCSF_SEVERITY.low : OCSF_SEVERITY.informational;
}

const head = ({ index }: ReplayEntry, origin: string, { activity, eventCode }: { activity: Activity; eventCode: string }) => ({
  category_uid: CATEGORY,
  class_uid: CLASS,
  activity_id: activity.id,
  activity_name: activity.name,
  type_uid: CLASS * 100 + activity.id,
  metadata: { version: OCSF_VERSION, product: { name: 'Argus', vendor_name: 'Argus' }, log_name: origin, sequence: index, uid: `${origin}#${index}`, event_code: eventCode },
});

const userOf = (operator: string | undefined): Json => (operator?.includes('@') ? { email_addr: operator } : { name: operator ?? 'nobody' });
const resource = (type: string, uid: string | undefined): Json => (uid === undefined ? null : { type, uid });

/** Somebody has changed its text: it is handed on as it is, and says so. */
const unreadable = (entry: ReplayEntry, origin: string): Json => ({
  ...head(entry, origin, { activity: { ...OTHER, name: 'unreadable' }, eventCode: 'unreadable' }),
  time: 0,
  severity_id: OCSF_SEVERITY.high,
  status_id: 0,
  status: 'Unknown',
  message: 'The text of this entry is not that of an entry.',
  actor: { user: { name: 'nobody' } },
  api: { operation: 'unreadable', service: { name: 'argus' } },
  src_endpoint: { name: 'server' },
  resources: [],
  unmapped: {},
  raw_data: entry.leaf,
});

const present = (members: Readonly<Record<string, Json | undefined>>): Json =>
  Object.fromEntries(Object.entries(members).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
