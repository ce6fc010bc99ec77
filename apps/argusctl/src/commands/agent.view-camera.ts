import type { Request } from '@argus/client/requests.ts';
import type { CommandRan } from '@argus/protocol/http/shapes.ts';
import type { AgentId, TenantId } from '@argus/protocol/ids.ts';
import { defineCommand, type Context, type LocalProblem } from '../command.ts';
import { receiptView } from '../render/receipt.ts';
import { aside, fields, timeOf } from '../render/view.ts';

const isAgent = (target: AgentId | TenantId): target is AgentId => target.startsWith('agent_');

/** For a dry run only: a path that says what would stand in it. */
const unknownTenant = (request: Request<CommandRan>, agent: AgentId): Request<CommandRan> => ({
  ...request,
  path: request.path.replace('TENANT', `{the tenant of ${agent}}`),
});

export const agentViewCamera = defineCommand({
  name: 'agent view-camera',
  summary: 'Save one frame of a camera as a JPEG file',
  positionals: { target: { value: 'agentOrTenant', show: 'AGENT|TENANT', about: 'the agent with the open session, or its tenant' } },
  flags: {
    tenant: { value: 'tenant', show: 'TENANT', about: 'the tenant the agent belongs to; looked up when left out' },
    camera: { value: 'camera', show: 'CAMERA', isRequired: true, about: 'which one; agent_info lists them' },
    out: { value: 'outFile', show: 'FILE', isRequired: true, about: 'where the picture goes: a file, whole or not at all' },
  },
  secrets: ['session'],
  writes: true,
  example: 'ARGUS_SESSION=rst_… argusctl agent view-camera agent_macpro_lobby_01 --camera cam_3 --out lobby.jpg',
  async run(ctx, { target, tenant, camera, out }) {
    const { api, answer, ask, refuse, session, isDryRun, outFile } = ctx;
    const view = (of: TenantId) => api.command(of, session, { command: 'view_camera', args: { camera }, ...(isAgent(target) && { agent_id: target }) });
    const named = isAgent(target) ? tenant : target;
    if (!isAgent(target) && tenant !== undefined && tenant !== target) return refuse(twoTenants);
    if (isDryRun) return answer(named === undefined && isAgent(target) ? unknownTenant(view('TENANT' as TenantId), target) : view(named ?? ('TENANT' as TenantId)), () => []);
    const why = await outFile.whyNot(out);
    if (why !== null) return refuse(notWritten(`${why}; nothing was sent`));
    const of = named ?? (isAgent(target) ? await tenantOf(ctx, target) : null);
    if (typeof of !== 'string') return refuse(of ?? noSession);
    const ran = await ask(view(of));
    if (!ran.ok) return refuse(ran.error);
    const { openFrame } = await import('../frame.ts');
    const frame = await openFrame(ran.value.result);
    if (!frame) return refuse(otherBytes);
    const failed = await outFile.save(out, frame.bytes);
    if (failed !== null) return refuse(notWritten(failed));
    const { said } = frame;
    return ctx.show({ ...ran.value, result: { ...said, out } }, [
      fields({ file: out, camera, picture: `${said.width} x ${said.height}, ${said.size} bytes`, 'taken at': timeOf(said.taken_at), sha256: said.sha256 }),
      aside(said.burned_in ? 'The picture names you, the session and the time.' : 'The picture does not name who asked for it: the machine has no ffmpeg, or the picture is too small.'),
      ...receiptView(ran.value),
    ]);
  },
});

/** The list, not the agent's own page: it takes no scope that looking does not take. */
async function tenantOf({ api, ask }: Context, agent: AgentId): Promise<TenantId | Parameters<Context['refuse']>[0] | null> {
  const found = await ask(api.listSessions());
  if (!found.ok) return found.error;
  return found.value.sessions.find((session) => session.agent_id === agent && session.state !== 'ended')?.tenant_id ?? null;
}

const local = (problem: Omit<LocalProblem, 'kind'>): LocalProblem => ({ kind: 'local', ...problem });
const twoTenants = local({ code: 'usage', says: 'Two tenants are named.', hint: 'Name the agent and its tenant, or the tenant alone.' });
const noSession = local({ code: 'session_not_found', says: 'The agent has no open session', hint: 'Activate first: argusctl agent activate.' });
const notWritten = (why: string) => local({ code: 'not_written', says: `The picture was not saved: ${why}`, hint: 'Name another file with --out. Nothing is left of this one.' });
const otherBytes = local({ code: 'bad_frame', says: 'The picture is not the one the machine describes', hint: 'Nothing was saved. Ask again; if it lasts, tell the owner of the machine.' });
