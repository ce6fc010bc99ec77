/**
 * The ways to cheat we know of, and who says so. Each row is a test (e2e/cheats.e2e.test.ts): it is done to a copy of a real
 * server's record, and each checker has to say exactly what stands here, or nothing where nothing stands.
 */
export const CHECKERS = {
  server: 'The server, at its start and at its next entry in this log',
  auditor: 'The coming nightly audit, or the same audit of everything on demand',
  kept: 'The checkpoints kept outside the database: at the start of a server, by fsck and by the nights',
  witness: 'The machine, when it is given its next order',
  argus_verify: 'argus-verify (TypeScript), of the live server or a bundle, with the trust file of the machine',
  second: 'The second verifier (Python), of a bundle, with the trust file of the machine',
} as const;
export type Checker = keyof typeof CHECKERS;

export const ATTACKERS = {
  database: 'The owner of the database: every right on every table, no key',
  server: 'The control plane itself: the database, the log key, and the files of the server, so what it keeps there counts for nothing',
} as const;

export type Cheat = {
  readonly by: keyof typeof ATTACKERS;
  readonly what: string;
  /** A part of what each says. Absent: it does not notice. */
  readonly caught: { readonly [C in Checker]?: string };
  /** Why nobody can tell, or what has to be added. */
  readonly why?: string;
};

const ROOT = 'do not have the root';
/** The server does not build on a log that does not match its checkpoint, and hands nothing of it out. */
const WITHOUT_KEPT = { server: 'does not match its last checkpoint', witness: 'no order reaches it', argus_verify: 'checkpoint could not be read' } as const;
const STOPPED = { ...WITHOUT_KEPT, argus_verify: 'root_differs', kept: 'checkpoint_contradicted' } as const;
const SHORT = { kept: 'tree_shorter' } as const;
const FOLLOWED = { ...SHORT, argus_verify: 'shorter_than_followed', second: 'the machine has followed the log to' } as const;
const FORK = { witness: 'a fork', argus_verify: 'another_history' } as const;
const UNSEEN = 'No machine has followed the log that far and no night has audited it: until then the server is the only one who knows.';

const table = <const T extends Readonly<Record<string, Cheat>>>(cheats: T): T => cheats;
export const CHEATS = table({
  edit_operator: { by: 'database', what: 'Puts another operator into an entry', caught: { auditor: 'leaf_changed', argus_verify: 'root_differs', second: ROOT } },
  edit_old_operator: { by: 'database', what: 'The same, in an entry an earlier night has audited', caught: { auditor: 'on demand: leaf_changed', argus_verify: 'root_differs', second: ROOT }, why: 'A night looks at what is new since the last one.' },
  edit_reason_everywhere: { by: 'database', what: 'Changes a reason in both stores and the tree, hashes and all', caught: { ...STOPPED, auditor: 'root_differs', second: ROOT } },
  edit_args_commit: { by: 'database', what: 'Changes what an order was asked with (args_commit), everywhere', caught: { ...STOPPED, auditor: 'root_differs', second: ROOT } },
  swap_fields: { by: 'database', what: 'Exchanges operator and reason of an entry, everywhere', caught: { ...STOPPED, auditor: 'root_differs', second: ROOT } },
  delete_leaf: { by: 'database', what: 'Deletes one leaf', caught: { auditor: 'leaf_missing', argus_verify: 'entry_out_of_place', second: 'is missing' } },
  delete_pair: { by: 'database', what: 'Deletes an order and its outcome everywhere, and renumbers the rest', caught: { ...STOPPED, ...SHORT, auditor: 'root_differs', second: ROOT } },
  drop_denial: { by: 'database', what: 'Drops a refusal everywhere, and renumbers the rest', caught: { ...STOPPED, ...SHORT, auditor: 'root_differs', second: ROOT } },
  swap_leaves: { by: 'database', what: 'Exchanges two entries', caught: { ...STOPPED, auditor: 'root_differs', second: ROOT } },
  reuse_index: { by: 'database', what: 'Lets two entries have the same index', caught: { ...STOPPED, auditor: 'leaf_misplaced', second: ROOT } },
  truncate: { by: 'database', what: 'Goes back to an earlier checkpoint, below what the machine has followed', caught: { ...FOLLOWED, witness: 'the server has no proof' }, why: 'To the server and the nights it looks like a restored backup, which somebody has to accept, by name and on record.' },
  truncate_below_the_night: { by: 'database', what: 'The same, below what a night has audited, and makes the nights forget', caught: { ...FOLLOWED, witness: 'the server has no proof' } },
  truncate_and_go_on: { by: 'database', what: 'Takes the last followed entry away and lets the server go on', caught: { ...FOLLOWED, witness: 'a fork: two logs of the same size' } },
  cut_session_end: { by: 'database', what: 'Goes back to the checkpoint before a session ended, after what the machine has followed', caught: SHORT, why: 'No machine has followed the log that far and no night has audited it: without what is kept outside the database nobody could tell.' },
  delete_history: { by: 'database', what: 'Deletes everything before a date, and renumbers the rest', caught: { ...STOPPED, ...SHORT, auditor: 'root_differs', second: 'the machine has followed the log to' } },
  back_date: { by: 'database', what: 'Dates an order back', caught: { ...STOPPED, auditor: 'root_differs', second: ROOT } },
  forge_outcome: { by: 'database', what: 'Tells a refusal as a success', caught: { ...STOPPED, auditor: 'root_differs', second: ROOT } },
  move_entry: { by: 'database', what: "Moves an entry into another tenant's tree", caught: { ...STOPPED, ...SHORT, auditor: 'root_differs, leaf_unsigned', second: ROOT } },
  change_instance: { by: 'database', what: 'Lets an entry be of another installation', caught: { ...STOPPED, auditor: 'leaf_misplaced', second: ROOT } },
  not_canonical: { by: 'database', what: 'Puts a space into the JSON of an entry', caught: { auditor: 'leaf_changed', argus_verify: 'entry_unreadable', second: ROOT } },
  duplicate_key: { by: 'database', what: 'Puts a second operator of the same key into the JSON of an entry', caught: { auditor: 'leaf_changed', argus_verify: 'entry_unreadable', second: ROOT } },
  look_alike_name: { by: 'database', what: 'Writes an operator with Cyrillic letters that look the same', caught: { auditor: 'leaf_changed', argus_verify: 'root_differs', second: ROOT } },
  replay_consent: { by: 'database', what: 'Appends an old consent once more', caught: { auditor: 'leaf_unsigned', server: 'lost the race', witness: 'no order reaches it' }, why: 'Beyond the last checkpoint it is not part of the log, and is in no bundle.' },
  checkpoint_rolled_back: { by: 'database', what: 'Deletes the newest checkpoints and leaves the entries', caught: { ...FOLLOWED, auditor: 'leaf_unsigned', server: 'lost the race', witness: 'no order reaches it' } },
  checkpoint_of_another_tree: { by: 'database', what: 'Puts the checkpoint of another tenant there', caught: { ...WITHOUT_KEPT, auditor: 'checkpoint_forged', second: 'not signed by a known log key under this name' } },
  change_node: { by: 'database', what: 'Changes a stored hash above the leaves', caught: { auditor: 'node_changed' }, why: 'Whoever recomputes the root does not need it. A proof made with it does not hold.' },
  edit_audit_row: { by: 'database', what: 'Edits the audit row only', caught: { auditor: 'audit_differs' }, why: 'The tree still has the truth, and that is what a tenant is given.' },
  edit_event: { by: 'database', what: 'Edits the event only', caught: { auditor: 'event_differs' }, why: 'The same.' },
  delete_audit_row: { by: 'database', what: 'Deletes an audit row', caught: { auditor: 'audit_row_missing' }, why: 'The same.' },
  edit_both_stores: { by: 'database', what: 'Edits audit row and event alike, and leaves the tree', caught: { auditor: 'event_differs, audit_differs' }, why: 'The same.' },
  another_log_key: { by: 'server', what: 'Signs everything with a log key of its own making', caught: { auditor: 'checkpoint_forged', witness: 'signed by a trusted log key', argus_verify: 'checkpoint_not_trusted', second: 'not signed by a known log key' } },
  key_edit_everywhere: { by: 'server', what: 'Edits both stores and the tree, signs again, and makes the nights believe it', caught: { ...FORK, second: ROOT }, why: 'Only who holds something from outside can tell: the machine, and its trust file.' },
  key_delete_pair: { by: 'server', what: 'Deletes an order and its outcome, and signs again', caught: { ...FORK, second: ROOT } },
  key_truncate_and_regrow: { by: 'server', what: 'Cuts the log and lets it grow past its old size with other entries', caught: { ...FORK, second: ROOT } },
  key_two_roots: { by: 'server', what: 'Shows another viewer another log of the very size the machine has seen', caught: { ...FORK, second: ROOT } },
  key_other_viewer: { by: 'server', what: 'Shows another machine of the tenant another log, and the tenant this one', caught: { argus_verify: 'another_history', second: ROOT }, why: "Found by checking one log against both machines' trust files. Each machine alone sees nothing wrong." },
  key_delete_history: { by: 'server', what: 'Deletes everything before a date, and signs again', caught: { ...FORK, second: ROOT } },
  key_other_origin: { by: 'server', what: 'Signs this tree under the name of another', caught: { ...WITHOUT_KEPT, auditor: 'checkpoint_forged', second: 'not signed by a known log key under this name' } },
  key_move_entry: { by: 'server', what: "Puts another tenant's entry into this tree, signed", caught: { auditor: 'leaf_misplaced', argus_verify: 'entry_of_another_log', second: 'it says it is of' } },
  key_change_instance: { by: 'server', what: 'Puts an entry of another installation into this tree, signed', caught: { auditor: 'leaf_misplaced', argus_verify: 'entry_of_another_log', second: 'it says it is of' } },
  key_duplicate_key: { by: 'server', what: 'Signs an entry with two operators of the same key', caught: { auditor: 'leaf_misplaced', argus_verify: 'entry_unreadable', second: 'canonical' } },
  key_wrong_index: { by: 'server', what: 'Signs an entry that names the index of another', caught: { auditor: 'leaf_misplaced', argus_verify: 'entry_out_of_place', second: 'says it is entry' } },
  key_forge_outcome: { by: 'server', what: 'Tells what a machine did as refused, where no machine has followed yet', caught: { argus_verify: 'signature_wrong', second: 'not signed by the machine' } },
  key_forge_agent_signature: { by: 'server', what: 'Invents a command and signs for the machine with another key', caught: { argus_verify: 'signature_wrong', second: 'not signed by the machine' } },
  key_other_agent_key: { by: 'server', what: "Exchanges the machine's key in the entry that enrolled it, and signs with that", caught: { ...FORK, second: ROOT } },
  key_invent_session: { by: 'server', what: 'Invents a whole session with an answered command', caught: { argus_verify: 'signature_wrong', second: 'not signed by the machine' } },
  key_invent_end: { by: 'server', what: 'Ends a session that never began', caught: { argus_verify: 'end_without_session', second: 'never began' } },
  key_back_date_order: { by: 'server', what: 'Dates an order back that the machine has truly answered', caught: { argus_verify: 'time_runs_backwards', second: 'the machine signed at' } },
  key_look_alike_name: { by: 'server', what: 'Signs an operator in letters of two alphabets', caught: { argus_verify: 'name_misleading', second: 'two alphabets' } },
  key_hidden_character: { by: 'server', what: 'Signs an operator with a character nobody can see', caught: { argus_verify: 'name_misleading', second: 'nobody can see' } },
  key_edit_unfollowed: { by: 'server', what: 'Edits an entry no machine has followed yet, and signs again', caught: {}, why: UNSEEN },
  key_drop_fresh_denial: { by: 'server', what: 'Drops a refusal no machine has followed yet, and signs again', caught: {}, why: `${UNSEEN} A refusal moves no machine, so only who was refused could miss it.` },
  key_cut_fresh_end: { by: 'server', what: 'Cuts the end of a session no machine has followed yet', caught: {}, why: `${UNSEEN} The machine says its last word again on its next line.` },
  key_back_date_fact: { by: 'server', what: 'Dates back an entry no machine has followed yet', caught: { argus_verify: 'time_runs_backwards', second: 'time runs backwards' }, why: 'By hours: an entry from before the one above it shows. By minutes it would not.' },
  key_replay_consent: { by: 'server', what: 'Appends an old consent once more, signed', caught: {}, why: 'Consent is recorded by the server, and the same one twice is no lie. What it cannot bring back is one the owner has replaced or revoked: machines take no lower serial.' },
  key_unanswered_session: { by: 'server', what: 'Invents a session in which no machine answered, after a disarm', caught: { argus_verify: 'activated_unarmed', second: 'used before' }, why: 'Before the disarm, and where the consent names no operators, nobody would find it: that a machine was silent needs no signature. Its own activity journal has no such session.' },
  key_move_operator_proof: { by: 'server', what: "Opens a session with the operator's proof of another one", caught: { argus_verify: 'operator_proof_wrong', second: 'used before' } },
  key_other_operator_proof: { by: 'server', what: 'Opens a session with a proof for another reason', caught: { argus_verify: 'operator_proof_wrong', second: 'not over this activation' } },
  key_rotate_by_stranger: { by: 'server', what: 'Writes a change of the log key that no known key signed', caught: { argus_verify: 'log_key_change_wrong', second: 'no key known here leads to it' } },
  key_rotate_twice: { by: 'server', what: 'Changes the log key, and changes it from the same key once more', caught: { argus_verify: 'log_key_change_wrong', second: 'no key known here leads to it' } },
  key_old_after_rotation: { by: 'server', what: 'Changes the log key, and signs on with the old one', caught: { argus_verify: 'checkpoint_not_trusted', second: 'not signed by a known log key' }, why: 'A machine that was not told of the change goes on with the key it knows. One that was takes nothing of the old key any more.' },
  drop_receipt: { by: 'server', what: 'Leaves the consent the owner signed out of a bundle', caught: { argus_verify: 'receipt_missing', second: 'not in receipts.ndjson' } },
  swap_receipt: { by: 'server', what: 'Puts another consent of the same owner into a bundle', caught: { argus_verify: 'receipt_missing', second: 'no entry names receipt' } },
  alter_kept: { by: 'database', what: 'Changes bytes of a kept result', caught: { argus_verify: 'kept_altered', second: 'kept result is not the one it names' }, why: 'Neither takes the key of the owner for it: the entry has the digest of what was sealed.' },
  swap_kept: { by: 'database', what: 'Puts kept results in the place of one another', caught: { argus_verify: 'kept_altered', second: 'kept result is not the one it names' } },
  drop_kept: { by: 'database', what: 'Takes a kept result away before its time', caught: { argus_verify: 'kept_missing', second: 'not in kept.ndjson' } },
  key_kept_without_consent: { by: 'server', what: 'Keeps a result in a session whose consent has none kept', caught: { argus_verify: 'kept_without_consent', second: 'no consent has it kept' } },
  strip_cosignature: { by: 'server', what: 'Leaves the cosignatures of machines out of a bundle', caught: {}, why: 'Nothing says that there were any. The bundle stands on the trust file without them.' },
  forge_cosignature: { by: 'server', what: 'Adds a cosignature no machine made', caught: { argus_verify: 'cosignature_wrong', second: 'a cosignature by' } },
});
export type CheatId = keyof typeof CHEATS;
