import { deny, isErrorCode, type Denial, type DenialFacts, type ErrorCode } from '@argus/protocol/errors.ts';

/**
 * All that a machine has a say in. Whoever asks acts on some codes by themselves, signs out or asks for a second factor: those of our doors and
 * of our own record are ours to say, and a machine that says one has refused, and no more. What it said stands in the log.
 */
const SAID_BY_MACHINES: ReadonlySet<ErrorCode> = new Set([
  'stale_request', 'rate_limited', 'session_active', 'session_not_found', 'session_expired', 'session_mismatch',
  'tenant_consent_required', 'operator_proof_required', 'consent_scope_exceeded', 'tenant_switched_off', 'indicator_failed', 'activity_not_recorded', 'not_in_log',
  'command_not_allowlisted', 'bad_args', 'request_id_reused', 'command_timed_out', 'agent_lost', 'agent_refused', 'result_too_large', 'internal',
  'path_not_allowlisted', 'file_not_found', 'log_copy_too_large', 'log_copy_damaged', 'camera_not_found', 'camera_failed',
  'patch_signature_invalid', 'patch_wrong_target', 'patch_expired', 'patch_not_yet_valid', 'patch_replayed', 'patch_target_not_allowlisted', 'patch_mode_forbidden', 'patch_not_applied', 'patch_incomplete',
]);
export const wordOfMachine = (said: string): ErrorCode => (isErrorCode(said) && SAID_BY_MACHINES.has(said) ? said : 'agent_refused');

const WHO = 'The machine itself refused. The server had let it through, so asking the server again says nothing new.';

const WHO_OF_COMMAND = 'The machine itself said so. The server had let the command through, so asking the server why says nothing new.';

/** What a code of the table means when a machine says it. It says no more than the code: why stands in its own journal. */
const WHY: Readonly<Partial<Record<ErrorCode, string>>> = {
  tenant_consent_required:
    'On the machine its owner has pinned a consent key and no receipt under it came, or has revoked the receipt, or a newer one was seen there. The owner sees which: argus-agent consent show, and activation_refused in the journal of the agent.',
  operator_proof_required: 'The receipt names the keys of operators, and the machine did not take the proof. Why is in the journal of the agent: activation_refused.',
  consent_scope_exceeded: 'What its owner signed does not cover this, or not at this hour, whatever is on record here. The owner sees how far it goes: argus-agent consent show.',
};

/** No more is told than what the machine said, and that it was the machine. */
export const refusedByMachine = (said: string): Denial => saidBy(WHO, said);
export const commandRefusedByMachine = (said: string, facts: DenialFacts = {}): Denial => saidBy(WHO_OF_COMMAND, said, facts);

function saidBy(who: string, said: string, facts: DenialFacts = {}): Denial {
  const code = wordOfMachine(said);
  return { ...deny(code, `agent said ${said}`), facts: { ...facts, refused_by: 'machine', problems: [who, ...(WHY[code] === undefined ? [] : [WHY[code]])] } };
}
