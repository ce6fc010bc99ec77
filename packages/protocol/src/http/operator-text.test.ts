/** One way for all text an operator writes: what does not print as it stands is refused, with the name of its field. */
import { expect, test } from 'vitest';
import type { z } from 'zod';
import { problemsOf } from '../commands/define.ts';
import { Activate, ArmTenant, CreateTenant, Deactivate, DisarmTenant, RecordConsent, WithdrawConsent } from './shapes.ts';

const HOSTILE: Readonly<Record<string, string>> = {
  'a terminal escape': 'ok\u001B[2J\u001B[Hgone',
  'a C1 control': 'ok\u009B2Jgone',
  'a bell': 'ring\u0007ring',
  'a NUL': 'half\u0000way',
  'a line break': 'one line\nRESULT: ok',
  'a carriage return': 'approved\rdenied!!',
  'a line separator': 'one\u2028two',
  'a paragraph separator': 'one\u2029two',
  'a bidirectional override': 'invoice \u202Egpj.exe',
  'a bidirectional isolate': 'a\u2066b\u2069c',
  'a right-to-left mark': 'abc\u200Fdef',
  'a zero-width space': 'ad\u200Bmin',
  'a zero-width joiner': 'ad\u200Dmin',
  'a word joiner': 'ad\u2060min',
  'a byte order mark inside': 'ad\uFEFFmin',
  'a soft hyphen': 'ad\u00ADmin',
  'a Hangul filler': 'ad\u3164min',
  'a half-width Hangul filler': 'ad\uFFA0min',
  'nothing but fillers': '\u3164\u3164\u3164\u3164',
  'a blank Braille pattern': 'ad\u2800min',
  'a variation selector': 'admin\uFE0F now',
  'a grapheme joiner': 'ad\u034Fmin',
  'tag characters': 'hello\u{E0068}\u{E0069}',
  'a private-use character': 'logo \uE000',
  'half a surrogate pair': 'half \uD83D pair',
  'a noncharacter': 'not \uFFFE one',
  'a bearer secret': `use pat_${'A'.repeat(43)}`,
};
const FIELDS: Readonly<Record<string, (text: string) => readonly [z.ZodType, object]>> = {
  'name of a tenant': (name) => [CreateTenant, { id: 'SHOP_BERLIN', name }],
  'signer.name': (name) => [RecordConsent, { document_id: 'D1', document_sha256: 'ab'.repeat(32), signed_at: '2026-11-01T10:00:00Z', signer: { name, email: 'kim@tenant.example' } }],
  'signer.email': (text) => [RecordConsent, { document_id: 'D1', document_sha256: 'ab'.repeat(32), signed_at: '2026-11-01T10:00:00Z', signer: { name: 'Kim', email: `${text}@tenant.example` } }],
  document_id: (document_id) => [RecordConsent, { document_id, document_sha256: 'ab'.repeat(32), signed_at: '2026-11-01T10:00:00Z', signer: { name: 'Kim', email: 'kim@tenant.example' } }],
  'reason of an activation': (reason) => [Activate, { tenant_id: 'SHOP_BERLIN', reason, nonce: 'n'.repeat(22), timestamp: '2026-11-01T10:00:00Z' }],
  'reason to arm': (reason) => [ArmTenant, { reason, confirm_tenant_id: 'SHOP_BERLIN' }],
  'reason to disarm': (reason) => [DisarmTenant, { reason, confirm_tenant_id: 'SHOP_BERLIN' }],
  'reason to withdraw': (reason) => [WithdrawConsent, { reason }],
  'reason to end': (reason) => [Deactivate, { reason }],
};
const rows = Object.entries(FIELDS).flatMap(([field, make]) => Object.entries(HOSTILE).map(([what, text]) => [field, what, make(text)] as const));

/** Guarantee: what is signed, logged and shown to the owner is what was typed, and moves nothing on anybody's screen. */
test.each(rows)('%s with %s is refused, by name and without an echo', (field, _what, [schema, body]) => {
  const parsed = schema.safeParse(body);
  if (parsed.success) expect.fail('it was taken');
  const said = problemsOf(parsed.error).join('; ');
  expect(said).toContain(field.split(' ')[0]);
  expect(said).toMatch(/^[\x20-\x7E]+$/);
});

test.each(Object.keys(FIELDS).filter((field) => field !== 'signer.email'))('%s takes what people write, in their own letters', (field) => {
  for (const text of ['Müller & Söhne GmbH — Kasse 3', 'Καλημέρα, «κόσμε»', '株式会社セブン', 'مرحبا بالعالم', 'नमस्ते दुनिया', 'till №5 💡']) {
    const [schema, body] = FIELDS[field]?.(text) ?? expect.fail('no such field');
    expect(schema.safeParse(body).success, text).toBe(true);
  }
});
