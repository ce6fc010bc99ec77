/** What stands on a page, looked at as everybody sees it: two themes, three widths, and by axe with all of its rules. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WIDTHS = [1_440, 1_024, 390];
type Ways = readonly (readonly [width: number, theme: 'light' | 'dark'])[];
/** A page: both themes on three screens. */
export const SIX_WAYS: Ways = WIDTHS.flatMap((width) => [[width, 'light'], [width, 'dark']] as const);
/** A dialog or a state of a page has the colours of its theme at any width, and its lines at a width in any theme. */
export const THREE_WAYS: Ways = [[1_440, 'dark'], [1_024, 'light'], [390, 'dark']];

/** Where each look is kept as a picture, for somebody who wants to see them all: `LOOKS=/tmp/looks npx vitest run --project e2e console-axe`. */
const PICTURES = process.env['LOOKS'];

/** All that is wrong with it; nothing is loaded again in between. Afterwards it is as it was: light, and on a large screen. */
export async function findingsOf(page: Page, ways: Ways, name: string): Promise<readonly string[]> {
  await expect.poll(() => page.locator('.bones').count(), { message: 'it has what it shows', timeout: 30_000 }).toBe(0);
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(AXE);
  const found: string[] = [];
  for (const [width, colorScheme] of ways) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const finding of await page.evaluate<readonly string[]>(LOOK)) found.push(`${width} ${colorScheme}: ${finding}`);
    if (PICTURES) await page.screenshot({ path: join(PICTURES, `${name.replaceAll(/[^\w]+/g, '-')}-${width}-${colorScheme}.png`) });
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1_440, height: 900 });
  return found;
}

/** After two frames nothing is half way between two themes. What is cut off has to show that it is, or to say the rest when it is pointed at. */
const LOOK = `(async () => {
  await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
  const found = (await axe.run({ resultTypes: ['violations'] })).violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => id + ': ' + html.slice(0, 300) + ' ' + failureSummary));
  if (document.documentElement.scrollWidth > innerWidth) found.push('it is wider than the screen');
  for (const box of document.body.querySelectorAll('*')) {
    if (box.scrollWidth <= box.clientWidth + 1 || box.clientWidth === 0 || box.closest('.hidden-text, svg')) continue;
    const { overflowX, textOverflow } = getComputedStyle(box);
    if (['hidden', 'clip'].includes(overflowX) && textOverflow !== 'ellipsis' && !box.closest('[title]')) found.push('it is cut off: ' + box.outerHTML.slice(0, 200));
  }
  return found;
})()`;
