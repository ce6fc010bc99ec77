/** What operators do all day, and what they get wrong, from a bounded number of clients. Each question names the answers it may get. */
import { randomBytes, randomInt } from 'node:crypto';
import type { MachinesAsk } from './machines.ts';
import type { Answer, Ask, Ops } from './http.ts';
import type { Tally } from './tally.ts';

/** Whoever guesses the ops token is not listened to for a while: it is not the address of those who know it. */
const GUESSER_ADDRESS = '10.66.0.1';

export type Tenants = {
  /** Consented and armed throughout. */
  readonly steady: readonly string[];
  /** Armed, disarmed, its consent withdrawn and recorded again, all the time. */
  readonly churned: string;
  readonly unconsented: string;
};
type Machine = { readonly id: string; readonly tenant: string };
export type TrafficDeps = {
  readonly ops: Ops;
  readonly tally: Tally;
  readonly pat: string;
  readonly readerPat: string;
  readonly opsToken: string;
  readonly tenants: Tenants;
  readonly machines: readonly Machine[];
  /** An agent whose code was never used. */
  readonly neverEnrolled: Machine;
  /** The process of the machines carries out one thing at a time. */
  readonly machinesDo: (ask: MachinesAsk) => Promise<unknown>;
};

const REASON = 'soak: investigate alert';
const nonce = () => randomBytes(16).toString('hex');
const isoNow = (offsetMs = 0) => new Date(Date.now() + offsetMs).toISOString();
const pick = <T>(items: readonly T[]): T | undefined => items[items.length === 0 ? 0 : randomInt(items.length)];

/** Whoever asks for something while others change it gets one of these, and has been told the truth. */
const CHANGING = ['tenant_not_armed', 'tenant_consent_required', 'session_expired', 'session_active', 'agent_offline', 'agent_lost', 'session_not_found'] as const;
/** The server may ask anybody to slow down. */
const PACED = 'rate_limited';

export function createTraffic(deps: TrafficDeps) {
  const { ops, tally, pat, opsToken, tenants, machines } = deps;
  const sessions = new Map<string, Machine & { readonly token: string; readonly session: string }>(); // by agent

  async function ask(what: string, path: string, how: Ask, expected: readonly string[]): Promise<Answer> {
    const from = performance.now();
    const answer = await ops.ask(path, { pat, ...how });
    const code = answer.status >= 200 && answer.status < 300 ? 'ok' : String(answer.body['code']);
    tally.note(what, { status: answer.status, code, ms: performance.now() - from, isDesigned: code === PACED || expected.includes(code) });
    return answer;
  }

  const activation = (machine: Machine, over: object = {}) => ({ tenant_id: machine.tenant, reason: REASON, minutes: 5, nonce: nonce(), timestamp: isoNow(), ...over });
  const activate = (what: string, machine: Machine, { body = activation(machine), how = {}, expected }: { body?: object; how?: Ask; expected: readonly string[] }) =>
    ask(what, `/support/agents/${machine.id}/activate`, { body, headers: { 'x-argus-ops-token': opsToken }, ...how }, expected);
  const command = (what: string, tenant: string, { token, body = { command: 'ping' }, how = {}, expected }: { token: string; body?: object; how?: Ask; expected: readonly string[] }) =>
    ask(what, `/support/tenants/${tenant}/command`, { body, headers: { 'x-argus-session': token }, ...how }, expected);

  async function openSession(): Promise<void> {
    const machine = pick(machines.filter(({ id }) => !sessions.has(id)));
    if (!machine) return;
    const { status, body } = await activate('activate', machine, { expected: ['ok', 'agent_did_not_acknowledge', ...CHANGING] });
    if (status === 201) sessions.set(machine.id, { ...machine, token: String(body['session_token']), session: String(body['session_id']) });
  }
  async function runCommand(): Promise<void> {
    const open = pick([...sessions.values()]);
    if (!open) return openSession();
    const name = pick(['ping', 'ping', 'ping', 'agent_info', 'get_capabilities']) ?? 'ping';
    const { status } = await command('command', open.tenant, { token: open.token, body: { command: name }, expected: ['ok', ...CHANGING] });
    if (status !== 200 && sessions.get(open.id)?.token === open.token) sessions.delete(open.id);
  }
  async function deactivate(): Promise<void> {
    const open = pick([...sessions.values()]);
    if (!open) return openSession();
    sessions.delete(open.id);
    await ask('deactivate', `/support/sessions/${open.session}/deactivate`, { body: { reason: 'soak: done' } }, ['ok']);
  }

  const consent = { document_id: 'SOAK-1', document_sha256: 'ab'.repeat(32), signed_at: '2026-01-01T00:00:00Z', signer: { name: 'Kim Park', email: 'kim@tenant.example' } };
  const arming = (tenant: string, over: object = {}) => ({ reason: REASON, confirm_tenant_id: tenant, ...over });
  const recordConsent = (tenant: string) => ask('consent', `/v1/tenants/${tenant}/consent`, { method: 'PUT', body: consent }, ['ok']);
  const withdrawConsent = (tenant: string) => ask('withdraw', `/v1/tenants/${tenant}/consent`, { method: 'DELETE', body: { reason: REASON } }, ['ok', 'tenant_consent_required']);
  const arm = (tenant: string) => ask('arm', `/support/tenants/${tenant}/arm`, { body: arming(tenant) }, ['ok', 'tenant_consent_required', 'consent_document_mismatch']);
  const disarm = (tenant: string) => ask('disarm', `/support/tenants/${tenant}/disarm`, { body: arming(tenant) }, ['ok', 'tenant_not_armed']);

  let enrolled = 0;
  async function tellMachines(what: string, order: MachinesAsk): Promise<void> {
    const from = performance.now();
    const answer = await deps.machinesDo(order);
    const code = answer === true ? 'ok' : (answer as { readonly problem: string }).problem;
    tally.note(what, { status: answer === true ? 200 : 0, code, ms: performance.now() - from, isDesigned: answer === true });
  }
  const enrollAnother = () => tellMachines('enroll', { enroll: { tenant: pick(tenants.steady) ?? tenants.churned, id: `agent_soak_guest_${enrolled++}` } });
  const reconnect = () => tellMachines('reconnect', { reconnect: pick(machines)?.id ?? '' });

  const steady = (): Machine => pick(machines.filter(({ tenant }) => tenants.steady.includes(tenant))) ?? deps.neverEnrolled;
  const notYours = `rst_${'A'.repeat(43)}`;
  /** One wrong thing each; the name is the only answer there is. */
  const REFUSALS: Readonly<Record<string, () => Promise<unknown>>> = {
    ip_not_allowlisted: () => activate('from elsewhere', steady(), { how: { from: '203.0.113.9' }, expected: ['ip_not_allowlisted'] }),
    bad_ops_token: () => activate('wrong ops token', steady(), { how: { from: GUESSER_ADDRESS, headers: { 'x-argus-ops-token': 'x'.repeat(40) } }, expected: ['bad_ops_token'] }),
    missing_role: () => activate('reader activates', steady(), { how: { pat: deps.readerPat }, expected: ['missing_role'] }),
    bad_request: () => activate('121 minutes', steady(), { body: activation(steady(), { minutes: 121 }), expected: ['bad_request'] }),
    malformed_request: () => activate('no JSON', steady(), { how: { raw: '{', body: undefined }, expected: ['malformed_request', 'bad_request'] }),
    stale_request: () => activate('old request', steady(), { body: activation(steady(), { timestamp: isoNow(-120_000) }), expected: ['stale_request'] }),
    agent_not_found: () => activate('no such agent', { id: 'agent_nobody', tenant: tenants.churned }, { expected: ['agent_not_found'] }),
    tenant_consent_required: () => activate('no consent', { ...deps.neverEnrolled, tenant: tenants.unconsented }, { expected: ['tenant_consent_required'] }),
    agent_offline: () => activate('never enrolled', { id: 'agent_soak_offline', tenant: tenants.steady[0] ?? '' }, { expected: ['agent_offline'] }),
    async session_active() {
      const open = pick([...sessions.values()]);
      if (open) await activate('taken', open, { expected: [...CHANGING, 'ok', 'agent_did_not_acknowledge'] });
    },
    async nonce_replayed() {
      const free = pick(machines.filter(({ id, tenant }) => tenants.steady.includes(tenant) && !sessions.has(id)));
      if (!free) return;
      const body = activation(free);
      const { status, body: first } = await activate('first use', free, { body, expected: ['ok', 'agent_did_not_acknowledge', ...CHANGING] });
      if (status === 201) await ask('deactivate', `/support/sessions/${String(first['session_id'])}/deactivate`, { body: {} }, ['ok']);
      await activate('second use', free, { body, expected: ['nonce_replayed', ...CHANGING, 'ok', 'agent_did_not_acknowledge'] });
    },
    session_not_found: () => command('no such session', tenants.churned, { token: notYours, expected: ['session_not_found'] }),
    async session_mismatch() {
      const open = pick([...sessions.values()]);
      if (open) await command('another tenant', tenants.unconsented, { token: open.token, expected: ['session_mismatch', 'session_expired'] });
    },
    async command_not_allowlisted() {
      const open = pick([...sessions.values()]);
      if (open) await command('a shell', open.tenant, { token: open.token, body: { command: 'bash' }, expected: ['command_not_allowlisted', ...CHANGING] });
    },
    async bad_args() {
      const open = pick([...sessions.values()]);
      if (open) await command('odd arguments', open.tenant, { token: open.token, body: { command: 'ping', args: { odd: 1 } }, expected: ['bad_args', ...CHANGING] });
    },
    async request_id_reused() {
      const open = pick([...sessions.values()]);
      const body = { command: 'ping', request_id: `req_${randomBytes(8).toString('hex')}` };
      for (const expected of [['ok'], ['request_id_reused', 'ok']])
        if (open) await command('one id twice', open.tenant, { token: open.token, body, expected: [...expected, ...CHANGING] });
    },
    unauthenticated: () => ask('nobody', '/v1/tenants', { pat: 'pat_nobody' }, ['unauthenticated']),
    confirm_tenant_mismatch: () =>
      ask('wrong confirmation', `/support/tenants/${tenants.churned}/arm`, { body: arming('ANOTHER_TENANT') }, ['confirm_tenant_mismatch']),
    tenant_exists: () => ask('tenant again', '/v1/tenants', { body: { id: tenants.churned, name: 'again' } }, ['tenant_exists']),
    agent_exists: () => ask('agent again', `/v1/tenants/${steady().tenant}/agents`, { body: { agent_id: machines[0]?.id } }, ['agent_exists']),
    enrollment_refused: () =>
      ask(
        'code of nobody',
        '/v1/agents/enroll',
        { body: { code: `enr_${'A'.repeat(43)}`, public_key: Buffer.alloc(32, 1).toString('base64'), at: isoNow(), signature: Buffer.alloc(64, 1).toString('base64'), agent_version: '1', platform: 'x' } },
        ['enrollment_refused', 'bad_request'],
      ),
    tenant_not_found: () => ask('no such tenant', '/v1/tenants/NO_SUCH_TENANT', {}, ['tenant_not_found']),
    not_found: () => ask('nowhere', '/v1/nowhere', {}, ['not_found']),
    method_not_allowed: () => ask('wrong method', '/v1/tenants', { method: 'PUT', body: {} }, ['method_not_allowed']),
    unsupported_media_type: () => ask('a form', '/v1/tenants', { raw: 'id=x', headers: { 'content-type': 'application/x-www-form-urlencoded' } }, ['unsupported_media_type']),
    body_too_large: () => ask('too much', '/v1/tenants', { body: { id: 'X', name: 'x'.repeat(70_000) } }, ['body_too_large']),
  };
  const refusals = Object.values(REFUSALS);

  const listings: readonly (() => Promise<unknown>)[] = [
    () => ask('me', '/v1/operators/me', {}, ['ok']),
    () => ask('tenants', '/v1/tenants', {}, ['ok']),
    () => ask('agents', '/v1/agents', {}, ['ok']),
    () => ask('agent', `/v1/agents/${steady().id}`, {}, ['ok']),
    () => ask('capabilities', `/support/agents/${steady().id}/capabilities`, {}, ['ok']),
    () => ask('sessions', `/support/sessions?tenant=${steady().tenant}`, {}, ['ok']),
    () => ask('readyz', '/readyz', {}, ['ok']),
    async () => {
      const { tenant } = steady();
      const { body } = await ask('checkpoint', `/v1/tenants/${tenant}/log/checkpoint`, {}, ['ok']);
      const size = Number(body['size']);
      const index = randomInt(size);
      await ask('entries', `/v1/tenants/${tenant}/log/entries?from=${Math.max(0, size - 50)}`, {}, ['ok']);
      await ask('inclusion', `/v1/tenants/${tenant}/log/proof?index=${index}&size=${size}`, {}, ['ok']);
      await ask('consistency', `/v1/tenants/${tenant}/log/proof?from=${index + 1}&size=${size}`, {}, ['ok']);
    },
  ];

  const DEEDS: readonly (readonly [weight: number, () => Promise<unknown>])[] = [
    [500, runCommand],
    [60, openSession],
    [40, deactivate],
    [180, () => pick(refusals)?.() ?? Promise.resolve()],
    [100, () => pick(listings)?.() ?? Promise.resolve()],
    [10, () => arm(tenants.churned)],
    [6, () => disarm(tenants.churned)],
    [8, () => recordConsent(tenants.churned)],
    [3, () => withdrawConsent(tenants.churned)],
    [6, reconnect],
    [3, enrollAnother],
  ];
  const weights = DEEDS.reduce((sum, [weight]) => sum + weight, 0);
  function nextDeed(): () => Promise<unknown> {
    let at = randomInt(weights);
    for (const [weight, deed] of DEEDS) if ((at -= weight) < 0) return deed;
    return runCommand;
  }

  return {
    recordConsent,
    arm,
    /** One client: one thing after the other, with a moment in between, until it is told to stop. */
    async client(isOver: () => boolean, thinkMs: number): Promise<void> {
      while (!isOver()) {
        await nextDeed()();
        await new Promise((resolve) => setTimeout(resolve, randomInt(thinkMs + 1)));
      }
    },
    async endAll(): Promise<void> {
      for (const { session } of sessions.values()) await ask('deactivate', `/support/sessions/${session}/deactivate`, { body: {} }, ['ok']);
      sessions.clear();
    },
  };
}
