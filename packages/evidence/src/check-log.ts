/**
 * Is this the owner's log, whole and unchanged, and is what it tells in order? Entries pass by once; what is kept in memory
 * is the right edge of the tree and what is open, so that length does not matter. Pure: hashing and signatures are handed in.
 */
import { checkCosignatures, type Cosignature } from './beside-the-log.ts';
import { hashOf, readEntry, type Crypto, type Entry, type Whose } from './entry.ts';
import { createFindings, type Findings, type Found, type Note } from './findings.ts';
import { createPlaces, type Part, type ProvedEntry } from './places.ts';
import { keyChanges } from './log-keys.ts';
import { byDigest, checkReceipts, type SignedReceipt } from './receipts.ts';
import { acts } from './rules/acts.ts';
import { permission } from './rules/consent.ts';
import { machines, type KnownMachine, type Machines } from './rules/machines.ts';
import { kept, type GivenKept, type OpenKept } from './rules/kept.ts';
import { names } from './rules/names.ts';
import { receipts } from './rules/receipts.ts';
import type { Rule, RuleContext } from './rules/rule.ts';
import { sessions } from './rules/sessions.ts';
import { times } from './rules/times.ts';
import { words } from './rules/words.ts';
import { openStanding, type StandingToOpen } from './standing.ts';

export type LogToCheck = StandingToOpen & {
  readonly part: Part;
  /** When it was read, or says it was made. */
  readonly asOf: number;
  readonly machines?: readonly KnownMachine[];
  readonly cosignatures?: readonly Cosignature[];
  /** Absent: whoever gives the log gives none with it. */
  readonly receipts?: readonly SignedReceipt[];
  /** In the order of the entries they belong to. Absent: the same. */
  readonly kept?: AsyncIterable<GivenKept>;
};

export const COUNTED = {
  entries: 'entries',
  sessions: 'sessions',
  commands: 'commands',
  refusals: 'refusals on record',
  log_key_signatures: 'signatures of the log key',
  machine_signatures: 'signatures of machines',
  cosignatures: 'cosignatures of machines',
  receipts: 'consents signed by the owner',
  operator_proofs: 'sessions an operator proved with a key',
  kept: 'results kept, sealed by machines to the owner',
} as const;
export type Numbers = Record<keyof typeof COUNTED, number>;

export type Checked = Found & {
  readonly whose: Whose | null; // null: nothing says whose it is
  readonly part: Part;
  readonly size: number; // of the checkpoint
  /** Compared with what a machine of the owner has seen; otherwise it is self-consistent only. */
  readonly isTied: boolean;
  readonly numbers: Readonly<Numbers>;
};

export type CheckPorts = Crypto & {
  readonly onEntry?: (seen: number, of: number, leafHash: Uint8Array) => void;
  /** Whose findings these join; without it they are a list of their own. */
  readonly findings?: Findings;
  /** Others who want to look at the entries while they pass. */
  readonly alsoSee?: (note: Note) => Rule;
  /** With the owner's key: kept results are opened. */
  readonly openKept?: OpenKept;
};

export async function checkLog(log: LogToCheck, entries: AsyncIterable<ProvedEntry>, ports: CheckPorts): Promise<Checked> {
  const { note, found } = ports.findings ?? createFindings();
  const { trust, part } = log;
  const numbers: Numbers = { entries: 0, sessions: 0, commands: 0, refusals: 0, log_key_signatures: 0, machine_signatures: 0, cosignatures: 0, receipts: 0, operator_proofs: 0, kept: 0 };
  const standing = await openStanding(ports, log, note);
  if (!standing) return { ...found(), whose: null, part, size: 0, isTied: false, numbers };
  const { whose, size } = standing;
  numbers.log_key_signatures = standing.held;
  const places = createPlaces(ports.sha256, standing, { part, note, alsoAt: log.cosignatures?.map((one) => one.size) ?? [] });

  const isWhole = part.kind === 'log';
  const context: RuleContext = { note, isFromTheStart: isWhole || (part.kind === 'period' && part.from === 0), reachesTheEnd: part.kind !== 'period' || part.to === size, asOf: log.asOf };
  const trusted = trust && { agent: trust.agent, publicKey: trust.agent_public_key };
  const known = machines(context, { trusted, claimed: log.machines ?? [] });
  const given = log.receipts && byDigest(ports, log.receipts);
  const signed = given && receipts(context, { whose, verify: ports.verify, passkey: ports.passkey, sha256: ports.sha256, given, isEachNamed: part.kind !== 'period' || part.from === 0, proved: () => numbers.operator_proofs++ });
  const keeping = kept(context, { whose, verify: ports.verify, sha256: ports.sha256, keyOf: known.peek, receipts: given ?? null, given: log.kept?.[Symbol.asyncIterator]() ?? null, open: ports.openKept, held: () => numbers.kept++ });
  const rules = [keyChanges(context, standing.keys), ...rulesOf(context, { whose, known, numbers, ports }), keeping, ...(signed ? [signed] : []), ...(ports.alsoSee ? [ports.alsoSee(note)] : [])];

  for await (const raw of entries) {
    const hash = hashOf(ports.sha256, raw);
    places.add(raw, hash);
    numbers.entries++;
    const entry = readEntry(raw, hash, { whose, note });
    if (entry) await see(entry);
    ports.onEntry?.(numbers.entries, size, hash);
  }
  places.end();
  for (const rule of rules) await rule.end?.();
  const isShort = trust?.highest_acted_leaf !== undefined && isWhole && trust.highest_acted_leaf >= size && (standing.followed?.size ?? 0) <= size;
  if (isShort) note('shorter_than_followed', { detail: `${size} entries, and your machine acted on entry ${trust.highest_acted_leaf ?? 0}` });
  if (!places.isTied()) note('not_tied_to_machine');

  const beside = { whose, note, keyOf: known.peek, rootAt: places.rootAt };
  numbers.cosignatures = await checkCosignatures(ports, log.cosignatures ?? [], beside);
  numbers.receipts = await checkReceipts(ports, log.receipts ?? [], { whose, note, trust });
  return { ...found(), whose, part, size, isTied: places.isTied(), numbers };

  async function see(entry: Entry): Promise<void> {
    const { index, leaf } = entry;
    if (leaf.type === 'remote_support_command' && leaf.phase === 'intent') numbers.commands++;
    if (leaf.outcome === 'refused') numbers.refusals++;
    if (index === trust?.highest_acted_leaf && (leaf.phase !== 'intent' || leaf.agent !== trust.agent)) note('acted_entry_differs', { index, detail: `${leaf.type} ${leaf.phase}, for ${leaf.agent ?? 'no machine'}` });
    for (const rule of rules) {
      const waiting = rule.see(entry);
      if (waiting) await waiting; // only where a signature is asked about: awaiting every entry would cost more than the hashing
    }
  }
}

/** In this order: words look up what acts then close. */
function rulesOf(context: RuleContext, { whose, known, numbers, ports }: { whose: Whose; known: Machines; numbers: Numbers; ports: CheckPorts }): readonly Rule[] {
  const asked = acts(context);
  const allowed = permission(context);
  return [
    times(context),
    names(context),
    known,
    words(context, { whose, verify: ports.verify, machines: known, intentOf: asked.intentOf, verified: () => numbers.machine_signatures++ }),
    asked,
    allowed,
    sessions(context, { permission: allowed, opened: () => numbers.sessions++ }),
  ];
}
