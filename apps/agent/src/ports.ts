/** What the agent needs from its machine. Small on purpose: an engineer of the owner should read all of it. */
import type { Clock } from '@argus/kit/clock.ts';
import type { Result } from '@argus/kit/result.ts';
import type { SigningKey } from '@argus/keys/ed25519.ts';
import type { Random } from '@argus/keys/random.ts';
import type { Denial } from '@argus/protocol/errors.ts';
import type { PatchId } from '@argus/protocol/ids.ts';
import type { LogKey } from '@argus/protocol/log-keys.ts';
import type { VerifiedPatch } from '@argus/protocol/patch.ts';
import type { ReadableFile } from '@argus/protocol/readable-files.ts';
import type { CameraConfig, TrustFile } from '@argus/protocol/trust.ts';
import type { ActivityEntry } from './activity.ts';

/** How far this machine has followed the tenant's log. It only ever moves forward. */
export type Followed = {
  readonly size: number;
  readonly root: string; // base64
  readonly checkpoint: string; // the signed note
  readonly highestActed: number; // index of the last leaf acted on, -1 for none
  readonly fork: string | null; // a signed checkpoint that contradicts this one: asleep until the owner clears it
  readonly shorter?: string | undefined; // a signed checkpoint of fewer entries than were followed: for the owner to accept, or not
  readonly at?: string | undefined; // when it was followed this far
  readonly keys?: readonly LogKey[] | undefined; // of the log, where an entry of it has changed them since the trust file was written
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

/** What the owner's consent key has to do with this machine, as it stands this very moment. */
export type PinnedState = {
  readonly key: string | null; // base64; null: none is pinned, and consent is what the log says
  readonly highest: { readonly serial: number; readonly sha256: string }; // of the receipts that were ever seen; serial 0: none yet
  readonly revokedThrough: number; // receipts up to this serial are void here
  readonly proofs: readonly UsedProof[]; // of operators, used and still fresh
};
export type UsedProof = { readonly sha256: string; readonly until: number };
export type Seen = { readonly serial: number; readonly sha256: string; readonly proof?: UsedProof };
/** Pinned, and revoked, by files on the machine. Nothing that comes over a wire changes either. */
export interface PinnedConsent {
  state(): PinnedState;
  /** On disk when it returns; throws when it is not, and then nothing may be done by it. Never goes down. */
  remember(seen: Seen, now: number): void;
}

/** What was done here, for the owner to read: their own record, beside the log. */
export interface Activity {
  /** Resolves when it is on disk; until then nothing may be done because of it. */
  intend(entry: ActivityEntry): Promise<void>;
  /** What came of it. Keeps its place, and is on disk before the next intent counts as stored. */
  record(entry: ActivityEntry): void;
}

/** A plain file of the install root, open for as long as it is used. */
export interface OpenFile {
  readonly size: number; // when it was opened
  /** Fewer bytes than asked for only where the file ends. */
  read(at: number, length: number): Promise<Uint8Array>;
}
export interface Files {
  /** SHA-256 in hex of the configuration in the install root; null when there is none that may be read. */
  configDigest(): Promise<string | null>;
  /**
   * Opens a file for `use` and closes it after. `file_not_found` when there is nothing under that name, or nothing that
   * can be read; `path_not_allowlisted` when what is there is no plain file with this one name.
   */
  use<T>(name: ReadableFile, use: (file: OpenFile) => Promise<T>): Promise<Result<T, Denial>>;
}

/** Who is shown a frame. Stands in the picture, wherever that can be done. */
export type FrameMark = { readonly operator: string; readonly session: string };
export type Frame = {
  readonly jpeg: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly takenAt: number; // epoch milliseconds, the time in the mark
  readonly isMarked: boolean;
};
export interface Cameras {
  /** One whole picture, or why there is none; never longer than 17 s. Stops when `over` says that nobody may see it any more. */
  take(camera: CameraConfig, mark: FrameMark, over: AbortSignal): Promise<Result<Frame, Denial>>;
}

/** One file of a patch, after the fact. */
export type AppliedFile = { readonly path: string; readonly before_sha256: string | null; readonly after_sha256: string };
export interface Patches {
  /** Was a patch of this id decided on this machine? Counts what `apply` was given at once, and outlives the process. */
  isSeen(id: PatchId): boolean;
  /** All files or none. `isStillWanted` is asked once, just before there is no way back. */
  apply(patch: Pick<VerifiedPatch, 'id' | 'files'>, isStillWanted: () => boolean): Promise<Result<readonly AppliedFile[], Denial>>;
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
  readonly consent: PinnedConsent;
  readonly activity: Activity;
  readonly files: Files;
  readonly cameras: Cameras;
  readonly patches: Patches;
  readonly machine: Machine;
  /** Lets everything else that waits have its turn, and goes on. */
  readonly breathe: () => Promise<void>;
  readonly note: (what: string, facts?: Readonly<Record<string, string | number>>) => void;
  /** What the heartbeat says is wrong on this machine, besides a fork of the log. */
  readonly alarms?: () => readonly string[];
};

/** A socket as the agent sees it. */
export interface Socket {
  send(text: string): void;
  close(code: number, reason: string): void;
  /** Bytes that wait to leave, where the socket knows. */
  unsent?(): number;
}
export interface SocketEvents {
  opened(socket: Socket): void;
  message(text: string): void;
  closed(why: string): void;
}
export type Dial = (events: SocketEvents) => void;
/** For all of it, from the first packet to an answer to h1. */
export const HANDSHAKE_MS = 10_000;
