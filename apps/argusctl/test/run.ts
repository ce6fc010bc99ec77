import type { Fetch } from '@argus/client/client.ts';
import { manualClock } from '@argus/kit/clock.ts';
import { applyPatch } from '@argus/protocol/commands/apply-patch.ts';
import { runCli, type World } from '../src/cli.ts';
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
  readonly outFile?: OutFile;
  readonly lines?: readonly (string | null)[];
};

const NO_FILE: OutFile = { whyNot: async () => 'nothing may be written here', save: async () => 'nothing may be written here' };
/** What a program says to argusctl mcp, when a test does not say otherwise. */
const PROGRAM = [
  { jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } } },
  { jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'whoami', arguments: {} } },
].map((message) => JSON.stringify(message));
/** What lies beside every test: the patch of the documentation. */
const FILES: Readonly<Record<string, FileRead>> = { 'patch.json': { kind: 'text', text: JSON.stringify(applyPatch.example.patch), isPrivate: false } };

/** argusctl with everything around it made up; by default the network is a wall. */
export async function run(argv: readonly string[], { env = LOGGED_IN, fetch, isTTY = false, files = {}, clock = manualClock(START), outFile = NO_FILE, lines = PROGRAM }: RunWorld = {}): Promise<Ran> {
  let stdout = '';
  let stderr = '';
  const sent: string[] = [];
  const exit = await runCli({
    argv,
    env,
    clock,
    fetch: async (url, init) => {
      sent.push(`${init.method} ${url}`);
      if (!fetch) throw new Error('nothing may be sent here');
      return fetch(url, init);
    },
    stdout: { isTTY, write: (text) => void (stdout += text) },
    stderr: { isTTY, write: (text) => void (stderr += text) },
    random: (bytes) => new Uint8Array(bytes).fill(0xa5),
    outFile,
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
