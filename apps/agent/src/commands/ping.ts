import { isoTime } from '@argus/kit/clock.ts';
import { ok } from '@argus/kit/result.ts';
import type { Handlers } from './index.ts';

export const ping: Handlers['ping'] = async (_args, { clock, machine, startedAt }) =>
  ok({
    agent_time: isoTime(clock.now()),
    version: machine.version,
    uptime_s: Math.floor((clock.elapsed() - startedAt) / 1_000),
  });
