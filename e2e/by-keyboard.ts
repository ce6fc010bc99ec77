/** Somebody without a mouse: keys, and what has the focus. There is no way in here to point at anything. */
import { patiently } from '@argus/testkit/patience.ts';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

export type Focus = {
  readonly role: string;
  readonly name: string;
  /** It says why it cannot be pressed. */
  readonly isShut: boolean;
  /** What is wrong with it having the focus, as somebody sees it. */
  readonly wrong: readonly string[];
  readonly dialog: string | null; // the title of the one on top, where there is one
  readonly isInDialog: boolean;
};
const poll = <T>(look: () => Promise<T>) => expect.poll(look, { timeout: patiently(2_500) });
/** More stops than any page has, by far. */
const STOPS_MAX = 150;

export function byKeyboard(page: Page) {
  const focus = () => page.evaluate<Focus | null>(FOCUSED);
  const press = (...keys: readonly string[]) => keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());
  const type = (text: string) => page.keyboard.type(text);

  /** The next stop; what is wrong with it fails the test. Null: the browser's own bar. */
  async function step(key: 'Tab' | 'Shift+Tab'): Promise<Focus | null> {
    await press(key);
    const at = await focus();
    if (at) expect([at.wrong, at.dialog === null || at.isInDialog], `the focus on ${at.role} "${at.name}"`).toEqual([[], true]);
    return at;
  }

  /** Tab, until that has the focus. */
  async function tabTo(role: string, name: string | RegExp, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
    const over = new Set<string>();
    const is = (at: Focus | null) => at !== null && at.role === role && (typeof name === 'string' ? at.name === name : name.test(at.name));
    if (is(await focus())) return;
    for (let n = 0; n < STOPS_MAX; n++) {
      const at = await step(key);
      if (is(at)) return;
      over.add(at === null ? '–' : `${at.role} "${at.name}"`);
    }
    expect.unreachable(`there is no ${role} ${String(name)} among: ${[...over].join(', ')}`);
  }

  /** What has the focus is pressed, as soon as it can be. */
  async function use(key = 'Enter'): Promise<void> {
    await poll(async () => (await focus())?.isShut).toBe(false);
    await press(key);
  }

  /** Once around: nothing outside of it gets the focus. */
  async function staysIn(title: string): Promise<void> {
    const first = JSON.stringify(await focus());
    for (let n = 0; n < STOPS_MAX; n++) if (JSON.stringify(await step('Tab')) === first) return;
    expect.unreachable(`the dialog "${title}" is not gone around`);
  }

  /** What stands at the focus is pressed, and a dialog of that title has the focus. */
  async function opens(title: string, ...keys: readonly string[]): Promise<void> {
    await (keys.length > 0 ? press(...keys) : use());
    await poll(async () => (await focus())?.dialog).toBe(title);
    expect(await focus()).toMatchObject({ isInDialog: true });
    await staysIn(title);
  }

  /** Closed, by whatever keys: the focus is where it was before. */
  async function closes(title: string, { to, keys = ['Escape'] }: { readonly to: Pick<Focus, 'role' | 'name'> | null; readonly keys?: readonly string[] }): Promise<void> {
    expect((await focus())?.dialog).toBe(title);
    await press(...keys);
    await poll(async () => (await focus())?.dialog ?? null).toBe(null);
    expect([(await focus())?.role, (await focus())?.name]).toEqual([to?.role, to?.name]);
  }

  return { focus, press, type, tabTo, use, opens, closes };
}

const FOCUSED = `(() => {
  const dialogs = document.querySelectorAll('dialog[open]');
  const dialog = dialogs[dialogs.length - 1];
  const at = document.activeElement;
  const titled = dialog ? dialog.querySelector('h2').textContent : null;
  if (!at || at === document.body) return dialog ? { role: 'none', name: '', isShut: false, wrong: [], dialog: titled, isInDialog: true } : null;
  const roles = { A: 'link', BUTTON: 'button', SELECT: 'combobox', TEXTAREA: 'textbox', SUMMARY: 'summary', PRE: 'text', MAIN: 'main' };
  const inputs = { checkbox: 'checkbox', radio: 'radio', range: 'slider', file: 'file' };
  const role = at.getAttribute('role') ?? (at.tagName === 'INPUT' ? (inputs[at.type] ?? 'textbox') : (roles[at.tagName] ?? at.tagName));
  const wordsOf = (label) => { const words = label.cloneNode(true); for (const control of words.querySelectorAll('select, input, textarea')) control.remove(); return words.textContent; };
  const labelled = [...(at.labels ?? [])].map(wordsOf).join(' ');
  const name = (at.getAttribute('aria-label') ?? (labelled || at.textContent)).trim().replace(/\\s+/g, ' ').slice(0, 120);
  const { outlineStyle, outlineWidth, outlineColor, boxShadow } = getComputedStyle(at);
  const { left, top, right, bottom, width, height } = at.getBoundingClientRect();
  const wrong = [];
  if (at.id !== 'main' && (outlineStyle === 'none' || parseFloat(outlineWidth) === 0 || outlineColor === 'rgba(0, 0, 0, 0)') && boxShadow === 'none') wrong.push('is not shown');
  if (!at.checkVisibility({ visibilityProperty: true, opacityProperty: true }) || width < 2 || height < 2) wrong.push('is on something hidden');
  if (right <= 0 || bottom <= 0 || left >= innerWidth || top >= innerHeight) wrong.push('is out of sight');
  return { role, name, isShut: at.getAttribute('aria-disabled') === 'true', wrong, dialog: titled, isInDialog: dialog ? dialog.contains(at) : false };
})()`;
