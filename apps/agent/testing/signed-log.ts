/** A tenant's log as whoever holds the log key can make it: real trees, real notes, every proof there is. */
import { toBase64, utf8 } from '@argus/kit/bytes.ts';
import { isoTime } from '@argus/kit/clock.ts';
import { signingKeyOf, type SigningKey } from '@argus/keys/ed25519.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { checkpointBody } from '@argus/ledger/checkpoint.ts';
import { leafHash, nodeHash } from '@argus/ledger/hash.ts';
import { keyId, NOTE_ED25519, signedNote } from '@argus/ledger/note.ts';
import { consistencyProof, inclusionProof, rootOf, type ReadSubtree } from '@argus/ledger/proofs.ts';
import type { InTheLog } from '@argus/protocol/frames.ts';
import { mustId, type InstanceId } from '@argus/protocol/ids.ts';
import { leafText, type Leaf } from '@argus/protocol/leaf.ts';
import { originOf, type TreeName } from '@argus/protocol/origin.ts';
import type { TrustFile } from '@argus/protocol/trust.ts';

export const START = Date.UTC(2026, 2, 1, 12);
export const INSTANCE = mustId('instance', `ins_${'a'.repeat(20)}`);
export const TENANT = mustId('tenant', 'UTD_7ELEVEN_001');
export const AGENT = mustId('agent', 'agent_macpro_lobby_01');
export const SESSION = mustId('session', `rss_${'s'.repeat(20)}`);
export const OTHER_SESSION = mustId('session', `rss_${'t'.repeat(20)}`);
export const OPERATOR = 'ana@argus.example';

export const keyOf = (n: number): SigningKey => signingKeyOf(new Uint8Array(32).fill(n));
export const LOG_KEY = keyOf(9);
export const IDENTITY = keyOf(3);

export const TRUST: TrustFile = {
  v: 1,
  server_url: 'https://ops.argus.example',
  instance: INSTANCE,
  tenant: TENANT,
  agent: AGENT,
  log_keys: [LOG_KEY.publicKeyText],
  agent_public_key: IDENTITY.publicKeyText,
  patch: { keys: [], threshold: 1 },
  cameras: [{ id: mustId('camera', 'cam_3'), name: 'Lobby', kind: 'test_pattern' }],
  install_root: '/opt/argus',
  indicator: { required: true },
};

export type Signer = { readonly key?: SigningKey; readonly instance?: InstanceId; readonly tree?: TreeName; readonly root?: Uint8Array };

export function signCheckpoint(size: number, root: Uint8Array, { key = LOG_KEY, instance = INSTANCE, tree = TENANT }: Signer = {}): string {
  const name = originOf(instance, tree);
  const text = checkpointBody({ origin: name, size, root });
  return signedNote(text, [{ name, id: keyId(sha256, name, NOTE_ED25519, key.publicKey), signature: key.sign(text) }]);
}

/** The entry a server writes before an activation or a command. */
export const entry = (seq: number, over: Partial<Leaf> = {}): Leaf => ({
  v: 1,
  instance: INSTANCE,
  tenant: TENANT,
  seq,
  at: isoTime(START),
  type: 'remote_support_command',
  phase: 'intent',
  agent: AGENT,
  session: SESSION,
  operator: OPERATOR,
  reason: 'investigate alert',
  by: 'operator',
  ...over,
});

export function createLog(before: readonly string[] = []) {
  const leaves = [...before];
  const known = new Map<string, Uint8Array>();
  const read: ReadSubtree = ({ level, index }) => {
    const name = `${level}:${index}`;
    const found = known.get(name);
    if (found) return found;
    const half = (side: number) => read({ level: level - 1, index: 2 * index + side });
    const hash = level === 0 ? leafHash(sha256, utf8(leaves[index] ?? '')) : nodeHash(sha256, half(0), half(1));
    known.set(name, hash);
    return hash;
  };
  const root = (size: number) => rootOf(sha256, size, read);
  return {
    leaves,
    size: () => leaves.length,
    root,
    /** Any text can be put into a log; `entry` makes the ones a server should. */
    append(text: string): number {
      return leaves.push(text) - 1;
    },
    add: (over: Partial<Leaf> = {}): number => leaves.push(leafText(entry(leaves.length, over))) - 1,
    checkpoint: (size = leaves.length, signer: Signer = {}): string => signCheckpoint(size, signer.root ?? root(size), signer),
    place(index: number, { from = 0, size = leaves.length, signer = {} }: { from?: number; size?: number; signer?: Signer } = {}): InTheLog {
      return {
        leaf: leaves[index] ?? '',
        index,
        inclusion: inclusionProof(sha256, index, size, read).map(toBase64),
        checkpoint: signCheckpoint(size, signer.root ?? root(size), signer),
        consistency: { from, proof: from > size ? [] : consistencyProof(sha256, from, size, read).map(toBase64) },
      };
    },
    followed: (size = leaves.length, highestActed = -1) => ({
      size,
      root: toBase64(root(size)),
      checkpoint: size === 0 ? '' : signCheckpoint(size, root(size)),
      highestActed,
      fork: null,
    }),
    /** The same beginning, another history from there on. */
    branch: (size: number) => createLog(leaves.slice(0, size)),
  };
}
export type SignedLog = ReturnType<typeof createLog>;
