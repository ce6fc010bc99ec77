import { expect, test } from 'vitest';
import { detailsOf, escapeMarkup, escapeMnemonic, parseShown } from './tray-text.ts';

const live = { remote_support: 'live' as const, session: 'rss_1', operator: 'ana@argus.example', reason: 'investigate alert', until: '2026-03-01T12:30:00.000Z' };

test('a live session is shown with who, why and until when', () => {
  expect(detailsOf(live)).toBe('ana@argus.example: investigate alert (until 12:30 UTC)');
  for (const remote_support of ['dormant', 'off', 'gone'] as const) expect(detailsOf({ remote_support })).toBe('');
});

test('text of an operator cannot be markup, cannot move the cursor or turn the text around, and cannot push the rest away', () => {
  const hostile = `</b><a href="https://evil.example">Click to end</a>\u202e\u0007\u001b[2J\r\n${'x'.repeat(400)}`;
  const said = escapeMarkup(detailsOf({ ...live, operator: hostile, reason: hostile }));
  expect(said).not.toMatch(/[<>"'\p{Cc}\p{Cf}]/u);
  expect(said).toContain('&lt;a href=&quot;');
  expect(said).toContain('(until 12:30 UTC)');
  expect(detailsOf({ ...live, operator: hostile, reason: hostile }).length).toBeLessThan(340);
});

test('& is escaped first, so that nothing can be spelled out', () => {
  expect(escapeMarkup('&lt;b&gt; \'"')).toBe('&amp;lt;b&amp;gt; &#39;&quot;');
  expect(escapeMnemonic('a_b')).toBe('a__b');
});

test('a line of the status socket that does not fit is not shown', () => {
  expect(parseShown(JSON.stringify(live))).toEqual(live);
  for (const line of ['', 'null', '{}', '{"remote_support":"open"}', '{"remote_support":"live","until":"<b>"}', `{"remote_support":"live","reason":"${'x'.repeat(501)}"}`]) expect(parseShown(line)).toBeNull();
});
