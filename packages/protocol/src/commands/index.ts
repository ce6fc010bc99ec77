import { err, ok, type Result } from '@argus/kit/result.ts';
import type { z } from 'zod';
import { deny, type Denial } from '../errors.ts';
import { agentInfo } from './agent-info.ts';
import { applyPatch } from './apply-patch.ts';
import { ARGS_BYTES_USUAL } from './define.ts';
import { getCapabilities } from './get-capabilities.ts';
import { ping } from './ping.ts';
import { readFile } from './read-file.ts';
import { tailLog } from './tail-log.ts';
import { viewCamera } from './view-camera.ts';

/** Every contract. The agent's handler table has to have one row for each, or it does not compile. */
export const COMMANDS = [ping, agentInfo, getCapabilities, tailLog, readFile, viewCamera, applyPatch] as const;

type Command = (typeof COMMANDS)[number];
export type CommandName = Command['name'];
type CommandOf<N extends CommandName> = Extract<Command, { name: N }>;
export type ArgsOf<N extends CommandName> = z.infer<CommandOf<N>['args']>;
export type ResultOf<N extends CommandName> = z.infer<CommandOf<N>['result']>;

/** A command whose arguments have been parsed and guarded: the only thing a handler ever sees. */
export type Call<N extends CommandName = CommandName> = {
  readonly [K in N]: { readonly name: K; readonly args: ArgsOf<K> };
}[N];

export const contractFor = (name: string): Command | undefined => COMMANDS.find((c) => c.name === name);

/** The most any command takes: what a request and a channel have to be able to carry. */
export const ARGS_BYTES_MAX: number = COMMANDS.reduce((most, c) => Math.max(most, 'argsBytesMax' in c ? c.argsBytesMax : 0), ARGS_BYTES_USUAL);

export function parseCall(name: string, raw: unknown): Result<Call, Denial> {
  const contract = contractFor(name);
  if (!contract) return err(deny('command_not_allowlisted'));
  const args = contract.parse(raw);
  return args.ok ? ok({ name: contract.name, args: args.value } as Call) : args; // both of one contract, which the union forgets
}
