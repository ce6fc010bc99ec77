import type { Json } from '@argus/kit/canonical-json.ts';
import type { AgentId } from '@argus/protocol/ids.ts';
import type { ReadPatch } from '@argus/protocol/patch.ts';
import { defineCommand, usage, type LocalProblem } from '../command.ts';
import { resultView } from '../render/result.ts';
import type { FileRead } from '../stored.ts';
import { receiptView } from '../render/receipt.ts';

// Loaded when needed: it brings its schemas with it.
const patches = () => import('@argus/protocol/patch.ts');

export const supportApplyPatch = defineCommand({
  name: 'support apply-patch',
  summary: 'Apply a signed patch in an open session: all of its files, or none',
  positionals: { tenant: { value: 'tenant', show: 'TENANT', about: 'the tenant the session is for' } },
  flags: {
    patch: { value: 'file', show: 'FILE', isRequired: true, about: 'the patch, as argus-sign made it (- for stdin)' },
    agent: { value: 'agent', show: 'AGENT', about: 'refuse if the patch is for another agent' },
    'request-id': { value: 'requestId', show: 'ID', about: 'the same id never acts twice: for trying again when a line broke' },
  },
  secrets: ['session'],
  writes: true,
  example: 'ARGUS_SESSION=rst_… argusctl support apply-patch UTD_7ELEVEN_001 --patch patch.json',
  async details() {
    const { PATCH_ALLOWLIST, PATCH_BYTES_MAX } = await patches();
    return [`A patch writes ${PATCH_ALLOWLIST.join(', ')}: at most ${PATCH_BYTES_MAX / 1_048_576} MiB, to one agent, once.`, 'Who may sign is decided on the machine (argus-agent enroll --patch-keys). Signatures are made offline: argus-sign.'];
  },
  async run({ api, answer, clock, readFile, refuse, session }, { tenant, patch: path, agent, 'request-id': requestId }) {
    const { PATCH_TEXT_MAX } = await patches();
    const read = await readPatchIn(await readFile(path, PATCH_TEXT_MAX), { path, agent, now: clock.now() });
    if ('kind' in read) return refuse(read);
    const body = {
      command: 'apply_patch',
      args: { patch: read.patch },
      agent_id: read.agent, // a session for another machine ends here, and not there
      ...(requestId !== undefined && { request_id: requestId }),
    };
    return answer(api.command(tenant, session, body), (ran) => [...resultView(ran.result), ...receiptView(ran)]);
  },
});

type Parsed = { readonly patch: { readonly manifest: Json; readonly signatures: ReadPatch['signatures'] }; readonly agent: AgentId };
type At = { readonly path: string; readonly agent: AgentId | undefined; readonly now: number };

/** What the machine would refuse anyway is said before anything is sent. Signatures it alone can judge. */
async function readPatchIn(file: FileRead, { path, agent, now }: At): Promise<Parsed | LocalProblem> {
  const { readPatch, refusalFor } = await patches();
  const { ERRORS } = await import('@argus/protocol/errors.ts');
  if (file.kind !== 'text') return usage(file.kind === 'missing' ? `There is no patch at ${path}.` : `The patch at ${path} cannot be read (${file.why}).`);
  const read = readPatch(parse(file.text));
  if (!read.ok) return { kind: 'local', code: 'bad_args', says: `${path} is no patch`, ...(read.error.facts?.problems && { problems: read.error.facts.problems }), hint: 'Nothing was sent. argus-sign sign makes one.' };
  const { manifest, signed, signatures } = read.value;
  const denial = refusalFor(manifest, { agent: agent ?? manifest.agent, now, isSeen: () => false });
  if (!denial) return { patch: { manifest: signed, signatures }, agent: manifest.agent };
  const { title, hint } = ERRORS[denial.code];
  const problems = denial.facts?.problems ?? [`it is for ${manifest.agent}, from ${manifest.not_before} until ${manifest.not_after}`];
  return { kind: 'local', code: denial.code, says: title, problems, hint: `Nothing was sent. ${hint}` };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // no patch
  }
}
