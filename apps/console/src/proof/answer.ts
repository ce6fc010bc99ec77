/** Asks the server for what it says, and believes none of it: entries, proofs and signatures are checked by packages/evidence. */
import { fromBase64 } from '@argus/kit/bytes.ts';
import { canonicalJson, type Json } from '@argus/kit/canonical-json.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { logCheckpoint, logEntries, logProof, type Checkpoint } from '@argus/client/log-requests.ts';
import type { ClientProblem } from '@argus/client/problem.ts';
import type { Request } from '@argus/client/requests.ts';
import { checkLog, type Checked, type LogToCheck } from '@argus/evidence/check-log.ts';
import type { Crypto, RawEntry } from '@argus/evidence/entry.ts';
import { findChanged } from '@argus/evidence/find-changed.ts';
import type { Part, ProvedEntry } from '@argus/evidence/places.ts';
import { verdictOf } from '@argus/evidence/report.ts';
import { readCheckpoint } from '@argus/evidence/signed-notes.ts';
import type { Proved } from '@argus/protocol/http/evidence.ts';
import type { TenantId } from '@argus/protocol/ids.ts';
import { parseLeaf } from '@argus/protocol/leaf.ts';
import { replay as stepsIn, type ReplayStep } from '@argus/protocol/replay.ts';
import type { Proof, Question } from './question.ts';
import { differences } from './row.ts';

export type Ports = Crypto & {
  readonly call: <T>(request: Request<T>) => Promise<Result<T, ClientProblem>>;
  readonly now: () => number;
  readonly onSeen: (seen: number, of: number) => void;
};
type Answer = Promise<Result<Proof, ClientProblem>>;

/** The server refused, or could not be reached, in the middle of reading. */
class CannotRead extends Error {
  readonly problem: ClientProblem;
  constructor(problem: ClientProblem) {
    super(problem.kind);
    this.problem = problem;
  }
}

export async function answer(question: Question, ports: Ports): Answer {
  const must = async <T>(request: Request<T>): Promise<T> => {
    const read = await ports.call(request);
    if (!read.ok) throw new CannotRead(read.error);
    return read.value;
  };
  try {
    return ok(await proofOf(question, { ...ports, must }));
  } catch (thrown) {
    if (thrown instanceof CannotRead) return err(thrown.problem);
    throw thrown;
  }
}

type Reading = Ports & { readonly must: <T>(request: Request<T>) => Promise<T> };
function proofOf(question: Question, reading: Reading): Promise<Proof> {
  switch (question.kind) {
    case 'log':
      return wholeLog(question, reading);
    case 'entry':
      return oneEntry(question, reading);
    case 'session':
      return session(question, reading);
    default:
      return question satisfies never;
  }
}

async function wholeLog({ tenant, trust }: Extract<Question, { kind: 'log' }>, { must, call, onSeen, ...reading }: Reading): Promise<Proof> {
  const given = await must(logCheckpoint(tenant));
  const hashes: Uint8Array[] = [];
  const checked = await checkLog({ ...standing(given), trust, part: { kind: 'log' }, asOf: reading.now() }, entriesOf(tenant, given.size, must), {
    ...reading,
    onEntry: (seen, of, hash) => {
      hashes.push(hash);
      onSeen(seen, of);
    },
  });
  const root = readCheckpoint(given.checkpoint)?.root;
  const proofOf = async (index: number) => {
    const read = await call(logProof(tenant, { index, size: given.size }));
    return read.ok ? bytesOf(read.value.proof) : null; // what cannot be had proves nothing
  };
  const changed = checked.counts.root_differs !== undefined && root ? await findChanged(reading.sha256, { root, hashes, proofOf }) : [];
  return { ...told(checked, reading), keys: trust?.log_keys ?? given.log_keys ?? [], changed };
}

async function* entriesOf(tenant: TenantId, size: number, must: Reading['must']): AsyncGenerator<RawEntry> {
  for (let from = 0; from < size; ) {
    const { entries } = await must(logEntries(tenant, { from, to: size }));
    if (entries.length === 0) return; // the log is found to be short where entries are counted
    yield* entries;
    from += entries.length;
  }
}

async function oneEntry({ tenant, index, row }: Extract<Question, { kind: 'entry' }>, { must, ...reading }: Reading): Promise<Proof> {
  const given = await must(logCheckpoint(tenant));
  const { proof } = await must(logProof(tenant, { index, size: given.size }));
  const [entry] = (await must(logEntries(tenant, { from: index, to: index + 1 }))).entries;
  const checked = await checkPart({ given, part: { kind: 'period', from: index, to: index + 1 } }, entry ? [{ ...entry, inclusion: proof }] : [], reading);
  const read = entry && parseLeaf(entry.leaf);
  const leaf = read?.ok === true ? read.value : null;
  return {
    ...told(checked, reading),
    keys: given.log_keys ?? [],
    changed: checked.counts.inclusion_wrong === undefined && entry ? [] : [index],
    differs: row && leaf ? differences(row, leaf) : [],
    ...(entry && { entry: { index, text: entry.leaf, leaf } }),
  };
}

async function session({ replay: given }: Extract<Question, { kind: 'session' }>, reading: Reading): Promise<Proof> {
  const ofSteps = given.steps.flatMap(({ proofs }) => proofs);
  const entries = inOrder(given.enrolled ? [...ofSteps, given.enrolled] : ofSteps);
  const checked = await checkPart({ given, part: { kind: 'session' } }, entries, reading);
  return {
    ...told(checked, reading),
    keys: given.log_keys ?? [],
    changed: checked.findings.flatMap(({ code, index }) => (code === 'inclusion_wrong' && index !== undefined ? [index] : [])),
    differs: stepsThatDiffer(given.steps, inOrder(ofSteps), reading),
  };
}

/** A step is shown as the server tells it; made again from the exact texts, it has to be the same. */
function stepsThatDiffer(shown: readonly (ReplayStep & { readonly proofs: readonly Proved[] })[], entries: readonly ProvedEntry[], { sha256 }: Crypto): readonly string[] {
  const made = stepsIn(entries, sha256);
  if (!made.ok) return shown.map(({ index }) => String(index));
  const texts = new Map(made.value.map((step) => [step.index, canonicalJson(step as unknown as Json)])); // steps are plain JSON
  return shown.flatMap(({ proofs: _, ...step }) => (texts.get(step.index) === canonicalJson(step as unknown as Json) ? [] : [String(step.index)]));
}

type Given = Pick<Checkpoint, 'checkpoint' | 'log_keys' | 'rotations'>;
const standing = ({ checkpoint, log_keys, rotations }: Given): Pick<LogToCheck, 'checkpoint' | 'claimedKeys' | 'rotations'> => ({ checkpoint, claimedKeys: log_keys ?? [], rotations: rotations ?? [] });

async function checkPart({ given, part }: { readonly given: Given; readonly part: Part }, entries: readonly ProvedEntry[], { now, ...reading }: Omit<Reading, 'must'>): Promise<Checked> {
  const each = async function* () {
    yield* entries;
  };
  return checkLog({ ...standing(given), trust: null, part, asOf: now() }, each(), reading);
}

const told = (checked: Checked, { now }: Pick<Ports, 'now'>): Pick<Proof, 'checked' | 'verdict' | 'at' | 'changed' | 'differs'> => ({ checked, verdict: verdictOf(checked), at: now(), changed: [], differs: [] });

const inOrder = (entries: readonly Proved[]): readonly ProvedEntry[] => [...new Map(entries.map((one) => [one.index, one])).values()].toSorted((a, b) => a.index - b.index);

function bytesOf(texts: readonly string[]): readonly Uint8Array[] | null {
  const hashes = texts.map(fromBase64);
  return hashes.every((hash) => hash !== null) ? hashes : null;
}
