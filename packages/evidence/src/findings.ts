/**
 * Everything that can be found, as data: what it means and what to do about it stands beside each code, once. A finding that
 * `fails` means that something does not hold; the others say what could not be told, or is worth a look.
 */
import { cleanText } from '@argus/protocol/text.ts';

export type FindingRow = { readonly fails: boolean; readonly says: string; readonly means: string; readonly next: string };

const ASK = 'Keep this file and your trust file, and ask the operator of the server, in writing, to explain it.';
const STOP = `Switch remote support off on your machines (argus-agent remote-support-off). ${ASK}`;

export const FINDINGS = {
  entry_unreadable: { fails: true, says: 'an entry cannot be read', means: 'It was changed after it was written, or it is of a newer kind than this program knows.', next: `Try the newest argus-verify. If that finds it too: ${ASK}` },
  entry_out_of_place: { fails: true, says: 'an entry is not where it says it is', means: 'Entries were removed, added or put in another order.', next: ASK },
  entry_of_another_log: { fails: true, says: 'an entry is of another tenant or installation', means: 'Somebody put an entry of another log into yours.', next: ASK },
  name_misleading: { fails: true, says: 'a text in an entry is made to be mistaken for another', means: 'It has characters nobody can see, or a name in letters of two alphabets that look alike.', next: ASK },
  time_runs_backwards: { fails: true, says: 'the time in the log runs backwards', means: 'An entry was dated back, or a clock of the server was wrong by more than five minutes.', next: ASK },
  log_key_change_wrong: { fails: true, says: 'the log key is said to have changed, and the key your machine knows does not lead there', means: 'A key is only followed by one that it names itself, under its own signature, in an entry of the log, once.', next: STOP },
  checkpoint_unreadable: { fails: true, says: 'the checkpoint cannot be read', means: 'Without it nothing says how long the log is and what is in it.', next: 'Fetch the log or the bundle again.' },
  checkpoint_not_trusted: { fails: true, says: 'the checkpoint is not signed by a trusted log key', means: 'Whoever made this does not have the log key your machine trusts, or it is of another tenant or installation.', next: STOP },
  entries_missing: { fails: true, says: 'there are not as many entries as the checkpoint says', means: 'The end of the log was taken away, or it was not given out.', next: ASK },
  root_differs: { fails: true, says: 'the entries are not the ones the checkpoint was signed over', means: 'At least one entry was changed, added or removed after the checkpoint was signed.', next: STOP },
  inclusion_wrong: { fails: true, says: 'an entry is not in the tree of the checkpoint', means: 'It was changed or made up, or its proof was.', next: STOP },
  earlier_checkpoint_differs: { fails: true, says: 'an earlier signed checkpoint is not of this log', means: 'The log key has signed two different histories. That is never a mistake of yours.', next: STOP },
  earlier_checkpoint_not_trusted: { fails: true, says: 'an earlier checkpoint is not signed by a trusted log key', means: 'Something was slipped in among the checkpoints.', next: ASK },
  another_history: { fails: true, says: 'this is not the log your machine has followed', means: 'Your machine saw a checkpoint that contradicts this log: entries it stood on were changed or removed.', next: STOP },
  shorter_than_followed: { fails: true, says: 'the log is shorter than what your machine has followed', means: 'Its end was taken away, a backup was put back, or this was made before your trust file was exported.', next: `Fetch a new one. If that is too short as well: ${STOP}` },
  acted_entry_differs: { fails: true, says: 'the entry your machine last acted on is another one here', means: 'What your machine did is not what this log says it was asked to do.', next: STOP },
  agent_key_differs: { fails: true, says: 'the log names another key for your machine', means: 'Signatures in this log would be checked with a key your machine does not have.', next: STOP },
  not_tied_to_machine: { fails: false, says: 'self-consistent only', means: 'Nothing your own machine has seen was compared with this. Whoever has the log key could have written another log that agrees with itself as well.', next: 'Export a trust file on a machine of yours (argus-agent trust export), newer or older, and check again with --trust. For a part of a log, check the whole log instead.' },
  log_key_not_known: { fails: false, says: 'the signature of the checkpoint was not checked', means: 'Without a trust file nobody said which key the log is signed with.', next: 'Check again with --trust.' },

  outcome_without_intent: { fails: true, says: 'an outcome answers nothing that was asked', means: 'The entry it answers was removed or changed, or the outcome was made up.', next: ASK },
  second_outcome: { fails: true, says: 'something has two outcomes', means: 'The record says two different things of one act.', next: ASK },
  outcome_differs: { fails: true, says: 'an outcome is about something else than what was asked', means: 'Who, where or what differs between what was asked and what is said to have come of it.', next: ASK },
  intent_without_outcome: { fails: true, says: 'something was asked for, and nothing says what came of it', means: 'The act may have happened. Its outcome was left out, or the server died and never came back to it.', next: ASK },
  open_intent: { fails: false, says: 'something was asked for and is still open', means: 'It may be running right now, or this part of the log ends before its outcome.', next: 'Check again in ten minutes, or check the whole log.' },
  request_reused: { fails: true, says: 'one request was made twice', means: 'A request id is spent for good. Somebody had a command carried out again under the name of an earlier one.', next: ASK },
  late_outcome_unfounded: { fails: true, says: 'a late answer belongs to nothing that was unknown', means: 'A late answer completes an outcome that is unknown, once. This one rewrites something.', next: ASK },

  outcome_unsigned: { fails: true, says: 'an answer is said to be of your machine, and is not signed by it', means: 'Only the server says so.', next: ASK },
  signature_wrong: { fails: true, says: 'a signature of a machine does not hold', means: 'What is said to have been answered is not what the machine signed.', next: STOP },
  signature_not_checkable: { fails: false, says: 'an answer of a machine could not be checked', means: 'The server says that it could not use what the machine answered, and what it keeps of it is not what was signed.', next: 'Compare with the record on the machine: argus-verify compare.' },
  machine_unknown: { fails: true, says: 'a machine acts that was never enrolled', means: 'The log has no entry that names its key.', next: ASK },
  machine_key_unknown: { fails: false, says: 'the key of a machine is not in this part of the log', means: 'Its signatures were checked with the key the bundle names, which nothing here confirms, or not at all.', next: 'Check the whole log, or use the trust file of that machine.' },
  enrolled_twice: { fails: true, says: 'a machine was enrolled twice under one id', means: 'Ids are never used again. Another key now signs in the name of this machine.', next: STOP },
  revoked_machine_used: { fails: true, says: 'a machine was used after it was revoked', means: 'A revoked machine is out for good.', next: STOP },

  session_reused: { fails: true, says: 'a session was opened twice', means: 'One handle stands for two sessions, so nobody can tell what belongs to which.', next: ASK },
  two_sessions: { fails: true, says: 'a machine had two sessions at once', means: 'A machine has one session at a time. One of them was not what it says.', next: ASK },
  time_box_wrong: { fails: true, says: 'a session has no time box, or one beyond 120 minutes', means: 'No machine wakes for that. The entry was made by something else than Argus.', next: STOP },
  command_outside_session: { fails: true, says: 'a command was given outside of any open session', means: 'It was given before the session stood, after it had ended, or there was none.', next: STOP },
  command_of_another: { fails: true, says: 'a command is not by the operator, or not for the machine, of its session', means: 'A session belongs to one operator and one machine.', next: STOP },
  command_after_time: { fails: true, says: 'something was done after the time of its session was up', means: 'The time box was not kept.', next: STOP },
  end_without_session: { fails: true, says: 'a session ended that had not begun', means: 'Its beginning was removed, or its end was made up.', next: ASK },
  second_end: { fails: true, says: 'a session ended twice', means: 'The record says two different things of one end.', next: ASK },
  end_unsigned: { fails: true, says: 'an end is said to be the word of your machine, and is not signed by it', means: 'Only the server says so.', next: ASK },
  closed_without_end: { fails: true, says: 'a last word of a machine belongs to no session that had ended', means: 'The end was removed, or the last word was said twice.', next: ASK },
  session_never_ended: { fails: true, says: 'a session never ended', means: 'Its time is long over and nothing says how it ended.', next: ASK },
  session_open: { fails: false, says: 'a session is open', means: 'It is within its time, or this part of the log ends before it does.', next: 'Check again when it is over, or check the whole log.' },
  failed_to_close: { fails: false, says: 'a machine did not say in time that a session was over', means: 'It was switched off or cut off. Until its last word comes, only the server says how that session ended.', next: 'Look at the machine: argus-agent activity.' },

  armed_without_consent: { fails: true, says: 'remote support was armed without a consent', means: 'No consent of yours stood when somebody opened the door.', next: STOP },
  activated_without_consent: { fails: true, says: 'a session was opened without a consent', means: 'No consent of yours stood at that moment.', next: STOP },
  activated_unarmed: { fails: true, says: 'a session was opened while remote support was not armed', means: 'The door was shut at that moment.', next: STOP },
  scope_differs: { fails: true, says: 'a session was opened under another scope than the one you consented to', means: 'The machine was told that you consented to something else.', next: STOP },
  receipt_differs: { fails: true, says: 'a session was opened under another signed consent than the one on record', means: 'What the machine was shown is not what the log says stood at that moment.', next: STOP },
  operator_proof_unchecked: { fails: false, says: 'a session was opened with a passkey, and that was not checked here', means: 'Your consent names the passkey. Whether it was used for this session, this program cannot tell.', next: 'Check with argus-verify.' },
  operator_proof_wrong: { fails: true, says: 'a session was opened without the proof of an operator your consent asks for', means: 'Your consent names the keys of those who may open a session. None of them was used for this one.', next: STOP },
  outside_scope: { fails: true, says: 'something was done that the consent does not cover', means: 'You consented to other commands, cameras, machines or hours.', next: STOP },
  command_while_closed: { fails: true, says: 'a command was given after the consent was withdrawn or remote support disarmed', means: 'Both end every session at once.', next: STOP },
  scope_not_readable: { fails: false, says: 'what a consent covers could not be compared', means: 'It is so long that the log has only its digest.', next: 'Compare the digest with the document you signed.' },

  receipt_wrong: { fails: true, says: 'a consent that is said to be signed by you is not', means: 'Its signature does not hold under the consent key in your trust file, or it is for another tenant.', next: STOP },
  receipt_missing: { fails: true, says: 'a consent signed by the owner is named in the log, and is not here', means: 'It was left out, or something else was put in its place.', next: ASK },
  receipt_unfounded: { fails: true, says: 'a consent signed by the owner is here, and no entry names it', means: 'It is of another time or another log, or the entry that recorded it is gone.', next: ASK },
  receipt_not_checked: { fails: false, says: 'a consent signed by the owner was not checked', means: 'The trust file has no consent key, or there is none.', next: 'Check with the trust file of a machine that has your consent key pinned.' },
  kept_without_consent: { fails: true, says: 'a result was kept that no consent of yours has kept', means: 'It was kept without your word, or sealed to another key than the one in your consent.', next: STOP },
  kept_altered: { fails: true, says: 'a kept result is not the one its entry names', means: 'It was changed, or it is the one of another command. What the machine answered is lost here; its digest is still in the log.', next: ASK },
  kept_missing: { fails: true, says: 'a result is said to be kept, and is not here', means: 'It was left out, or taken away before its time.', next: ASK },
  kept_unfounded: { fails: true, says: 'a kept result is here, and no entry names it', means: 'It was put there, or its entry is gone.', next: ASK },
  kept_of_another_key: { fails: true, says: 'a kept result is sealed to another key than the one you gave', means: 'It was kept under a consent that names another key of yours.', next: 'Open it with that key.' },
  kept_does_not_open: { fails: true, says: 'a kept result does not open to what the machine signed', means: 'The machine sealed something else than it answered.', next: 'Find out who can write as the user of argus-agent on that machine.' },
  cosignature_wrong: { fails: true, says: 'a machine is said to have cosigned this log, and has not', means: 'The line is not its signature over a checkpoint of this log.', next: ASK },
  cosignature_not_checked: { fails: false, says: 'a cosignature could not be checked', means: 'It is over a size of which nothing here tells the root, or of a machine whose key is not known.', next: 'Check the whole log.' },
  bundle_line_unreadable: { fails: true, says: 'a line of the bundle cannot be read', means: 'The bundle was changed, or is of a newer kind than this program knows.', next: 'Fetch it again.' },
  bundle_contradicts_itself: { fails: true, says: 'the parts of the bundle do not fit together', means: 'It was put together from several, or changed.', next: 'Fetch it again.' },
  digest_differs: { fails: true, says: 'a file of the bundle is not the one its list of digests names', means: 'It was changed after the bundle was made, or the list was.', next: 'Fetch it again and compare the two.' },

  journal_chain_broken: { fails: true, says: 'the record on the machine is not whole', means: 'Somebody or something changed it, or part of it is missing.', next: 'Find out who can write as the user of argus-agent on that machine.' },
  machine_saw_fork: { fails: true, says: 'the machine has seen two histories', means: 'The server showed it a signed checkpoint that contradicts what it had followed.', next: STOP },
  act_not_in_log: { fails: true, says: 'the machine did something that this log does not have', means: 'The entry was removed or changed after the machine acted on it.', next: STOP },
  act_differs: { fails: true, says: 'the machine was asked for something else than this log says', means: 'The entry was changed after the machine acted on it.', next: STOP },
  answer_differs: { fails: true, says: 'the machine and the log say different things of what came of an act', means: 'The outcome in the log is not the one on the machine.', next: ASK },
  act_not_on_machine: { fails: true, says: 'the log says the machine did something, and the machine has no record of it', means: 'It was made up, or the record on the machine was changed.', next: ASK },
  request_not_in_log: { fails: true, says: 'the machine acted on a request that this log does not have', means: 'The entry was removed or changed after the machine acted on it.', next: STOP },
  journal_is_newer: { fails: false, says: 'the machine has acted since this was made', means: 'Acts beyond the end of this log could not be compared.', next: 'Check again with a newer bundle, or live.' },
} as const satisfies Record<string, FindingRow>;
export type FindingCode = keyof typeof FINDINGS;

export type Finding = {
  readonly code: FindingCode;
  readonly index?: number; // of the entry
  readonly says: string;
  readonly means: string;
  readonly next: string;
};

/** What is looked at, each with what can be said when nothing of it fails. Every finding belongs to one. */
export const AREAS: readonly { readonly holds: string; readonly codes: readonly FindingCode[] }[] = [
  { holds: 'The checkpoint is signed by the log key, and the entries are exactly those it was signed over.', codes: ['checkpoint_unreadable', 'checkpoint_not_trusted', 'log_key_change_wrong', 'log_key_not_known', 'entries_missing', 'root_differs', 'inclusion_wrong', 'earlier_checkpoint_differs', 'earlier_checkpoint_not_trusted'] },
  { holds: 'It is the log your machine has followed.', codes: ['another_history', 'shorter_than_followed', 'acted_entry_differs', 'agent_key_differs', 'not_tied_to_machine'] },
  { holds: 'Every entry can be read, is of your log, and stands in its place and time.', codes: ['entry_unreadable', 'entry_out_of_place', 'entry_of_another_log', 'name_misleading', 'time_runs_backwards'] },
  { holds: 'Whatever was asked for has one outcome, and nothing was asked for twice under one id.', codes: ['outcome_without_intent', 'second_outcome', 'outcome_differs', 'intent_without_outcome', 'open_intent', 'request_reused', 'late_outcome_unfounded'] },
  { holds: 'What machines are said to have answered, they have signed.', codes: ['outcome_unsigned', 'signature_wrong', 'signature_not_checkable', 'machine_unknown', 'machine_key_unknown', 'enrolled_twice', 'revoked_machine_used', 'end_unsigned'] },
  { holds: 'Every session kept to its operator, machine and time, and ended once.', codes: ['session_reused', 'two_sessions', 'time_box_wrong', 'command_outside_session', 'command_of_another', 'command_after_time', 'end_without_session', 'second_end', 'closed_without_end', 'session_never_ended', 'session_open', 'failed_to_close'] },
  { holds: 'Sessions were opened only while a consent of yours stood and remote support was armed.', codes: ['armed_without_consent', 'activated_without_consent', 'activated_unarmed', 'scope_differs', 'receipt_differs', 'operator_proof_wrong', 'operator_proof_unchecked', 'outside_scope', 'command_while_closed', 'scope_not_readable'] },
  { holds: 'What stands beside the log is signed by whom it says.', codes: ['receipt_wrong', 'receipt_missing', 'receipt_unfounded', 'receipt_not_checked', 'kept_without_consent', 'kept_altered', 'kept_missing', 'kept_unfounded', 'kept_of_another_key', 'kept_does_not_open', 'cosignature_wrong', 'cosignature_not_checked'] },
];
/** Only of a bundle, and only where the machine's own record was compared. */
export const AREA_OF_BUNDLES: (typeof AREAS)[number] = { holds: 'The parts of the bundle fit together.', codes: ['bundle_line_unreadable', 'bundle_contradicts_itself', 'digest_differs'] };
export const AREA_OF_MACHINES: (typeof AREAS)[number] = {
  holds: 'What the machine has done is in the log, and what the log says it has done is on the machine.',
  codes: ['journal_chain_broken', 'machine_saw_fork', 'act_not_in_log', 'act_differs', 'answer_differs', 'act_not_on_machine', 'request_not_in_log', 'journal_is_newer'],
};

export const EXIT = { holds: 0, does_not_hold: 1, usage: 2, cannot_be_read: 3 } as const;
export const exitOf = (code: FindingCode): number => (FINDINGS[code].fails ? EXIT.does_not_hold : EXIT.holds);

/** A log that is wrong everywhere is said to be so in a few lines; the rest is counted. */
const KEPT_OF_EACH = 20;
/** What stands in an entry is a stranger's text: plain and short wherever it is shown. */
const DETAIL_MAX = 300;

export type Found = { readonly findings: readonly Finding[]; readonly counts: Readonly<Partial<Record<FindingCode, number>>> };
export type Note = (code: FindingCode, where?: { readonly index?: number | undefined; readonly detail?: string }) => void;

export type Findings = { readonly note: Note; readonly found: () => Found };

export function createFindings(): Findings {
  const findings: Finding[] = [];
  const counts: Partial<Record<FindingCode, number>> = {};
  return {
    note(code, { index, detail } = {}) {
      const count = (counts[code] = (counts[code] ?? 0) + 1);
      if (count > KEPT_OF_EACH) return;
      const { says, means, next } = FINDINGS[code];
      findings.push({ code, ...(index !== undefined && { index }), says: detail === undefined ? says : `${says}: ${cleanText(detail, DETAIL_MAX)}`, means, next });
    },
    found: () => ({ findings, counts }),
  };
}
