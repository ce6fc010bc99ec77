/**
 * This table is the allowlist. It is complete (a contract without a handler does not compile)
 * and closed (there is no way to add a row while the agent runs).
 */
import type { Result } from '@argus/kit/result.ts';
import type { ArgsOf, Call, CommandName, ResultOf } from '@argus/protocol/commands/index.ts';
import type { Denial } from '@argus/protocol/errors.ts';
import type { AgentDeps } from '../ports.ts';
import { agentInfo } from './agent-info.ts';
import { applyPatch } from './apply-patch.ts';
import { getCapabilities } from './get-capabilities.ts';
import { ping } from './ping.ts';

/** What a handler may touch: no socket, no keys, no witness. */
export type Reach = Pick<AgentDeps, 'clock' | 'files' | 'patches' | 'machine' | 'trust'> & {
  readonly startedAt: number;
  /** For what cannot be undone, asked at the last moment: the session is live, and somebody waits for the answer. */
  readonly isStillWanted: () => boolean;
};

export type Handlers = {
  readonly [N in CommandName]: (args: ArgsOf<N>, reach: Reach) => Promise<Result<ResultOf<N>, Denial>>;
};

export const HANDLERS: Handlers = { ping, agent_info: agentInfo, get_capabilities: getCapabilities, apply_patch: applyPatch };

export const run = <N extends CommandName>(call: Call<N>, reach: Reach): Promise<Result<ResultOf<N>, Denial>> =>
  HANDLERS[call.name](call.args, reach);
