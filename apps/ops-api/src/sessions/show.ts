import type { Clock } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import type { SessionView } from '@argus/protocol/http/shapes.ts';
import type { SessionId, TenantId } from '@argus/protocol/ids.ts';
import { maySee } from '../people/principal.ts';
import type { SessionStore, TenantStore } from '../ports.ts';
import type { Actor } from '../tenants/create.ts';
import { refusalOfNamed } from '../tenants/named.ts';
import type { Custody } from './custody.ts';
import { sessionView, type Session } from './session.ts';

const LIST_MAX = 200;

export type SessionsDeps = {
  readonly clock: Clock;
  readonly tenants: Pick<TenantStore, 'byId'>;
  readonly sessions: Pick<SessionStore, 'byId' | 'list'>;
  readonly custody: Pick<Custody, 'end'>;
};

/** Looking at sessions, and ending them: ending needs less than starting. */
export function makeSessions({ clock, tenants, sessions, custody }: SessionsDeps) {
  const view = ({ principal }: Actor, session: Session) => sessionView(session, clock.now(), principal.tokenId);
  async function visible({ principal }: Actor, id: SessionId): Promise<Result<Session, Denial>> {
    const session = await sessions.byId(id);
    return session && maySee(principal, session.tenant) ? ok(session) : err(deny('session_not_found'));
  }
  return {
    async list(actor: Actor, tenant: TenantId | null): Promise<Result<{ sessions: readonly SessionView[] }, Denial>> {
      const { principal } = actor;
      const denial = tenant && (await refusalOfNamed(tenants, principal, tenant));
      if (denial) return err(denial);
      // Asked for by tenant: what others do neither shows in the list nor pushes anything out of it.
      const found = await sessions.list(tenant === null ? principal.tenants : [tenant], LIST_MAX);
      return ok({ sessions: found.map((session) => view(actor, session)) });
    },
    async show(actor: Actor, id: SessionId): Promise<Result<SessionView, Denial>> {
      const session = await visible(actor, id);
      return session.ok ? ok(view(actor, session.value)) : session;
    },
    /** Idempotent: ending what has ended changes nothing. */
    async deactivate(actor: Actor, id: SessionId, { reason }: { reason?: string | undefined } = {}): Promise<Result<SessionView, Denial>> {
      const session = await visible(actor, id);
      if (!session.ok) return session;
      const ending = {
        by: 'deactivate',
        actor: 'operator',
        operator: actor.principal.operator,
        ip: actor.ip,
        ...(reason !== undefined && { reason }),
      } as const;
      if (session.value.state !== 'ended' && !(await custody.end(session.value, ending)))
        return err(deny('outcome_unrecorded', 'the agent was told; the end follows when the log is back'));
      const after = await sessions.byId(id);
      return after ? ok(view(actor, after)) : err(deny('session_not_found'));
    },
  };
}
