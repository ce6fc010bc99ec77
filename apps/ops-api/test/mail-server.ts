/** A real SMTP server on this machine, for mails to arrive at. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SMTPServer } from 'smtp-server';

export type Received = { readonly from: string; readonly to: readonly string[]; readonly isEncrypted: boolean; readonly user: string | null; readonly raw: string };
export type MailServer = {
  readonly port: number;
  readonly received: readonly Received[];
  /** What it was told before anything else: logins that were tried, encrypted or not. */
  readonly logins: readonly { readonly user: string | undefined; readonly isEncrypted: boolean }[];
  readonly connections: () => number;
  close(): Promise<void>;
};
export type Certificate = { readonly key: string; readonly cert: string };
type How = {
  readonly certificate?: Certificate;
  readonly offers?: 'starttls' | 'tls' | 'nothing';
  readonly login?: { readonly user: string; readonly password: string };
  readonly port?: number;
};

/** For the name mail.argus.test, signed by nobody else. */
export function selfSignedFor(name: string): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'argus-mail-'));
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-keyout', key, '-out', cert, ...subject], { stdio: 'ignore' });
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export async function mailServer({ certificate, offers = 'nothing', login, port = 0 }: How = {}): Promise<MailServer> {
  const received: Received[] = [];
  const logins: { user: string | undefined; isEncrypted: boolean }[] = [];
  let connections = 0;
  const server = new SMTPServer({
    ...certificate,
    secure: offers === 'tls',
    hideSTARTTLS: offers !== 'starttls',
    authOptional: login === undefined,
    allowInsecureAuth: true, // so that a password sent in the clear would be heard
    disableReverseLookup: true,
    logger: false,
    onConnect: (_session, done) => (connections++, done()),
    onAuth(auth, session, done) {
      logins.push({ user: auth.username, isEncrypted: session.secure });
      const isRight = login !== undefined && auth.username === login.user && auth.password === login.password;
      done(isRight ? null : new Error('wrong login'), isRight ? { user: login.user } : undefined);
    },
    onData(stream, session, done) {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        received.push({
          from: mailFrom ? mailFrom.address : '', to: rcptTo.map((r) => r.address), isEncrypted: session.secure,
          user: typeof session.user === 'string' ? session.user : null, raw: Buffer.concat(parts).toString('utf8'),
        });
        done();
      });
    },
  });
  server.on('error', () => undefined); // a client that hangs up in the middle is what some tests are about
  const listening = server.listen(port, '127.0.0.1');
  if (!listening.listening) await once(listening, 'listening');
  return {
    port: (listening.address() as AddressInfo).port,
    received,
    logins,
    connections: () => connections,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** The text as it was written: mails are sent quoted-printable when a line is long. */
export const textOf = ({ raw }: Received): string => {
  const [head = '', ...rest] = raw.split('\r\n\r\n');
  const body = rest.join('\n\n').replaceAll('\r\n', '\n');
  if (/content-transfer-encoding: base64/i.test(head)) return Buffer.from(body, 'base64').toString('utf8');
  if (!/quoted-printable/i.test(head)) return body;
  const bytes = body.replaceAll('=\n', '').replaceAll(/=([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
};
