import { useEffect, useRef, useState } from 'react';
import * as api from '@argus/client/requests.ts';
import type { Request } from '@argus/client/requests.ts';
import type { Json } from '@argus/kit/canonical-json.ts';
import { contractFor, type CommandName, type ResultOf } from '@argus/protocol/commands/index.ts';
import type { CommandRan, SessionView } from '@argus/protocol/http/shapes.ts';
import { newRequestId } from '@argus/protocol/ids.ts';
import { now } from '../adapters/clock.ts';
import { random } from '../adapters/random.ts';
import { store } from '../api/use-data.ts';
import { useAct } from '../modals/use-act.tsx';
import type { Trouble } from '../ui/problem.tsx';

export type Args = Readonly<Record<string, unknown>>;
/** What a machine answered, read by the contract of the command. */
export type Given<N extends CommandName = CommandName> = { readonly args: Args; readonly value: ResultOf<N>; readonly at: number; readonly entry: number };
export type Command<N extends CommandName> = {
  readonly send: (args: Args) => void;
  /** The very same request: what was carried out already is answered, and not done twice. */
  readonly again: (() => void) | null;
  readonly busy: boolean;
  readonly problem: Trouble | null;
  readonly waitS: number;
  readonly given: Given<N> | null;
};

/** One command of one session: sent, answered, and its last answer kept. No secret goes with it but the cookie of the sign-in. */
export function useCommand<N extends CommandName>({ tenant_id, agent_id }: Pick<SessionView, 'tenant_id' | 'agent_id'>, name: N): Command<N> {
  const [given, setGiven] = useState<Given<N> | null>(null);
  const [misread, setMisread] = useState<string | null>(null);
  const last = useRef<{ readonly request: Request<CommandRan>; readonly args: Args } | null>(null);
  const { act, busy, problem, waitS } = useAct<CommandRan>([], ({ result, receipt }) => {
    const read = contractFor(name)?.parseResult(result);
    if (!read?.ok) return setMisread('The machine answered in a form this console does not read. The server may have been updated: reload this page.');
    setGiven({ args: last.current?.args ?? {}, value: read.value as ResultOf<N>, at: now(), entry: receipt.leaf_index }); // of the contract of this name
  });
  const said = typeof problem === 'string' ? null : problem;
  const isOver = said?.kind === 'refused' && said.code.startsWith('session_');
  useEffect(() => {
    if (isOver) store.changed(['sessions']); // also where the stream is cut: the room says what the server says
  }, [isOver]);
  const ask = (request: Request<CommandRan>, args: Args) => {
    last.current = { request, args };
    setMisread(null);
    void act(request);
  };
  const lost = said?.kind === 'unreachable' ? last.current : null;
  return {
    send: (args) => ask(api.command(tenant_id, undefined, { command: name, args: args as Record<string, Json>, agent_id, request_id: newRequestId(random) }), args), // parsed by their contract: plain JSON
    again: lost && (() => ask(lost.request, lost.args)),
    busy,
    problem: problem ?? misread,
    waitS,
    given,
  };
}
