import { fromBase64, sameBytes, toBase64, toHex, utf8 } from '@argus/kit/bytes.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { emptyFrontier, frontierRoot, grow, type Frontier } from '@argus/ledger/frontier.ts';
import { leafHash } from '@argus/ledger/hash.ts';
import { parseLeaf } from '@argus/protocol/leaf.ts';
import type { TrustFile } from '@argus/protocol/trust.ts';
import type { ActivityLine, ReadActivity } from './activity.ts';
import type { Followed } from './ports.ts';
import { openTrusted } from './witness.ts';

/**
 * Does the owner's own record agree with the log as this machine has followed it? Offline: the two journals with each
 * other. With the server: its entries, recomputed to the root this machine has on disk, and each act with its entry. Pure.
 */
export type Act = { readonly entry: number; readonly leaf: string | null; readonly line: ActivityLine };
export type Acts = { readonly acts: readonly Act[]; readonly replaced: number };

/** What it acted on in the log that counts today. Acts in a log the owner has since replaced cannot be compared any more. */
export function actsOf(lines: readonly ActivityLine[]): Acts {
  const isAct = ({ phase, entry }: ActivityLine) => phase === 'intent' && entry !== undefined;
  const since = lines.findLastIndex(({ what }) => what === 'log_accepted') + 1;
  const acts = lines.slice(since).filter(isAct).map((line) => ({ entry: line.entry ?? 0, leaf: line.leaf ?? null, line }));
  return { acts, replaced: lines.slice(0, since).filter(isAct).length };
}

/** Sentences, each of something that does not fit; none when all does. */
export function compareJournals(trust: TrustFile, followed: Followed, { lines, breaks }: ReadActivity): readonly string[] {
  const { size, root, checkpoint, highestActed, fork, shorter } = followed;
  const found = breaks.map(({ line, why }) => `The activity record is broken at line ${line}: ${why}.`);
  const opened = checkpoint === '' ? null : openTrusted(trust, checkpoint, followed);
  if (checkpoint === '' ? size > 0 : !opened) found.push('The checkpoint in the witness journal is not signed by a log key this machine trusts.');
  else if (opened && (opened.size !== size || toBase64(opened.root) !== root)) found.push('The witness journal says another size or root than the checkpoint in it.');
  if (fork !== null) found.push('The log has forked: argus-agent log show.');
  else if (shorter !== undefined) found.push('The server showed a shorter log than this machine has followed: argus-agent log show.');

  const { acts } = actsOf(lines);
  let before = -1;
  for (const { entry } of acts) {
    if (entry >= size) found.push(`The record has an act on entry ${entry}, and this machine has followed the log for ${size} entries only.`);
    if (entry <= before) found.push(`The record has an act on entry ${entry} after one on entry ${before}.`);
    before = entry;
  }
  const known = lines.reduce((most, { entry = -1 }) => Math.max(most, entry), -1);
  if (highestActed > known) found.push(`This machine acted on entry ${highestActed} of the log, and its record does not have it.`);
  return found;
}

export type ServersLog = {
  /** The newest checkpoint, as signed. */
  readonly checkpoint: string;
  /** Texts of the entries, from the first on, in order. */
  readonly entries: AsyncIterable<string>;
};

/** Reads every entry once and keeps none. What comes after the last one this machine has followed is checked as well. */
export async function compareWithServer(trust: TrustFile, followed: Followed, { activity, server }: { readonly activity: ReadActivity; readonly server: ServersLog }): Promise<readonly string[]> {
  const newest = openTrusted(trust, server.checkpoint, followed);
  if (!newest) return ['The checkpoint of the server is not one of this tenant signed by a log key this machine trusts.'];
  if (newest.size < followed.size) return [`The server has ${newest.size} entries, and this machine has followed ${followed.size}.`];
  const found: string[] = [];
  const acts = new Map(actsOf(activity.lines).acts.map((act) => [act.entry, act]));
  const isOwnFrom = activity.lines[0]?.n === 0 ? 0 : Math.min(...acts.keys()); // older lines were put away
  let frontier: Frontier = emptyFrontier;
  const rootIs = (root: Uint8Array | null) => root !== null && sameBytes(frontierRoot(sha256, frontier), root);
  const checkRoot = () => {
    if (frontier.size === followed.size && !rootIs(fromBase64(followed.root))) found.push(`The first ${followed.size} entries of the server are not those this machine has followed.`);
  };
  const open = new Map<string, number>(); // intents to this machine, by leaf hash
  checkRoot();
  for await (const text of server.entries) {
    if (frontier.size >= newest.size) break; // written since
    const index = frontier.size;
    const hash = leafHash(sha256, utf8(text));
    frontier = grow(sha256, frontier, hash).frontier;
    checkRoot();
    const act = acts.get(index);
    if (act) {
      acts.delete(index);
      found.push(...differences(act, text, toHex(hash)));
    }
    const leaf = parseLeaf(text);
    if (!leaf.ok || leaf.value.agent !== trust.agent || index < isOwnFrom) continue;
    const { phase, outcome, by, intent_sha256: intent, type } = leaf.value;
    const isAct = type === 'remote_support_activation' || type === 'remote_support_command';
    if (isAct && phase === 'intent' && !act) open.set(toHex(hash), index);
    const unknown = intent === undefined ? undefined : open.get(intent);
    if (isAct && phase === 'outcome' && by === 'agent' && outcome === 'ok' && unknown !== undefined)
      found.push(`The log says that this machine acted on entry ${unknown} (${leaf.value.command ?? type}), and its record does not have it.`);
  }
  if (frontier.size < newest.size) found.push(`The server gave ${frontier.size} entries, and its checkpoint is over ${newest.size}.`);
  else if (!rootIs(newest.root)) found.push('The entries of the server do not have the root of its checkpoint.');
  for (const entry of acts.keys()) found.push(`The record has an act on entry ${entry}, and the server does not have that entry.`);
  return found;
}

function differences({ entry, leaf: recorded, line }: Act, text: string, hash: string): readonly string[] {
  if (recorded !== null && recorded !== hash) return [`Entry ${entry} of the server is not the one this machine acted on.`];
  const leaf = parseLeaf(text);
  if (!leaf.ok) return [`Entry ${entry} of the server cannot be read: ${leaf.error}.`];
  const { session, request_id: request, command } = leaf.value;
  const isSame = session === line.session && request === line.request && (line.command === undefined || command === line.command);
  return isSame ? [] : [`Entry ${entry} of the server is about something else than the record says.`];
}
