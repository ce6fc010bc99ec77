import { defineCommand } from '../command.ts';
import { aside, body, fields, line, timeOf } from '../render/view.ts';

export const logCheckpoint = defineCommand({
  name: 'log checkpoint',
  summary: 'The newest signed checkpoint of a log, and which machines cosigned it',
  positionals: { tenant: { value: 'tenant', show: 'TENANT', about: 'whose log' } },
  flags: {},
  secrets: [],
  writes: false,
  example: 'argusctl log checkpoint UTD_7ELEVEN_001',
  run: ({ logApi, answer }, { tenant }) =>
    answer(logApi.logCheckpoint(tenant, { cosignatures: 'true' }), ({ size, checkpoint, cosignatures = [] }) => [
      body(checkpoint),
      line(''),
      fields({ entries: size, 'cosigned by': cosignatures.length === 0 ? 'no machine yet' : cosignatures.map((one) => `${one.agent_id} (${timeOf(one.at) ?? ''})`).join(', ') }),
      aside(''),
      aside('Keep it: a later log has to begin with this one. argus-verify compare tells.'),
    ]),
});
