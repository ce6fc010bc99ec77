import { describe, expect, test } from 'vitest';
import { alertOf } from '../../test/alerts.ts';
import { INSTANCE, START, TENANT } from '../../test/sample.ts';
import { DIGEST_MS, MAIL_GAP_MS, mailDueAt, mailOf } from './mail.ts';

const where = { instance: INSTANCE, publicUrl: 'https://ops.argus.example', domain: 'argus.example' };
const high = (over = {}) => alertOf({ kind: 'log_forked', severity: 'high', says: 'An agent saw two logs.', ...over });

describe('a mail is due', () => {
  test('never, when nobody waits; at once for a high alert; after an hour for an ordinary one', () => {
    expect(mailDueAt([], { lastMailAt: null })).toBeNull();
    expect(mailDueAt([high()], { lastMailAt: null })).toBe(START);
    expect(mailDueAt([alertOf()], { lastMailAt: null })).toBe(START + DIGEST_MS);
    expect(mailDueAt([alertOf(), high({ at: START + 9 })], { lastMailAt: null })).toBe(START + 9);
  });
  /** Guarantee: whatever fires, a mailbox gets at most twelve mails in an hour. */
  test('never sooner than five minutes after the last one', () => {
    expect(mailDueAt([high()], { lastMailAt: START - 1_000 })).toBe(START - 1_000 + MAIL_GAP_MS);
    expect(MAIL_GAP_MS * 12).toBeGreaterThanOrEqual(3_600_000);
  });
});

test('high ones come first, ordinary ones are in the same mail, and both are counted in the subject', () => {
  const mail = mailOf([alertOf({ times: 3 }), high({ tenant: TENANT })], where);
  expect(mail.subject).toBe('[Argus] 1 high, 1 ordinary: log_forked, failed_activation');
  expect(mail.text.indexOf('log_forked')).toBeLessThan(mail.text.indexOf('failed_activation, 3 times'));
  expect(mail.text).toContain(TENANT);
  expect(mail.text).toContain('https://ops.argus.example/alerts');
});

test('a thousand alerts make a mail of fifty and a number', () => {
  const mail = mailOf(Array.from({ length: 1_000 }, () => alertOf()), where);
  expect(mail.text).toContain('And 950 more.');
  expect(mail.text.length).toBeLessThan(50_000);
});

/** Guarantee: text from outside cannot write headers, colour a terminal, or carry a secret of ours out. */
test('what others wrote is cleaned', () => {
  const evil = `eve@x\r\nBcc: all@example.org\u001b[31m\u202e pat_${'p'.repeat(43)}`;
  const mail = mailOf([alertOf({ operator: evil, address: evil, details: [evil] })], where);
  for (const forbidden of ['\u001b', '\u202e', '\r', '\nBcc']) expect(mail.text).not.toContain(forbidden);
  expect(mail.text).not.toContain('p'.repeat(43));
  expect(mail.subject).not.toContain('eve');
});

test('the same alerts have the same message id, others another one', () => {
  const [one, other] = [alertOf(), alertOf()];
  expect(mailOf([one], where).messageId).toBe(mailOf([one], where).messageId);
  expect(mailOf([one], where).messageId).not.toBe(mailOf([other], where).messageId);
  expect(mailOf([one], where).messageId).toMatch(/^<[\w.-]+@argus\.example>$/);
});
