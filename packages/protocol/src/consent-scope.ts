import { canonicalJson, parseCanonical, type Json } from '@argus/kit/canonical-json.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { z } from 'zod';
import { COMMANDS } from './commands/index.ts';
import { ConsentHours, isInHours } from './consent-hours.ts';
import { id, type AgentId } from './ids.ts';

/**
 * What a consent is for. A field that is absent leaves its side open, one that is there allows what it names and nothing
 * else. It only ever narrows: what an agent can do stands in the agent.
 */
const narrowing = {
  cameras: z.array(id('camera')).optional(),
  agents: z.array(id('agent')).optional(),
  hours: ConsentHours.optional(),
};

/** As it is recorded: a command nobody wrote a contract for is refused. */
export const ConsentScope = z.strictObject({ commands: z.array(z.enum(COMMANDS.map((c) => c.name))).optional(), ...narrowing });
export type ConsentScope = z.infer<typeof ConsentScope>;

/**
 * As it reaches an agent, in the entry of its activation. A newer server may name commands this agent does not have:
 * that widens nothing. A field it does not know could be a narrower one, so a scope that has one is not read at all.
 */
export const CarriedScope = z.strictObject({ commands: z.array(z.string().max(64)).optional(), ...narrowing });
export type CarriedScope = z.infer<typeof CarriedScope>;

/** A recorded scope is at most as long as the body it came in. */
export const SCOPE_TEXT_MAX = 65_536;
export const EVERYTHING = 'everything';

/** The one text of a scope: the entry of the consent and those of activations carry it, or its digest when it is long. */
export function scopeText(scope: CarriedScope | null): string {
  if (scope === null) return EVERYTHING;
  const { commands, cameras, agents, hours } = scope;
  const named: Record<string, Json> = {};
  if (commands) named['commands'] = commands;
  if (cameras) named['cameras'] = cameras;
  if (agents) named['agents'] = agents;
  if (hours) named['hours'] = hours;
  return canonicalJson(named);
}

/** Null: everything. */
export function readScope(text: string): Result<CarriedScope | null, string> {
  if (text === EVERYTHING) return ok(null);
  if (text.length > SCOPE_TEXT_MAX) return err('the scope is too long');
  const json = parseCanonical(text);
  if (!json.ok) return err(`the scope is ${json.error}`);
  const scope = CarriedScope.safeParse(json.value);
  return scope.success ? ok(scope.data) : err('the scope has something in it that is not known here');
}

export type ScopeField = keyof CarriedScope;
/** For the caller: what the consent does not cover. */
export const OUTSIDE: Readonly<Record<ScopeField, string>> = {
  agents: 'the consent names other agents',
  hours: 'the consent is for other hours',
  commands: 'the consent names other commands',
  cameras: 'the consent names other cameras',
};

export type Use = {
  readonly agent: AgentId;
  readonly at: number;
  /** `names`: what its contract says it names; `args` as they were parsed. */
  readonly command?: { readonly name: string; readonly names?: 'camera' | undefined; readonly args: Readonly<Record<string, unknown>> };
};

/** Which side of the scope is in the way; null when the use is covered. */
export function outsideScope(scope: CarriedScope | null, { agent, at, command }: Use): ScopeField | null {
  if (scope === null) return null;
  if (scope.agents && !scope.agents.includes(agent)) return 'agents';
  if (scope.hours && !isInHours(scope.hours, at)) return 'hours';
  if (!command) return null;
  if (scope.commands && !scope.commands.includes(command.name)) return 'commands';
  const isOfCamera = command.names === 'camera';
  return isOfCamera && scope.cameras && !scope.cameras.some((camera) => camera === command.args['camera']) ? 'cameras' : null;
}
