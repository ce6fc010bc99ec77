/** Each cheat of the table (verify/cheats.ts), done to a copy of the honest record. */
import { canonicalJson, type Json } from '@argus/kit/canonical-json.ts';
import { toBase64, toHex, utf8 } from '@argus/kit/bytes.ts';
import { signingKeyOf, type SigningKey } from '@argus/keys/ed25519.ts';
import { sha256, sha256Hex } from '@argus/keys/hash.ts';
import { seal } from '@argus/keys/seal.ts';
import { systemRandom } from '@argus/keys/random.ts';
import { signValue } from '@argus/keys/signature.ts';
import { keyId } from '@argus/ledger/note.ts';
import { leafHash } from '@argus/ledger/hash.ts';
import { inclusionProof } from '@argus/ledger/proofs.ts';
import { createCheckpoints } from '@argus/ops-api/ledger/checkpoints.ts';
import type { Leaf } from '@argus/protocol/leaf.ts';
import { cosignerOf } from '@argus/protocol/origin.ts';
import { rotationArgs, rotationValue } from '@argus/protocol/log-keys.ts';
import type { TrustFile } from '@argus/protocol/trust.ts';
import type { CheatId } from '../../verify/cheats.ts';
import type { BundleParts } from '../../verify/testing/write-bundle.ts';
import { storedTree } from '../../packages/ledger/vectors/stored-tree.ts';
import { leafOf, type Forger, type Row } from './forger.ts';
import { OTHER, OURS, type Honest } from './honest.ts';

export type Scene = { readonly forger: Forger; readonly honest: Honest; readonly entries: readonly Required<Row>[]; readonly at: Places };
/** `trust`: what the owner checks against, where that is the cheat; `change`: what is done to the bundle on its way out. */
export type Deed = (scene: Scene) => Promise<void | { readonly trust?: TrustFile; readonly change?: (parts: BundleParts) => BundleParts }>;

const STRANGER = signingKeyOf(new Uint8Array(32).fill(7));

export type Places = ReturnType<typeof placesIn>;
/** Where in the honest log what stands. `fresh` ones no night has audited; `tail` is what the machine has not followed. */
export function placesIn(entries: readonly Row[], { followed, audited }: Pick<Honest, 'followed' | 'audited'>) {
  const leaves = entries.map(({ text }) => leafOf(text));
  const find = (what: string, wanted: (leaf: Leaf) => boolean): number => {
    const index = leaves.findIndex(wanted);
    if (index === -1) throw new Error(`the honest record has no ${what}`);
    return index;
  };
  const freshIntent = find('fresh intent', (l) => l.seq >= audited && l.phase === 'intent' && l.type === 'remote_support_command');
  return {
    size: entries.length,
    audited,
    followed: followed.size,
    oldIntent: find('command', (l) => l.phase === 'intent' && l.type === 'remote_support_command'),
    freshIntent,
    freshOutcome: freshIntent + 1,
    freshDenial: find('refusal', (l) => l.seq >= audited && l.seq < followed.size && l.phase === 'fact' && l.outcome === 'refused'),
    lastOutcome: find('last outcome', (l) => l.seq >= followed.size && l.phase === 'outcome'),
    lastEnd: find('last end', (l) => l.seq >= followed.size && l.type === 'remote_support_session_ended'),
    lastClosed: find('last word', (l) => l.seq >= followed.size && l.type === 'remote_support_session_closed'),
    lastDenial: find('last refusal', (l) => l.seq >= followed.size && l.phase === 'fact' && l.outcome === 'refused'),
    consent: find('consent', (l) => l.type === 'consent_recorded'),
    enrolled: find('enrollment', (l) => l.type === 'agent_enrolled'),
  };
}

type Fields = Partial<{ readonly [K in keyof Leaf]: Leaf[K] | undefined }>;
const changed = (text: string, fields: Fields): string => {
  const value: Record<string, unknown> = { ...leafOf(text), ...fields };
  return canonicalJson(Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as Json); // it checks
};
const edited = (entries: readonly Required<Row>[], index: number, change: (text: string) => string): readonly Row[] => entries.map((row, i) => (i === index ? { ...row, text: change(row.text) } : row));
/** Entries after one that was taken out or put in say where they stand now. */
const renumbered = (entries: readonly Row[]): readonly Row[] => entries.map(({ text, ...row }, seq) => ({ ...row, text: leafOf(text).seq === seq ? text : changed(text, { seq }) }));
const textAt = (entries: readonly Row[], index: number): string => entries[index]?.text ?? '';
const hashHex = (text: string): string => toHex(leafHash(sha256, utf8(text)));
const minutesBefore = (text: string, minutes: number): string => new Date(Date.parse(leafOf(text).at) - minutes * 60_000).toISOString();
/** Cyrillic, but for the eye. */
const lookAlike = (text: string): string => text.replace('ana@', 'аnа@');

/** A command and its answer that never were, in the honest words of both. */
function invented(entries: readonly Row[], at: Places, key: SigningKey | null): readonly Row[] {
  const [asked, answered] = [textAt(entries, at.freshIntent), textAt(entries, at.freshOutcome)];
  const request_id = 'req_invented_one' as Leaf['request_id'];
  const from = at.lastEnd; // while its session still stands
  const intent = changed(asked, { seq: from, request_id });
  const { instance, tenant, agent, session } = leafOf(asked);
  const signed = { instance, tenant, agent, session, request_id, leaf_hash: hashHex(intent), result_sha256: sha256Hex('x'), at: leafOf(answered).agent_at, ok: true };
  const evidence = key
    ? { by: 'agent', outcome: 'ok', result_sha256: sha256Hex('x'), kept_sha256: undefined, agent_signature: signValue(key, 'reply', signed as unknown as Json) }
    : { by: 'server', outcome: 'unknown', code: 'command_timed_out', result_sha256: undefined, kept_sha256: undefined, agent_at: undefined, agent_signature: undefined };
  return [{ text: intent }, { text: changed(answered, { seq: from + 1, request_id, intent_sha256: hashHex(intent), ...(evidence as Fields) }) }];
}

const putIn = (entries: readonly Row[], at: number, more: readonly Row[]): readonly Row[] => renumbered([...entries.slice(0, at), ...more, ...entries.slice(at)]);

const INVENTED = `rss_${'v'.repeat(20)}` as NonNullable<Leaf['session']>;
/** A session that never was: asked for, woken, used once and ended. */
function inventedSession(entries: readonly Row[], at: Places, key: SigningKey | null, said: Fields = {}): readonly Row[] {
  const session = INVENTED;
  const activation = entries.findIndex(({ text }) => leafOf(text).type === 'remote_support_activation' && leafOf(text).phase === 'intent');
  const from = entries.length;
  const intent = changed(textAt(entries, activation), { seq: from, session, request_id: 'req_invented_session' as Leaf['request_id'], ...said });
  const woken = changed(textAt(entries, activation + 1), { seq: from + 1, session, request_id: 'req_invented_session' as Leaf['request_id'], intent_sha256: hashHex(intent), ...said });
  const asIn = entries.map((row, i) => (i === at.freshIntent || i === at.freshOutcome ? { text: changed(row.text, { session }) } : row));
  const command = invented(asIn, at, key).map(({ text }) => leafOf(text));
  const [asked, answered] = command;
  if (!asked || !answered) throw new Error('nothing was invented');
  const askedText = changed(JSON.stringify(asked), { seq: from + 2 });
  const signature = key && signValue(key, 'reply', { instance: asked.instance, tenant: asked.tenant, agent: asked.agent, session, request_id: asked.request_id, leaf_hash: hashHex(askedText), result_sha256: answered.result_sha256, at: answered.agent_at, ok: true } as unknown as Json);
  const answeredText = changed(JSON.stringify(answered), { seq: from + 3, intent_sha256: hashHex(askedText), ...(signature !== null && { agent_signature: signature }) });
  const ended = changed(textAt(entries, at.lastEnd), { seq: from + 4, session, agent_signature: undefined, agent_at: undefined, args_commit: undefined });
  return [...entries, ...[intent, woken, askedText, answeredText, ended].map((text) => ({ text }))];
}

function cosigned({ honest }: Scene, parts: BundleParts): BundleParts {
  const body = `${parts.checkpoint.split('\n\n')[0]}\n`;
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(1_790_000_000n);
  const signature = honest.machineKey.sign(utf8(`cosignature/v1\ntime 1790000000\n${body}`));
  const name = cosignerOf(honest.trust);
  const line = `— ${name} ${Buffer.concat([keyId(sha256, name, 0x04, honest.machineKey.publicKey), time, signature]).toString('base64')}`;
  return { ...parts, cosignatures: [{ agent: honest.trust.agent, size: parts.meta.size, cosignature: line }] };
}

const inLeaf = ({ forger }: Scene, index: number, expression: string) => forger.sql(`UPDATE argus.log_leaves SET bytes = ${expression} WHERE tree = $1 AND seq = $2`, [OURS, index]);
const done = async (work: Promise<unknown>): Promise<void> => void (await work);
const without = <T>(items: readonly T[], ...places: readonly number[]): readonly T[] => items.filter((_, i) => !places.includes(i));
const beforeSize = async ({ forger }: Scene, size: number) => {
  for (const statement of ['DELETE FROM argus.remote_support_audit WHERE id IN (SELECT id FROM argus.events WHERE tree = $1 AND leaf_index >= $2)', 'DELETE FROM argus.events WHERE tree = $1 AND leaf_index >= $2', 'DELETE FROM argus.log_leaves WHERE tree = $1 AND seq >= $2', 'DELETE FROM argus.log_nodes WHERE tree = $1 AND (idx + 1) * (1 << level) > $2', 'DELETE FROM argus.log_checkpoints WHERE tree = $1 AND size > $2'])
    await forger.sql(statement, [OURS, size]);
};

const NEXT = signingKeyOf(new Uint8Array(32).fill(8));
/** A change of the log key, in the words of the server. */
function rotation(entries: readonly Row[], at: Places, { trust: { instance } }: Honest, { from, to }: { readonly from: SigningKey; readonly to: SigningKey }): Row {
  const keys = { from: from.publicKeyText, to: to.publicKeyText };
  const signature = signValue(from, 'log-rotation', rotationValue({ instance, tree: OURS }, keys));
  return { text: changed(textAt(entries, at.lastDenial), { seq: at.size, type: 'log_key_rotated', outcome: 'ok', code: undefined, agent: undefined, request_id: undefined, args_commit: rotationArgs({ ...keys, signature }) }) };
}

export const DEEDS: { readonly [id in CheatId]: Deed } = {
  edit_operator: (s) => done(inLeaf(s, s.at.freshIntent, `replace(bytes, 'ana@', 'bob@')`)),
  edit_old_operator: (s) => done(inLeaf(s, s.at.oldIntent, `replace(bytes, 'ana@', 'bob@')`)),
  edit_reason_everywhere: ({ forger, entries, at }) => forger.rewrite(OURS, edited(entries, at.freshIntent, (text) => changed(text, { reason: 'routine cleanup' }))),
  edit_args_commit: ({ forger, entries, at }) => forger.rewrite(OURS, edited(entries, at.freshIntent, (text) => changed(text, { args_commit: { force: true } }))),
  swap_fields: (s) => done(s.forger.rewrite(OURS, edited(s.entries, s.at.freshIntent, (text) => changed(text, { operator: leafOf(text).reason, reason: leafOf(text).operator })))),
  delete_leaf: (s) => done(s.forger.sql('DELETE FROM argus.log_leaves WHERE tree = $1 AND seq = $2', [OURS, s.at.freshIntent])),
  delete_pair: ({ forger, entries, at }) => forger.rewrite(OURS, renumbered(without(entries, at.freshIntent, at.freshOutcome))),
  drop_denial: ({ forger, entries, at }) => forger.rewrite(OURS, renumbered(without(entries, at.freshDenial))),
  swap_leaves: ({ forger, entries, at: { freshIntent: i } }) => forger.rewrite(OURS, renumbered([...entries.slice(0, i - 1), ...entries.slice(i, i + 1), ...entries.slice(i - 1, i), ...entries.slice(i + 1)])),
  reuse_index: ({ forger, entries, at }) => forger.rewrite(OURS, edited(entries, at.freshOutcome, (text) => changed(text, { seq: at.freshIntent }))),
  truncate: (s) => beforeSize(s, s.at.freshIntent),
  truncate_below_the_night: async (s) => {
    await beforeSize(s, s.at.audited - 2);
    await s.forger.sql('DELETE FROM argus.audited_trees WHERE tree = $1', [OURS]);
  },
  truncate_and_go_on: (s) => beforeSize(s, s.at.followed - 1),
  cut_session_end: (s) => beforeSize(s, s.at.lastEnd),
  delete_history: ({ forger, entries, at }) => forger.rewrite(OURS, renumbered(entries.slice(at.audited))),
  back_date: ({ forger, entries, at }) => forger.rewrite(OURS, edited(entries, at.freshIntent, (text) => changed(text, { at: minutesBefore(text, 120) }))),
  forge_outcome: ({ forger, entries, at }) => forger.rewrite(OURS, edited(entries, at.freshDenial, (text) => changed(text, { outcome: 'ok', code: undefined }))),
  move_entry: async ({ forger, entries, at }) => {
    await forger.rewrite(OTHER, [...(await forger.rows(OTHER)), { text: changed(textAt(entries, at.freshDenial), { tenant: OTHER, seq: (await forger.rows(OTHER)).length }) }]);
    await forger.rewrite(OURS, renumbered(without(entries, at.freshDenial)));
  },
  change_instance: ({ forger, entries, at }) => forger.rewrite(OURS, edited(entries, at.freshIntent, (text) => changed(text, { instance: `ins_${'z'.repeat(20)}` as Leaf['instance'] }))),
  not_canonical: (s) => done(inLeaf(s, s.at.freshIntent, `replace(bytes, '{"', '{ "')`)),
  duplicate_key: (s) => done(inLeaf(s, s.at.freshIntent, `'{"operator":"bob@argus.example",' || substr(bytes, 2)`)),
  look_alike_name: (s) => done(inLeaf(s, s.at.freshIntent, `replace(bytes, 'ana@', 'аnа@')`)),
  replay_consent: (s) => done(s.forger.sql('INSERT INTO argus.log_leaves SELECT tree, $2::bigint, $4, leaf_hash, NULL FROM argus.log_leaves WHERE tree = $1 AND seq = $3', [OURS, s.at.size, s.at.consent, changed(textAt(s.entries, s.at.consent), { seq: s.at.size })])),
  checkpoint_rolled_back: (s) => done(s.forger.sql('DELETE FROM argus.log_checkpoints WHERE tree = $1 AND size > $2', [OURS, s.at.freshIntent])),
  checkpoint_of_another_tree: (s) => done(s.forger.sql('UPDATE argus.log_checkpoints SET note = (SELECT note FROM argus.log_checkpoints WHERE tree = $2 ORDER BY size DESC LIMIT 1) WHERE tree = $1 AND size = $3', [OURS, OTHER, s.at.size])),
  change_node: (s) => done(s.forger.sql(`UPDATE argus.log_nodes SET hash = sha256(hash) WHERE tree = $1 AND level = 1 AND idx = $2`, [OURS, Math.floor(s.at.freshIntent / 2)])),
  edit_audit_row: (s) => done(s.forger.sql(`UPDATE argus.remote_support_audit SET operator = 'bob@argus.example' WHERE id = $1`, [s.entries[s.at.freshIntent]?.id])),
  edit_event: (s) => done(s.forger.sql(`UPDATE argus.events SET body = replace(body::text, 'ana@', 'bob@')::json WHERE id = $1`, [s.entries[s.at.freshIntent]?.id])),
  delete_audit_row: (s) => done(s.forger.sql('DELETE FROM argus.remote_support_audit WHERE id = $1', [s.entries[s.at.freshIntent]?.id])),
  edit_both_stores: async (s) => {
    await DEEDS.edit_audit_row(s);
    await DEEDS.edit_event(s);
  },
  another_log_key: async ({ forger, entries, honest }) => {
    await forger.resign(OURS, entries, STRANGER);
    const sealedSeed = seal(Buffer.from(honest.settings['ARGUS_MASTER_KEY'] ?? '', 'hex'), STRANGER.seed, { purpose: { purpose: 'log_key', tenant: null, agent: null }, random: systemRandom });
    await forger.sql(`INSERT INTO argus.log_keys VALUES ($1, $2, now())`, [Buffer.from(STRANGER.publicKey), Buffer.from(sealedSeed)]);
  },
  key_edit_everywhere: ({ forger, entries, at, honest }) => forger.resign(OURS, edited(entries, at.freshIntent, (text) => changed(text, { operator: 'bob@argus.example' })), honest.logKey),
  key_delete_pair: ({ forger, entries, at, honest }) => forger.resign(OURS, renumbered(without(entries, at.freshIntent, at.freshOutcome)), honest.logKey),
  key_truncate_and_regrow: ({ forger, entries, at, honest }) => forger.resign(OURS, [...entries.slice(0, at.freshIntent), ...Array.from({ length: at.size }, (_, i) => ({ text: changed(textAt(entries, at.consent + 1), { seq: at.freshIntent + i }) }))], honest.logKey),
  key_two_roots: ({ forger, entries, at, honest }) => forger.resign(OURS, edited(entries, at.followed - 1, (text) => changed(text, { reason: 'as the other viewer is told' })), honest.logKey),
  key_delete_history: ({ forger, entries, at, honest }) => forger.resign(OURS, renumbered(entries.slice(at.consent)), honest.logKey),
  key_other_origin: ({ forger, entries, honest }) => forger.resign(OURS, entries, honest.logKey, { as: OTHER }),
  key_move_entry: ({ forger, entries, at, honest }) => forger.resign(OURS, edited(entries, at.lastDenial, (text) => changed(text, { tenant: OTHER })), honest.logKey),
  key_change_instance: ({ forger, entries, at, honest }) => forger.resign(OURS, edited(entries, at.lastDenial, (text) => changed(text, { instance: `ins_${'z'.repeat(20)}` as Leaf['instance'] })), honest.logKey),
  key_duplicate_key: ({ forger, entries, at, honest }) => forger.resign(OURS, edited(entries, at.lastDenial, (text) => text.replace('{', '{"operator":"bob@argus.example",')), honest.logKey),
  key_wrong_index: ({ forger, entries, at, honest }) => forger.resign(OURS, edited(entries, at.lastDenial, (text) => changed(text, { seq: at.freshIntent })), honest.logKey),
  key_forge_outcome: ({ forger, entries, at, honest }) => forger.resign(OURS, edited(entries, at.lastOutcome, (text) => changed(text, { outcome: 'refused', code: 'command_failed' })), honest.logKey),
  key_forge_agent_signature: ({ forger, entries, at, honest }) => forger.resign(OURS, putIn(entries, at.lastEnd, invented(entries, at, STRANGER)), honest.logKey),
  key_other_agent_key: ({ forger, entries, at, honest }) => forger.resign(OURS, putIn(edited(entries, at.enrolled, (text) => changed(text, { args_commit: { ...leafOf(text).args_commit, public_key: STRANGER.publicKeyText } })), at.lastEnd, invented(entries, at, STRANGER)), honest.logKey),
  key_other_viewer: async ({ honest }) => ({ trust: { ...honest.trust, last_checkpoint: createCheckpoints(honest.trust.instance, honest.logKey).sign(OURS, { size: honest.followed.size, root: sha256(utf8('as the other machine was told')) }) } }),
  key_invent_end: ({ forger, entries, at, honest }) => forger.resign(OURS, [...entries, { text: changed(textAt(entries, at.lastEnd), { seq: at.size, session: `rss_${'v'.repeat(20)}` as Leaf['session'] }) }], honest.logKey),
  key_invent_session: ({ forger, entries, at, honest }) => forger.resign(OURS, inventedSession(entries, at, STRANGER), honest.logKey),
  key_back_date_order: ({ forger, entries, at, honest }) => forger.resign(OURS, backDated(entries, at, honest.machineKey), honest.logKey),
  key_look_alike_name: ({ forger, entries, at, honest }) => forger.resign(OURS, edited(entries, at.lastDenial, lookAlike), honest.logKey),
  key_hidden_character: ({ forger, entries, at, honest }) => forger.resign(OURS, edited(entries, at.lastDenial, (text) => text.replace('ana@', 'an\u200ba@')), honest.logKey),
  key_edit_unfollowed: ({ forger, entries, at, honest }) => forger.resign(OURS, edited(entries, at.lastEnd, (text) => changed(text, { reason: 'another reason for the end' })), honest.logKey),
  key_drop_fresh_denial: ({ forger, entries, at, honest }) => forger.resign(OURS, renumbered(without(entries, at.lastDenial)), honest.logKey),
  key_cut_fresh_end: ({ forger, entries, at, honest }) => forger.resign(OURS, entries.slice(0, at.lastEnd), honest.logKey),
  key_back_date_fact: ({ forger, entries, at, honest }) => forger.resign(OURS, edited(entries, at.lastDenial, (text) => changed(text, { at: minutesBefore(text, 24 * 60) })), honest.logKey),
  key_replay_consent: ({ forger, entries, at, honest }) => forger.resign(OURS, [...entries, { text: changed(textAt(entries, at.consent), { seq: at.size }) }], honest.logKey),
  key_unanswered_session: ({ forger, entries, at, honest }) => forger.resign(OURS, inventedSession(entries, at, null), honest.logKey),
  key_move_operator_proof: ({ forger, entries, at, honest }) => forger.resign(OURS, inventedSession(entries, at, null), honest.logKey),
  key_other_operator_proof: ({ forger, entries, at, honest }) => forger.resign(OURS, inventedSession(entries, at, null, { reason: 'nothing the operator signed' }), honest.logKey),
  key_rotate_by_stranger: ({ forger, entries, at, honest }) => forger.resign(OURS, [...entries, rotation(entries, at, honest, { from: STRANGER, to: NEXT })], honest.logKey),
  key_rotate_twice: async ({ forger, entries, at, honest }) => {
    const first = [...entries, rotation(entries, at, honest, { from: honest.logKey, to: NEXT })];
    await forger.resign(OURS, [...first, rotation(first, { ...at, size: at.size + 1 }, honest, { from: honest.logKey, to: STRANGER })], honest.logKey);
  },
  key_old_after_rotation: async ({ forger, entries, at, honest }) => {
    const texts = [...entries, rotation(entries, at, honest, { from: honest.logKey, to: NEXT })];
    const whole = [...texts, { text: changed(textAt(entries, at.lastDenial), { seq: at.size + 1 }) }];
    await forger.resign(OURS, whole, honest.logKey);
    const hashes = whole.map(({ text }) => leafHash(sha256, utf8(text)));
    const inclusion = inclusionProof(sha256, at.size, whole.length, storedTree(sha256, hashes)).map(toBase64);
    return { change: (parts: BundleParts) => ({ ...parts, meta: { ...parts.meta, rotations: [{ index: at.size, leaf: textAt(texts, at.size), inclusion }] } }) };
  },
  alter_kept: (s) => done(s.forger.sql('UPDATE argus.kept_results SET sealed = overlay(sealed PLACING sha256(sealed) FROM 40) WHERE tenant_id = $1 AND seq = (SELECT max(seq) FROM argus.kept_results WHERE tenant_id = $1)', [OURS])),
  swap_kept: (s) => done(s.forger.sql('UPDATE argus.kept_results k SET sealed = o.sealed, signature = o.signature FROM argus.kept_results o, (SELECT min(seq) + max(seq) AS both FROM argus.kept_results WHERE tenant_id = $1) AS s WHERE k.tenant_id = $1 AND o.tenant_id = $1 AND o.seq = s.both - k.seq', [OURS])),
  drop_kept: (s) => done(s.forger.sql('DELETE FROM argus.kept_results WHERE tenant_id = $1 AND seq = (SELECT max(seq) FROM argus.kept_results WHERE tenant_id = $1)', [OURS])),
  key_kept_without_consent: async ({ forger, entries, at, honest }) => {
    // A session under the very consent, told without the word that has results kept; and a result kept in it.
    const { keep_results: _, ...said } = leafOf(textAt(entries, entries.findIndex(({ text }) => leafOf(text).type === 'remote_support_activation' && leafOf(text).phase === 'intent'))).args_commit ?? {};
    const invented = inventedSession(entries, at, honest.machineKey, { args_commit: said }).map(({ text, ...row }) => ({ ...row, text: leafOf(text).session === INVENTED && leafOf(text).phase === 'outcome' && leafOf(text).command !== undefined ? changed(text, { kept_sha256: sha256Hex('whatever the server likes') }) : text }));
    await forger.resign(OURS, invented, honest.logKey);
  },
  drop_receipt: () => Promise.resolve({ change: (parts: BundleParts) => ({ ...parts, receipts: [] }) }),
  swap_receipt: ({ honest }) => Promise.resolve({ change: (parts: BundleParts) => ({ ...parts, receipts: honest.receipts.slice(1) }) }),
  strip_cosignature: (scene) => Promise.resolve({ change: (parts: BundleParts) => ({ ...cosigned(scene, parts), cosignatures: [] }) }),
  forge_cosignature: (scene) => Promise.resolve({ change: (parts: BundleParts) => cosigned({ ...scene, honest: { ...scene.honest, machineKey: STRANGER } }, parts) }),
};

/** A command the machine did carry out, told as asked for two hours before: with the machine's true signature over the new entry. */
function backDated(entries: readonly Required<Row>[], at: Places, machineKey: SigningKey): readonly Row[] {
  const [asked, answered] = invented(entries, at, machineKey).map(({ text }) => text);
  if (asked === undefined || answered === undefined) throw new Error('nothing was invented');
  const intent = changed(asked, { at: minutesBefore(asked, 120) });
  const leaf = leafOf(answered);
  const signed = { instance: leaf.instance, tenant: leaf.tenant, agent: leaf.agent, session: leaf.session, request_id: leaf.request_id, leaf_hash: hashHex(intent), result_sha256: leaf.result_sha256, at: leaf.agent_at, ok: true };
  return putIn(entries, at.lastEnd, [{ text: intent }, { text: changed(answered, { intent_sha256: hashHex(intent), agent_signature: signValue(machineKey, 'reply', signed as unknown as Json) }) }]);
}
