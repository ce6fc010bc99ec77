/** A tenant's log that was never near a server: leaves written and signed here, with everything a verifier has to look at. */
import { toBase64, toHex, utf8 } from '@argus/kit/bytes.ts';
import { isoTime } from '@argus/kit/clock.ts';
import { signingKeyOf, type SigningKey } from '@argus/keys/ed25519.ts';
import { sha256, sha256Hex } from '@argus/keys/hash.ts';
import { signValue } from '@argus/keys/signature.ts';
import { checkpointBody } from '@argus/ledger/checkpoint.ts';
import { emptyFrontier, frontierRoot, grow, type Frontier } from '@argus/ledger/frontier.ts';
import { leafHash } from '@argus/ledger/hash.ts';
import { keyId, NOTE_ED25519, signedNote } from '@argus/ledger/note.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { leafText, type Leaf } from '@argus/protocol/leaf.ts';
import { originOf } from '@argus/protocol/origin.ts';
import type { SignedEnd, SignedReply } from '@argus/protocol/signed.ts';
import type { TrustFile } from '@argus/protocol/trust.ts';

export const INSTANCE = mustId('instance', `ins_${'p'.repeat(20)}`);
export const TENANT = mustId('tenant', 'UTD_7ELEVEN_001');
export const AGENT = mustId('agent', 'agent_macpro_lobby_01');
export const SESSION = mustId('session', `rss_${'q'.repeat(20)}`);
const seed = (byte: number) => new Uint8Array(32).fill(byte);
export const LOG_KEY = signingKeyOf(seed(1));
export const AGENT_KEY = signingKeyOf(seed(2));
export const STRANGER = signingKeyOf(seed(3));
export const CONSENT_KEY = signingKeyOf(seed(4));
const NOON = Date.parse('2026-11-21T12:00:00.000Z');
const ORIGIN = originOf(INSTANCE, TENANT);

export const note = (size: number, root: Uint8Array, { key = LOG_KEY, origin = ORIGIN }: { readonly key?: SigningKey; readonly origin?: string } = {}): string => {
  const body = checkpointBody({ origin, size, root });
  return signedNote(body, [{ name: origin, id: keyId(sha256, origin, NOTE_ED25519, key.publicKey), signature: key.sign(utf8(body)) }]);
};

export type Writer = ReturnType<typeof logWriter>;
/** Appends leaves. Keeps the edge of the tree only, so that it can write a million. */
export function logWriter() {
  let frontier: Frontier = emptyFrontier;
  let more: Partial<Record<Leaf['type'], NonNullable<Leaf['args_commit']>>> = {};
  const at = (n: number) => isoTime(NOON + n * 10);
  const session = { agent: AGENT, session: SESSION, operator: 'ana@argus.example', reason: 'investigate alert' } as const;
  const append = (fields: Pick<Leaf, 'type' | 'phase'> & Partial<Leaf>): { readonly text: string; readonly hash: Uint8Array } => {
    const seq = frontier.size;
    const also = more[fields.type];
    const text = leafText({ v: 1, instance: INSTANCE, tenant: TENANT, seq, at: at(seq), ...fields, ...(also && { args_commit: { ...fields.args_commit, ...also } }) });
    const hash = leafHash(sha256, utf8(text));
    frontier = grow(sha256, frontier, hash).frontier;
    return { text, hash };
  };
  const writer = {
    append,
    /** Entries of these types say this as well. */
    naming(said: typeof more) {
      more = said;
      return writer;
    },
    size: () => frontier.size,
    root: () => frontierRoot(sha256, frontier),
    at,
    *beginning(): Generator<string> {
      const by = { operator: 'ana@argus.example', by: 'operator', outcome: 'ok' } as const;
      yield append({ type: 'tenant_created', phase: 'fact', reason: 'tenant added', ...by }).text;
      yield append({ type: 'consent_recorded', phase: 'fact', reason: 'signed on paper', args_commit: { document_id: 'DOC-1' }, ...by }).text;
      yield append({ type: 'tenant_armed', phase: 'fact', reason: 'contract 2026', ...by }).text;
      yield append({ type: 'agent_enrolled', phase: 'fact', agent: AGENT, reason: 'enrolled', ...by, args_commit: { public_key: AGENT_KEY.publicKeyText } }).text;
    },
    *activation(): Generator<string> {
      const request = { ...session, request_id: mustId('request', 'req_activation'), args_commit: { minutes: 30 }, by: 'operator', type: 'remote_support_activation' } as const;
      const intent = append({ ...request, phase: 'intent' });
      yield intent.text;
      yield append({ ...request, phase: 'outcome', outcome: 'ok', intent_sha256: toHex(intent.hash) }).text;
    },
    /** `key`: null leaves the answer to the server, as when the machine was silent. */
    *command(n: number, key: SigningKey | null = AGENT_KEY): Generator<string> {
      const request_id = mustId('request', `req_command_${n}`);
      const request = { ...session, request_id, command: 'ping', args_commit: {}, type: 'remote_support_command' } as const;
      const intent = append({ ...request, phase: 'intent', by: 'operator' });
      yield intent.text;
      const intent_sha256 = toHex(intent.hash);
      const result_sha256 = sha256Hex(`result ${n}`);
      const agent_at = at(frontier.size);
      const signed: SignedReply = { instance: INSTANCE, tenant: TENANT, agent: AGENT, session: SESSION, request_id, leaf_hash: intent_sha256, result_sha256, at: agent_at, ok: true };
      yield append({
        ...request,
        phase: 'outcome',
        intent_sha256,
        ...(key ? { by: 'agent', outcome: 'ok', result_sha256, agent_at, agent_signature: signValue(key, 'reply', signed) } : { by: 'server', outcome: 'unknown', code: 'command_timed_out' }),
      }).text;
    },
    *end(key: SigningKey = AGENT_KEY): Generator<string> {
      yield append({ ...session, type: 'remote_support_session_ended', phase: 'fact', by: 'operator', outcome: 'ok', code: 'deactivate' }).text;
      const agent_at = at(frontier.size);
      const signed: SignedEnd = { instance: INSTANCE, tenant: TENANT, agent: AGENT, session: SESSION, how: 'deactivate', at: agent_at };
      yield append({ ...session, type: 'remote_support_session_closed', phase: 'fact', by: 'agent', outcome: 'ok', code: 'deactivate', args_commit: { agent_said: 'deactivate' }, agent_at, agent_signature: signValue(key, 'end', signed) }).text;
    },
  };
  return writer;
}

/** Four entries before the session, two for it, two for each command, two for its end. */
export function* honestLeaves(writer: Writer, commands: number): Generator<string> {
  yield* writer.beginning();
  yield* writer.activation();
  for (let n = 0; n < commands; n++) yield* writer.command(n);
  yield* writer.end();
}

export const trustOf = (more: Partial<TrustFile> = {}): TrustFile => ({
  v: 1,
  server_url: 'https://argus.example',
  instance: INSTANCE,
  tenant: TENANT,
  agent: AGENT,
  log_keys: [toBase64(LOG_KEY.publicKey)],
  agent_public_key: AGENT_KEY.publicKeyText,
  consent_key: CONSENT_KEY.publicKeyText,
  patch: { keys: [], threshold: 1 },
  cameras: [],
  install_root: '/opt/kiosk',
  indicator: { required: true },
  ...more,
});
