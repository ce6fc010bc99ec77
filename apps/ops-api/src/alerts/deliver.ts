/** Sends the mail that is due and notes for which alerts it was. Sent first, noted after: a crash between repeats the message id. */
import type { Clock } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import type { InstanceId } from '@argus/protocol/ids.ts';
import type { Work } from '../jobs/runner.ts';
import type { AlertStore } from './alert.ts';
import { mailDueAt, mailOf, type Mail } from './mail.ts';

export interface Mailer {
  /** The part of the sender's address after the @, for message ids. */
  readonly domain: string;
  /** Taken by the mail server, or in a sentence why not. Never says a password. */
  send(mail: Mail): Promise<Result<void, string>>;
}

/** A high alert hurries it; otherwise it looks this often. */
const LOOK_MS = 30_000;
const PER_MAIL_MAX = 500;

export function makeDeliver(deps: { clock: Clock; alerts: Pick<AlertStore, 'unmailed' | 'mailed' | 'lastMailAt'>; mailer: Mailer; instance: InstanceId; publicUrl: string | undefined }): Work {
  const { clock, alerts, mailer } = deps;
  return async () => {
    const waiting = await alerts.unmailed(PER_MAIL_MAX);
    const now = clock.now();
    const due = mailDueAt(waiting, { lastMailAt: await alerts.lastMailAt() });
    if (due === null || due > now) return ok(Math.min(now + LOOK_MS, due ?? Number.POSITIVE_INFINITY));
    const mail = mailOf(waiting, { ...deps, domain: mailer.domain });
    const sent = await mailer.send(mail);
    if (!sent.ok) return err(sent.error);
    await alerts.mailed(waiting.map((a) => a.id), { messageId: mail.messageId, at: clock.now() });
    return ok(clock.now() + LOOK_MS);
  };
}
