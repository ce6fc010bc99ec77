/** A real Chromium, of Debian's package; what its pages complain of is kept. */
import { existsSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';
import { atTheEnd } from './teardown.ts';

const PROGRAM = '/usr/bin/chromium';
const QUIET = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'];

export type Watched = { readonly page: Page; readonly complaints: string[] };
export type Look = { readonly width?: number; readonly theme?: 'light' | 'dark' };

export async function launchBrowser(): Promise<{ open(look?: Look): Promise<Watched> }> {
  if (!existsSync(PROGRAM)) throw new Error(`There is no ${PROGRAM}. Install the Debian package chromium, then run this again.`);
  const isRoot = process.getuid?.() === 0;
  const browser: Browser = await chromium.launch({ executablePath: PROGRAM, args: [...QUIET, ...(isRoot ? ['--no-sandbox'] : [])] });
  atTheEnd(() => browser.close());
  return {
    async open({ width = 1_440, theme = 'light' } = {}) {
      const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: theme });
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
      });
      page.on('pageerror', (problem) => complaints.push(problem.message));
      return { page, complaints };
    },
  };
}
