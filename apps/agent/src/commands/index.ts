/**
 * This table is the allowlist. It is complete (a contract without a handler does not compile)
 * and closed (there is no way to add a row while the agent runs).
 */
import type { Result } from '@argus/kit/result.ts';
import type { ArgsOf, Call, CommandName, ResultOf } from '@argus/protocol/commands/index.ts';
import type { Denial } from '@argus/protocol/errors.ts';
import type { SessionId } from '@argus/protocol/ids.ts';
import type { FramesTaken } from '../frames-taken.ts';
import type { LargeInTurn } from '../large-in-turn.ts';
import type { AgentDeps } from '../ports.ts';
import { agentInfo } from './agent-info.ts';
import { applyPatch } from './apply-patch.ts';
import { getCapabilities } from './get-capabilities.ts';
import { ping } from './ping.ts';
import { readFile } from './read-file.ts';
import { tailLog } from './tail-log.ts';
import { viewCamera } from './view-camera.ts';

/** What a handler may touch: no socket, no keys, no witness. */
export type Reach = Pick<AgentDeps, 'breathe' | 'cameras' | 'clock' | 'consent' | 'files' | 'patches' | 'machine' | 'trust'> & {
  readonly startedAt: number;
  readonly framesTaken: FramesTaken;
  readonly inTurn: LargeInTurn;
  readonly asked: Asked;
};
/** For whom a command runs. */
export type Asked = {
  readonly session: SessionId;
  readonly operator: string;
  /** The end of the session: what still runs then has to stop. */
  readonly over: AbortSignal;
  /** For what cannot be undone, asked at the last moment: the session is live, and somebody waits for the answer. */
  readonly isStillWanted: () => boolean;
};

export type Handlers = {
  readonly [N in CommandName]: (args: ArgsOf<N>, reach: Reach) => Promise<Result<ResultOf<N>, Denial>>;
};

export const HANDLERS: Handlers = {
  ping,
  agent_info: agentInfo,
  get_capabilities: getCapabilities,
  tail_log: tailLog,
  read_file: readFile,
  view_camera: viewCamera,
  apply_patch: applyPatch,
};

export const run = <N extends CommandName>(call: Call<N>, reach: Reach): Promise<Result<ResultOf<N>, Denial>> =>
  HANDLERS[call.name](call.args, reach);
