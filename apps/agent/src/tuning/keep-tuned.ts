import type { Clock } from '@argus/kit/clock.ts';
import { DEFAULT_TUNING, type Tuning } from './tuning.ts';
import { readTuning } from './read-tuning.ts';

/** `config.yaml` as it stands: its text, why it cannot be read, or that there is none. `mark` is the same as long as nobody touched it. */
export type TuningFile = { mark(): string; read(): { readonly text: string } | { readonly problem: string } | null };

/** A look costs one `lstat`. */
export const LOOK_EVERY_MS = 30_000;

type Note = (what: string, facts?: Readonly<Record<string, string | number>>) => void;

/** The last tuning that was good. A file that is broken is said so, once, and changes nothing; it never stops the agent. */
export function keepTuned({ file, clock, note }: { readonly file: TuningFile; readonly clock: Clock; readonly note: Note }) {
  let tuning: Tuning = DEFAULT_TUNING;
  let mark = '';
  let isBroken = false;
  let cancel = () => {};

  function reread(): void {
    mark = file.mark();
    const found = file.read();
    const read = found === null ? null : 'problem' in found ? ({ ok: false, error: found.problem } as const) : readTuning(found.text);
    isBroken = read?.ok === false;
    if (read === null) tuning = DEFAULT_TUNING;
    else if (read.ok) {
      tuning = read.value.tuning;
      note('config_read', { foreign_keys: read.value.foreign.slice(0, 16).join(', ') || 'none' });
    } else note('config_broken', { why: read.error, meanwhile: 'the tuning before stays; mend config.yaml, it is read again within half a minute' });
  }
  function look(): void {
    if (file.mark() !== mark) reread();
    cancel = clock.after(LOOK_EVERY_MS, look);
  }

  return {
    tuning: (): Tuning => tuning,
    /** What the heartbeat carries. */
    alarms: (): readonly string[] => (isBroken ? ['config_broken'] : []),
    reread,
    start(): void {
      reread();
      cancel = clock.after(LOOK_EVERY_MS, look);
    },
    stop: (): void => cancel(),
  };
}
