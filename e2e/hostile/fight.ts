/**
 * One daemon, recorded, and the control plane it dials. What is honest in it is here: a session as any operator would
 * open it, which has to work after every attack.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { isoTime } from '@argus/kit/clock.ts';
import type { Json } from '@argus/kit/canonical-json.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { commitArgs, type ArgsCommit } from '@argus/protocol/args-commit.ts';
import { contractFor } from '@argus/protocol/commands/index.ts';
import type { ActivateFrame, CommandFrame, InTheLog, UpFrame } from '@argus/protocol/frames.ts';
import { mustId, type SessionId } from '@argus/protocol/ids.ts';
import type { Leaf } from '@argus/protocol/leaf.ts';
import { AGENT, createLog, TENANT, type SignedLog } from '../../apps/agent/testing/signed-log.ts';
import { findingsIn } from './allowed.ts';
import { startControlPlane, type Door, type Line } from './control-plane.ts';
import { copyOf, type Enrolled } from './machine.ts';
import type { Recorded, Watched } from './recorder.ts';

/** What an agent answers, in a word: `awake`, `ok`, or the code of a refusal. */
export type Word = string;
const ANSWER_MS = 5_000;
/** A disk that others use too may take its time. */
const BUSY_TRIES = 12;
const BUSY_MS = 250;
export type Place = { readonly from?: number; readonly size?: number; readonly log?: SignedLog };
export type Fight = Awaited<ReturnType<typeof startFight>>;

/** A line that broke is dialed again after 1 to 3 s; on a machine that has much to do it may be later. */
const BACK_MS = 30_000;

let count = 0;
const letters = (n: number): string => n.toString(26).padStart(4, '0').replaceAll(/./g, (digit) => String.fromCharCode(97 + Number.parseInt(digit, 26)));
export const newSession = (): SessionId => mustId('session', `rss_${letters(count++).padStart(20, 'a')}`);
export const newRequest = () => mustId('request', `request_${count++}`);

export async function startFight(enrolled: Enrolled, name: string, watched?: Watched) {
  const log = createLog(enrolled.leaves);
  const plane = await startControlPlane({ passkey: enrolled.passkey, log });
  const machine = await copyOf(enrolled, { name, port: plane.port, watched });
  let sizes: number[] = [log.size()]; // the agent has followed one of these; when an attack begins, there is only one
  let session: SessionId | null = null;
  let line: Line | null = null;
  const lives: Recorded[] = [];
  const marks: { readonly at: number; readonly name: string }[] = [];
  const honest = new Set<UpFrame>(); // answers to what is said here

  const up = (): Line => {
    if (!line) throw new Error('there is no line');
    return line;
  };
  const place = (index: number, { from = sizes[0] ?? 0, size = plane.log.size(), log = plane.log }: Place = {}): InTheLog => {
    if (!sizes.includes(size)) sizes.push(size);
    return log.place(index, { from, size });
  };
  const wordOf = (frame: UpFrame): readonly Word[] =>
    frame.type === 'activated' ? [frame.code ?? 'awake'] : frame.type === 'reply' && frame.end ? [frame.end.code ?? 'ok'] : [];
  /** Says a frame of one act until it is taken, once for each size the agent may have followed. */
  async function insist(index: number, frame: (at: InTheLog) => ActivateFrame | CommandFrame, isAnswer: (frame: UpFrame) => boolean, withinMs = ANSWER_MS): Promise<Word> {
    const size = log.size();
    let word: Word = 'silence';
    for (const from of sizes.toReversed()) {
      const before = up().heard.length;
      up().tell(frame(log.place(index, { from, size })));
      const answer = await up()
        .hear((one) => isAnswer(one) && one, { since: before, withinMs })
        .catch(() => null);
      if (answer) honest.add(answer);
      word = answer ? (wordOf(answer)[0] ?? 'nothing') : 'silence';
      if (word !== 'not_in_log') break;
    }
    // Whatever else it answers, it has looked; a command in its sleep it has not.
    sizes = word === 'silence' || word === 'not_in_log' ? [...new Set([...sizes, size])] : [size];
    return word;
  }

  const inside = (at: number): string => {
    const mark = marks.findLast((one) => one.at <= at);
    return mark ? `, during: ${mark.name}` : '';
  };
  const fight = {
    name,
    plane,
    log,
    machine,
    daemon: (): Recorded => {
      const daemon = lives.at(-1);
      if (!daemon) throw new Error('the daemon was not started');
      return daemon;
    },
    line: up,
    session: (): SessionId => session ?? newSession(),
    place,
    /** A frame whose entry is in the log, as the honest would send it; both can be told otherwise. */
    activation(over: Partial<Leaf> = {}, frame: Partial<ActivateFrame> & { readonly at?: Place } = {}): ActivateFrame {
      const id = over.session ?? newSession();
      const index = log.add({ at: isoTime(Date.now()), session: id, type: 'remote_support_activation', args_commit: { minutes: 5, scope: 'everything' }, ...over });
      const { at, ...rest } = frame;
      return { type: 'activate', session: id, tenant: TENANT, agent: AGENT, epoch: 1, ...place(index, at), ...rest };
    },
    command(command: string, args: Readonly<Record<string, unknown>> = {}, over: Partial<Leaf> = {}, frame: Partial<CommandFrame> & { readonly at?: Place } = {}): CommandFrame {
      const [id, request_id] = [over.session ?? fight.session(), over.request_id ?? newRequest()];
      const index = log.add({ at: isoTime(Date.now()), session: id, request_id, command, args_commit: commitOf(command, args), ...over });
      const { at, ...rest } = frame;
      return { type: 'command', session: id, tenant: TENANT, agent: AGENT, request_id, ...place(index, at), args: args as Record<string, Json>, salt: '', ...rest };
    },
    /** What it answered on a line, but for what it answered the honest. */
    words: (on: Line, since: number): readonly Word[] => on.heard.slice(since).flatMap((frame) => (honest.has(frame) ? [] : wordOf(frame))),

    async wake(minutes = 5): Promise<Word> {
      const id = newSession();
      const index = log.add({ at: isoTime(Date.now()), session: id, type: 'remote_support_activation', args_commit: { minutes, scope: 'everything' } });
      const word = await insist(index, (at) => ({ type: 'activate', session: id, tenant: TENANT, agent: AGENT, epoch: 1, ...at }), (frame) => frame.type === 'activated' && frame.session === id);
      if (word === 'awake') session = id;
      return word;
    },
    async run(command: string, withinMs = ANSWER_MS): Promise<Word> {
      for (let tries = 0; ; tries++) {
        const [id, request_id] = [fight.session(), newRequest()];
        const index = log.add({ at: isoTime(Date.now()), session: id, request_id, command, args_commit: {} });
        const frame = (at: InTheLog): CommandFrame => ({ type: 'command', session: id, tenant: TENANT, agent: AGENT, request_id, ...at, args: {} });
        const word = await insist(index, frame, (one) => one.type === 'reply' && one.request_id === request_id && one.end !== undefined, withinMs);
        // Those before it may still wait for the disk.
        if (word !== 'rate_limited' || tries === BUSY_TRIES) return word;
        await pause(BUSY_MS);
      }
    },
    async sleep(): Promise<void> {
      if (!session) return;
      const [before, ending] = [up().heard.length, session];
      up().tell({ type: 'deactivate', session: ending, why: 'deactivate' });
      await up().hear((frame) => frame.type === 'heartbeat' && frame.ended?.session === ending, { since: before });
      session = null;
    },
    /** What became of one activation or command. */
    answerTo: (id: string): Promise<UpFrame> =>
      up().hear((frame) => ((frame.type === 'activated' && frame.session === id) || (frame.type === 'reply' && frame.request_id === id && frame.end !== undefined)) && frame),
    /** The agent's own word on how a session ended. */
    async endOf(id: string, how?: string): Promise<void> {
      const end = await up().hear((frame) => frame.type === 'heartbeat' && frame.ended?.session === id && frame.ended, { withinMs: 30_000 });
      if (how !== undefined && end.how !== how) throw new Error(`the session ended by ${end.how}, not by ${how}`);
    },
    /** Of several activations, none is live any more. */
    async endAll(ids: readonly SessionId[]): Promise<void> {
      for (const id of ids) {
        const answer = await fight.answerTo(id);
        if (answer.type !== 'activated' || !answer.indicator) continue;
        up().tell({ type: 'deactivate', session: id, why: 'deactivate' });
        await fight.endOf(id);
      }
    },
    /** It went without us. */
    isOver: (): void => void (session = null),
    async stand(stance: 'asleep' | 'awake'): Promise<void> {
      if (stance === 'asleep') return fight.sleep();
      if (session) return;
      const word = await fight.wake();
      if (word !== 'awake') throw new Error(`an honest activation was answered with ${word}`);
    },
    /** The whole of what an operator does; a sentence for what did not work. */
    async honestSession(): Promise<readonly string[]> {
      const problems: string[] = [];
      const want = (what: string, word: Word, wanted: Word) => word === wanted || problems.push(`afterwards an honest ${what} was answered with ${word}`);
      if (!session) want('activation', await fight.wake(), 'awake');
      if (machine.status().remote_support !== 'live') problems.push('a session is live and the indicator is off');
      want('ping', await fight.run('ping'), 'ok');
      want('agent_info', await fight.run('agent_info'), 'ok');
      await fight.sleep();
      if (machine.status().remote_support !== 'dormant') problems.push('the session is over and the indicator is on');
      return problems;
    },
    /** Has the agent follow the log to its end, by an act of its own that was logged before all others that are open. */
    async follow(first: CommandFrame): Promise<void> {
      const word = await insist(first.index, (at) => ({ ...first, ...at }), (frame) => frame.type === 'reply' && frame.request_id === first.request_id && frame.end !== undefined);
      if (word !== 'ok') throw new Error(`an honest ${first.type} was answered with ${word}`);
    },
    /**
     * Whatever was said has been taken once an honest act is answered. It may have ended the session, and a logged
     * activation among it may have begun another one: then that is the session.
     */
    async comeToRest(since: number): Promise<boolean> {
      for (let tries = 0; tries < BUSY_TRIES; tries++) {
        if (tries > 0) await pause(BUSY_MS); // one that is waking waits for the disk
        await up().fence();
        for (const frame of up().heard.slice(tries === 0 ? since : 0)) {
          if (frame.type === 'activated' && frame.indicator) session = frame.session;
          if (frame.type === 'heartbeat' && frame.ended?.session === session) session = null;
        }
        const word = session === null ? await fight.wake() : await fight.run('ping', 1_000);
        if (word === 'ok' || word === 'awake') return true;
        session = null;
      }
      return false;
    },
    async connect(before = 0): Promise<void> {
      line = await plane.line(before, BACK_MS);
      const proved = up();
      const manifest = await proved.hear((frame) => frame.type === 'manifest' && frame);
      session = manifest.session; // its lease may have run out meanwhile
      sizes = [proved.hello.log_size]; // and a new life knows what was on disk
    },
    /** Starts the daemon; without a door for its first dial it is let in. */
    async startWith(...doors: readonly Door[]): Promise<void> {
      const before = plane.lines.length;
      plane.next(...doors);
      session = null;
      lives.push(machine.run());
      if (doors.length === 0) await fight.connect(before);
    },
    async stop(): Promise<void> {
      const how = await fight.daemon().stop();
      if (how !== 'exit 0') throw new Error(`the daemon ended with ${how}: ${fight.daemon().stderr()}`);
    },
    /** A new life of the process on the same state. */
    async restart(): Promise<void> {
      await fight.stop();
      await fight.startWith();
    },
    /** From now on what is found is put down to this. */
    mark: (name: string): void => void marks.push({ at: Date.now(), name }),
    lives: (): readonly Recorded[] => lives,
    /** What no row of the policy allows, in every life, each kind of it once. */
    async findings(): Promise<readonly string[]> {
      const places = { state: machine.state, install: machine.install, server: `inet:127.0.0.1:${plane.port}` };
      const found = (await Promise.all(lives.map((life) => life.events()))).flatMap((events) => findingsIn(events, places));
      return [...new Set(found.map(({ at, what }) => `${what}${inside(at)}`))];
    },
    notes: (what: string): readonly Readonly<Record<string, string | number>>[] =>
      fight
        .daemon()
        .stdout()
        .split('\n')
        .filter((text) => text.includes(`"what":"${what}"`))
        .map((text) => JSON.parse(text) as Record<string, string | number>),
  };
  return fight;
}

/** What an honest entry would say of these arguments, also where they are no arguments at all. */
function commitOf(command: string, args: Readonly<Record<string, unknown>>): ArgsCommit {
  const contract = contractFor(command);
  const parsed = contract?.args.safeParse(args);
  if (contract && parsed?.success) return commitArgs(contract.args, parsed.data, { salt: new Uint8Array(), sha256 });
  const scalars = Object.entries(args).filter(([name, value]) => name.length <= 64 && (typeof value === 'number' || (typeof value === 'string' && value.length <= 1_024 && value.isWellFormed())));
  return Object.fromEntries(scalars) as ArgsCommit;
}
