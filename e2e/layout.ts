/**
 * A page as boxes: where its parts begin and how wide they are, from left to right and from top to bottom, and what is missing. Heights and
 * places of words follow from fonts and are left out, so that another machine sees the same page.
 */
import type { Page } from 'playwright-core';

/** What a page is made of. Everything named here is as wide as its place, never as its words. */
const PARTS = '.rail, .top, .main, .page, .page-head, .table-place, .panel, .columns, .history, .note, .timeline, .cards';
const GRAIN = 8; // px: a scroll bar or a border does not make it another page

export const layoutOf = (page: Page): Promise<string> =>
  page.evaluate<string>(`(async () => {
    await Promise.all(document.getAnimations().filter((a) => a.effect.getComputedTiming().iterations !== Infinity).map((a) => a.finished.catch(() => 0))); // what slides has arrived
    const grain = (n) => Math.round(n / ${GRAIN}) * ${GRAIN};
    const depth = (e) => { let n = 0; for (let p = e.parentElement?.closest(${JSON.stringify(PARTS)}); p; p = p.parentElement?.closest(${JSON.stringify(PARTS)})) n++; return n; };
    const name = (e) => { const h = e.matches('.panel') ? e.querySelector('h2') : null; return e.classList[0] + (h ? ' "' + h.textContent + '"' : ''); };
    const seen = [...document.querySelectorAll(${JSON.stringify(PARTS)})].filter((e) => e.checkVisibility({ visibilityProperty: true }) && e.getBoundingClientRect().right > 0);
    const lines = seen.map((e) => { const { left, width } = e.getBoundingClientRect(); return '  '.repeat(depth(e)) + name(e) + ' at ' + grain(left) + ', ' + grain(width) + ' wide'; });
    const columns = [...document.querySelectorAll('.main th')].filter((e) => e.checkVisibility()).map((e) => e.textContent);
    return [...lines, ...(columns.length ? ['columns: ' + columns.join(', ')] : []), 'wider than the screen: ' + (document.documentElement.scrollWidth > innerWidth ? 'yes' : 'no')].join('\\n');
  })()`);
