import { isoTime } from '@argus/kit/clock.ts';
import type { CommandName } from '@argus/protocol/commands/index.ts';
import type { SessionView } from '@argus/protocol/http/shapes.ts';
import { Moment } from '../ui/moment.tsx';
import { TextLines } from '../ui/text-lines.tsx';
import { FileView } from './file-view.tsx';
import { FrameView } from './frame-view.tsx';
import { LogView } from './log-view.tsx';
import { AgentInfoView, AppliedView, CapabilitiesView, PingView } from './facts-view.tsx';
import type { Args, Command, Given } from './use-command.ts';

type ResultProps = {
  readonly session: SessionView;
  readonly name: CommandName;
  readonly command: Command<CommandName>;
  readonly args: Args;
  readonly block: string | null;
  readonly isShown: boolean;
};

/** What the machine last answered. It stays as long as somebody is on this page, also after the session is over. A command is of the contract of its name. */
export function Result({ session, name, command, args, block, isShown }: ResultProps) {
  const { given } = command;
  if (given === null) return null;
  return (
    <section className="result" aria-label={`Answer to ${name}`}>
      <p className="result-head muted">
        Answered <Moment at={isoTime(given.at)} />, entry {given.entry} of the tenant’s log
      </p>
      {name === 'tail_log' ? <LogView command={command as Command<'tail_log'>} args={args} block={block} isShown={isShown} /> : <Shown session={session} name={name} given={given} />}
    </section>
  );
}

/** Each was read by the contract of its name. */
function Shown({ session, name, given }: { readonly session: SessionView; readonly name: Exclude<CommandName, 'tail_log'>; readonly given: Given }) {
  switch (name) {
    case 'ping':
      return <PingView value={(given as Given<'ping'>).value} at={given.at} />;
    case 'agent_info':
      return <AgentInfoView value={(given as Given<'agent_info'>).value} />;
    case 'get_capabilities':
      return <CapabilitiesView value={(given as Given<'get_capabilities'>).value} />;
    case 'read_file':
      return <FileView value={(given as Given<'read_file'>).value} agent={session.agent_id} />;
    case 'view_camera':
      return <FrameView value={(given as Given<'view_camera'>).value} camera={String(given.args['camera'])} agent={session.agent_id} />;
    case 'apply_patch':
      return <AppliedView value={(given as Given<'apply_patch'>).value} />;
    default: // a command that has no view of its own yet
      return <TextLines name={`Answer to ${String(name)}`} lines={JSON.stringify(given.value, null, 2).split('\n')} />;
  }
}
