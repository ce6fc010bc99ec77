import { err, ok } from '@argus/kit/result.ts';
import { createTransport } from 'nodemailer';
import type { Mailer } from '../../alerts/deliver.ts';
import type { SmtpPlan } from '../../alerts/smtp.ts';

/** A connection per mail: there are few, and one that stays open would only break unseen. */
export type SmtpOptions = {
  readonly plan: SmtpPlan;
  readonly from: string;
  readonly to: readonly string[];
  /** For tests: the certificate to trust, and the name it is for when we dial an address. */
  readonly trust?: { readonly ca: string; readonly servername: string };
};

const CONNECT_MS = 10_000;
const ANSWER_MS = 30_000;

export function smtpMailer({ plan, from, to, trust }: SmtpOptions): Mailer {
  const { host, port, tls, login } = plan;
  const transport = createTransport(
    {
      host,
      port,
      secure: tls === 'from_the_start',
      requireTLS: tls === 'starttls',
      ignoreTLS: tls === 'none',
      opportunisticTLS: false,
      tls: { minVersion: 'TLSv1.2', rejectUnauthorized: true, ...trust },
      ...(login && { auth: { user: login.user, pass: login.password } }),
      connectionTimeout: CONNECT_MS,
      greetingTimeout: CONNECT_MS,
      dnsTimeout: CONNECT_MS,
      socketTimeout: ANSWER_MS,
    },
    { disableFileAccess: true, disableUrlAccess: true },
  );
  return {
    domain: from.slice(from.lastIndexOf('@') + 1),
    async send({ messageId, subject, text }) {
      try {
        await transport.sendMail({ from, to: [...to], subject, text, messageId, headers: { 'Auto-Submitted': 'auto-generated' } });
        return ok(undefined);
      } catch (problem) {
        // Codes only: what a server answers may repeat what it was told.
        const { code, responseCode, command } = problem as { readonly code?: string; readonly responseCode?: number; readonly command?: string };
        return err(`the mail server did not take it: ${[code ?? 'no code', responseCode, command].filter((part) => part !== undefined).join(' ')}`);
      } finally {
        transport.close();
      }
    },
  };
}
