import { toBase64Url } from '@argus/kit/bytes.ts';
import { isoTime } from '@argus/kit/clock.ts';
import type { Explained } from '@argus/protocol/http/explain.ts';
import type { Request } from '@argus/client/requests.ts';
import { defineCommand, usage, type Context, type Exit } from '../command.ts';

const NONCE_BYTES = 16;

export const supportExplain = defineCommand({
  name: 'support explain',
  summary: 'Say gate by gate why a session would open or not, or a command run',
  positionals: { agent: { value: 'agent', show: 'AGENT', about: 'the agent to reach' } },
  flags: {
    tenant: { value: 'tenant', show: 'TENANT', isRequired: true, about: 'the tenant the agent belongs to' },
    reason: { value: 'reason', show: 'TEXT', about: 'why; as activate would be given it. Not for a command' },
    minutes: { value: 'minutes', show: 'N', about: 'how long: 1 to 120, 30 when left out' },
    command: { value: 'command', show: 'NAME', about: 'in an open session: whether this command would be let through' },
    args: { value: 'jsonObject', show: 'JSON', about: 'its arguments, a JSON object' },
  },
  secrets: ['ops-token', 'session'],
  writes: false,
  example: 'argusctl support explain agent_macpro_lobby_01 --tenant UTD_7ELEVEN_001 --reason "investigate alert"',
  async run(ctx, { agent, tenant, reason, minutes, command, args = {} }) {
    const { clock, random, session, refuse } = ctx;
    const api = await import('@argus/client/explain.ts');
    if (command !== undefined) {
      if (reason !== undefined || minutes !== undefined) return refuse(usage('--reason and --minutes are of a session, and --command is in one.', 'Leave them out, or leave out --command.'));
      return answer(ctx, api.explainCommand(tenant, session, { command, args: { ...args }, agent_id: agent }), `the command ${command}`);
    }
    if (Object.keys(args).length > 0) return refuse(usage('--args are of a command.', 'Name it with --command.'));
    if (reason === undefined) return refuse(usage('--reason is required: activate needs one, too.', 'See argusctl support explain --help.'));
    const body = { agent, tenant_id: tenant, reason, ...(minutes !== undefined && { minutes }), nonce: toBase64Url(random(NONCE_BYTES)), timestamp: isoTime(clock.now()) };
    return answer(ctx, api.explain(body), 'the session');
  },
});

/** Shows it, and ends with what the act itself would end with. */
async function answer({ ask, show, refuse, argusctl }: Context, request: Request<Explained>, what: string): Promise<Exit> {
  const explained = await ask(request);
  if (!explained.ok) return refuse(explained.error);
  const [{ explainedView }, { EXITS }, { ERRORS, isErrorCode }] = await Promise.all([import('../render/explained.ts'), import('../render/error.ts'), import('@argus/protocol/errors.ts')]);
  const { would_pass: wouldPass, code } = explained.value;
  show(explained.value, explainedView(explained.value, what, argusctl));
  if (wouldPass) return 0;
  return code !== null && isErrorCode(code) ? ERRORS[code].exit : EXITS.unknown_code;
}
