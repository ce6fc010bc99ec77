/** Logs made by hand, by whoever has the keys: honest ones, and what a liar with the log key could make of them. */
import { verifyByPasskey } from '@argus/keys/webauthn/passkey.ts';
import { createHash } from 'node:crypto';
import { toBase64, toHex, utf8 } from '@argus/kit/bytes.ts';
import { signingKeyOf, verifyEd25519 } from '@argus/keys/ed25519.ts';
import { sha256, sha256Hex } from '@argus/keys/hash.ts';
import { signValue } from '@argus/keys/signature.ts';
import { checkpointBody } from '@argus/ledger/checkpoint.ts';
import { emptyFrontier, frontierRoot, grow } from '@argus/ledger/frontier.ts';
import { leafHash } from '@argus/ledger/hash.ts';
import { keyId, NOTE_ED25519, signedNote } from '@argus/ledger/note.ts';
import { consistencyProof, inclusionProof, rootOf, type ReadSubtree } from '@argus/ledger/proofs.ts';
import { Bundle, bundleLine, BUNDLE_FILES, BUNDLE_NOT_SIGNED, bundleReadme, type BundleFileName } from '@argus/protocol/bundle.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { leafText, type Leaf } from '@argus/protocol/leaf.ts';
import { originOf } from '@argus/protocol/origin.ts';
import { tarOf } from '@argus/protocol/ustar.ts';
import { TrustFile } from '@argus/protocol/trust.ts';
import { checkLog, type Checked, type LogToCheck } from '../src/check-log.ts';
import type { Crypto } from '../src/entry.ts';

const keyOf = (name: string) => signingKeyOf(sha256(utf8(name)));
export const LOG_KEY = keyOf('the log key');
export const MACHINE_KEY = keyOf('the machine');
export const OTHER_KEY = keyOf('somebody else');
export const CONSENT_KEY = keyOf('the owner');
export const OPERATOR_KEY = keyOf('an operator');
export const INSTANCE = mustId('instance', 'ins_aaaaaaaaaaaaaaaaaaaa');
export const TENANT = mustId('tenant', 'UTD_7ELEVEN_001');
export const AGENT = mustId('agent', 'agent_macpro_lobby_01');
export const SESSION = mustId('session', 'rss_aaaaaaaaaaaaaaaaaaaa');
export const SESSION_2 = mustId('session', 'rss_bbbbbbbbbbbbbbbbbbbb');
export const ORIGIN = originOf(INSTANCE, TENANT);
export const WHOSE = { instance: INSTANCE, tenant: TENANT };
export const nodeCrypto: Crypto = { sha256, verify: verifyEd25519, passkey: verifyByPasskey };
export const newDigest = () => {
  const hash = createHash('sha256');
  return { update: (bytes: Uint8Array) => void hash.update(bytes), hex: () => hash.digest('hex') };
};

export const START = Date.UTC(2026, 2, 1, 12);
const iso = (seconds: number) => new Date(START + seconds * 1_000).toISOString();
export type Part = Partial<Leaf> & Pick<Leaf, 'type' | 'phase'>;
/** `s`: seconds after the start. An outcome names the intent at `answers`, in the log as it is then. */
export type Told = Part & { readonly s: number; readonly answers?: number; readonly signs?: 'reply' | 'end'; readonly how?: string; readonly by_key?: typeof MACHINE_KEY };

const OPERATOR = 'ana@argus.example';
export const RESULT = sha256Hex('{"pong":true}');
const common = { agent: AGENT, operator: OPERATOR, reason: 'investigate alert', by: 'operator' } as const;
const ofSession = { ...common, session: SESSION };
const command = { ...ofSession, type: 'remote_support_command', command: 'ping' } as const;

/** An honest one: consent, arming, enrollment, a refusal, a session with two commands, one of them late, and its last word. */
export const HONEST: readonly Told[] = [
  { s: 0, type: 'tenant_created', phase: 'fact', outcome: 'ok' },
  { s: 1, type: 'consent_recorded', phase: 'fact', outcome: 'ok', args_commit: { signed_at: iso(-86_400), expires_at: 'never', scope: 'everything', document_id: 'DOC' } },
  { s: 2, type: 'tenant_armed', phase: 'fact', outcome: 'ok' },
  { s: 3, type: 'agent_enrolled', phase: 'fact', outcome: 'ok', agent: AGENT, args_commit: { public_key: MACHINE_KEY.publicKeyText } },
  { s: 4, ...common, type: 'remote_support_activation', phase: 'fact', outcome: 'refused', code: 'agent_offline' },
  { s: 10, ...ofSession, type: 'remote_support_activation', phase: 'intent', request_id: mustId('request', 'req_activation'), args_commit: { minutes: 30, scope: 'everything' } },
  { s: 11, ...ofSession, type: 'remote_support_activation', phase: 'outcome', outcome: 'ok', request_id: mustId('request', 'req_activation'), args_commit: { minutes: 30, scope: 'everything' }, answers: 5 },
  { s: 20, ...command, phase: 'intent', request_id: mustId('request', 'req_one_1') },
  { s: 21, ...command, phase: 'outcome', by: 'agent', outcome: 'ok', request_id: mustId('request', 'req_one_1'), result_sha256: RESULT, answers: 7, signs: 'reply' },
  { s: 30, ...command, phase: 'intent', request_id: mustId('request', 'req_two_2') },
  { s: 35, ...command, phase: 'outcome', by: 'server', outcome: 'unknown', code: 'command_timed_out', request_id: mustId('request', 'req_two_2'), answers: 9 },
  { s: 40, ...command, type: 'remote_support_late_outcome', phase: 'fact', by: 'agent', outcome: 'ok', request_id: mustId('request', 'req_two_2'), result_sha256: RESULT, answers: 9, signs: 'reply' },
  { s: 50, ...ofSession, type: 'remote_support_session_ended', phase: 'fact', outcome: 'ok', code: 'deactivate' },
  { s: 51, ...ofSession, type: 'remote_support_session_closed', phase: 'fact', by: 'agent', outcome: 'ok', code: 'deactivate', args_commit: { agent_said: 'deactivate' }, signs: 'end', how: 'deactivate' },
  { s: 60, type: 'tenant_disarmed', phase: 'fact', outcome: 'ok' },
];

/** The exact texts, each outcome naming and signing what stands before it. */
export function texts(story: readonly Told[]): readonly string[] {
  const written: string[] = [];
  for (const [seq, { s, answers, signs, how, by_key: key = MACHINE_KEY, ...part }] of story.entries()) {
    const at = part.at ?? iso(s);
    const intent_sha256 = answers === undefined ? part.intent_sha256 : toHex(leafHash(sha256, utf8(written[answers] ?? '')));
    const base = { ...WHOSE, agent: part.agent, session: part.session };
    const said = part.outcome === 'ok' ? { ok: true } : { code: part.code ?? '' };
    const value = signs === 'reply' ? { ...base, request_id: part.request_id, leaf_hash: intent_sha256, result_sha256: part.result_sha256, at, ...said } : { ...base, how, at };
    const signed = signs && { agent_at: at, agent_signature: signValue(key, signs, value as never) }; // whole where it is signed
    written.push(leafText({ v: 1, ...WHOSE, seq, at, ...(intent_sha256 !== undefined && { intent_sha256 }), ...signed, ...part }));
  }
  return written;
}

export const noteOver = (size: number, root: Uint8Array, { key = LOG_KEY, origin = ORIGIN } = {}): string => {
  const body = checkpointBody({ origin, size, root });
  return signedNote(body, [{ name: origin, id: keyId(sha256, origin, NOTE_ED25519, key.publicKey), signature: key.sign(body) }]);
};

export function treeOf(leaves: readonly string[]) {
  const stored = new Map<string, Uint8Array>();
  let frontier = emptyFrontier;
  const roots = [frontierRoot(sha256, frontier)];
  for (const text of leaves) {
    const grown = grow(sha256, frontier, leafHash(sha256, utf8(text)));
    frontier = grown.frontier;
    for (const { level, index, hash } of grown.completed) stored.set(`${level} ${index}`, hash);
    roots.push(frontierRoot(sha256, frontier));
  }
  const read: ReadSubtree = ({ level, index }) => stored.get(`${level} ${index}`) ?? new Uint8Array();
  const size = leaves.length;
  return {
    size,
    rootAt: (at: number) => roots[at] ?? rootOf(sha256, at, read),
    checkpoint: (at = size, options: Parameters<typeof noteOver>[2] = {}) => noteOver(at, roots[at] ?? new Uint8Array(32), options),
    inclusion: (index: number) => inclusionProof(sha256, index, size, read).map(toBase64),
    consistency: (from: number) => consistencyProof(sha256, from, size, read).map(toBase64),
  };
}

export const trustFile = (over: Partial<TrustFile> = {}): TrustFile =>
  TrustFile.parse({
    v: 1, server_url: 'https://ops.argus.example', ...WHOSE, agent: AGENT, log_keys: [LOG_KEY.publicKeyText], agent_public_key: MACHINE_KEY.publicKeyText,
    patch: { keys: [], threshold: 1 }, cameras: [], install_root: '/opt/argus', indicator: { required: true }, ...over,
  });

export async function* entriesOf(leaves: readonly string[]) {
  for (const [index, leaf] of leaves.entries()) yield { index, leaf };
}
export const LATER = START + 3_600_000;

/** A whole log, signed over whatever is in it: what a liar who has the log key can show. */
export function check(leaves: readonly string[], { crypto = nodeCrypto, ...over }: Partial<LogToCheck> & { readonly crypto?: Crypto } = {}): Promise<Checked> {
  const checkpoint = treeOf(leaves).checkpoint();
  return checkLog({ trust: null, claimedKeys: [LOG_KEY.publicKeyText], checkpoint, part: { kind: 'log' }, asOf: LATER, ...over }, entriesOf(leaves), crypto);
}
export const failing = ({ counts }: Checked): readonly string[] => Object.keys(counts).filter((code) => code !== 'not_tied_to_machine');

export type Shown = { readonly kind?: 'log' | 'period' | 'session'; readonly indexes?: readonly number[]; readonly earlier?: readonly number[]; readonly files?: Partial<Record<BundleFileName, string>>; readonly size?: number };

/** As the server gives them out. `files` puts something else in the place of one. */
export function bundleOf(leaves: readonly string[], { kind = 'log', indexes = [...leaves.keys()], earlier = [], files = {} }: Shown = {}): Uint8Array {
  const tree = treeOf(leaves);
  const bundle = Bundle.parse({
    v: 1, kind, ...WHOSE, made_at: new Date(LATER).toISOString(), from: indexes[0] ?? 0, to: (indexes.at(-1) ?? -1) + 1, size: leaves.length, log_keys: [LOG_KEY.publicKeyText],
    ...(kind === 'session' && { session: SESSION }),
  });
  const lines = (values: readonly object[]) => values.map((value) => bundleLine(value as never)).join('');
  const plain: Record<BundleFileName, string> = {
    'README.txt': bundleReadme(bundle),
    'bundle.json': bundleLine(bundle as never),
    'checkpoint.txt': tree.checkpoint(),
    'leaves.ndjson': lines(indexes.map((index) => ({ index, leaf: leaves[index] ?? '' }))),
    'proofs.ndjson': kind === 'log' ? '' : lines(indexes.map((index) => ({ index, inclusion: tree.inclusion(index) }))),
    'checkpoints.ndjson': lines(earlier.map((size) => ({ size, checkpoint: tree.checkpoint(size), consistency: tree.consistency(size) }))),
    'agents.ndjson': lines([{ agent: AGENT, public_key: MACHINE_KEY.publicKeyText, enrolled_index: 3 }]),
    'cosignatures.ndjson': '',
    'receipts.ndjson': '',
    'kept.ndjson': '',
    'bundle.sha256': '',
    ...files,
  };
  const digests = BUNDLE_FILES.slice(0, -1).map(({ name }) => `${sha256Hex(plain[name])}  ${name}\n`).join('');
  plain['bundle.sha256'] = files['bundle.sha256'] ?? `${digests}${BUNDLE_NOT_SIGNED}\n`;
  return tarOf(BUNDLE_FILES.map(({ name }) => ({ name, bytes: utf8(plain[name]) })));
}
