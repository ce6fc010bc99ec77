/**
 * argusctl's request, the whole ops API and a real agent in one process: real code everywhere, memory at the edges,
 * a clock that is moved by hand, and every hop written down.
 */
import { createAgent } from '../apps/agent/src/agent.ts';
import { createConnection } from '../apps/agent/src/connection.ts';
import { enroll } from '../apps/agent/src/enroll.ts';
import type { Followed, Indicator, SessionNotice, SocketEvents, Witness } from '../apps/agent/src/ports.ts';
import { memoryConsent } from '../apps/agent/testing/memory-consent.ts';
import { FILES, memoryFiles } from '../apps/agent/testing/memory-files.ts';
import { memoryStores, type MemoryStores } from '../apps/ops-api/src/adapters/memory/stores.ts';
import { quietVitals } from '../apps/ops-api/src/adapters/memory/vitals.ts';
import { holdToItsWord } from '../apps/ops-api/test/held.ts';
import { createRequestMemory } from '../apps/agent/src/request-memory.ts';
import { memoryPatches } from '../apps/agent/testing/memory-patches.ts';
import { EXAMPLE_PATCH_KEY } from '@argus/protocol/patch.ts';
import type { WireEvents } from '../apps/ops-api/src/agents/wire.ts';
import type { Access } from '../apps/ops-api/src/access/access.ts';
import { createOpsApi, type OpsApiDeps } from '../apps/ops-api/src/app.ts';
import { networksOf } from '../apps/ops-api/src/http/address.ts';
import type { Scope } from '../apps/ops-api/src/people/principal.ts';
import type { LogKeyRing } from '../apps/ops-api/src/ledger/key-ring.ts';
import type { LogStore } from '../apps/ops-api/src/ports.ts';
import { manualClock, settle, isoTime, type Clock, type ManualClock } from '@argus/kit/clock.ts';
import { err, ok } from '@argus/kit/result.ts';
import { signingKeyOf } from '@argus/keys/ed25519.ts';
import { makeSecretHash, newPat } from '@argus/keys/secrets.ts';
import { deny } from '@argus/protocol/errors.ts';
import { mustId, newHandle, type AgentId, type EnrollmentCode, type InstanceId, type TenantId } from '@argus/protocol/ids.ts';
import { createHash } from 'node:crypto';

export const START = Date.UTC(2026, 2, 1, 12);
export const OPS_TOKEN = 'ops-token-of-the-flow-tests-32-characters';
export const TENANT = mustId('tenant', 'UTD_7ELEVEN_001');
export const AGENT = mustId('agent', 'agent_macpro_lobby_01');
export const DOCUMENT = { document_id: 'DOC-2026-014', document_sha256: 'ab'.repeat(32) };

export type Answer = { readonly status: number; readonly body: Record<string, unknown> };
export type WorldOptions = {
  readonly enabled?: boolean;
  readonly stores?: MemoryStores;
  /** The way in for callers outside, on the clock of this world. */
  readonly access?: (clock: Clock) => Access;
  /** Pages may ask this server to open sessions. */
  readonly oneClick?: boolean;
  /** Where the log key was changed. */
  readonly logKeys?: LogKeyRing;
  readonly networks?: Pick<OpsApiDeps, 'operatorNetworks' | 'trustedProxies'>;
  /** How much of results is kept for a tenant. */
  readonly keptBytesMax?: number;
  /** Stands between the app and its log: for faults. */
  readonly log?: (real: LogStore) => LogStore;
  /** Another node of the same installation: one clock, one database, one transcript. */
  readonly beside?: { readonly hops: string[]; readonly clock: ManualClock; readonly stores: MemoryStores; readonly instance: InstanceId };
};

/** Looks random, is the same in every run. */
function seededRandom(seed: string): (bytes: number) => Uint8Array {
  let counter = 0;
  return (bytes) => {
    const out = Buffer.alloc(bytes);
    for (let at = 0; at < bytes; at += 32) createHash('sha256').update(`${seed} ${counter++}`).digest().copy(out, at);
    return out;
  };
}

export function createWorld(options: WorldOptions = {}) {
  const { beside } = options;
  const hops: string[] = beside?.hops ?? [];
  const clock = beside?.clock ?? manualClock(START);
  const random = seededRandom(beside ? `server beside ${beside.hops.length}` : 'server');
  const masterKey = new Uint8Array(32).fill(7);
  const real = options.stores ?? memoryStores();
  const stores: MemoryStores = beside?.stores ?? { ...real, leaves: recorded(options.log?.(real.leaves) ?? real.leaves) };
  let ids = 0;

  function recorded(log: LogStore): LogStore {
    return {
      ...log,
      async commit(batch) {
        const outcome = await log.commit(batch);
        if (outcome.done) {
          for (const row of batch.rows) {
            const { action, phase, outcome: how, code, command } = row.audit;
            const what = [action, phase, command, how, code].filter((word) => word !== null).join(' ');
            hops.push(`api     log      ${batch.tree} #${row.seq} ${what}`);
          }
          for (const { deed } of batch.deeds) if (deed.do !== 'need_standing') hops.push(`api     deed     ${deed.do}`); // that one only asks
        }
        return outcome;
      },
    };
  }

  const node = { id: newHandle('node', random), epoch: 1 };
  const instance = beside?.instance ?? newHandle('instance', random);
  const api = createOpsApi({
    clock,
    random,
    newId: () => `${beside ? 1 : 0}0000000-0000-4000-8000-${String(ids++).padStart(12, '0')}`,
    stores,
    instance,
    logKey: signingKeyOf(new Uint8Array(32).fill(9)),
    node,
    masterKey,
    enabled: options.enabled ?? true,
    opsTokens: [OPS_TOKEN],
    operatorNetworks: networksOf(['10.1.0.0/16']),
    trustedProxies: networksOf(['127.0.0.0/8']),
    ...(options.oneClick && { oneClick: true }),
    ...(options.logKeys && { logKeys: options.logKeys }),
    ...options.networks,
    ...(options.keptBytesMax !== undefined && { keptBytesMax: options.keptBytesMax }),
    ...(options.access && { access: options.access(clock) }),
    heartbeatS: 15,
    isDatabaseUp: async () => true,
    metricsToken: undefined,
    vitals: quietVitals,
    build: { version: '0.0.0', node: 'v24' },
    log: () => undefined,
  });
  void stores.nodes.beat(node.id, node.epoch, clock.now()); // alive, as a server is before anybody can dial it
  holdToItsWord(api.http);

  async function newToken(scopes: readonly Scope[], tenants: readonly TenantId[] | null = null, operator = 'ana@argus.example') {
    const pat = newPat(random);
    await stores.pats.add({
      tokenId: newHandle('token', random),
      secretHash: makeSecretHash(masterKey)('pat', pat),
      operator,
      name: 'flow',
      scopes,
      tenants,
      createdAt: clock.now(),
      expiresAt: clock.now() + 365 * 86_400_000,
    });
    return pat;
  }

  type Call = { method?: 'GET' | 'POST' | 'PUT' | 'DELETE'; pat?: string; body?: unknown; headers?: Record<string, string>; from?: string };
  async function call(path: string, { method = 'POST', pat, body, headers = {}, from = '10.1.2.3' }: Call = {}): Promise<Answer> {
    const answer = await api.http.inject({
      method,
      url: path,
      headers: { 'x-forwarded-for': from, ...(pat && { authorization: `Bearer ${pat}` }), ...headers },
      ...(body !== undefined && { payload: body as object }),
    });
    const parsed: unknown = answer.body === '' ? {} : JSON.parse(answer.body);
    return { status: answer.statusCode, body: parsed as Record<string, unknown> };
  }

  return {
    hops,
    clock,
    api,
    node,
    instance,
    stores,
    newToken,
    call,
    begin: () => api.begin(),

    /** A tenant that has signed and is armed. */
    async tenant(admin: string, id: TenantId = TENANT): Promise<void> {
      await call('/tenants', { pat: admin, body: { id, name: 'Seven Eleven' } });
      await call(`/tenants/${id}/consent`, {
        method: 'PUT',
        pat: admin,
        body: { ...DOCUMENT, signed_at: isoTime(START - 86_400_000), signer: { name: 'Kim Park', email: 'kim@tenant.example' } },
      });
      await call(`/support/tenants/${id}/arm`, { pat: admin, body: { reason: 'contract 2026', confirm_tenant_id: id } });
    },

    /** A machine that enrolls and dials in. */
    async machine(admin: string, id: AgentId = AGENT, tenant: TenantId = TENANT) {
      const { body } = await call(`/tenants/${tenant}/agents`, { pat: admin, body: { agent_id: id } });
      return createMachine({ code: body['enrollment_code'] as EnrollmentCode, id, hops, clock, api, call });
    },

    activation(over: Record<string, unknown> = {}) {
      return { tenant_id: TENANT, reason: 'investigate alert', nonce: Buffer.from(random(16)).toString('hex'), timestamp: isoTime(clock.now()), ...over };
    },
    async activate(pat: string, over: Record<string, unknown> = {}, agent: string = AGENT): Promise<Answer> {
      const headers = { 'x-argus-ops-token': OPS_TOKEN };
      const answering = call(`/support/agents/${agent}/activate`, { pat, headers, body: this.activation(over) });
      await settle();
      return answering;
    },
    revocation(over: Record<string, unknown> = {}) {
      return { ...this.activation(), reason: 'stolen from the lobby', confirm: true, ...over };
    },
    revoke(pat: string, over: Record<string, unknown> = {}, agent: string = AGENT): Promise<Answer> {
      return call(`/support/agents/${agent}/revoke`, { pat, headers: { 'x-argus-ops-token': OPS_TOKEN }, body: this.revocation(over) });
    },
    command: (pat: string, token: string, body: Record<string, unknown>, tenant: string = TENANT) =>
      call(`/support/tenants/${tenant}/command`, { pat, headers: { 'x-argus-session': token }, body }),
  };
}
export type World = ReturnType<typeof createWorld>;

type MachineDeps = Pick<World, 'hops' | 'clock' | 'api' | 'call'> & { readonly code: EnrollmentCode; readonly id: AgentId };

async function createMachine({ code, id, hops, clock, api, call }: MachineDeps) {
  const identity = signingKeyOf(createHash('sha256').update(id).digest());
  const machine = { version: '1.4.0', platform: 'linux x64 6.1' };
  const enrolled = await enroll(
    { clock, identity, machine, post: async (path, body) => call(path, { body }) },
    { code, serverUrl: 'https://ops.argus.example', installRoot: '/opt/argus', cameras: [{ id: mustId('camera', 'cam_3'), name: 'Lobby', kind: 'test_pattern' }], patch: { keys: [EXAMPLE_PATCH_KEY], threshold: 1 } },
  );
  if (!enrolled.ok) throw new Error(enrolled.error);
  const { trust, passkey } = enrolled.value;
  let followed: Followed = enrolled.value.followed;
  const acted = createRequestMemory();
  const patches = memoryPatches(async () => void hops.push('agent   fs       patch'));
  const shown: (SessionNotice | null)[] = [];
  const faults = { indicator: false, witness: false, switchedOff: false, frameBytes: 300, camera: false };

  const consent = memoryConsent();
  const witness: Witness = {
    followed: () => followed,
    hasActed: acted.has,
    keepUp: (to) => void (followed = to),
    async advance(to, request) {
      if (request !== undefined) acted.add(request);
      if (faults.witness) throw new Error('disk is full');
      hops.push(`agent   witness  ${to.size} entries seen, #${to.highestActed} acted on${to.fork === null ? '' : ', FORKED'}`);
      followed = to;
    },
  };
  const indicator: Indicator = {
    async raise(notice) {
      if (faults.indicator) throw new Error('no display');
      hops.push(`agent   indicator on  ${notice.operator}: ${notice.reason}`);
      shown.push(notice);
    },
    async lower() {
      hops.push('agent   indicator off');
      shown.push(null);
    },
  };
  const agent = createAgent({
    clock,
    random: seededRandom(id),
    trust,
    identity,
    witness,
    indicator,
    killSwitch: { isOff: () => faults.switchedOff },
    consent,
    activity: { intend: async () => undefined, record: () => undefined },
    files: {
      async configDigest() {
        hops.push('agent   fs       digest config.yaml');
        return 'cd'.repeat(32);
      },
      async use(name, how) {
        hops.push(`agent   fs       read ${name}`);
        return memoryFiles(FILES).use(name, how);
      },
    },
    cameras: {
      async take(camera, mark) {
        hops.push(`agent   camera   ${camera.id} for ${mark.operator} in ${mark.session}`);
        if (faults.camera) return err(deny('camera_failed', 'it is unplugged'));
        return ok({ jpeg: frameOf(faults.frameBytes), width: 640, height: 360, takenAt: clock.now(), isMarked: true });
      },
    },
    patches,
    machine,
    breathe: async () => undefined,
    note: () => undefined,
  });

  /** What crosses the line, as each side means it: the seal is real, the transcript shows what is inside. */
  const inside = (text: string): string => {
    const parsed = JSON.parse(text) as { frame?: string; type?: string };
    return parsed.frame ?? text;
  };
  const line: { door: typeof api.door; wire: WireEvents | null; socket: SocketEvents | null; isCut: boolean; down: (text: string) => string | null; up: (text: string) => string | null } = {
    door: api.door, // the next dial goes there
    wire: null,
    socket: null,
    isCut: false,
    down: (text) => text,
    up: (text) => text,
  };

  const connection = createConnection({
    clock,
    random: seededRandom(`${id} line`),
    trust,
    passkey,
    version: machine.version,
    witness,
    agent,
    note: () => undefined,
    dial: (events) => {
      line.socket = events;
      const isOpen = () => line.socket === events && !line.isCut;
      const close = (why: string) => {
        if (line.socket !== events) return;
        line.socket = null;
        const wire = line.wire;
        line.wire = null;
        wire?.closed();
        events.closed(why);
      };
      if (line.isCut) return void clock.after(1, () => close('no route'));
      line.wire = line.door.accept({
        address: '192.0.2.7',
        send: (text) => {
          if (!isOpen()) return;
          hops.push(`api   → agent    ${inside(text)}`);
          const arriving = line.down(text);
          if (arriving !== null) queueMicrotask(() => isOpen() && events.message(arriving));
        },
        close: (_code, reason) => queueMicrotask(() => close(reason)),
      });
      events.opened({
        send: (text) => {
          if (!isOpen()) return;
          hops.push(`agent → api      ${inside(text)}`);
          const arriving = line.up(text);
          if (arriving !== null) queueMicrotask(() => isOpen() && line.wire?.message(arriving));
        },
        close: (_code, reason) => queueMicrotask(() => close(reason)),
      });
    },
  });

  return {
    id,
    patches,
    agent,
    trust,
    passkey,
    identity,
    faults,
    consent,
    line,
    shown,
    followed: () => followed,
    forget: (to: Followed) => (followed = to),
    isShown: () => (shown.at(-1) ?? null) !== null,
    async connect() {
      connection.start();
      await settle();
    },
    stop: () => connection.stop(),
    /** The line breaks without a word; both sides find out, as they would from their sockets. */
    async cut() {
      line.isCut = true;
      const { socket, wire } = line;
      line.socket = null;
      line.wire = null;
      wire?.closed();
      socket?.closed('cut');
      await settle();
    },
    mend: () => void (line.isCut = false),
  };
}
/** As long as it has to be, and a JPEG as far as its ends say. */
const frameOf = (bytes: number): Uint8Array => Uint8Array.from({ length: bytes }, (_, i) => [0xff, 0xd8][i] ?? [0xd9, 0xff][bytes - 1 - i] ?? i & 127);

export type FlowMachine = Awaited<ReturnType<typeof createMachine>>;
