import { defineCommand, type LocalProblem } from '../command.ts';
import { receiptView } from '../render/receipt.ts';
import { resultView } from '../render/result.ts';
import { didYouMean } from '../suggest.ts';

// Loaded when needed: the contracts bring their schemas with them.
const contracts = () => import('@argus/protocol/commands/index.ts');

export const supportCommand = defineCommand({
  name: 'support command',
  summary: 'Run one allowlisted command in an open session',
  positionals: { tenant: { value: 'tenant', show: 'TENANT', about: 'the tenant the session is for' } },
  flags: {
    command: { value: 'command', show: 'NAME', isRequired: true, about: 'one of the commands below' },
    args: { value: 'jsonObject', show: 'JSON', about: 'its arguments, a JSON object' },
    agent: { value: 'agent', show: 'AGENT', about: 'refuse if the session is for another agent' },
    'request-id': { value: 'requestId', show: 'ID', about: 'the same id never acts twice: for trying again when a line broke' },
  },
  secrets: ['session'],
  writes: true,
  example: 'ARGUS_SESSION=rst_… argusctl support command UTD_7ELEVEN_001 --command ping',
  async details() {
    const { COMMANDS } = await contracts();
    const width = Math.max(...COMMANDS.map((contract) => contract.name.length));
    const argsOf = (example: object) => (Object.keys(example).length === 0 ? '' : `--args '${JSON.stringify(example)}'`);
    const rows = COMMANDS.flatMap(({ name, summary, example }) => {
      const args = argsOf(example);
      return [`  ${name.padEnd(width)}  ${summary}`, ...(args === '' || args.length > 80 ? [] : [`  ${' '.repeat(width)}  such as ${args}`])]; // a patch is no example to type
    });
    return ['Commands:', ...rows, '', 'docs/reference/commands.md has all arguments. A patch goes with argusctl support apply-patch.'];
  },
  async run({ api, answer, refuse, session }, { tenant, command, args = {}, agent, 'request-id': requestId }) {
    const problem = await whyNot(command, args);
    if (problem) return refuse(problem);
    const body = {
      command,
      args: { ...args },
      ...(requestId !== undefined && { request_id: requestId }),
      ...(agent !== undefined && { agent_id: agent }),
    };
    return answer(api.command(tenant, session, body), (ran) => [...resultView(ran.result), ...receiptView(ran)]);
  },
});

/** The contract's own no, before anything is sent. The agent says it again, for itself. */
async function whyNot(name: string, args: unknown): Promise<LocalProblem | null> {
  const { COMMANDS, parseCall } = await contracts();
  const call = parseCall(name, args);
  if (call.ok) return null;
  const { code, facts } = call.error;
  const names = COMMANDS.map((contract) => contract.name);
  if (code === 'command_not_allowlisted')
    return { kind: 'local', code, says: `Agents have no such command.${didYouMean(name, names)}`, hint: `They have ${names.join(', ')}.` };
  if (code === 'bad_args')
    return { kind: 'local', code, says: `The arguments do not fit ${name}`, ...(facts?.problems && { problems: facts.problems }), hint: 'Nothing was sent. See argusctl support command --help.' };
  const { title, hint } = (await import('@argus/protocol/errors.ts')).ERRORS[code]; // the contract refused what they ask for
  return { kind: 'local', code, says: title, hint: `Nothing was sent. ${hint}` };
}
