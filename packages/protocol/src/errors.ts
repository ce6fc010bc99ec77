/**
 * Every way Argus says no, once. HTTP status, CLI exit code, texts and docs/reference/errors.md all come from here.
 * `title` and `hint` are safe for anyone; a code in capitals is spelled so by the agents in the field.
 */
export type ErrorSpec = {
  readonly status: number; // HTTP
  readonly title: string; //  what happened, safe for anyone
  readonly hint: string; //   what to do next
  readonly exit: number; //   argusctl exit code
};

const table = {
  // the request itself
  bad_request: { status: 422, exit: 2, title: 'The request does not fit', hint: 'Mend what the problems name; docs/reference/routes.md says what each route takes.' },
  not_found: { status: 404, exit: 3, title: 'Nothing here', hint: 'Check the address; GET /healthz answers when the server is up.' },
  method_not_allowed: { status: 405, exit: 4, title: 'This path takes another method', hint: 'See docs/reference/routes.md for the methods of this path.' },
  unsupported_media_type: { status: 415, exit: 5, title: 'The body is not JSON', hint: 'Send the header Content-Type: application/json.' },
  body_too_large: { status: 413, exit: 6, title: 'The body is too large', hint: 'Send less: no route takes more than 64 KiB, except for the patch of a command, and that has no more than 10,000 values.' },
  malformed_request: { status: 400, exit: 7, title: 'The request cannot be read', hint: 'Send well-formed HTTP and, where a body is asked for, well-formed JSON.' },
  rate_limited: { status: 429, exit: 8, title: 'Too many requests', hint: 'Wait for the seconds named in Retry-After, then try again.' },
  secret_in_address: { status: 400, exit: 18, title: 'A secret stands in the address', hint: 'Send it in its header. Replace it now if it was a real one: addresses end up in the logs of every proxy.' },
  unauthenticated: { status: 401, exit: 9, title: 'No valid credential came with the request', hint: 'Use a personal access token of this server that has neither expired nor been revoked: Authorization: Bearer pat_….' },

  // the gates of activation, in the order of the ladder
  ip_not_allowlisted: { status: 403, exit: 11, title: 'Not allowed from here', hint: 'Connect from an operator network; the server has them in REMOTE_SUPPORT_OPERATOR_CIDRS, and unset it lets nobody in.' },
  bad_ops_token: { status: 403, exit: 12, title: 'Ops token missing or wrong', hint: 'Send it in the header X-Argus-Ops-Token, or set ARGUS_OPS_TOKEN.' },
  missing_role: { status: 403, exit: 13, title: 'Your credential does not open this', hint: 'Use a valid token with the scope this route names; argusctl whoami, or GET /v1/operators/me, says what yours has.' },
  remote_support_disabled: { status: 403, exit: 10, title: 'Remote support is off', hint: 'An administrator has to set REMOTE_SUPPORT_ENABLED.' },
  stale_request: { status: 403, exit: 14, title: 'The time in the request is off', hint: 'Set your clock by the server time in this answer; requests are valid for 60 s.' },
  agent_not_found: { status: 404, exit: 20, title: 'No such agent', hint: 'argusctl agent ls lists the agents you may see; the tenant has to be the one beside the agent there.' },
  tenant_consent_required: { status: 403, exit: 15, title: 'No signed consent covers this', hint: 'Where it is a matter of hours, wait for them. Else the tenant has to sign, or to sign a wider consent, and you record it. There is no override.' },
  operator_proof_required: { status: 403, exit: 120, title: 'The tenant asks for a proof of who you are', hint: 'The consent names the keys of operators: send operator_proof with the request, signed with one of them and for just this request.' },
  tenant_not_armed: { status: 403, exit: 16, title: 'The tenant is not armed', hint: 'Arm it with a reason first: argusctl tenant arm.' },
  agent_offline: { status: 409, exit: 21, title: 'The agent is not connected', hint: 'Agents dial out; it cannot be woken from here. Check that it runs and has network.' },
  session_active: { status: 409, exit: 22, title: 'This agent already has a session', hint: 'End the other session first, or wait until it expires.' },
  nonce_replayed: { status: 403, exit: 17, title: 'The request was already used', hint: 'Send it again with a fresh nonce; argusctl makes one each time.' },
  agent_did_not_acknowledge: { status: 504, exit: 23, title: 'The agent did not acknowledge in time', hint: 'No session was opened. Try again; if it lasts, look at the agent on site.' },
  agent_refused: { status: 409, exit: 24, title: 'The agent refused', hint: 'The agent decides for itself; its own code is in the audit record.' },
  tenant_switched_off: { status: 409, exit: 25, title: 'The tenant switched remote support off on the machine', hint: 'Only the tenant can turn it on again, on the machine itself.' },
  indicator_failed: { status: 409, exit: 26, title: 'The agent could not raise its indicator', hint: 'Without a visible indicator no session starts. Repair it on site.' },

  activity_not_recorded: { status: 409, exit: 75, title: 'The machine cannot write its own record, so nothing was done', hint: 'Have the disk of the machine looked at on site; the owner reads that record with argus-agent activity.' },

  // the way in for callers outside the operator networks
  access_allowlist_empty: { status: 503, exit: 27, title: 'Access from outside is switched on, and nobody is allowed in', hint: 'Connect from an operator network, or have REMOTE_SUPPORT_CF_ALLOWED_EMAILS or REMOTE_SUPPORT_CF_ALLOWED_DOMAINS filled.' },
  identity_mismatch: { status: 403, exit: 28, title: 'This credential belongs to somebody else', hint: 'Use a token of your own: its operator has to be the e-mail you signed in with.' },
  ops_api_unreachable: { status: 502, exit: 29, title: 'The ops API did not answer the console', hint: 'Whether it acted is unknown; look at the sessions, then try again.' },
  step_up_required: { status: 403, exit: 38, title: 'Sign-in has to be confirmed again', hint: 'Confirm your sign-in, then try again at once.' },
  foreign_origin: { status: 403, exit: 39, title: 'The request does not come from this console', hint: 'Open the console at its own address; requests from other pages are not taken.' },

  // people who sign in
  sign_in_refused: { status: 401, exit: 106, title: 'Sign-in refused', hint: 'Check e-mail, password and code. After ten mistakes an account rests for 15 minutes; an owner can end that sooner.' },
  second_factor_required: { status: 401, exit: 107, title: 'A second factor is needed', hint: 'Send the code of your authenticator as totp, or one of your recovery codes as recovery_code.' },
  second_factor_stays: { status: 403, exit: 108, title: 'This role keeps its second factor', hint: 'Set up another one instead; it takes the place of the old one.' },
  csrf_refused: { status: 403, exit: 109, title: 'The request does not carry the token of this sign-in', hint: 'Send csrf_token of GET /v1/auth/login in the header X-Argus-CSRF.' },
  invitation_refused: { status: 403, exit: 111, title: 'The link is spent, expired or not one of ours', hint: 'Ask for a new one; a link works once.' },
  handoff_refused: { status: 403, exit: 76, title: 'The hand-off is spent, expired or not for this program', hint: 'Begin again with argusctl login --browser; what was approved is good once, for a minute.' },
  user_not_found: { status: 404, exit: 112, title: 'No such user', hint: 'GET /v1/users lists those you may see.' },
  user_exists: { status: 409, exit: 113, title: 'Somebody has this e-mail already', hint: 'Change that user, or invite another address.' },
  user_changed_meanwhile: { status: 409, exit: 121, title: 'Somebody else changed this user meanwhile', hint: 'Look at the user again, then decide.' },
  last_owner: { status: 409, exit: 114, title: 'This is the last owner', hint: 'Make somebody else an owner first.' },
  login_not_found: { status: 404, exit: 116, title: 'No such sign-in', hint: 'GET /v1/auth/logins lists yours.' },
  password_refused: { status: 422, exit: 117, title: 'This password is not taken', hint: 'Take one of at least 12 characters that is neither your e-mail nor on every list.' },
  wrong_password: { status: 422, exit: 122, title: 'That is not your password', hint: 'Type the password you have now. If you no longer know it, ask an owner for a link to begin anew.' },
  sign_in_off: { status: 403, exit: 118, title: 'Nobody signs in here with a password', hint: 'AUTH_MODE of this server says how people sign in.' },
  role_too_mighty: { status: 403, exit: 119, title: 'This is beyond your role', hint: 'Owners change everybody; admins change operators and viewers of their own tenants.' },

  // passkeys and identity providers
  passkey_refused: { status: 403, exit: 95, title: 'This passkey is not taken', hint: 'Begin again, on the page of this console itself, and use a passkey that checks who you are.' },
  passkey_copied: { status: 403, exit: 96, title: 'There may be a copy of this passkey', hint: 'Its counter went back. Remove the passkey from your account, make a new one, and tell an owner.' },
  provider_refused: { status: 403, exit: 97, title: 'The identity provider did not vouch for you', hint: 'Sign in again from the console. If it happens again, ask whether your account there has a verified e-mail and one of the groups that may come in.' },
  provider_unavailable: { status: 503, exit: 98, title: 'The identity provider does not answer', hint: 'Try again in a minute. An owner finds the reason in the log of the server.' },

  // sessions and commands
  session_not_found: { status: 404, exit: 30, title: 'No such session', hint: 'Check the header X-Argus-Session, or activate again.' },
  session_expired: { status: 403, exit: 31, title: 'The session has ended', hint: 'argusctl session ls says how it ended. If nothing stands against it, activate again.' },
  session_mismatch: { status: 403, exit: 32, title: 'This session belongs to another tenant, agent or operator', hint: 'Use the session made for this agent, with the token it was made with.' },
  command_not_allowlisted: { status: 403, exit: 40, title: 'The agent has no such command', hint: 'See docs/reference/commands.md; new commands arrive with an agent update only.' },
  path_not_allowlisted: { status: 403, exit: 41, title: 'The agent may not show this file', hint: 'It shows argus.log and its rotated copies, config.yaml, version.txt, agent_info.json and crashes/NAME.txt, each as a plain file of its own: no links.' },
  file_not_found: { status: 404, exit: 33, title: 'The machine has no such file', hint: 'The agent may show it, but it is not there or cannot be read. Ask the owner, or try another copy.' },
  log_copy_too_large: { status: 413, exit: 103, title: 'This copy of the log unpacks to more than the agent goes through', hint: 'Take a copy that is not compressed; the beginning of this one comes with read_file.' },
  log_copy_damaged: { status: 422, exit: 104, title: 'This copy of the log cannot be unpacked', hint: 'It is damaged or no gzip file; read_file shows its bytes as they are.' },
  bad_args: { status: 422, exit: 42, title: 'Arguments do not fit the command', hint: 'See docs/reference/commands.md for the arguments it takes.' },
  consent_scope_exceeded: { status: 403, exit: 43, title: 'The tenant did not consent to this', hint: 'The consent names commands, cameras, agents or hours; ask within it, or the tenant has to sign a wider one.' },
  request_id_reused: { status: 409, exit: 44, title: 'This request id was already used', hint: 'Take a new request id for every command.' },
  result_gone: { status: 410, exit: 45, title: 'This command was already carried out and its result is not kept', hint: 'Its outcome is in the log; ask again with a new request id.' },
  result_too_large: { status: 502, exit: 46, title: 'The result is larger than this command may send', hint: 'Ask for less.' },
  too_many_results: { status: 503, exit: 59, title: 'Too many large results are on their way at once', hint: 'The machine answered and its result was dropped; ask again in a moment, with a new request id.' },
  camera_not_found: { status: 404, exit: 34, title: 'The machine has no such camera', hint: 'agent_info lists its cameras. They are named on the machine when it is enrolled, and only then.' },
  camera_failed: { status: 502, exit: 36, title: 'The camera gave no picture', hint: 'Why is in the journal of the agent on the machine. Check the camera and its address there, then ask again.' },
  bad_agent_signature: { status: 502, exit: 47, title: 'The answer does not carry the signature of this agent', hint: 'Do not trust the machine; tell its owner and look at the log.' },
  command_timed_out: { status: 504, exit: 48, title: 'The agent did not answer in time', hint: 'Whether it acted is unknown; a late answer will be in the log.' },
  agent_lost: { status: 502, exit: 49, title: 'The connection to the agent broke', hint: 'Whether it acted is unknown; look at the log, then activate again.' },
  not_in_log: { status: 409, exit: 50, title: 'The agent does not find this act in the log', hint: 'It acts only on what the log proves. Have the log checked before trying again.' },

  // patches
  patch_signature_invalid: { status: 403, exit: 65, title: 'The patch does not carry enough valid signatures', hint: 'Have it signed by the keys this machine trusts: argus-sign cosign. The machine names them to its owner only.' },
  patch_wrong_target: { status: 403, exit: 66, title: 'The patch is for another agent', hint: 'Sign one for this agent: argus-sign sign --agent.' },
  patch_expired: { status: 403, exit: 67, title: 'The time to apply the patch is over', hint: 'Have it signed again with a later --not-after.' },
  patch_not_yet_valid: { status: 403, exit: 68, title: 'The patch may not be applied yet', hint: 'Wait until its not_before, or have it signed again with an earlier one.' },
  patch_replayed: { status: 409, exit: 69, title: 'A patch of this id was applied on this machine before', hint: 'Each patch is applied once. Have it signed again under a new id if it is needed once more.' },
  patch_target_not_allowlisted: { status: 403, exit: 72, title: 'The patch names a file that no patch may write', hint: 'Patches write config.yaml, hotfix/*.json and hotfix/*.yaml. The list is fixed in the agent.' },
  patch_mode_forbidden: { status: 403, exit: 73, title: 'The patch would make something executable, or write through a link', hint: 'Patches replace plain files with plain content. Look at the file on the machine.' },
  patch_not_applied: { status: 409, exit: 74, title: 'The patch could not be applied, and nothing was changed', hint: 'The machine says why in its own output: no room on the disk, a folder it may not write, a file that changed meanwhile. Mend that and send the same patch again.' },
  patch_incomplete: { status: 502, exit: 105, title: 'The patch was decided and could not be completed', hint: 'The machine completes it before it dials in the next time, and takes no other patch until then. Mend what its output names.' },

  // personal access tokens
  pat_not_found: { status: 404, exit: 51, title: 'No such token', hint: 'List the tokens within your reach: GET /v1/pats.' },
  pat_too_mighty: { status: 403, exit: 52, title: 'A token cannot make one that may do more than itself', hint: 'Ask for scopes your own token has; GET /v1/operators/me lists them.' },

  // tenants and consent
  tenant_not_found: { status: 404, exit: 60, title: 'No such tenant', hint: 'List the tenants you may see with argusctl tenant ls.' },
  tenant_exists: { status: 409, exit: 61, title: 'This tenant id is taken', hint: 'Choose another id; ids are never reused.' },
  confirm_tenant_mismatch: { status: 400, exit: 62, title: 'The confirmed tenant is not the one in the address', hint: 'Type the tenant id exactly into confirm_tenant_id.' },
  consent_document_mismatch: { status: 409, exit: 63, title: 'The document is not the one of the recorded consent', hint: 'Look the document id up in the consent record, or leave it out.' },

  // evidence
  log_damaged: { status: 500, exit: 115, title: 'The log lacks something it once had', hint: 'Nothing incomplete is handed out as evidence. Have the log checked at the server: main.ts fsck says which entry is wrong.' },

  // watching the server
  scrape_refused: { status: 401, exit: 64, title: 'The metrics are not for this caller', hint: 'Send ARGUS_METRICS_TOKEN as Authorization: Bearer …. Where none is set, only a caller on the machine itself may read them.' },
  // the audit and its alerts
  audit_running: { status: 409, exit: 55, title: 'An audit is running already', hint: 'Wait until it is done; results are listed at GET /audit/reconciliations.' },
  audit_range_too_large: { status: 422, exit: 56, title: 'The range is too large for one audit on demand', hint: 'Ask for a shorter range, several times; every closed day is also audited at night.' },
  alert_not_found: { status: 404, exit: 57, title: 'No such alert', hint: 'List the alerts you may see with GET /alerts?state=all.' },
  alert_acknowledged: { status: 409, exit: 93, title: 'This alert was acknowledged before', hint: 'GET /alerts?state=all says by whom, when and why.' },
  already_recorded: { status: 409, exit: 94, title: 'This is on record already', hint: 'Nothing is to be done: what is on record once is not written again.' },

  // enrollment
  agent_exists: { status: 409, exit: 70, title: 'This agent id is taken', hint: 'Choose another id; a revoked id is never used again.' },
  enrollment_refused: { status: 403, exit: 71, title: 'The enrollment was refused', hint: 'Ask for a new code; a code works once, within 24 h, on one machine.' },

  // the agent channel, before and after the handshake
  UPDATE_REQUIRED: { status: 426, exit: 80, title: 'The agent speaks a protocol that is too old', hint: 'Update the agent; both protocol numbers are in the answer.' },
  handshake_refused: { status: 401, exit: 81, title: 'The handshake was refused', hint: 'Check the agent id, or enroll the machine again under a new id.' },
  clock_skew: { status: 401, exit: 82, title: 'The clock of the machine is off by more than 30 s', hint: 'Set the clock by the server time in the answer.' },
  bad_frame: { status: 400, exit: 83, title: 'A frame could not be read', hint: 'Both sides of this channel have to speak the protocol of docs/reference/frames.md.' },
  envelope_broken: { status: 400, exit: 84, title: 'A frame came out of order or with a wrong seal', hint: 'Something between agent and server changes the traffic; look at the proxies.' },
  connection_limit: { status: 429, exit: 85, title: 'Too many connections from this address', hint: 'Wait; connections that are not authenticated are closed after 5 s.' },
  agent_revoked: { status: 403, exit: 35, title: 'The enrollment of this agent was revoked', hint: 'There is no way back: enroll the machine under a new id.' },
  connection_replaced: { status: 409, exit: 86, title: 'A newer connection of this agent took over', hint: 'Run one daemon per enrolled machine.' },

  // programs that ask through the Model Context Protocol
  mcp_session_not_found: { status: 404, exit: 87, title: 'No such MCP session', hint: 'Send initialize without a session id; the answer carries a new one in Mcp-Session-Id. One that was idle for 30 minutes is over.' },
  mcp_version_unsupported: { status: 400, exit: 88, title: 'This version of MCP is not spoken here', hint: 'Send in MCP-Protocol-Version what initialize answered.' },
  mcp_message_refused: { status: 400, exit: 89, title: 'This is not a message of MCP', hint: 'Send one JSON-RPC 2.0 message at a time; docs/guides/mcp.md has an example.' },

  // ourselves
  audit_unavailable: { status: 503, exit: 90, title: 'The log cannot be written, so nothing was done', hint: 'Try again when GET /readyz answers 200.' },
  outcome_unrecorded: { status: 503, exit: 91, title: 'The outcome could not be recorded, so the result is withheld', hint: 'Whether it acted is unknown; the intent is in the log.' },
  shutting_down: { status: 503, exit: 92, title: 'The server is shutting down', hint: 'Try again in a moment.' },
  internal: { status: 500, exit: 99, title: 'Something broke on our side', hint: 'Quote the request id.' },
} as const satisfies Record<string, ErrorSpec>;

export type ErrorCode = keyof typeof table;
export const ERRORS: Readonly<Record<ErrorCode, ErrorSpec>> = table;
export const isErrorCode = (text: string): text is ErrorCode => Object.hasOwn(table, text);

/** `internal` goes to logs and audit; it has no path to a caller. `facts` are for the caller. */
export type Denial = {
  readonly code: ErrorCode;
  readonly internal?: string;
  readonly facts?: DenialFacts;
};
/** What a caller needs beyond the code to mend the request. */
export type DenialFacts = {
  readonly server_time?: string;
  readonly retry_after_s?: number;
  readonly problems?: readonly string[];
  readonly receipt?: KeptReceipt; // of a command whose result is gone
  readonly refused_by?: 'machine'; // the server had let it through
};
/** Where a command stands in the log, and the machine's word on it. */
export type KeptReceipt = {
  readonly leaf_index: number;
  readonly outcome_index: number;
  readonly checkpoint: string;
  readonly agent_signature: string;
  readonly result_sha256: string;
};

export const deny = (code: ErrorCode, internal?: string): Denial => (internal === undefined ? { code } : { code, internal });
export const denyWith = (code: ErrorCode, facts: DenialFacts): Denial => ({ code, facts });

export type Problem = DenialFacts & {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly hint: string;
  readonly request_id: string;
};

/** application/problem+json. `internal` is not read here, so it cannot leak. */
export function toProblem(denial: Denial, requestId: string): Problem {
  const { status, title, hint } = ERRORS[denial.code];
  const type = `/docs/reference/errors#${denial.code}`;
  return { type, title, status, code: denial.code, hint, request_id: requestId, ...denial.facts };
}
