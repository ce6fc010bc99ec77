/** `npm run pictures`: starts the demo in a folder of its own, signs in, and makes the pictures of the README from what a browser then shows. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, chmodSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { joinBy, OWNER, signIn } from '../e2e/console-door.ts';
import { ROOT } from './stages.ts';

const INTO = join(ROOT, 'docs/pictures');
const READY_MS = 120_000;
/** File name, and where to look. */
const PICTURES = { tenants: '/tenants', agent: '/agents/agent_macpro_lobby_01' } as const;

type Demo = { readonly console_url: string; readonly owner_login_url: string };

async function takePictures(demo: Demo): Promise<void> {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
  try {
    const page = await browser.newPage({ viewport: { width: 1_280, height: 720 } });
    await joinBy(page, demo.owner_login_url, OWNER);
    await signIn(page, OWNER);
    for (const theme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      for (const [name, path] of Object.entries(PICTURES)) {
        await page.goto(`${demo.console_url}#${path}`);
        await page.reload(); // all of it in these colours
        await page.locator('.panel, .table tbody a').first().waitFor();
        await page.getByText('Live', { exact: true }).waitFor();
        for (let n = 0; n < 2; n++) await page.evaluate('document.fonts.ready.then(() => new Promise((drawn) => requestAnimationFrame(drawn)))');
        const file = join(INTO, `console-${name}-${theme}.png`);
        await page.screenshot({ path: file });
        process.stdout.write(`${file}\n`);
      }
    }
  } finally {
    await browser.close();
  }
}

const dataDir = mkdtempSync(join(tmpdir(), 'argus-pictures-'));
chmodSync(dataDir, 0o755); // the database runs as another user
const demo = spawn(process.execPath, [join(ROOT, 'tools/bootstrap.mjs'), 'tools/start.ts'], { cwd: ROOT, env: { ...process.env, ARGUS_DATA_DIR: dataDir, ARGUS_LISTEN: '127.0.0.1:0' }, stdio: ['ignore', 'ignore', 'inherit'] });
const gone = new Promise<void>((resolve) => demo.once('exit', () => resolve()));
try {
  const file = join(dataDir, 'demo.json');
  for (const since = Date.now(); !existsSync(file); await new Promise((resolve) => setTimeout(resolve, 200)))
    if (demo.exitCode !== null || Date.now() - since > READY_MS) throw new Error('The demo did not come up.');
  await takePictures(JSON.parse(readFileSync(file, 'utf8')) as Demo);
} finally {
  demo.kill('SIGTERM');
  await gone;
  rmSync(dataDir, { recursive: true, force: true });
  process.disconnect?.();
}
