import { expect, test } from 'vitest';
import { planSmtp } from './smtp.ts';

/** Guarantee: there is no way to write the setting that sends a mail or a password over a network in plain text. */
test.each([
  ['smtp://mail.example.org', 'starttls'],
  ['smtp://u:p@mail.example.org:25', 'starttls'],
  ['smtps://u:p@mail.example.org', 'from_the_start'],
  ['smtp://10.0.0.1', 'starttls'],
  ['smtp://127.example.org', 'starttls'],
  ['smtp://127.0.0.1.example.org', 'starttls'],
  ['smtp://localhost.example.org', 'starttls'],
  ['smtp://127.1', 'starttls'],
  ['smtp://0.0.0.0', 'starttls'],
  ['smtp://[::ffff:10.0.0.1]', 'starttls'],
  ['smtp://127.0.0.1', 'none'],
  ['smtp://127.9.9.9:2525', 'none'],
  ['smtp://[::1]:25', 'none'],
  ['smtp://localhost', 'none'],
  ['smtp://LOCALHOST', 'none'],
  ['smtps://localhost', 'from_the_start'],
])('%s is spoken to with TLS %s', (url, tls) => expect(planSmtp(url)?.tls).toBe(tls));

test('ports are those of submission unless one is named, logins are decoded, and localhost is asked of nobody', () => {
  expect(planSmtp('smtp://mail.example.org')).toEqual({ host: 'mail.example.org', port: 587, tls: 'starttls', login: null });
  expect(planSmtp('smtps://a%40b.org:p%3Aw%2F@mail.example.org')).toEqual({ host: 'mail.example.org', port: 465, tls: 'from_the_start', login: { user: 'a@b.org', password: 'p:w/' } });
  expect(planSmtp('smtp://localhost')?.host).toBe('127.0.0.1');
});

test.each([
  '', 'mail.example.org', 'http://mail.example.org', 'smtp://', 'smtp://u@mail.example.org', 'smtp://:p@mail.example.org', 'smtp://mail.example.org/inbox',
  'smtp://mail.example.org?requireTLS=false', 'smtp://mail.example.org#x', 'smtp://mail.example.org:99999', 'smtp://a b', 'smtp://u:%zz@mail.example.org', 'smtp://ma%20il',
])('%j is not an address of a mail server', (url) => expect(planSmtp(url)).toBeNull());
