/** Mails to a real SMTP server. Guarantee: no word of a mail and no password crosses a network in plain text. */
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { mailServer, selfSignedFor, textOf, type Certificate, type MailServer } from '../../../test/mail-server.ts';
import type { SmtpPlan } from '../../alerts/smtp.ts';
import { planSmtp } from '../../alerts/smtp.ts';
import { smtpMailer } from './mailer.ts';

const NAME = 'mail.argus.test';
const LOGIN = { user: 'argus', password: 'a-password-nobody-may-hear' };
const mail = { messageId: '<one.1@argus.example>', subject: '[Argus] 1 high: log_forked', text: 'Alerts.\n\n  An agent saw two logs — größer.\n' };
const people = { from: 'argus@argus.example', to: ['ana@argus.example', 'bo@argus.example'] };

let certificate: Certificate;
let other: Certificate;
let server: MailServer | null = null;
beforeAll(() => {
  certificate = selfSignedFor(NAME);
  other = selfSignedFor(NAME);
});
afterEach(async () => {
  await server?.close();
  server = null;
});

async function serverThat(how: Parameters<typeof mailServer>[0]): Promise<MailServer> {
  server = await mailServer(how);
  return server;
}
/** The plan for a host that is not ours, with the server of this test standing in its place. */
const planned = (url: string, port: number): SmtpPlan => {
  const plan = planSmtp(url);
  if (!plan) throw new Error('not a plan');
  return { ...plan, host: '127.0.0.1', port };
};
const trusting = ({ cert }: Certificate) => ({ ca: cert, servername: NAME });
const withLogin = `smtp://${LOGIN.user}:${LOGIN.password}@${NAME}`;

describe('on this machine', () => {
  test('a mail arrives as it was written, at everybody, and says that a machine wrote it', async () => {
    const { port, received } = await serverThat({});
    expect(await smtpMailer({ plan: planned('smtp://127.0.0.1', port), ...people }).send(mail)).toEqual({ ok: true, value: undefined });
    expect(received).toMatchObject([{ from: people.from, to: people.to }]);
    const [one] = received;
    expect(one && textOf(one)).toContain('An agent saw two logs — größer.');
    expect(one?.raw).toMatch(/^Message-ID: <one\.1@argus\.example>\r$/m);
    expect(one?.raw).toMatch(/^Auto-Submitted: auto-generated\r$/m);
  });
});

describe('anywhere else', () => {
  test('STARTTLS comes before the login and the mail', async () => {
    const { port, received, logins } = await serverThat({ certificate, offers: 'starttls', login: LOGIN });
    const sent = await smtpMailer({ plan: planned(withLogin, port), ...people, trust: trusting(certificate) }).send(mail);
    expect(sent).toEqual({ ok: true, value: undefined });
    expect(received).toMatchObject([{ isEncrypted: true, user: LOGIN.user }]);
    expect(logins).toEqual([{ user: LOGIN.user, isEncrypted: true }]);
  });

  test('so does TLS from the start', async () => {
    const { port, received } = await serverThat({ certificate, offers: 'tls', login: LOGIN });
    const sent = await smtpMailer({ plan: planned(withLogin.replace('smtp:', 'smtps:'), port), ...people, trust: trusting(certificate) }).send(mail);
    expect(sent).toEqual({ ok: true, value: undefined });
    expect(received).toMatchObject([{ isEncrypted: true, user: LOGIN.user }]);
  });

  /** Whoever stands in the middle takes STARTTLS out of the answer, or shows a certificate of their own. */
  test.each([
    ['a server that does not offer it', () => ({ offers: 'nothing', login: LOGIN }) as const, () => certificate],
    ['a certificate nobody vouches for', () => ({ certificate: other, offers: 'starttls', login: LOGIN }) as const, () => certificate],
  ])('%s hears neither a password nor a mail', async (_what, how, trusted) => {
    const { port, received, logins, connections } = await serverThat(how());
    const sent = await smtpMailer({ plan: planned(withLogin, port), ...people, trust: trusting(trusted()) }).send(mail);
    expect(sent.ok).toBe(false);
    expect([connections(), logins, received]).toEqual([1, [], []]);
  });

  test('a certificate for another name is refused', async () => {
    const elsewhere = selfSignedFor('elsewhere.argus.test');
    const { port, received, logins } = await serverThat({ certificate: elsewhere, offers: 'tls', login: LOGIN });
    const sent = await smtpMailer({ plan: planned(withLogin.replace('smtp:', 'smtps:'), port), ...people, trust: { ca: elsewhere.cert, servername: NAME } }).send(mail);
    expect([sent.ok, logins, received]).toEqual([false, [], []]);
  });
});

test('a server that is not there, and one that refuses the login, are failures in a sentence without a password', async () => {
  const gone = await serverThat({});
  await gone.close();
  server = null;
  const nobody = await smtpMailer({ plan: planned('smtp://127.0.0.1', gone.port), ...people }).send(mail);
  expect(nobody).toEqual({ ok: false, error: expect.stringMatching(/^the mail server did not take it: E\w+/) as string });
  const { port } = await serverThat({ login: { user: 'argus', password: 'another one' } });
  const refused = await smtpMailer({ plan: { ...planned('smtp://127.0.0.1', port), login: LOGIN }, ...people }).send(mail);
  expect(refused).toEqual({ ok: false, error: 'the mail server did not take it: EAUTH 535 AUTH PLAIN' });
});
