import type { Clock } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import type { AcknowledgeAlert, Alerts, AlertsQuery, AlertView } from '@argus/protocol/http/alerts.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { maySee } from '../people/principal.ts';
import type { Actor } from '../tenants/create.ts';
import { alertView, type AlertSeen, type AlertStore } from './alert.ts';

const LIST_MAX = 200;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Alerts for people: to look at, and to say that somebody has looked. What is another tenant's does not exist. */
export function makeAlerts({ clock, ledger, alerts }: { clock: Clock; ledger: Pick<Ledger, 'append'>; alerts: Pick<AlertStore, 'list' | 'byId'> }) {
  /** What belongs to no tenant is for whoever sees all of them. */
  async function visible({ principal }: Actor, id: string): Promise<AlertSeen | null> {
    const alert = UUID.test(id) ? await alerts.byId(id) : null;
    return alert && (alert.tenant === null ? principal.tenants === null : maySee(principal, alert.tenant)) ? alert : null;
  }

  return {
    async list({ principal }: Actor, state: AlertsQuery['state']): Promise<Result<Alerts, Denial>> {
      const found = await alerts.list({ tenants: principal.tenants, openOnly: state !== 'all', limit: LIST_MAX });
      return ok({ alerts: found.map(alertView) });
    },

    async acknowledge(actor: Actor, id: string, { reason }: AcknowledgeAlert): Promise<Result<AlertView, Denial>> {
      const alert = await visible(actor, id);
      if (!alert) return err(deny('alert_not_found'));
      if (alert.acknowledged) return err(deny('alert_acknowledged'));
      const at = clock.now();
      const { operator } = actor.principal;
      const acknowledged = { at, by: operator, reason };
      const { tenant, agent, session, kind } = alert;
      const written = await ledger.append(
        {
          at,
          type: 'alert_acknowledged',
          phase: 'fact',
          tenant,
          ...(agent && { agent }),
          ...(session && { session }),
          operator,
          ip: actor.ip,
          by: 'operator',
          reason,
          args: { alert: alert.id, kind },
          outcome: 'ok',
        },
        [{ do: 'acknowledge_alert', alert: alert.id, acknowledged }],
      );
      return written.ok ? ok(alertView({ ...alert, acknowledged })) : written;
    },
  };
}
