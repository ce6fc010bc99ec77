import { z } from 'zod';
import { actsOf, compareJournals, compareWithServer, type ServersLog } from '../audit-verify.ts';
import { readActivity } from '../adapters/state/activity-journal.ts';
import { readFollowed } from '../adapters/state/witness-journal.ts';
import type { TrustFile } from '@argus/protocol/trust.ts';
import { given, type CliCommand } from './command.ts';
import { mustReadFile, mustTrust, reasonOf, stop } from './stop.ts';

const Checkpoint = z.object({ checkpoint: z.string().max(4_096) });
const Entries = z.object({ entries: z.array(z.object({ index: z.int(), leaf: z.string().max(65_536) })).max(10_000) });
const ANSWER_MS = 30_000;

/** For the owner: do the records of this machine agree, and with --server, does the log? 0: yes. 1: no. 2: it cannot be said. */
export const auditVerifyCommand: CliCommand = {
  words: 'audit verify',
  usage: '[--server --token-file FILE] [--json]',
  summary: "does this machine's own record agree with the log as it has followed it? --server: and does the server's log?",
  options: { server: { type: 'boolean' }, 'token-file': { type: 'string' }, json: { type: 'boolean' } },
  fromEnvironment: { token: 'ARGUS_LOG_TOKEN' },
  async run(state, flags) {
    const trust = mustTrust(state);
    const followed = readFollowed(state.file('witness.journal')) ?? stop(`The witness journal is missing from ${state.path}.`);
    const activity = readActivity(state.file('activity.log')) ?? { lines: [], breaks: [] };
    const isAsked = flags['server'] === true;
    const problems = [...compareJournals(trust, followed, activity)];
    if (isAsked) problems.push(...(await compareWithServer(trust, followed, { activity, server: await serverOf(trust, tokenOf(given(flags, 'token-file'), given(flags, 'token'))) })));
    const { acts, replaced } = actsOf(activity.lines);
    const said = { holds: problems.length === 0, compared_with: isAsked ? 'server' : 'this machine', size: followed.size, acts: acts.length, acts_in_replaced_logs: replaced, problems };
    process.stdout.write(flags['json'] === true ? `${JSON.stringify(said, null, 2)}\n` : `${sentences(said).join('\n')}\n`);
    if (problems.length > 0) process.exitCode = 1;
  },
};

function sentences({ holds, compared_with: by, size, acts, acts_in_replaced_logs: replaced, problems }: { holds: boolean; compared_with: string; size: number; acts: number; acts_in_replaced_logs: number; problems: readonly string[] }): readonly string[] {
  const older = replaced === 0 ? [] : [`${replaced} earlier acts were in a log that has been replaced since (argus-agent activity), and were not compared.`];
  if (!holds) return [...problems, ...older, 'Somebody or something changed a record. Keep this machine as it is, and compare with another one of yours.'];
  return [
    by === 'server'
      ? `It agrees: the server has the ${size} entries this machine has followed, and among them every one of its ${acts} acts, as it has them on record.`
      : `It agrees: ${acts} acts, each on an entry of the ${size} this machine has followed. To compare with the server as well: --server`,
    ...older,
  ];
}

function tokenOf(file: string | undefined, fromEnvironment: string | undefined): string {
  const token = file === undefined ? fromEnvironment : mustReadFile(file, 'token').trim();
  return token ?? stop('Reading the log takes a token with the scope logs:read: --token-file FILE, or ARGUS_LOG_TOKEN.');
}

async function serverOf(trust: TrustFile, token: string): Promise<ServersLog> {
  const ask = async <T>(path: string, shape: z.ZodType<T>): Promise<T> => {
    const answer = await fetch(new URL(`/v1/tenants/${trust.tenant}/log/${path}`, trust.server_url), {
      redirect: 'error',
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(ANSWER_MS),
    }).catch((problem: unknown) => stop(`The server at ${trust.server_url} cannot be reached: ${reasonOf(problem)}.`));
    if (!answer.ok) stop(`The server refused to show the log (${answer.status}). Is the token good, and has it the scope logs:read?`);
    const parsed = shape.safeParse(await answer.json().catch(() => null));
    return parsed.success ? parsed.data : stop('The server answered something that is not a log.');
  };
  async function* entries(): AsyncGenerator<string> {
    for (let from = 0; ; ) {
      const page = await ask(`entries?from=${from}`, Entries);
      if (page.entries.length === 0) return;
      for (const { leaf } of page.entries) yield leaf;
      from += page.entries.length;
    }
  }
  return { ...(await ask('checkpoint', Checkpoint)), entries: entries() };
}
