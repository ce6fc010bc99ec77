import { sha256 as plainSha256 } from '@argus/evidence/sha256.ts';
import { ok } from '@argus/kit/result.ts';
import type { Request } from '@argus/client/requests.ts';
import type { SupportAuditView } from '@argus/protocol/http/audit.ts';
import type { SessionReplay } from '@argus/protocol/http/evidence.ts';
import { parseLeaf } from '@argus/protocol/leaf.ts';
import { replay } from '@argus/protocol/replay.ts';
import { describe, expect, test } from 'vitest';
import { AGENT, HONEST, LATER, LOG_KEY, nodeCrypto, OTHER_KEY, SESSION, TENANT, texts, treeOf, trustFile } from '../../../../packages/evidence/testing/made-log.ts';
import { answer, type Ports } from './answer.ts';
import type { Proof, Question } from './question.ts';

const honest = texts(HONEST);
const signed = treeOf(honest);

/** A server that keeps the tree of an honest log, and gives out these texts. */
function portsOver(leaves: readonly string[], { checkpoint = signed.checkpoint(), hasProofs = true } = {}): Ports & { readonly asked: string[]; readonly seen: number[] } {
  const [asked, seen] = [[] as string[], [] as number[]];
  const body = (path: string): unknown => {
    const at = new URL(path, 'http://x');
    const number = (name: string) => Number(at.searchParams.get(name));
    if (at.pathname.endsWith('/checkpoint')) return { size: signed.size, checkpoint, log_keys: [LOG_KEY.publicKeyText] };
    if (at.pathname.endsWith('/proof')) return { size: signed.size, checkpoint, proof: hasProofs ? signed.inclusion(number('index')) : [] };
    const from = number('from');
    return { size: signed.size, from, entries: leaves.slice(from, Math.min(number('to'), from + 4)).map((leaf, i) => ({ index: from + i, leaf })) };
  };
  const call = async <T>({ path, read }: Request<T>) => {
    asked.push(path);
    return ok(read(body(path)) ?? expect.unreachable(path));
  };
  return { ...nodeCrypto, sha256: plainSha256, call, now: () => LATER, onSeen: (n) => void seen.push(n), asked, seen };
}
const proofOf = async (question: Question, ports: Ports): Promise<Proof> => {
  const answered = await answer(question, ports);
  return answered.ok ? answered.value : expect.unreachable(JSON.stringify(answered.error));
};
const failing = ({ checked }: Proof) => Object.keys(checked.counts).filter((code) => code !== 'not_tied_to_machine');
const changedAt = (index: number, from: string, to: string) => honest.map((text, i) => (i === index ? text.replace(from, to) : text));

describe('all of a log', () => {
  const all = { kind: 'log', tenant: TENANT, trust: null } as const;
  test('is read page by page and holds, and how far it is is said', async () => {
    const ports = portsOver(honest);
    const proof = await proofOf(all, ports);
    expect([proof.verdict, failing(proof), proof.changed, proof.keys]).toEqual(['self_consistent', [], [], [LOG_KEY.publicKeyText]]);
    expect(ports.asked).toHaveLength(1 + Math.ceil(honest.length / 4));
    expect(ports.seen).toEqual(honest.map((_, i) => i + 1));
  });

  test('is tied to what a machine has seen by its trust file, whose keys count and not those the server names', async () => {
    expect((await proofOf({ ...all, trust: trustFile({ last_checkpoint: signed.checkpoint(11) }) }, portsOver(honest))).verdict).toBe('holds');
    const other = await proofOf({ ...all, trust: trustFile({ log_keys: [OTHER_KEY.publicKeyText] }) }, portsOver(honest));
    expect([other.verdict, other.keys]).toEqual(['does_not_hold', [OTHER_KEY.publicKeyText]]);
    expect(failing(other)).toContain('checkpoint_not_trusted');
  });

  test.each([4, 0, 14])('of which one byte of entry %i was changed does not hold, and that entry is named', async (index) => {
    const proof = await proofOf(all, portsOver(changedAt(index, '"v":1', '"v":2')));
    expect([proof.verdict, proof.changed]).toEqual(['does_not_hold', [index]]);
    expect(failing(proof)).toContain('root_differs');
  });

  test('does not hold either where the server gives no proof that would name the entry', async () => {
    const proof = await proofOf(all, portsOver(changedAt(4, 'investigate', 'investigatE'), { hasProofs: false }));
    expect([proof.verdict, proof.changed]).toEqual(['does_not_hold', []]);
  });

  test('whose end is kept back does not hold', async () => {
    expect(failing(await proofOf(all, portsOver(honest.slice(0, 9))))).toContain('entries_missing');
  });
});

describe('one entry', () => {
  const leafAt = (index: number) => {
    const leaf = parseLeaf(honest[index] ?? '');
    return leaf.ok ? leaf.value : expect.unreachable();
  };
  const rowAt = (index: number, over: Partial<SupportAuditView> = {}): SupportAuditView => {
    const { at, operator = '', type, phase, outcome, code, reason = '', command, agent, session, request_id, tenant, args_commit: args = null } = leafAt(index);
    return { id: 'x', at, operator, ip: null, tenant_id: tenant ?? null, agent_id: agent ?? null, session_id: session ?? null, request_id: request_id ?? null, action: type, phase, outcome: outcome ?? null, code: code ?? null, gates_passed: [], reason, command: command ?? null, args, leaf_index: index, ...over };
  };
  const WITH_WORDS = honest.flatMap((_, i) => (HONEST[i]?.operator === undefined ? [] : [i]));

  test.each(WITH_WORDS)('%i of an honest log is in it, and is what its row says', async (index) => {
    const proof = await proofOf({ kind: 'entry', tenant: TENANT, index, row: rowAt(index) }, portsOver(honest));
    expect([proof.verdict, proof.differs, proof.changed, proof.entry?.text]).toEqual(['self_consistent', [], [], honest[index]]);
  });

  test('that was changed is not in it', async () => {
    const proof = await proofOf({ kind: 'entry', tenant: TENANT, index: 7, row: null }, portsOver(changedAt(7, 'investigate', 'investigatE')));
    expect([proof.verdict, proof.changed, failing(proof)]).toEqual(['does_not_hold', [7], expect.arrayContaining(['inclusion_wrong'])]);
  });

  test('that is given out in the place of another is not in it', async () => {
    const proof = await proofOf({ kind: 'entry', tenant: TENANT, index: 7, row: null }, portsOver(honest.with(7, honest[9] ?? '')));
    expect(failing(proof)).toEqual(expect.arrayContaining(['inclusion_wrong', 'entry_out_of_place']));
  });

  test.each([{ operator: 'bob@argus.example' }, { outcome: 'ok' }, { at: '2026-03-01T11:00:00.000Z' }, { code: null }, { reason: 'nothing' }, { agent_id: null }, { args: { path: '/etc/shadow' } }, { args: { path: '\uD800' } }] as const)('whose row says %j is found to say something else', async (over) => {
    const proof = await proofOf({ kind: 'entry', tenant: TENANT, index: 4, row: rowAt(4, over) }, portsOver(honest));
    expect(proof.differs).toEqual(Object.keys(over));
  });
});

describe('the steps of a session', () => {
  const proved = (index: number) => ({ index, leaf: honest[index] ?? '', inclusion: signed.inclusion(index) });
  function replayed(): SessionReplay {
    const indexes = [5, 6, 7, 8, 9, 10, 11, 12, 13];
    const steps = replay(indexes.map((index) => ({ index, leaf: honest[index] ?? '' })), nodeCrypto.sha256);
    if (!steps.ok) return expect.unreachable(steps.error);
    const of = steps.value.map((step) => ({ ...step, proofs: [...new Set([step.index, step.answer?.index, step.late?.index])].flatMap((index) => (index === undefined ? [] : [proved(index)])) }));
    return { session_id: SESSION, tenant_id: TENANT, agent_id: AGENT, size: signed.size, checkpoint: signed.checkpoint(), steps: of, next: null, log_keys: [LOG_KEY.publicKeyText], enrolled: proved(3) };
  }
  const check = (given: SessionReplay) => proofOf({ kind: 'session', replay: given }, portsOver(honest));

  test('are those of the log, and the machine signed what it is said to have answered', async () => {
    const proof = await check(replayed());
    expect([proof.verdict, failing(proof), proof.differs, proof.changed]).toEqual(['self_consistent', [], [], []]);
    expect(proof.checked.numbers).toMatchObject({ commands: 2, machine_signatures: 3 });
  });

  test('are found out when one is shown as it was not', async () => {
    const given = replayed();
    const steps = given.steps.map((step, i) => (i === 1 ? { ...step, command: 'apply_patch' } : step));
    expect((await check({ ...given, steps })).differs).toEqual([String(given.steps[1]?.index)]);
  });

  test('are found out when an entry of theirs was changed, or the key they are signed with is another one', async () => {
    const given = replayed();
    const steps = given.steps.map((step) => ({ ...step, proofs: step.proofs.map((one) => (one.index === 8 ? { ...one, leaf: one.leaf.replace('investigate', 'investigatE') } : one)) }));
    const changed = await check({ ...given, steps });
    expect([changed.verdict, changed.changed, changed.differs]).toEqual(['does_not_hold', [8], []]);
    expect(failing(await check({ ...given, log_keys: [OTHER_KEY.publicKeyText] }))).toContain('checkpoint_not_trusted');
  });

  test('of a server that says no key are not said to be signed by one', async () => {
    const { log_keys: _, ...given } = replayed();
    expect((await check(given)).checked.counts).toHaveProperty('log_key_not_known');
  });
});
