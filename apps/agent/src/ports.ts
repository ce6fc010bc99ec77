/** What the agent needs from its machine. Small on purpose: an engineer of the owner should read all of it. */
import type { Clock } from '@argus/kit/clock.ts';
import type { SigningKey } from '@argus/keys/ed25519.ts';
import type { Random } from '@argus/keys/random.ts';
import type { TrustFile } from '@argus/protocol/trust.ts';
import type { ActivityEntry } from './activity.ts';

/** How far this machine has followed the tenant's log. It only ever moves forward. */
export type Followed = {
  readonly size: number;
  readonly root: string; // base64
  readonly checkpoint: string; // the signed note
  readonly highestActed: number; // index of the last leaf acted on, -1 for none
  readonly fork: string | null; // a signed checkpoint that contradicts this one: asleep until the owner clears it
};

export interface Witness {
  /** Counts what the next two were given at once: the next entry is compared with it. */
  followed(): Followed;
  /** Was a request of this id acted on? Counts what `advance` was given at once, and outlives the process. */
  hasActed(request: string): boolean;
  /** Seen, and nothing is done because of it: it reaches the disk with the next `advance`, or is seen again. */
  keepUp(to: Followed): void;
  /** Resolves when it is on disk, and with it the request that is acted on; until then nothing may be done because of it. */
  advance(to: Followed, request?: string): Promise<void>;
}

export type SessionNotice = {
  readonly session: string;
  readonly operator: string;
  readonly reason: string;
  readonly until: number;
};
/** What the owner sees while a session is live. A session whose indicator cannot be raised does not start. */
export interface Indicator {
  raise(notice: SessionNotice): Promise<void>;
  lower(): Promise<void>;
}

/** The owner's own switch, on the machine itself. Nothing that comes over a wire turns it on again. */
export interface KillSwitch {
  isOff(): boolean;
}

/** What was done here, for the owner to read: their own record, beside the log. */
export interface Activity {
  /** Resolves when it is on disk; until then nothing may be done because of it. */
  intend(entry: ActivityEntry): Promise<void>;
  /** What came of it. Keeps its place, and is on disk before the next intent counts as stored. */
  record(entry: ActivityEntry): void;
}

export interface Files {
  /** SHA-256 in hex of the configuration in the install root; null when there is none that may be read. */
  configDigest(): Promise<string | null>;
}

export type Machine = { readonly version: string; readonly platform: string };

export type AgentDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly trust: TrustFile;
  readonly identity: SigningKey;
  readonly witness: Witness;
  readonly indicator: Indicator;
  readonly killSwitch: KillSwitch;
  readonly activity: Activity;
  readonly files: Files;
  readonly machine: Machine;
  readonly note: (what: string, facts?: Readonly<Record<string, string | number>>) => void;
};

/** A socket as the agent sees it. */
export interface Socket {
  send(text: string): void;
  close(code: number, reason: string): void;
}
export interface SocketEvents {
  opened(socket: Socket): void;
  message(text: string): void;
  closed(why: string): void;
}
export type Dial = (events: SocketEvents) => void;
