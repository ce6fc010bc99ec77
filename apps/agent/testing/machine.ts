/** An agent on ports that live in memory, remember everything in one list, and wait or fail when told to. */
import { isoTime, manualClock, settle, type Clock, type ManualClock } from '@argus/kit/clock.ts';
import { ok } from '@argus/kit/result.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import { encodeFrame, parseUp, type ActivateFrame, type CommandFrame, type ConsistencyFrame, type DownFrame, type UpFrame } from '@argus/protocol/frames.ts';
import { mustId, type SessionId } from '@argus/protocol/ids.ts';
import type { Leaf } from '@argus/protocol/leaf.ts';
import type { TrustFile } from '@argus/protocol/trust.ts';
import type { ActivityEntry } from '../src/activity.ts';
import { createAgent } from '../src/agent.ts';
import type { AgentDeps, Followed, SessionNotice } from '../src/ports.ts';
import { createRequestMemory } from '../src/request-memory.ts';
import { memoryConsent } from './memory-consent.ts';
import { FILES, memoryFiles } from './memory-files.ts';
import { memoryPatches } from './memory-patches.ts';
import { AGENT, createLog, IDENTITY, OTHER_SESSION, SESSION, START, TENANT, TRUST, type SignedLog } from './signed-log.ts';

/** A door that is open until somebody shuts it. */
export function gate() {
  let open = () => {};
  let waiting: Promise<void> | null = null;
  return {
    shut: (): void => void (waiting = new Promise((resolve) => (open = resolve))),
    open(): void {
      waiting = null;
      open();
    },
    pass: async (): Promise<void> => void (await waiting),
  };
}

export type MachineOptions<C extends Clock = ManualClock> = {
  readonly log?: SignedLog;
  readonly followed?: Followed;
  readonly acted?: readonly string[];
  readonly trust?: TrustFile;
  readonly clock?: C;
  readonly consent?: ReturnType<typeof memoryConsent>;
};

export function createMachine<C extends Clock = ManualClock>({ log = createLog(), followed, trust = TRUST, ...options }: MachineOptions<C> = {}) {
  const clock = options.clock ?? (manualClock(START) as Clock as C); // the default of C
  /** What the ports were asked for, and what was sent, in order. */
  const record: string[] = [];
  const sent: UpFrame[] = [];
  const notes: { readonly what: string; readonly facts: Readonly<Record<string, string | number>> }[] = [];
  const notices: SessionNotice[] = [];
  const fails = { raise: false, lower: false, store: false, files: false, cameras: false, patches: false, intend: false };
  const waits = { raise: gate(), lower: gate(), store: gate(), files: gate(), cameras: gate(), patches: gate(), intend: gate() };
  const frame = { bytes: 300 }; // what the camera shows
  let onChallenge: ((echo: () => void) => void) | null = null;
  const activity: ActivityEntry[] = [];
  let isOff = false;
  const consent = options.consent ?? memoryConsent();
  let known: Followed = followed ?? log.followed();
  let stored: Followed = known;
  const patches = memoryPatches(() => act('patches', 'patch'));
  const acted = createRequestMemory(options.acted);
  const storedActs = [...(options.acted ?? [])];
  let light = 0;
  let random = 0;
  let request = 0;
  let isServerAnswering = false;

  const act = async (port: keyof typeof fails, what: string) => {
    record.push(what);
    await waits[port].pass();
    if (fails[port]) throw new Error(`${port} failed`);
  };
  const deps: AgentDeps = {
    clock,
    random: (bytes) => Buffer.from(sha256Hex(`random ${random++}`), 'hex').subarray(0, bytes),
    trust,
    identity: IDENTITY,
    witness: {
      followed: () => known,
      hasActed: acted.has,
      keepUp: (to) => void (known = to),
      async advance(to, request) {
        known = to;
        if (request !== undefined) acted.add(request);
        await act('store', `store #${to.highestActed} of ${to.size}${to.fork === null ? '' : ', forked'}`);
        stored = to;
        if (request !== undefined) storedActs.push(request);
        record.push('stored');
      },
    },
    indicator: {
      async raise(notice) {
        notices.push(notice);
        await act('raise', 'raise');
        light++;
        record.push('raised');
      },
      async lower() {
        await act('lower', 'lower');
        light = 0;
      },
    },
    killSwitch: { isOff: () => isOff },
    consent,
    activity: {
      async intend(entry) {
        await waits.intend.pass();
        if (fails.intend) throw new Error('intend failed');
        activity.push(entry);
      },
      record: (entry) => void activity.push(entry),
    },
    files: {
      async configDigest() {
        await act('files', 'read config.yaml');
        return 'cd'.repeat(32);
      },
      async use(name, how) {
        await act('files', `read ${name}`);
        return memoryFiles(FILES).use(name, how);
      },
    },
    cameras: {
      async take(camera, mark, over) {
        await act('cameras', `look through ${camera.id} for ${mark.operator} in ${mark.session}`);
        record.push(...(over.aborted ? ['stopped looking'] : []));
        return ok({ jpeg: new Uint8Array(frame.bytes).fill(7), width: 8, height: 8, takenAt: clock.now(), isMarked: true });
      },
    },
    patches,
    machine: { version: '1.4.0', platform: 'linux x64 6.1' },
    async breathe() {
      record.push('breathe');
      await new Promise<void>((resolve) => setImmediate(resolve));
    },
    note: (what, facts = {}) => void notes.push({ what, facts }),
  };
  const agent = createAgent(deps);

  const hear = (frame: DownFrame | string): Promise<void> => agent.receive(typeof frame === 'string' ? frame : encodeFrame(frame));
  let told = known.size;
  /** As a server does: the proof starts where the one before ended. */
  const place = (index: number) => {
    const from = told;
    told = log.size();
    return log.place(index, { from });
  };

  const machine = {
    agent,
    deps,
    clock,
    patches,
    log,
    record,
    sent,
    notes,
    notices,
    consent,
    fails,
    frame,
    waits,
    hear,
    activity,
    /** As the daemon does when its owner says so. */
    switchOff() {
      isOff = true;
      return agent.switchOff();
    },
    switchOn: (): void => void (isOff = false),
    /** The file is there, and nobody told us. */
    throwSwitch: (): void => void (isOff = true),
    isLit: () => light > 0,
    followed: () => known,
    stored: () => stored,
    /** The server finds out that the last frame was not followed. */
    resync: (): void => void (told = known.size),
    saw: (what: string) => notes.filter((n) => n.what === what).length,
    sentTypes: () => sent.map((frame) => frame.type),
    /** `unsent` and `sending`: a line that is slow to take what it is given. */
    connect({ unsent, sending }: { unsent?: () => number; sending?: (length: number) => void } = {}): void {
      agent.connected((text) => {
        sending?.(text.length);
        const frame = parseUp(text);
        if (!frame.ok) throw new Error(`no server would read this: ${text}`);
        sent.push(frame.value);
        record.push(`send ${frame.value.type}`);
        const { value } = frame;
        if (onChallenge && value.type === 'challenge') onChallenge(() => void machine.tick(value.challenge, value.session));
        if (isServerAnswering && frame.value.type === 'challenge') void machine.tick(frame.value.challenge, frame.value.session);
      }, unsent);
    },
    /** Instead of an answer at once: whoever listens says when. */
    onChallenge: (listen: NonNullable<typeof onChallenge>): void => void (onChallenge = listen),
    /** From now on the server answers every challenge at once. */
    answerChallenges: (): void => void (isServerAnswering = true),
    tick: (challenge: string, session: SessionId = SESSION, epoch = 1) => hear({ type: 'tick', session, epoch, challenge }),
    lastChallenge: (): string => sent.findLast((f) => f.type === 'challenge')?.challenge ?? '',

    activation(over: Partial<Leaf> = {}, frame: Partial<ActivateFrame> = {}): ActivateFrame {
      const index = log.add({ at: isoTime(clock.now()), type: 'remote_support_activation', args_commit: { minutes: 30 }, ...over });
      return { type: 'activate', session: over.session ?? SESSION, tenant: TENANT, agent: AGENT, epoch: 1, ...place(index), ...frame };
    },
    command(over: Partial<Leaf> = {}, frame: Partial<CommandFrame> = {}): CommandFrame {
      const request_id = mustId('request', `request_${request++}`);
      const index = log.add({ at: isoTime(clock.now()), command: 'ping', args_commit: {}, request_id, ...over });
      return { type: 'command', session: over.session ?? SESSION, tenant: TENANT, agent: AGENT, request_id, ...place(index), args: {}, ...frame };
    },
    /** Asks it to follow the log to where it is now, or as told. */
    consistency(over: Partial<ConsistencyFrame> = {}): ConsistencyFrame {
      const { checkpoint, consistency } = place(log.size() - 1);
      return { type: 'consistency', from: consistency.from, to: log.size(), proof: consistency.proof, checkpoint, ...over };
    },
    /** An awake machine, its record wiped. */
    async wake(over: Partial<Leaf> = {}): Promise<void> {
      machine.connect();
      await hear(machine.activation(over));
      if (agent.session() === null) throw new Error(`it did not wake: ${JSON.stringify(notes)}`);
      await settle(3);
      machine.forget();
    },
    forget(): void {
      record.length = 0;
      sent.length = 0;
      notes.length = 0;
    },
    /** The process dies; the next one knows what was on disk. */
    restart: () => createMachine<C>({ log, followed: stored, acted: storedActs, trust, clock, consent }),
    replies: () => sent.flatMap((f) => (f.type === 'reply' ? [f] : [])),
    codes: () => sent.flatMap((f) => (f.type === 'reply' ? [f.end?.code ?? 'ok'] : f.type === 'activated' ? [f.code ?? 'awake'] : [])),
    heartbeats: () => sent.flatMap((f) => (f.type === 'heartbeat' ? [f] : [])),
  };
  return machine;
}
export type ManualMachine = ReturnType<typeof createMachine<ManualClock>>;

/** What is more than talk: a file, the indicator, the witness. */
export const isIo = (line: string): boolean => !line.startsWith('send ') && line !== 'stored';

/** An act whose checkpoint belongs to another history of the same log. */
export function forkedFrame(m: ManualMachine): DownFrame {
  const other = createLog();
  for (let i = 0; i < m.followed().size; i++) other.add({ reason: 'another history' });
  const index = other.add({ type: 'remote_support_activation', session: OTHER_SESSION, args_commit: { minutes: 30 } });
  const common = { session: SESSION, tenant: TENANT, agent: AGENT, ...other.place(index, { from: m.followed().size }) };
  return m.agent.session() === null
    ? { type: 'activate', epoch: 1, ...common }
    : { type: 'command', request_id: mustId('request', 'request_fork'), args: {}, ...common };
}
