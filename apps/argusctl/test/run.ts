import type { Fetch } from '@argus/client/client.ts';
import { manualClock, type ManualClock } from '@argus/kit/clock.ts';
import { applyPatch } from '@argus/protocol/commands/apply-patch.ts';
import { runCli, type World } from '../src/cli.ts';
import type { FileDigest } from '../src/digest-file.ts';
import type { Browser } from '../src/browser.ts';
import type { OutFile } from '../src/out-file.ts';
import type { FileRead } from '../src/stored.ts';

export const START = Date.UTC(2026, 2, 1, 12);
export const PAT = `pat_${'P'.repeat(43)}`;
export const SESSION = `rst_${'S'.repeat(43)}`;
export const OPS_TOKEN = 'ops-token-of-the-tests-is-32-long';
/** A login that lacks nothing. */
export const LOGGED_IN = { ARGUS_PAT: PAT, ARGUS_OPS_TOKEN: OPS_TOKEN, ARGUS_SESSION: SESSION };

export type Ran = { readonly exit: number; readonly stdout: string; readonly stderr: string; readonly sent: readonly string[] };
export type RunWorld = Partial<Pick<World, 'env' | 'clock'>> & {
  readonly fetch?: Fetch;
  readonly isTTY?: boolean;
  readonly files?: Readonly<Record<string, FileRead>>;
  readonly outFile?: Partial<OutFile>;
  readonly digests?: Readonly<Record<string, FileDigest>>;
  /** Wide, as most terminals are; only with `isTTY`. */
  readonly columns?: number;
  /** What somebody types when asked, in this order; nobody is there without it. */
  readonly typing?: readonly (string | null)[];
  readonly random?: World['random'];
  /** What happens while it waits; without it the clock is moved. */
  readonly pause?: (ms: number) => Promise<void>;
  readonly lines?: readonly (string | null)[];
  /** Nobody has one without it. */
  readonly browser?: Browser;
};

const refused = async () => 'nothing may be written here';
const NO_FILE: OutFile = { whyNot: refused, save: refused, begin: refused, saveNew: refused, savePrivate: refused };

/** A disk that holds what was saved. */
export function memoryOutFile(saved: Map<string, Buffer> = new Map()) {
  const keep = async (path: string, bytes: Uint8Array) => (saved.set(path, Buffer.from(bytes)), null);
  const outFile: OutFile = {
    whyNot: async () => null,
    save: keep,
    savePrivate: keep,
    saveNew: async (path, bytes) => (saved.has(path) ? `${path} is there already, and nothing is written over` : keep(path, bytes)),
    async begin(path) {
      const parts: Uint8Array[] = [];
      return { write: async (bytes) => (parts.push(bytes.slice()), null), keep: () => keep(path, Buffer.concat(parts)), drop: async () => undefined };
    },
  };
  return { outFile, saved };
}
/** What a program says to argusctl mcp, when a test does not say otherwise. */
const PROGRAM = [
  { jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } } },
  { jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'whoami', arguments: {} } },
].map((message) => JSON.stringify(message));
/** What lies beside every test: the patch of the documentation. */
const FILES: Readonly<Record<string, FileRead>> = { 'patch.json': { kind: 'text', text: JSON.stringify(applyPatch.example.patch), isPrivate: false } };

/** argusctl with everything around it made up; by default the network is a wall. */
export async function run(argv: readonly string[], { env = LOGGED_IN, fetch, isTTY = false, files = {}, clock = manualClock(START), outFile = {}, digests = {}, columns = 200, typing, pause, lines = PROGRAM, browser, random = (bytes) => new Uint8Array(bytes).fill(0xa5) }: RunWorld = {}): Promise<Ran> {
  let stdout = '';
  let stderr = '';
  const sent: string[] = [];
  const words = [...(typing ?? [])];
  const ask = async (prompt: string) => ((stderr += prompt), words.shift() ?? null);
  const exit = await runCli({
    argv,
    env,
    clock,
    fetch: async (url, init) => {
      sent.push(`${init.method} ${url}`);
      if (!fetch) throw new Error('nothing may be sent here');
      return fetch(url, init);
    },
    stdout: { isTTY, columns, write: (text) => void (stdout += text) },
    stderr: { isTTY, columns, write: (text) => void (stderr += text) },
    random,
    outFile: { ...NO_FILE, ...outFile },
    digestFile: async (path) => digests[path] ?? { kind: 'missing' },
    terminal: { isThere: typing !== undefined, line: ask, secret: ask },
    browser: async () => {
      if (!browser) throw new Error('no browser may be opened here');
      return browser;
    },
    pause: pause ?? (async (ms) => ('advance' in clock ? (clock as ManualClock).advance(ms) : undefined)),
      lines: async function* () { yield* lines; },
    readFile: async (path) => ({ ...FILES, ...files })[path] ?? { kind: 'missing' },
  });
  return { exit, stdout, stderr, sent };
}

export const answering = (status: number, body: unknown): Fetch => async () => new Response(JSON.stringify(body), { status });
export const privateFile = (content: unknown): FileRead => ({
  kind: 'text',
  text: typeof content === 'string' ? content : JSON.stringify(content),
  isPrivate: true,
});
