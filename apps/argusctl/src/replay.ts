/**
 * A session as the log has it, believed as far as it is proved: every step is made again here from the exact entries, and
 * every entry has to stand under the one checkpoint.
 */
import type { Replay } from '@argus/client/log-requests.ts';
import { hashesOf } from '@argus/evidence/hashes.ts';
import { openCheckpointOf, readCheckpoint } from '@argus/evidence/signed-notes.ts';
import { utf8 } from '@argus/kit/bytes.ts';
import type { Result } from '@argus/kit/result.ts';
import { canonicalJson, type Json } from '@argus/kit/canonical-json.ts';
import { verifyEd25519 } from '@argus/keys/ed25519.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { leafHash } from '@argus/ledger/hash.ts';
import { verifyInclusion } from '@argus/ledger/proofs.ts';
import type { SessionId } from '@argus/protocol/ids.ts';
import { parseLeaf } from '@argus/protocol/leaf.ts';
import { logKeysOf } from '@argus/protocol/log-keys.ts';
import { replay, type ReplayStep } from '@argus/protocol/replay.ts';
import { TrustFile } from '@argus/protocol/trust.ts';
import { usage, type Context, type LocalProblem, type Problem } from './command.ts';

export type Replayed = Pick<Replay, 'session_id' | 'tenant_id' | 'agent_id' | 'size' | 'checkpoint'> & {
  readonly steps: readonly ReplayStep[];
  readonly checked: { readonly entries: number; readonly signature: 'holds' | 'not_checked' };
};

const doesNotHold = (says: string): LocalProblem => ({ kind: 'local', code: 'does_not_hold', says, hint: 'Do not rely on it. Tell the owner, and have the log checked: argus-verify live.' });

export async function readReplay(ctx: Context, session: SessionId, trustFile: string | undefined): Promise<Replayed | Problem> {
  const trust = trustFile === undefined ? null : await trustIn(ctx, trustFile);
  if (trust && 'kind' in trust) return trust;
  const pages = await allPages(ctx, session);
  if ('kind' in pages) return pages;
  const [first] = pages;
  if (!first) return doesNotHold('The server answered with nothing');
  const steps: ReplayStep[] = [];
  let entries = 0;
  for (const page of pages) {
    const checked = checkPage(page, { first, session });
    if ('kind' in checked) return checked;
    steps.push(...checked.steps);
    entries += checked.entries;
  }
  const { session_id, tenant_id, agent_id, size, checkpoint } = first;
  if (trust && trust.tenant !== tenant_id) return usage(`The trust file is of ${trust.tenant}, and the session of ${tenant_id}.`);
  if (trust && !(await openCheckpointOf({ sha256, verify: verifyEd25519 }, checkpoint, { whose: trust, keys: logKeysOf(trust) })))
    return doesNotHold('The checkpoint is not signed by a key that the trust file names');
  return { session_id, tenant_id, agent_id, size, checkpoint, steps, checked: { entries, signature: trust ? 'holds' : 'not_checked' } };
}

async function allPages({ logApi, ask, progress }: Context, session: SessionId): Promise<readonly Replay[] | Problem> {
  const pages: Replay[] = [];
  for (let from: number | null = 0; from !== null; ) {
    const [first] = pages;
    const page: Result<Replay, Problem> = await ask(logApi.replaySession(session, first ? { from, size: first.size } : {}));
    if (!page.ok) return page.error;
    pages.push(page.value);
    const { next }: { readonly next: number | null } = page.value;
    if (next !== null && next <= from) return doesNotHold('The server answers the same page again and again');
    from = next;
    progress(`${pages.reduce((sum, { steps }) => sum + steps.length, 0)} steps`);
  }
  return pages;
}

/** What the page says has to be what its entries say; what its entries say has to be in the log. */
export function checkPage(page: Replay, { first, session }: { readonly first: Replay; readonly session: SessionId }): { readonly steps: readonly ReplayStep[]; readonly entries: number } | LocalProblem {
  const checkpoint = readCheckpoint(page.checkpoint);
  const tree = checkpoint?.origin.split('/') ?? [];
  const isOurs = page.session_id === session && page.checkpoint === first.checkpoint && checkpoint?.size === page.size && tree[2] === 'tenant' && tree[3] === page.tenant_id;
  if (!isOurs || !checkpoint) return doesNotHold('The checkpoint does not belong to what was asked for');
  const proofs = new Map(page.steps.flatMap((step) => step.proofs).map((proof) => [proof.index, proof]));
  const sorted = [...proofs.values()].toSorted((a, b) => a.index - b.index);
  for (const { index, leaf, inclusion } of sorted) {
    const proof = hashesOf(inclusion);
    const holds = proof !== null && verifyInclusion(sha256, { index, size: checkpoint.size, leafHash: leafHash(sha256, utf8(leaf)), proof, root: checkpoint.root });
    if (!holds) return doesNotHold(`Entry ${index} is not proved to stand in the log`);
    const read = parseLeaf(leaf);
    if (!read.ok || read.value.session !== session || read.value.tenant !== page.tenant_id) return doesNotHold(`Entry ${index} is not of this session`);
  }
  const made = replay(sorted, sha256);
  if (!made.ok) return doesNotHold(made.error);
  const told = page.steps.map(({ proofs: _, ...step }) => step);
  if (canonicalJson(told as unknown as Json) !== canonicalJson(made.value as unknown as Json)) return doesNotHold('The steps the server tells are not those of the entries it proves'); // both were read by schemas of JSON
  return { steps: made.value, entries: sorted.length };
}

async function trustIn({ readFile }: Context, path: string): Promise<TrustFile | LocalProblem> {
  const file = await readFile(path);
  if (file.kind !== 'text') return usage(file.kind === 'missing' ? `There is no trust file at ${path}.` : `${path} cannot be read (${file.why}).`);
  const trust = TrustFile.safeParse(parse(file.text));
  return trust.success ? trust.data : usage(`${path} is no trust file.`, 'It comes from a machine of the tenant: argus-agent trust export.');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
