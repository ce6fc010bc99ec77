/**
 * A bundle, made while it is read: the lengths first, since a tar names them, then page by page. It never holds more than a
 * page of the log. What changes its length on the way breaks it off; the log itself only grows, and `size` was fixed before.
 */
import { isoTime, type Clock } from '@argus/kit/clock.ts';
import { utf8 } from '@argus/kit/bytes.ts';
import { canonicalJson } from '@argus/kit/canonical-json.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { BUNDLE_CHECKPOINTS_MAX, BUNDLE_FILES, BUNDLE_LEAVES_MAX, BUNDLE_NOT_SIGNED, bundleLine, bundleReadme, type Bundle, type BundleFileName } from '@argus/protocol/bundle.ts';
import { deny, denyWith, type Denial } from '@argus/protocol/errors.ts';
import type { BundleQuery } from '@argus/protocol/http/evidence.ts';
import type { InstanceId, TenantId } from '@argus/protocol/ids.ts';
import { TAR_BLOCK, TAR_END, tarHeader, tarPadding } from '@argus/protocol/ustar.ts';
import type { CosignatureStore } from '../ledger/cosignature.ts';
import type { LogKeyRing } from '../ledger/key-ring.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { SessionStore } from '../ports.ts';
import { cosignatureLines, cosignedSizes, receiptLines } from './beside.ts';
import { keptBytes, keptChunks } from './kept.ts';
import { ofSession, PAGE, pagesOf, weigh, type Covered } from './covered.ts';
import { digesting } from './digests.ts';
import { Download } from './download.ts';
import { Damaged, proofsOf } from './proofs.ts';
import { rotationsOf } from './rotations.ts';
import type { EvidenceStore } from './store.ts';
import type { Reader, Streams } from './streams.ts';

export type BundleDeps = {
  readonly clock: Clock;
  readonly instance: InstanceId;
  readonly ring: LogKeyRing;
  readonly ledger: Pick<Ledger, 'head'>;
  readonly evidence: EvidenceStore;
  readonly sessions: Pick<SessionStore, 'byId'>;
  readonly streams: Streams;
  readonly cosignatures: Pick<CosignatureStore, 'list'>;
};
type Chunks = () => AsyncIterable<Uint8Array>;
type Part = { readonly name: BundleFileName; readonly bytes: number; readonly chunks: Chunks };

const bad = (problem: string) => err(denyWith('bad_request', { problems: [problem] }));

export function makeBundle(deps: BundleDeps) {
  const { evidence, streams } = deps;

  async function cover(tenant: TenantId, { kind, session, from, to }: BundleQuery, size: number): Promise<Result<Covered, Denial>> {
    if ((session === undefined) === (kind === 'session')) return bad('session: goes with kind=session, and that with it');
    if (kind !== 'period' && (from !== undefined || to !== undefined)) return bad('from and to: go with kind=period');
    if (session !== undefined) {
      const found = await deps.sessions.byId(session);
      const covered = found?.tenant === tenant ? await ofSession(evidence, found, size) : null;
      return covered ? ok(covered) : err(deny('session_not_found'));
    }
    const range = { from: from ?? 0, to: to ?? size };
    if (range.from >= range.to || range.to > size) return bad(`from and to: have to lie within the ${size} entries of the log, from before to`);
    if (range.to - range.from > BUNDLE_LEAVES_MAX) return bad(`a bundle has at most ${BUNDLE_LEAVES_MAX} entries; ask for kind=period, several times`);
    return ok({ kind, ...range, size, listed: null });
  }

  /** Evenly picked, and those machines have cosigned; each with its proof: a few hundred kilobytes at most. */
  async function* checkpointLines(tenant: TenantId, { from, size }: Covered, cosigned: readonly number[]) {
    const first = Math.max(1, from);
    const also = cosigned.filter((one) => one >= first && one < size);
    const count = BUNDLE_CHECKPOINTS_MAX - also.length;
    const targets = Array.from({ length: count }, (_, i) => first + Math.floor(((size - first) * i) / count));
    const near = await evidence.checkpointsNear(tenant, [...new Set([...targets, ...also])], size);
    const proofs = await proofsOf(evidence, tenant).consistencies(near.map((one) => one.size), size);
    for (const [i, one] of near.entries()) yield bundleLine({ size: one.size, checkpoint: one.note, consistency: proofs[i] ?? [] });
  }

  async function* agentLines(tenant: TenantId, covered: Covered) {
    const { listed, size } = covered;
    for (let from = 0; ; ) {
      const page = await evidence.enrollments(tenant, { from, below: size, limit: PAGE });
      for (const { agent, publicKey, index } of page) if (!listed || listed.includes(index)) yield bundleLine({ agent, public_key: publicKey, enrolled_index: index });
      const last = page.at(-1);
      if (!last || page.length < PAGE) return;
      from = last.index + 1;
    }
  }

  async function* leafChunks(tenant: TenantId, covered: Covered) {
    for (const page of pagesOf(covered, PAGE)) {
      const rows = await evidence.leavesAt(tenant, page);
      if (rows.length !== page.length) throw new Damaged(`the log of ${tenant} lacks entries between ${page[0]} and ${page.at(-1)}`);
      yield utf8(rows.map(({ seq, bytes }) => bundleLine({ index: seq, leaf: bytes })).join(''));
    }
  }

  async function* proofChunks(tenant: TenantId, covered: Covered) {
    if (covered.kind === 'log') return; // whoever has every entry makes the root
    const proofs = proofsOf(evidence, tenant);
    for (const page of pagesOf(covered, PAGE)) {
      const inclusions = await proofs.inclusions(page, covered.size);
      yield utf8(page.map((index, i) => bundleLine({ index, inclusion: inclusions[i] ?? [] })).join(''));
    }
  }

  async function parts(tenant: TenantId, covered: Covered, { note, goOn }: { note: string; goOn: () => Promise<void> }): Promise<readonly Part[]> {
    const { kind, from, to, size, session } = covered;
    const rotations = await rotationsOf({ evidence, ring: deps.ring, tree: tenant, size });
    const bundle = {
      v: 1, kind, instance: deps.instance, tenant, made_at: isoTime(deps.clock.now()), ...(session && { session }), from, to, size,
      log_keys: deps.ring.keysOf(tenant).keys.map(({ key }) => key),
      ...(rotations.length > 0 && { rotations: [...rotations] }),
    } as const satisfies Bundle;
    const cosigned = { cosignatures: deps.cosignatures, tenant, size };
    const sizes = (await cosignedSizes(cosigned)).filter((one) => kind === 'log' || one >= Math.max(1, from)); // of others a part has no root
    const cosignatures = await cosignatureLines(cosigned, sizes);
    const weight = await weigh(evidence, tenant, covered, goOn);
    const made: Readonly<Record<Exclude<BundleFileName, 'bundle.sha256'>, Chunks | { readonly bytes: number; readonly chunks: Chunks }>> = {
      'README.txt': texts([bundleReadme(bundle)]),
      'bundle.json': texts([canonicalJson(bundle)]),
      'checkpoint.txt': texts([note]),
      'leaves.ndjson': { bytes: weight.leaves, chunks: () => leafChunks(tenant, covered) },
      'proofs.ndjson': { bytes: weight.proofs, chunks: () => proofChunks(tenant, covered) },
      'checkpoints.ndjson': linesOf(() => checkpointLines(tenant, covered, sizes)),
      'agents.ndjson': linesOf(() => agentLines(tenant, covered)),
      'cosignatures.ndjson': texts(cosignatures),
      'receipts.ndjson': linesOf(() => receiptLines(evidence, tenant, covered)),
      'kept.ndjson': { bytes: await keptBytes(evidence, tenant, covered), chunks: () => keptChunks(evidence, tenant, covered) },
    };
    return Promise.all(
      BUNDLE_FILES.flatMap(({ name }) => (name === 'bundle.sha256' ? [] : [name])).map(async (name) => {
        const one = made[name];
        return typeof one === 'function' ? { name, chunks: one, bytes: await lengthOf(one()) } : { name, ...one };
      }),
    );
  }

  return {
    async bundle(reader: Reader, tenant: TenantId, query: BundleQuery): Promise<Result<Download, Denial>> {
      const { size, note } = await deps.ledger.head(tenant);
      if (size === 0) return err(deny('tenant_not_found'));
      const covered = await cover(tenant, query, size);
      if (!covered.ok) return covered;
      const slot = streams.begin(reader);
      if (!slot.ok) return slot;
      try {
        const files = await parts(tenant, covered.value, { note, goOn: slot.value.goOn });
        const tooLong = files.find(({ name, bytes }) => bytes > (BUNDLE_FILES.find((one) => one.name === name)?.bytesMax ?? 0));
        if (tooLong) {
          slot.value.end();
          return bad(`${tooLong.name} would be longer than a bundle may have it; ask for kind=period, several times`);
        }
        const name = `${tenant}-${query.session ?? `${covered.value.from}-${covered.value.to}`}.tar`;
        return ok(new Download({ type: 'application/x-tar', name, bytes: tarBytes(files), chunks: tarChunks(files, slot.value.goOn), slot: slot.value }));
      } catch (problem) {
        slot.value.end();
        if (problem instanceof Damaged) return err(deny('log_damaged', problem.message));
        throw problem;
      }
    },
  };
}

const DIGEST_LINE = 64 + 2 + 1;
const digestsBytes = (files: readonly Part[]): number => files.reduce((sum, { name }) => sum + DIGEST_LINE + name.length, BUNDLE_NOT_SIGNED.length + 1);
const inBlocks = (bytes: number): number => TAR_BLOCK + Math.ceil(bytes / TAR_BLOCK) * TAR_BLOCK;
const tarBytes = (files: readonly Part[]): number => files.reduce((sum, { bytes }) => sum + inBlocks(bytes), inBlocks(digestsBytes(files)) + TAR_END.length);

/** The end of the tar comes only after every file has had the length its header says. */
async function* tarChunks(files: readonly Part[], goOn: () => Promise<void>): AsyncGenerator<Uint8Array> {
  let digests = '';
  for (const { name, bytes, chunks } of files) {
    yield tarHeader(name, bytes);
    const digest = digesting();
    for await (const chunk of chunks()) {
      await goOn();
      digest.add(chunk);
      if (digest.bytes() > bytes) break;
      yield chunk;
    }
    if (digest.bytes() !== bytes) throw new Damaged(`${name} has another length than a moment ago`);
    yield tarPadding(bytes);
    digests += `${digest.hex()}  ${name}\n`;
  }
  const last = utf8(`${digests}${BUNDLE_NOT_SIGNED}\n`);
  yield tarHeader('bundle.sha256', last.length);
  yield last;
  yield tarPadding(last.length);
  yield TAR_END;
}

const texts = (all: readonly string[]): Chunks =>
  async function* () {
    for (const text of all) yield utf8(text);
  };
const linesOf = (lines: () => AsyncIterable<string>): Chunks =>
  async function* () {
    for await (const line of lines()) yield utf8(line);
  };
async function lengthOf(chunks: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0;
  for await (const chunk of chunks) bytes += chunk.length;
  return bytes;
}
