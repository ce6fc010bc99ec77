/** What was done at a tenant, in sentences somebody understands who runs a shop. One line per act: what was asked and what came of it. */
import type { EventView } from '@argus/protocol/http/audit.ts';
import { EVENT_TYPES, Leaf, type EventType } from '@argus/protocol/leaf.ts';
import { TRIPWIRES } from '@argus/protocol/tripwires.ts';
import { ownIn } from '../own-in.ts';
import { spanWords } from '../ui/time.ts';
import { endWords } from '../words.ts';

export type ActivityLine = {
  readonly index: number; // of the first entry of it in the tenant's log
  readonly at: string;
  readonly who: string | null; // null: the sentence says it
  readonly says: string;
  readonly why: string | null;
  readonly outcome: Leaf['outcome'] | 'open';
  readonly code: string | null;
  readonly took: string | null;
  readonly session: string | null;
};

/** Entries, newest first, as the server gives them. An outcome whose question is on an older page stands for itself. */
export function activityOf(rows: readonly EventView[]): readonly ActivityLine[] {
  const leaves = rows.flatMap(({ body, leaf_index: index }) => {
    const leaf = Leaf.safeParse(body);
    return leaf.success ? [{ leaf: leaf.data, index }] : [];
  });
  const actOf = ({ type, request_id: request, session }: Leaf) => `${type} ${request} ${session}`;
  const outcomes = new Map(leaves.flatMap(({ leaf }) => (leaf.phase === 'outcome' && leaf.request_id ? [[actOf(leaf), leaf] as const] : [])));
  const asked = new Set(leaves.flatMap(({ leaf }) => (leaf.phase === 'intent' ? [actOf(leaf)] : [])));
  return leaves.flatMap(({ leaf, index }) => {
    if (leaf.phase === 'outcome' && asked.has(actOf(leaf))) return [];
    return [lineOf(leaf, index, leaf.phase === 'intent' ? (outcomes.get(actOf(leaf)) ?? null) : leaf)];
  });
}

function lineOf(leaf: Leaf, index: number, answer: Leaf | null): ActivityLine {
  // A session lasts longer than it takes to open it.
  const took = answer && answer !== leaf && leaf.type !== 'remote_support_activation' ? (Date.parse(answer.at) - Date.parse(leaf.at)) / 1_000 : null;
  const who = SAYS_WHO.has(leaf.type) || !SENTENCES[leaf.type] ? null : leaf.by === 'server' ? 'the server' : (leaf.operator ?? 'somebody');
  const isRefused = answer?.outcome === 'refused';
  const isAsked = leaf.type === 'remote_support_activation' && answer?.outcome !== 'ok'; // whether it opened, nobody said
  return {
    index,
    at: leaf.at,
    who,
    says: isRefused && who !== null ? `tried to ${sentence(leaf, WOULD)}, and was refused` : isAsked ? `asked to ${sentence(leaf, WOULD)}` : sentence(leaf, DID),
    why: WITH_REASON.has(leaf.type) ? (leaf.reason ?? null) : null,
    outcome: answer ? answer.outcome : 'open',
    code: leaf.type === 'remote_support_session_ended' ? null : (answer?.code ?? null),
    took: took === null ? null : took < 1 ? 'less than a second' : took < 60 ? `${took.toFixed(1)} s` : spanWords(took),
    session: leaf.session ?? null,
  };
}

/** What happened to a machine or a session, whoever it was. */
const SAYS_WHO: ReadonlySet<EventType> = new Set(['agent_enrolled', 'agent_enrollment_refused', 'remote_support_session_ended', 'remote_support_session_closed', 'remote_support_session_failed_to_close', 'tripwire_fired']);
/** Where the reason is somebody's own words. */
const WITH_REASON: ReadonlySet<EventType> = new Set(['remote_support_activation', 'tenant_armed', 'tenant_disarmed', 'consent_withdrawn', 'agent_revoked', 'session_proposed']);

const arg = ({ args_commit: args }: Leaf, name: string): string | null => {
  const value = args?.[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
};
/** A kind this console does not know yet is said as it is called. */
const alertWords = (kind: string | null): string => (kind === null ? '' : `: ${ownIn<{ readonly says: string }>(TRIPWIRES, kind)?.says ?? kind}`);
const on = ({ agent }: Leaf): string => agent ?? 'a machine';

/** Which form of its verb a sentence takes: what somebody did, or what they tried to do. */
type Verb = (did: string, would: string) => string;
const DID: Verb = (did) => did;
const WOULD: Verb = (_, would) => would;
type Sentence = (leaf: Leaf, verb: Verb) => string;

const COMMANDS: Readonly<Record<string, Sentence>> = {
  ping: (leaf, verb) => `${verb('asked', 'ask')} ${on(leaf)} whether it is there`,
  agent_info: (leaf, verb) => `${verb('looked up', 'look up')} version and cameras of ${on(leaf)}`,
  get_capabilities: (leaf, verb) => `${verb('asked', 'ask')} ${on(leaf)} what it can do`,
  tail_log: (leaf) => `read the last ${arg(leaf, 'lines') ?? 'few'} lines of ${arg(leaf, 'file') ?? 'the log'} on ${on(leaf)}`,
  read_file: (leaf) => `read the file ${arg(leaf, 'path') ?? '(its name is kept as a digest)'} on ${on(leaf)}`,
  view_camera: (leaf, verb) => `${verb('looked through', 'look through')} the camera ${arg(leaf, 'camera') ?? ''} of ${on(leaf)}`.replace('  ', ' '),
  apply_patch: (leaf) => `put a signed patch on ${on(leaf)}`,
};

const SENTENCES: Readonly<Partial<Record<EventType, Sentence>>> = {
  tenant_created: (_, verb) => `${verb('added', 'add')} this tenant`,
  consent_recorded: (leaf) => `put the signed document ${arg(leaf, 'document_id') ?? ''} on record`,
  consent_withdrawn: (_, verb) => `${verb('withdrew', 'withdraw')} the consent`,
  tenant_armed: (_, verb) => `${verb('armed', 'arm')} the tenant, so that sessions can be opened`,
  tenant_disarmed: (_, verb) => `${verb('disarmed', 'disarm')} the tenant, so that no session can be opened`,
  agent_enrollment_code_created: (leaf, verb) => `${verb('made', 'make')} an enrollment code for ${on(leaf)}`,
  agent_enrolled: (leaf) => `${on(leaf)} was enrolled`,
  agent_enrollment_refused: () => 'an enrollment was refused',
  agent_revoked: (leaf, verb) => `${verb('revoked', 'revoke')} ${on(leaf)}, for good`,
  remote_support_activation: (leaf, verb) => `${verb('opened', 'open')} a session on ${on(leaf)}${arg(leaf, 'minutes') ? ` for ${arg(leaf, 'minutes')} minutes` : ''}`,
  activation_explained: (leaf, verb) => `${verb('asked', 'ask')} whether a session on ${on(leaf)} would open; nothing was opened`,
  command_explained: (leaf, verb) => `${verb('asked', 'ask')} whether a command would be let through on ${on(leaf)}; nothing was sent`,
  session_proposed: (leaf, verb) => `${verb('proposed', 'propose')} a session on ${on(leaf)}; nothing was opened`,
  remote_support_command: (leaf, verb) => ownIn(COMMANDS, leaf.command ?? '')?.(leaf, verb) ?? `${verb('sent', 'send')} ${leaf.command ?? 'a command'} to ${on(leaf)}`,
  tripwire_fired: (leaf) => `an alert was raised${alertWords(arg(leaf, 'kind'))}`,
  remote_support_session_ended: (leaf) => `the session on ${on(leaf)} is over: ${endWords(leaf.code ?? null)}`,
  remote_support_session_closed: (leaf) => `${on(leaf)} signed that the session is over`,
  remote_support_session_failed_to_close: (leaf) => `${on(leaf)} has not said that the session is over`,
};

/** An act this console does not know yet is said as the log describes it. */
const sentence = (leaf: Leaf, verb: Verb): string => SENTENCES[leaf.type]?.(leaf, verb).trim() ?? EVENT_TYPES[leaf.type];
