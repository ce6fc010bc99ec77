import type { SessionView } from '@argus/protocol/http/shapes.ts';
import { defineCommand } from '../command.ts';
import { EXITS_ATTENTION } from '../exits.ts';
import { countdown } from '../moments.ts';
import { aside, fields, idsOf, line, table, timeOf, type View } from '../render/view.ts';

/** Requests are good for 60 s; half of that leaves room for the way. */
const SKEW_MAX_S = 30;


export const status = defineCommand({
  name: 'status',
  summary: 'Is the server well, is your clock right, which sessions are yours',
  positionals: {},
  flags: {},
  secrets: [],
  writes: false,
  example: 'argusctl status',
  async run({ api, ask, probe, refuse, show, clock, url, profile, has, argusctl }) {
    const probed = await probe();
    if (!probed.ok) return refuse(probed.error);
    const { ready, parts, serverTime } = probed.value;
    const skewS = serverTime === null ? null : Math.round((clock.now() - serverTime) / 1_000);
    const me = has.pat ? await ask(api.me()) : null;
    if (me && !me.ok) return refuse(me.error);
    const listed = me?.ok && me.value.scopes.includes('remote_support') ? await ask(api.listSessions()) : null;
    const live = listed?.ok ? listed.value.sessions.filter((session) => session.state !== 'ended' && session.operator === me?.value.operator) : [];
    const isWell = ready && Math.abs(skewS ?? 0) <= SKEW_MAX_S;
    const value = { url, ready, parts, clock_off_s: skewS, operator: me?.value.operator ?? null, live_sessions: live };
    const view: View = [
      idsOf(...live.map((session) => session.session_id)),
      fields({
        server: url,
        ...(profile !== undefined && { profile }),
        state: ready ? 'ready' : 'not ready',
        'your clock': skewS === null ? 'not told' : Math.abs(skewS) <= 1 ? 'right' : `${Math.abs(skewS)} s ${skewS > 0 ? 'ahead' : 'behind'}`,
        operator: me?.value.operator ?? 'no token given',
      }),
      ...(ready ? [] : [line(''), table(['PART', 'WELL', 'SAYS', 'SINCE'], parts.map((part) => [part.part, part.ok, part.says, timeOf(part.since)]), '')]),
      ...(listed === null ? [] : [line(''), liveTable(live, clock.now())]),
      ...(isWell ? [] : [aside(''), aside(`${argusctl} doctor says what to do.`)]),
    ];
    show(value, view);
    return isWell ? 0 : EXITS_ATTENTION;
  },
});

const liveTable = (live: readonly SessionView[], now: number) =>
  table(['LIVE SESSION', 'TENANT', 'AGENT', 'TIME LEFT', 'REASON'], live.map((s) => [s.session_id, s.tenant_id, s.agent_id, countdown(Date.parse(s.expires_at) - now), s.reason]), 'No live session of yours.');
