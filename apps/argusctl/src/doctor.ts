/** What stands between you and a session, found out without trying one: an attempt from a wrong address would be an alarm. */
import type { Me } from '@argus/client/read.ts';
import { ERRORS } from '@argus/protocol/errors.ts';
import type { SupportAuditView } from '@argus/protocol/http/audit.ts';
import type { Context, Exit, Problem } from './command.ts';
import { EXITS_ATTENTION } from './exits.ts';
import { errorTold, exitOf } from './render/error.ts';

export type Found = {
  readonly check: string;
  readonly state: 'ok' | 'attention' | 'in the way' | 'not known';
  readonly says: string;
  readonly next: string | null;
  /** What it would end a command with. */
  readonly exit: Exit;
};

const well = (check: string, says: string): Found => ({ check, state: 'ok', says, next: null, exit: 0 });
const unknown = (check: string, says: string, next: string | null = null): Found => ({ check, state: 'not known', says, next, exit: 0 });
const look = (check: string, says: string, next: string): Found => ({ check, state: 'attention', says, next, exit: EXITS_ATTENTION });
const inTheWay = (check: string, says: string, { next, exit }: { readonly next: string; readonly exit: Exit }): Found => ({ check, state: 'in the way', says, next, exit });

/** Requests are good for 60 s. */
const CLOCK_LOOK_S = 5;
const CLOCK_MAX_S = 55;
const SOON_MS = 7 * 86_400_000;
const DAY_MS = 86_400_000;

export async function examine(ctx: Context): Promise<readonly Found[]> {
  const { url } = ctx;
  const address = new URL(url);
  const probed = await ctx.probe();
  if (!probed.ok) return [notReached(ctx, probed.error)];
  const { ready, parts, serverTime } = probed.value;
  const tls = address.protocol === 'https:' ? well('TLS', `the certificate of ${address.host} is trusted here`) : well('TLS', 'plain http, to this very machine only');
  return [
    well('network', `${url} answers`),
    tls,
    ready ? well('server', 'ready') : look('server', `not ready: ${parts.filter(({ ok }) => !ok).map(({ part, says }) => `${part}: ${says}`).join('; ')}`, 'Nothing is done while it cannot be recorded. Tell whoever runs the server.'),
    clockFound(ctx.clock.now(), serverTime),
    ...(await tokenFound(ctx)),
    opsTokenFound(ctx),
  ];
}

function notReached({ url }: Context, problem: Problem): Found {
  const { title, hint } = errorTold(problem, { url, writes: false, now: 0, retype: 'argusctl', next: null });
  return inTheWay('network', title, { next: hint ?? '', exit: exitOf(problem) });
}

function clockFound(now: number, serverTime: number | null): Found {
  if (serverTime === null) return unknown('clock', 'the server does not tell its time');
  const offS = Math.round((now - serverTime) / 1_000);
  const says = Math.abs(offS) <= 1 ? 'right' : `${Math.abs(offS)} s ${offS > 0 ? 'ahead of' : 'behind'} the server`;
  if (Math.abs(offS) >= CLOCK_MAX_S) return inTheWay('clock', says, { next: 'Set your clock: requests are good for 60 s.', exit: ERRORS.stale_request.exit });
  return Math.abs(offS) >= CLOCK_LOOK_S ? look('clock', says, 'Set your clock before it gets worse: requests are good for 60 s.') : well('clock', says);
}

async function tokenFound(ctx: Context): Promise<readonly Found[]> {
  const { has, ask, api, argusctl } = ctx;
  if (!has.pat) return [inTheWay('token', 'none was given', { next: `${argusctl} login, or set ARGUS_PAT or ARGUS_PAT_FILE.`, exit: ERRORS.unauthenticated.exit })];
  const me = await ask(api.me());
  if (!me.ok) {
    const { title } = errorTold(me.error, { url: ctx.url, writes: false, now: 0, retype: argusctl, next: null });
    return [inTheWay('token', title, { next: `${argusctl} login with a token of this server.`, exit: exitOf(me.error) })];
  }
  const { operator, scopes } = me.value;
  return [
    well('token', `it is ${operator}'s`),
    ...(await expiryFound(ctx, me.value)),
    scopes.includes('remote_support') ? well('scopes', scopes.join(', ')) : look('scopes', `${scopes.join(', ')}: not remote_support, which opens sessions`, 'Ask for a token of the preset support-operator if you mean to.'),
    await addressFound(ctx, me.value),
  ];
}

async function expiryFound({ ask, api, clock, argusctl }: Context, { token_id, scopes }: Me): Promise<readonly Found[]> {
  if (!scopes.includes('pats:write')) return [];
  const listed = await ask(api.listPats());
  const mine = listed.ok ? listed.value.pats.find((pat) => pat.token_id === token_id) : undefined;
  if (!mine) return [];
  const leftMs = Date.parse(mine.expires_at) - clock.now();
  const says = `expires in ${Math.floor(leftMs / DAY_MS)} days`;
  return [leftMs < SOON_MS ? look('expiry', says, `${argusctl} pat create makes the next one.`) : well('expiry', says)];
}

function opsTokenFound({ has }: Context): Found {
  return has.opsToken
    ? unknown('ops token', 'given; it is tried when a session is opened')
    : look('ops token', 'none was given, and activate and revoke ask for one', 'Set ARGUS_OPS_TOKEN or ARGUS_OPS_TOKEN_FILE.');
}

/** The server tells nobody whom it lets in. What it has on record of you, it tells those who may read records. */
async function addressFound({ ask, api }: Context, { operator, scopes }: Me): Promise<Found> {
  const next = 'An activation tells; from a wrong address it is refused and an alarm. Ask whoever runs the server what is in REMOTE_SUPPORT_OPERATOR_CIDRS.';
  if (!scopes.includes('logs:read')) return unknown('address', 'not known: your token may not read the records, which say whether you came through before', next);
  const calls = await ask(api.auditLog({ actor: operator, limit: 1 }));
  const from = calls.ok ? calls.value.rows[0]?.ip : undefined;
  if (from === undefined) return unknown('address', 'not known: the server has no call of yours on record yet', next);
  const tried = await ask(api.supportAudit({ action: 'remote_support_activation', limit: 200 }));
  return addressSeen(from, tried.ok ? tried.value.rows : [], next);
}

/** Newest first: what was answered last counts. */
export function addressSeen(from: string, rows: readonly Pick<SupportAuditView, 'ip' | 'code' | 'gates_passed' | 'at'>[], next: string): Found {
  const last = rows.find((row) => row.ip === from);
  if (!last) return unknown('address', `the server sees you at ${from}, and nobody tried to activate from there lately`, next);
  if (last.gates_passed.includes('network')) return well('address', `the server sees you at ${from}, which was let through on ${last.at.slice(0, 10)}`);
  if (last.code !== 'ip_not_allowlisted') return unknown('address', `the server sees you at ${from}`, next);
  return inTheWay('address', `the server sees you at ${from}, which was refused on ${last.at.slice(0, 10)}`, { next: 'Connect from an operator network, or have it added to REMOTE_SUPPORT_OPERATOR_CIDRS.', exit: ERRORS.ip_not_allowlisted.exit });
}

/** The first of the worst. */
export function worstOf(found: readonly Found[]): Exit {
  return (found.find(({ state }) => state === 'in the way') ?? found.find(({ state }) => state === 'attention'))?.exit ?? 0;
}
