/** A session is opened once, under a consent, for one operator and one machine; it keeps to its time, and ends once. */
import { SESSION_MINUTES_MAX } from '@argus/protocol/session-minutes.ts';
import type { Leaf } from '@argus/protocol/leaf.ts';
import type { Entry } from '../entry.ts';
import type { FindingCode } from '../findings.ts';
import { createMemory } from '../remember.ts';
import type { Permission } from './consent.ts';
import { CLOCKS_MS, LONG_OVER_MS, type Rule, type RuleContext } from './rule.ts';

type Open = {
  readonly index: number;
  readonly agent: string | undefined;
  readonly operator: string | undefined;
  readonly until: number;
  readonly scope: NonNullable<Leaf['args_commit']>[string] | undefined;
  readonly problem: FindingCode | null; // counts if it came to a session
  isActive: boolean;
};
type Ended = { readonly at: number; hasLastWord: boolean };

export function sessions({ note, isFromTheStart, reachesTheEnd, asOf }: RuleContext, { permission, opened }: { readonly permission: Permission; readonly opened: () => void }): Rule {
  const open = new Map<string, Open>();
  const ended = createMemory<string, Ended>();
  const ofAgent = new Map<string, string>();

  function activate(entry: Entry): void {
    const { index, at, leaf } = entry;
    const { session, agent, operator, args_commit } = leaf;
    if (session === undefined || agent === undefined) return note('entry_unreadable', { index, detail: 'an activation without a session or a machine' });
    opened();
    if (open.has(session) || ended.has(session)) note('session_reused', { index, detail: session });
    const minutes = args_commit?.['minutes'];
    const isBoxed = typeof minutes === 'number' && Number.isInteger(minutes) && minutes >= 1 && minutes <= SESSION_MINUTES_MAX;
    if (!isBoxed) note('time_box_wrong', { index, detail: `${JSON.stringify(minutes ?? null)} minutes` });
    const other = ofAgent.get(agent);
    if (other !== undefined && other !== session) note('two_sessions', { index, detail: `${other} was open on ${agent}` });
    const expires = args_commit?.['consent_expires_at'];
    const box = at + (isBoxed ? minutes : SESSION_MINUTES_MAX) * 60_000;
    const until = typeof expires === 'string' ? Math.min(box, Date.parse(expires)) : box;
    open.set(session, { index, agent, operator, until, scope: args_commit?.['scope'], problem: permission.problemWith(entry), isActive: false });
    ofAgent.set(agent, session);
    permission.cover(entry, args_commit?.['scope']);
  }

  function activated({ leaf }: Entry): void {
    const session = open.get(leaf.session ?? '');
    if (!session || leaf.outcome === 'refused') return;
    if (session.problem) note(session.problem, { index: session.index, detail: `${leaf.operator ?? '?'} on ${leaf.agent ?? '?'}` });
    if (leaf.outcome === 'ok') session.isActive = true;
  }

  function command(entry: Entry): void {
    const { index, at, leaf } = entry;
    const handle = leaf.session ?? '';
    const session = open.get(handle);
    if (!session?.isActive) {
      if (!isFromTheStart && !session && !ended.has(handle)) return; // it began before this part of the log
      const why = session ? 'it was not open yet' : ended.has(handle) ? 'it had ended' : 'there is no such session';
      return note('command_outside_session', { index, detail: `${leaf.command ?? ''}, ${handle}: ${why}` });
    }
    if (session.agent !== leaf.agent || session.operator !== leaf.operator) note('command_of_another', { index, detail: `${leaf.operator ?? ''} on ${leaf.agent ?? ''}` });
    if (at > session.until + CLOCKS_MS) note('command_after_time', { index, detail: `${leaf.command ?? ''} at ${leaf.at}` });
    if (!permission.isOpen()) note('command_while_closed', { index, detail: leaf.command ?? '' });
    permission.cover(entry, session.scope);
  }

  /** A result that was given out has the machine's own time beside it, under its signature. */
  function answered({ index, leaf }: Entry): void {
    const session = open.get(leaf.session ?? '');
    if (!session || leaf.outcome !== 'ok' || leaf.code !== undefined) return;
    const at = Math.max(Date.parse(leaf.at), leaf.agent_at === undefined ? 0 : Date.parse(leaf.agent_at));
    if (at > session.until + 2 * CLOCKS_MS) note('command_after_time', { index, detail: `answered at ${new Date(at).toISOString()}` });
  }

  function end({ index, at, leaf }: Entry): void {
    const handle = leaf.session ?? '';
    const session = open.get(handle);
    if (!session) {
      if (ended.has(handle)) note('second_end', { index, detail: handle });
      else if (isFromTheStart) note('end_without_session', { index, detail: handle });
    }
    open.delete(handle);
    if (session?.agent !== undefined && ofAgent.get(session.agent) === handle) ofAgent.delete(session.agent);
    ended.set(handle, { at, hasLastWord: leaf.agent_signature !== undefined });
  }

  function closed({ index, leaf }: Entry): void {
    const handle = leaf.session ?? '';
    const session = ended.get(handle);
    if (session ? session.hasLastWord : isFromTheStart) note('closed_without_end', { index, detail: handle });
    if (session) session.hasLastWord = true;
  }

  return {
    see(entry) {
      const { type, phase, session } = entry.leaf;
      switch (type) {
        case 'remote_support_activation':
          return phase === 'intent' ? activate(entry) : phase === 'outcome' ? activated(entry) : undefined;
        case 'remote_support_command':
          return phase === 'intent' ? command(entry) : phase === 'outcome' ? answered(entry) : undefined;
        case 'remote_support_session_ended':
          return end(entry);
        case 'remote_support_session_closed':
          return closed(entry);
        case 'remote_support_session_failed_to_close':
          return note('failed_to_close', { index: entry.index, ...(session !== undefined && { detail: session }) });
        default:
          return;
      }
    },
    end() {
      for (const [handle, { index, until, agent, operator }] of open) {
        const detail = [handle, operator ?? '', agent ?? ''].join(', ');
        note(reachesTheEnd && asOf > until + LONG_OVER_MS ? 'session_never_ended' : 'session_open', { index, detail });
      }
    },
  };
}
