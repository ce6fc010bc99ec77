import { deny, type Denial } from '@argus/protocol/errors.ts';
import { toHex } from '@argus/kit/bytes.ts';
import { parseLeaf } from '@argus/protocol/leaf.ts';
import type { AgentId, CredentialId, NodeId, SessionId, TenantId, TokenId } from '@argus/protocol/ids.ts';
import type { TreeName } from '@argus/protocol/origin.ts';
import type { Agent } from '../../agents/agent.ts';
import type { Named } from '../../audit/api-call.ts';
import type { Deed, EnrollmentCodeRow, KeptResult, LogBatch, LogRow, NewPat, PatRow, PatStore, Stores, StoredLogKey, StoredRotation } from '../../ports.ts';
import type { InstanceId } from '@argus/protocol/ids.ts';
import { LAST_WORD_WITHIN_MS, type Session } from '../../sessions/session.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { memoryArming } from './arming.ts';
import { memoryRecords } from './records.ts';
import { memoryRequests } from './requests.ts';
import { memoryEvidence } from './evidence.ts';
import { memoryEndings } from './endings.ts';
import { memoryNodes } from './nodes.ts';
import { memoryPresence } from './presence.ts';
import { acknowledgeAlert, memoryAlerts, memoryReconciliations, copyOfWatched, nothingWatched, raiseAlert, recordReconciliation, type Watched } from './alerts.ts';
import { memoryCosignatures } from './cosignatures.ts';
import { memoryJobs } from './jobs.ts';
import { copyOfPeople, memoryPeople, nobodyYet, peoplePerformers, type PeopleState } from './people.ts';
import { memoryPasskeys, passkeyPerformers } from './passkeys.ts';
import { memoryRecord, tablesOf } from './record.ts';
import { memoryTripwireFacts } from './tripwire-facts.ts';

/** Every store in one process's memory, held to the same contract suite as PostgreSQL. For tests. */
export type MemoryStores = Stores & {
  readonly rows: (tree: TreeName) => readonly LogRow[];
  /** With what only tests may do: a token that comes or goes without its entry. */
  readonly pats: PatStore & { add(pat: NewPat): Promise<void>; revoke(id: TokenId, at: number): Promise<void> };
};

type Tree = { rows: LogRow[]; nodes: Map<string, Uint8Array>; checkpoints: Map<number, string> };
type State = {
  tenants: Map<TenantId, Tenant & { consentSeq: number | null }>;
  agents: Map<AgentId, Agent>;
  codes: Map<string, EnrollmentCodeRow>;
  sessions: Map<SessionId, Session>;
  tokens: Map<string, SessionId>;
  shuttings: Map<TenantId | SessionId, number>; // of a tenant, and of it when a session opened
  pats: Map<string, NewPat & Pick<PatRow, 'revokedAt' | 'lastUsedAt'>>;
  nonces: Map<string, number>;
  epochs: Map<NodeId, number>;
  beats: Map<NodeId, number>;
  founded: { id: InstanceId; keys: readonly StoredLogKey[] } | null;
  rotations: readonly StoredRotation[];
  trees: Map<TreeName, Tree>;
  watched: Watched;
  receipts: readonly { readonly tenant: TenantId; readonly index: number; readonly text: string }[]; // of every consent there ever was
  kept: readonly MemoryKept[];
  people: PeopleState;
};
export type MemoryKept = KeptResult & { readonly index: number };

type Performers = { readonly [K in Deed['do']]: (deed: Extract<Deed, { do: K }>, state: State, seq: number) => Denial | null };

const PERFORMERS: Performers = {
  ...peoplePerformers,
  ...passkeyPerformers,
  issue_pat({ pat }, { pats, people }) {
    if (pat.madeBy !== undefined && !isSomebody(credentialNamed({ pats, people }, pat.madeBy), pat.createdAt)) return deny('unauthenticated');
    pats.set(toHex(pat.secretHash), { ...pat, revokedAt: null, lastUsedAt: null });
    return null;
  },
  revoke_pat({ id, at }, { pats }) {
    const found = [...pats].find(([, pat]) => pat.tokenId === id && pat.revokedAt === null);
    if (!found) return deny('pat_not_found');
    pats.set(found[0], { ...found[1], revokedAt: at });
    return null;
  },
  create_tenant({ id, name, at }, { tenants }) {
    if (tenants.has(id)) return deny('tenant_exists');
    tenants.set(id, { id, name, createdAt: at, consent: null, consentLeaf: null, consentSeq: null, armed: null });
    return null;
  },
  save_consent({ tenant, consent }, state, seq) {
    if (consent.receipt !== undefined) state.receipts = [...state.receipts, { tenant, index: seq, text: consent.receipt }];
    return changeTenant(state, tenant, (t) => ({ ...t, consent, consentSeq: seq, armed: null }));
  },
  withdraw_consent: ({ tenant }, state) => changeTenant(state, tenant, (t) => ({ ...t, consent: null, consentSeq: null, armed: null })),
  arm({ tenant, armed, consentSeq }, state) {
    const known = state.tenants.get(tenant);
    if (known?.consent === null) return deny('tenant_consent_required');
    if (known && consentSeq !== undefined && known.consentSeq !== consentSeq) return deny('consent_document_mismatch');
    return changeTenant(state, tenant, (t) => ({ ...t, armed }));
  },
  disarm: ({ tenant }, state) => changeTenant(state, tenant, (t) => ({ ...t, armed: null })),
  disarm_armed({ tenant, overdueAt }, state) {
    const armed = state.tenants.get(tenant)?.armed;
    if (!armed || (overdueAt !== null && armed.until > overdueAt)) return deny('tenant_not_armed');
    return changeTenant(state, tenant, (t) => ({ ...t, armed: null }));
  },
  issue_code({ code, tenant }, { agents, codes, tenants }) {
    if (!tenants.has(tenant)) return deny('tenant_not_found');
    const existing = agents.get(code.agent);
    if (existing && (existing.tenant !== tenant || existing.keys !== null || existing.revokedAt !== null)) return deny('agent_exists');
    if (!existing) agents.set(code.agent, newAgent(code.agent, tenant, code.createdAt));
    codes.set(toHex(code.codeHash), code);
    return null;
  },
  enroll_agent({ codeHash, agent, enrolled }, { agents, codes }) {
    const code = codes.get(toHex(codeHash));
    const row = agents.get(agent);
    if (!code || code.used || code.agent !== agent || !row || row.keys !== null || row.revokedAt !== null) return deny('enrollment_refused');
    const { publicKey, sealedPasskey, version, platform, at } = enrolled;
    codes.set(toHex(codeHash), { ...code, used: { at, byKey: publicKey } });
    agents.set(agent, { ...row, keys: { publicKey, sealedPasskey }, version, platform });
    return null;
  },
  open_session({ session }, { sessions, tenants, agents, epochs, pats, people, shuttings }) {
    const token = credentialNamed({ pats, people }, session.tokenId);
    if (token && !isSomebody(token, session.createdAt)) return deny('missing_role');
    const armed = tenants.get(session.tenant)?.armed;
    if (!armed || armed.until <= session.createdAt) return deny('tenant_not_armed');
    const agent = agents.get(session.agent);
    if (agent?.tenant !== session.tenant || agent.revokedAt !== null) return deny('agent_not_found');
    if ([...sessions.values()].some((s) => s.agent === session.agent && s.state !== 'ended')) return deny('session_active');
    if ((epochs.get(session.node) ?? 0) > session.epoch) return deny('shutting_down');
    sessions.set(session.id, session);
    shuttings.set(session.id, shuttings.get(session.tenant) ?? 0);
    return null;
  },
  start_session({ id, secretHash }, { sessions, tokens }) {
    const session = sessions.get(id);
    if (session?.state !== 'activating') return deny('session_expired');
    sessions.set(id, { ...session, state: 'active' });
    tokens.set(toHex(secretHash), id);
    return null;
  },
  need_standing: ({ session }, state) => (isStanding(state, session) ? null : deny('session_expired')),
  keep_result({ kept, bytesMax }, state, seq) {
    const bytes = state.kept.reduce((sum, one) => sum + (one.tenant === kept.tenant ? one.sealed.length : 0), kept.sealed.length);
    if (bytes > bytesMax) return deny('result_too_large');
    state.kept = [...state.kept, { ...kept, index: seq }];
    return null;
  },
  revoke_agent({ agent, at }, { agents, codes }) {
    const row = agents.get(agent);
    if (!row || row.revokedAt !== null) return deny('agent_not_found');
    agents.set(agent, { ...row, revokedAt: at });
    for (const [hash, code] of codes) if (code.agent === agent) codes.set(hash, { ...code, expiresAt: Math.min(code.expiresAt, at) });
    return null;
  },
  end_session({ id, at, by, who, signed, onlyIfSilent: sign }, { sessions, epochs, beats }) {
    const session = sessions.get(id);
    if (!session || session.state === 'ended') return deny('session_expired');
    if (sign && (epochs.get(sign.node) !== sign.epoch || (beats.get(sign.node) ?? 0) !== sign.beat)) return deny('session_expired');
    const lastWord = signed
      ? ({ is: 'signed', at, ...signed } as const)
      : session.state === 'active'
        ? ({ is: 'awaited', dueAt: at + LAST_WORD_WITHIN_MS, failedAt: null } as const)
        : ({ is: 'not_expected' } as const);
    sessions.set(id, { ...session, state: 'ended', endedAt: at, endedBy: by, endedWho: who ?? null, lastWord });
    return null;
  },
  close_session({ id, at, signed }, { sessions }) {
    const session = sessions.get(id);
    if (session?.state !== 'ended' || session.lastWord.is === 'signed') return deny('session_expired');
    sessions.set(id, { ...session, lastWord: { is: 'signed', at, ...signed } });
    return null;
  },
  fail_to_close({ id, at }, { sessions }) {
    const session = sessions.get(id);
    if (session?.state !== 'ended' || session.lastWord.is !== 'awaited') return deny('session_expired');
    const { dueAt, failedAt } = session.lastWord;
    if (failedAt !== null || dueAt > at) return deny('session_expired');
    sessions.set(id, { ...session, lastWord: { is: 'awaited', dueAt, failedAt: at } });
    return null;
  },
  raise_alert: ({ alert }, { watched }) => raiseAlert(watched, alert),
  acknowledge_alert: ({ alert, acknowledged }, { watched }) => acknowledgeAlert(watched, alert, acknowledged),
  rotate_log_key({ tree, from, to }, state, seq) {
    state.rotations = [...state.rotations, { tree, size: seq + 1, from, to }];
    return null;
  },
  record_reconciliation: ({ result, reached }, { watched }) => recordReconciliation(watched, result, reached),
};

/** A token or a sign-in; an ended one is a revoked one. */
function credentialNamed({ pats, people }: Pick<State, 'pats' | 'people'>, id: CredentialId): Pick<PatRow, 'revokedAt' | 'expiresAt'> | undefined {
  const login = [...people.logins.values()].find((l) => l.id === id);
  return login ? { revokedAt: login.endedAt, expiresAt: login.expiresAt } : [...pats.values()].find((pat) => pat.tokenId === id);
}
const isSomebody = (pat: Pick<PatRow, 'revokedAt' | 'expiresAt'> | undefined, now: number): boolean => pat !== undefined && pat.revokedAt === null && now < pat.expiresAt;

/** To change, and to drop when a deed is refused. What stands in the maps is never changed, only replaced. */
const copyOf = (s: State): State => ({
  tenants: new Map(s.tenants), agents: new Map(s.agents), codes: new Map(s.codes), sessions: new Map(s.sessions), tokens: new Map(s.tokens),
  shuttings: new Map(s.shuttings), pats: new Map(s.pats), nonces: new Map(s.nonces), epochs: new Map(s.epochs), beats: new Map(s.beats),
  founded: s.founded, trees: new Map(s.trees), watched: copyOfWatched(s.watched), receipts: s.receipts, kept: s.kept, rotations: s.rotations, people: copyOfPeople(s.people),
});

const perform = (deed: Deed, state: State, seq: number): Denial | null =>
  (PERFORMERS[deed.do] as (d: Deed, s: State, n: number) => Denial | null)(deed, state, seq); // the table is keyed by the deed's own name

export function memoryStores({ scannedMax }: { readonly scannedMax?: number } = {}): MemoryStores {
  let state: State = {
    tenants: new Map(), agents: new Map(), codes: new Map(), sessions: new Map(), tokens: new Map(), shuttings: new Map(),
    pats: new Map(), nonces: new Map(), epochs: new Map(), beats: new Map(), founded: null, rotations: [], trees: new Map(),
    watched: nothingWatched(), receipts: [], kept: [], people: nobodyYet(),
  };
  const writtenAt = new Map<string, number>(); // checkpoints; never changed, so never copied
  const treeOf = (s: State, tree: TreeName): Tree => s.trees.get(tree) ?? { rows: [], nodes: new Map(), checkpoints: new Map() };
  const open = () => [...state.sessions.values()].filter((s) => s.state !== 'ended');
  const tenantById = (id: TenantId): Tenant | null => {
    const tenant = state.tenants.get(id);
    if (!tenant) return null;
    const { consentSeq, ...rest } = tenant;
    return { ...rest, consentLeaf: consentSeq === null ? null : (treeOf(state, id).rows[consentSeq]?.bytes ?? null) };
  };

  const ownerOf = ({ tenant, agent, session }: Named): TenantId | null =>
    (tenant && state.tenants.get(tenant)?.id) ?? (agent && state.agents.get(agent)?.tenant) ?? (session && state.sessions.get(session)?.tenant) ?? null;
  const nodes = memoryNodes(() => state);

  return {
    ...memoryRecords({ logRows: () => [...state.trees].flatMap(([tree, { rows }]) => rows.map((row) => ({ tree, row }))), ownerOf, ...(scannedMax !== undefined && { scannedMax }) }),
    rows: (tree) => treeOf(state, tree).rows,
    arming: memoryArming(() => state.tenants.values()),
    nodes: nodes.store,
    presence: memoryPresence(() => ({ ...state, beatenAt: nodes.beatenAt })),
    endings: memoryEndings(() => state.sessions.values()),
    record: memoryRecord(() => tablesOf(state.trees, (tree, size) => writtenAt.get(`${tree} ${size}`) ?? 0)),
    reconciliations: memoryReconciliations(() => state.watched),
    alerts: memoryAlerts(() => state.watched),
    tripwireFacts: memoryTripwireFacts(() => ({ sessions: [...state.sessions.values()], rows: [...state.trees.values()].flatMap((t) => t.rows) })),
    jobs: memoryJobs(),
    cosignatures: memoryCosignatures(),
    ...memoryPeople(() => state.people),
    ...memoryPasskeys(() => state.people),
    tenants: {
      byId: async (id) => tenantById(id),
      list: async () => [...state.tenants.keys()].toSorted().map((id) => tenantById(id)).filter((t) => t !== null),
    },
    agents: {
      byId: async (id) => state.agents.get(id) ?? null,
      list: async (tenant) =>
        [...state.agents.values()].filter((a) => tenant === null || a.tenant === tenant).toSorted((a, b) => (a.id < b.id ? -1 : 1)),
      async seen(id, at, manifest) {
        const agent = state.agents.get(id);
        if (agent) state.agents.set(id, { ...agent, lastSeenAt: at, manifest: manifest ?? agent.manifest });
      },
      async codeByHash(hash) {
        const row = state.codes.get(toHex(hash));
        const agent = row && state.agents.get(row.agent);
        return agent ? { row, tenant: agent.tenant } : null;
      },
    },
    sessions: {
      byId: async (id) => state.sessions.get(id) ?? null,
      async bySecretHash(hash) {
        const session = state.sessions.get(state.tokens.get(toHex(hash)) ?? ('' as SessionId)); // '' is nobody's
        const tenant = session && tenantById(session.tenant);
        return tenant ? { session, tenant } : null;
      },
      openOf: async (agent) => open().find((s) => s.agent === agent) ?? null,
      openOfTenant: async (tenant) => open().filter((s) => s.tenant === tenant),
      isStanding: async (id) => isStanding(state, id),
      openOfToken: async (token) => open().filter((s) => s.tokenId === token),
      leftOpenBy: async (node, epochBefore) => open().filter((s) => s.node === node && s.epoch < epochBefore),
      list: async (tenants, limit) =>
        [...state.sessions.values()]
          .filter((s) => tenants === null || tenants.includes(s.tenant))
          .toSorted((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1))
          .slice(0, limit),
    },
    pats: {
      async bySecretHash(hash, now) {
        const pat = state.pats.get(toHex(hash));
        if (!pat || pat.revokedAt !== null || now >= pat.expiresAt) return null;
        const { tokenId, operator, scopes, tenants } = pat;
        return { tokenId, operator, scopes, tenants };
      },
      async byId(id) {
        const pat = [...state.pats.values()].find((p) => p.tokenId === id);
        return pat ? patOf(pat) : null;
      },
      list: async (within, limit) =>
        [...state.pats.values()]
          .filter((p) => within === null || p.tenants?.every((t) => within.includes(t)) === true)
          .toSorted((a, b) => b.createdAt - a.createdAt || (a.tokenId < b.tokenId ? -1 : 1))
          .slice(0, limit)
          .map(patOf),
      async used(uses) {
        for (const [hash, pat] of state.pats) {
          const use = uses.find((u) => u.id === pat.tokenId);
          if (use && (pat.lastUsedAt ?? 0) < use.at) state.pats.set(hash, { ...pat, lastUsedAt: use.at });
        }
      },
      add: async (pat) => void state.pats.set(toHex(pat.secretHash), { ...pat, revokedAt: null, lastUsedAt: null }),
      async revoke(id, at) {
        for (const [hash, pat] of state.pats) if (pat.tokenId === id) state.pats.set(hash, { ...pat, revokedAt: at });
      },
    },
    nonces: {
      async burn(purpose, nonce, expiresAt) {
        const name = `${purpose} ${nonce}`;
        if (state.nonces.has(name)) return false;
        state.nonces.set(name, expiresAt);
        return true;
      },
      isBurned: async (purpose, nonce) => state.nonces.has(`${purpose} ${nonce}`),
      async sweep(now) {
        for (const [name, expiresAt] of state.nonces) if (expiresAt <= now) state.nonces.delete(name);
      },
    },
    founding: {
      instance: async () => state.founded && { id: state.founded.id, logKeys: state.founded.keys },
      async addLogKey(key) {
        if (!state.founded) throw new Error('there is no instance');
        state.founded = { ...state.founded, keys: [...state.founded.keys, key] };
      },
      rotations: async () => state.rotations,
      async found(id, key) {
        if (state.founded) throw new Error('there is an instance already');
        state.founded = { id, keys: [key] };
      },
      hasLeaves: async () => state.trees.size > 0,
      async nextEpoch(node) {
        const epoch = (state.epochs.get(node) ?? 0) + 1;
        state.epochs.set(node, epoch);
        return epoch;
      },
    },
    requests: memoryRequests(() => [...state.trees.values()]),
    evidence: memoryEvidence(() => state),
    leaves: {
      async commit(batch) {
        const tree = treeOf(state, batch.tree);
        if (batch.rows[0] && batch.rows[0].seq !== tree.rows.length) return { done: false, why: 'moved_on' };
        const denial = refusalOfRows(state, batch);
        if (denial) return { done: false, why: 'denied', denial };
        const next = copyOf(state);
        for (const { deed, seq } of batch.deeds) {
          const refused = perform(deed, next, seq);
          if (refused) return { done: false, why: 'denied', denial: refused };
        }
        const { rows, nodes: inner, checkpoints } = treeOf(next, batch.tree);
        const grown: Tree = { rows: [...rows, ...batch.rows], nodes: new Map(inner), checkpoints: new Map(checkpoints) };
        for (const row of batch.rows) grown.nodes.set(`0.${row.seq}`, row.leafHash);
        for (const node of batch.nodes) grown.nodes.set(`${node.level}.${node.index}`, node.hash);
        grown.checkpoints.set(batch.checkpoint.size, batch.checkpoint.note);
        next.trees.set(batch.tree, grown);
        nodes.note(state, next);
        state = next;
        writtenAt.set(`${batch.tree} ${batch.checkpoint.size}`, batch.checkpoint.at);
        return { done: true };
      },
      async head(name) {
        const { rows, checkpoints } = treeOf(state, name);
        const note = checkpoints.get(rows.length);
        return note === undefined ? null : { size: rows.length, note };
      },
      nodes: async (name, places) => places.map((at) => treeOf(state, name).nodes.get(`${at.level}.${at.index}`) ?? new Uint8Array()),
      leaves: async (name, from, to) => treeOf(state, name).rows.slice(from, to).map(({ seq, bytes }) => ({ seq, bytes })),
      checkpoint: async (name, size) => treeOf(state, name).checkpoints.get(size) ?? null,
      trees: async () => [...state.trees.keys()].toSorted(),
      async openIntents(node, epochBefore) {
        const rows = [...state.trees.values()].flatMap((t) => t.rows);
        const answered = new Set(rows.filter((r) => r.audit.phase === 'outcome').map((r) => `${r.audit.agent_id} ${r.audit.request_id}`));
        const lives = [...state.sessions.values()].filter((s) => s.node === node && s.epoch < epochBefore).map((s) => s.epoch);
        const last = Math.max(...lives);
        const open = rows.filter((r) => {
          const session = state.sessions.get((r.audit.session_id ?? '') as SessionId);
          const isOurs = session?.node === node && session.epoch === last;
          return r.audit.phase === 'intent' && isOurs && !answered.has(`${r.audit.agent_id} ${r.audit.request_id}`);
        });
        return open
          .toSorted((a, b) => (a.audit.at < b.audit.at ? -1 : a.audit.at > b.audit.at ? 1 : a.seq - b.seq))
          .map(({ seq, bytes }) => ({ seq, bytes }));
      },
      async openIntent(id) {
        const rows = [...state.trees.values()].flatMap((t) => t.rows);
        const intent = rows.find((r) => r.audit.id === id && r.audit.phase === 'intent');
        const isOutcome = (r: LogRow) => r.audit.phase === 'outcome' && r.audit.agent_id === intent?.audit.agent_id && r.audit.request_id === intent?.audit.request_id;
        return intent && !rows.some(isOutcome) ? { seq: intent.seq, bytes: intent.bytes } : null;
      },
      settle: async () => true, // a commit that has not come back has not begun
    },
  };
}

const patOf = ({ secretHash: _hash, madeBy, ...pat }: NewPat & Pick<PatRow, 'revokedAt' | 'lastUsedAt'>): PatRow => ({ ...pat, madeBy: madeBy ?? null });

/** The constraints PostgreSQL has on the record: one intent, one outcome and one late outcome per request. */
function refusalOfRows(state: State, { rows }: LogBatch): Denial | null {
  const known = [...state.trees.values()].flatMap((t) => t.rows);
  const names = new Set(known.map(requestOf).filter((n) => n !== null));
  for (const row of rows) {
    const name = requestOf(row);
    if (name !== null && names.has(name)) return deny('request_id_reused');
    if (name !== null) names.add(name);
    if (!parseLeaf(row.bytes).ok) throw new TypeError('a leaf that nobody can read');
  }
  return null;
}
function requestOf({ audit }: LogRow): string | null {
  const isOnce = audit.phase !== 'fact' || audit.action === 'remote_support_late_outcome';
  return audit.request_id === null || !isOnce ? null : `${audit.agent_id} ${audit.request_id} ${audit.phase}`;
}

function changeTenant(state: State, id: TenantId, change: (t: Tenant & { consentSeq: number | null }) => Tenant & { consentSeq: number | null }): Denial | null {
  const tenant = state.tenants.get(id);
  if (!tenant) return deny('tenant_not_found');
  const changed = change(tenant);
  state.tenants.set(id, changed);
  if (tenant.armed && !changed.armed) state.shuttings.set(id, (state.shuttings.get(id) ?? 0) + 1);
  return null;
}

function isStanding({ sessions, tenants, agents, pats, people, shuttings }: State, id: SessionId): boolean {
  const session = sessions.get(id);
  if (!session || session.state === 'ended') return false;
  const isShut = !tenants.get(session.tenant)?.armed || (shuttings.get(session.tenant) ?? 0) !== shuttings.get(id);
  const token = credentialNamed({ pats, people }, session.tokenId);
  return !isShut && agents.get(session.agent)?.revokedAt === null && !(token && token.revokedAt !== null);
}

const newAgent = (id: AgentId, tenant: TenantId, createdAt: number): Agent => ({
  id, tenant, createdAt, keys: null, revokedAt: null, version: null, platform: null, lastSeenAt: null, manifest: null,
});
