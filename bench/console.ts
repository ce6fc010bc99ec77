/**
 * `npm run bench -- console`: the list of machines in a real Chromium, against the real server and PostgreSQL, with 50,000 of them; beside
 * it a plain page with the same rows, all of them. Then an hour of live updates, as fast as the page takes them, and what memory is left.
 * CONSOLE_AGENTS=5000 CONSOLE_CHANGES=300 for a short one.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { buildConsole } from '@argus/console/build.ts';
import { chromium, type Browser, type Page } from 'playwright-core';
import { joinBy, signIn } from '../e2e/console-door.ts';
import { databaseOf, flip, seedFleet } from './console/fleet.ts';
import { HOLD_STREAM, SCROLL, WATCH } from './console/in-page.ts';
import { startPeer } from './console/peer.ts';
import { startMeasured } from './measured-process.ts';
import { medianOf } from './median.ts';

const AGENTS = Number(process.env['CONSOLE_AGENTS'] ?? 50_000);
/** An hour of one change a second, which is more than a fleet at rest has. */
const CHANGES = Number(process.env['CONSOLE_CHANGES'] ?? 3_600);
/** So many machines are seen at once, whatever the window. */
const IN_SIGHT = 10;
const WORD = 'site_0123';
const ROUNDS = 5;
/** With all rows in the page one press may take this long, where other work goes on. */
const FLOOR_MS = 600_000;
const OWNER = { name: 'Bench', email: 'bench@argus.example', password: 'four words and a comma' };
const say = (line: string) => process.stderr.write(`${line}\n`);

type Measured = { readonly what: string; readonly unit: string; readonly argus: number; readonly floor?: number };
type Server = { readonly port: number; readonly pat: string };

export async function benchConsole(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'argus-bench-console-'));
  chmodSync(dataDir, 0o755); // the database runs as another user
  await buildConsole();
  const env = { PATH: process.env['PATH'], ARGUS_DATA_DIR: dataDir, ARGUS_MASTER_KEY: randomBytes(32).toString('hex'), ARGUS_LISTEN: '127.0.0.1:0' };
  const server = await startMeasured<Server>('server.ts', env);
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--disable-background-networking', '--js-flags=--expose-gc', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])] });
  const database = await databaseOf(dataDir);
  try {
    say(`seeding ${AGENTS} agents`);
    await seedFleet(database, AGENTS);
    const url = `http://127.0.0.1:${server.ready.port}`;
    const rows = await measure({ url, pat: server.ready.pat, link: await ownerLink(env), browser, database });
    process.stdout.write(tableOf(rows));
    const results = join(import.meta.dirname, 'results');
    mkdirSync(results, { recursive: true });
    writeFileSync(join(results, 'console.json'), `${JSON.stringify({ at: new Date().toISOString(), node: process.version, cpus: cpus().length, agents: AGENTS, changes: CHANGES, rows }, null, 2)}\n`);
  } finally {
    await browser.close();
    await database.end();
    await server.end();
    rmSync(dataDir, { recursive: true, force: true });
    process.disconnect?.();
  }
}

/** As an administrator at the server: the address of the link is this server's. */
async function ownerLink(env: NodeJS.ProcessEnv): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, '../apps/ops-api/src/main.ts'), 'owner-link'], { env });
  return new URL((JSON.parse(stdout) as { owner_login_url: string }).owner_login_url).hash;
}

async function signedIn(browser: Browser, url: string, link: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1_440, height: 900 } });
  await page.addInitScript(`${WATCH}${HOLD_STREAM}`);
  await joinBy(page, `${url}/${link}`, OWNER);
  await signIn(page, OWNER);
  return page;
}

async function measure({ url, pat, link, browser, database }: { url: string; pat: string; link: string; browser: Browser; database: Awaited<ReturnType<typeof databaseOf>> }): Promise<readonly Measured[]> {
  const answer = async (path: string) => {
    const from = performance.now();
    const text = await (await fetch(url + path, { headers: { authorization: `Bearer ${pat}` } })).text();
    return { ms: performance.now() - from, text };
  };
  await answer('/v1/agents');
  const all = await answer('/v1/agents');
  const pages = await rounds(async (round) => (await answer(`/v1/agents?sort=state&limit=100&offset=${Math.floor((AGENTS / ROUNDS) * round)}`)).ms);
  const onePage = await answer('/v1/agents?sort=state&limit=100&offset=0');
  const median = (path: string) => rounds(async () => (await answer(path)).ms);
  const [top, withWord, counts] = [await median('/v1/agents?sort=state&limit=100'), await median(`/v1/agents?sort=state&limit=100&q=${WORD}`), await median('/v1/agent-counts')];
  const peer = await startPeer((JSON.parse(all.text) as { agents: readonly unknown[] }).agents);

  say('the console');
  const page = await signedIn(browser, url, link);
  const ours = await pageOf(page, {
    at: `${url}/#/agents`,
    ready: `document.querySelectorAll('.table tbody tr[aria-rowindex]:not([aria-busy])').length > 5`,
    box: '.table-place',
    filter: page.getByLabel('Filter agents'),
    fits: `/^\\d+ fit/.test(document.querySelector('[role=status].muted, .filter-row [role=status]')?.textContent ?? '') && document.querySelector('.table tbody a')?.textContent.includes('${WORD}')`,
    press: () => page.getByRole('button', { name: 'PLATFORM', exact: true }).click(),
    sorted: `document.querySelector('th[aria-sort] .sort')?.textContent === 'PLATFORM' && document.querySelector('.table tbody tr[aria-rowindex] td:nth-child(5)')?.textContent === '–'`, // those nobody has enrolled yet,
  });
  say('the floor');
  const bare = await browser.newPage({ viewport: { width: 1_440, height: 900 } });
  await bare.addInitScript(WATCH);
  bare.setDefaultTimeout(FLOOR_MS);
  const floor = await pageOf(bare, {
    at: peer.url,
    ready: `document.documentElement.dataset.ready === '1'`,
    box: '#box',
    filter: bare.locator('input'),
    fits: `/^\\d+ fit/.test(document.querySelector('output').textContent)`,
    press: () => bare.locator('th').first().click(),
    rounds: 1, // it takes long enough
    word: '123',
    sorted: `document.querySelector('tbody').rows[0].cells[0].textContent === 'agent_site_${String(AGENTS - 1).padStart(5, '0')}'`,
  });
  await bare.close();
  peer.close();

  say(`${CHANGES} live updates`);
  const heaps = await liveHour(page, database);
  const row = (what: string, unit: string, key: keyof typeof ours): Measured => ({ what, unit, argus: ours[key], floor: floor[key] });
  return [
    { what: `all ${AGENTS} as one answer, from the server`, unit: 'ms', argus: all.ms },
    { what: 'the same, its size', unit: 'KiB', argus: all.text.length / 1_024 },
    { what: 'the same, packed', unit: 'KiB', argus: gzipSync(all.text).length / 1_024 },
    { what: 'the first page of 100 of them, from the server', unit: 'ms', argus: top },
    { what: 'one anywhere in the list', unit: 'ms', argus: pages },
    { what: 'those with a word', unit: 'ms', argus: withWord },
    { what: 'how many there are of each tenant', unit: 'ms', argus: counts },
    { what: 'a page, its size', unit: 'KiB', argus: onePage.text.length / 1_024 },
    row('first contentful paint', 'ms', 'paint'),
    row('until the rows are there', 'ms', 'ready'),
    row('typing in the filter: a key to the next frame, worst', 'ms', 'typing'),
    row('the same, until the right rows are there', 'ms', 'found'),
    row('sorting: the button to the next frame, worst', 'ms', 'sorting'),
    row('the same, until the right rows are there', 'ms', 'sorted'),
    row('scrolling: the longest frame', 'ms', 'frame'),
    row('memory of the page after that', 'MiB', 'heap'),
    { what: 'live updates: memory at the start', unit: 'MiB', argus: heaps.start },
    { what: 'the same, in the middle', unit: 'MiB', argus: heaps.middle },
    { what: `the same, after ${CHANGES} of them`, unit: 'MiB', argus: heaps.end },
    { what: 'one update, until its rows are there', unit: 'ms', argus: heaps.perChange },
  ];
}

async function rounds(one: (round: number) => Promise<number>): Promise<number> {
  const took: number[] = [];
  for (let round = 0; round < ROUNDS; round++) took.push(await one(round));
  return medianOf(took);
}

type Kind = { readonly at: string; readonly ready: string; readonly box: string; readonly filter: ReturnType<Page['locator']>; readonly fits: string; readonly press: () => Promise<void>; readonly sorted: string; readonly rounds?: number; readonly word?: string };
/** No policy of ours lets text become code in the page; the browser's own tools may. */
async function pageOf(page: Page, kind: Kind) {
  const worst = async (): Promise<number> => Math.max(0, ...(await page.evaluate<number[]>('(() => { const all = window.__durations; window.__durations = []; return all; })()')));
  const paints: number[] = [];
  const readies: number[] = [];
  for (let round = 0; round < (kind.rounds ?? ROUNDS); round++) {
    await page.goto('about:blank');
    await page.goto(kind.at);
    await page.evaluate(`window.__until(() => ${kind.ready})`);
    readies.push(Number(await page.evaluate('performance.now()')));
    paints.push(Number(await page.evaluate(`performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN`)));
  }
  await worst();
  await kind.filter.click();
  await page.keyboard.type(kind.word ?? WORD, { delay: 60 });
  const found = Number(await page.evaluate(`window.__until(() => ${kind.fits})`));
  const typing = await worst();
  await kind.filter.fill('');
  await page.evaluate(`window.__until(() => ${kind.ready})`);
  await worst();
  await kind.press();
  const sorted = Number(await page.evaluate(`window.__until(() => ${kind.sorted})`));
  const sorting = await worst();
  const frame = Number(await page.evaluate(SCROLL(kind.box)));
  return { paint: medianOf(paints), ready: medianOf(readies), typing, found, sorting, sorted, frame, heap: await heapOf(page) };
}

async function heapOf(page: Page): Promise<number> {
  const tools = await page.context().newCDPSession(page);
  for (let i = 0; i < 3; i++) await tools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await tools.send('Runtime.getHeapUsage');
  await tools.detach();
  return usedSize / 1_048_576;
}

/** Each change is one in the database, of a machine in sight; it is told on the stream, asked for and drawn, before the next one. */
async function liveHour(page: Page, database: Awaited<ReturnType<typeof databaseOf>>) {
  await page.evaluate(`location.hash = '#/agents?sort=agent'`);
  await page.evaluate('window.__until(() => window.__stream !== undefined)');
  const change = async (n: number) => {
    const says = (await flip(database, n % IN_SIGHT)) ? 'Online' : 'Offline';
    await page.evaluate(`window.__tell('agents events'); window.__until(() => window.__stateOf(${n % IN_SIGHT}) === '${says}')`);
  };
  for (let n = 0; n < 50; n++) await change(n); // what is only made once
  const start = await heapOf(page);
  const from = performance.now();
  for (let n = 0; n < CHANGES / 2; n++) await change(n);
  const middle = await heapOf(page);
  for (let n = 0; n < CHANGES / 2; n++) await change(n);
  return { start, middle, perChange: (performance.now() - from) / CHANGES, end: await heapOf(page) };
}

function tableOf(rows: readonly Measured[]): string {
  const number = (n: number | undefined) => (n === undefined ? '' : n >= 100 ? n.toFixed(0) : n.toFixed(1));
  const width = Math.max(...rows.map(({ what }) => what.length));
  const lines = rows.map(({ what, unit, argus, floor }) => `${what.padEnd(width)}  ${unit.padEnd(4)}  ${number(argus).padStart(8)}  ${number(floor).padStart(10)}`.trimEnd());
  return [`${''.padEnd(width)}  unit     argus  plain page`, ...lines, ''].join('\n');
}
