/** A machine whose line runs through the real connection, and a judge that knows every entry of its log. */
import type { Leaf } from '@argus/protocol/leaf.ts';
import { createConnection } from '../src/connection.ts';
import type { Followed } from '../src/ports.ts';
import { createDials, PASSKEY } from './line.ts';
import { createMachine } from './machine.ts';
import { AGENT, START, type SignedLog } from './signed-log.ts';
import { stepClock } from './step-clock.ts';

export const drain = () => new Promise<void>((resolve) => setImmediate(resolve));

export function createVictim(log: SignedLog, followed?: Followed) {
  const clock = stepClock(START);
  const m = createMachine({ clock, log, ...(followed && { followed }) });
  const dials = createDials(clock);
  let nonce = 0;
  const connection = createConnection({
    clock,
    random: (bytes) => Buffer.alloc(bytes, ++nonce & 0xff),
    trust: m.deps.trust,
    passkey: PASSKEY,
    version: '1.4.0',
    witness: m.deps.witness,
    agent: m.agent,
    dial: dials.dial,
    note: m.deps.note,
  });
  connection.start();
  return { ...m, dials, connection };
}
export type Victim = ReturnType<typeof createVictim>;

/**
 * Reads the record of the ports since it was last read, and answers how many acts are in it; or the first one that no entry
 * on the machine's disk had ordered. Each entry, once stored, allows one act: just what it orders, here.
 */
export function createJudge(log: SignedLog) {
  const begun: string[] = []; // what is being stored, in order
  const allowed: string[] = [];
  return {
    acts(record: string[]): number | string {
      let acts = 0;
      for (const line of record) {
        if (line.startsWith('store ')) begun.push(line);
        else if (line === 'stored') allowed.push(orderOf(log, Number(/#(-?\d+)/.exec(begun.shift() ?? '')?.[1])));
        else if (isEffect(line)) {
          const at = allowed.findIndex((order) => line.startsWith(order) && order !== '');
          if (at < 0) return `${line}, but the entries on disk allow ${allowed.join(', ') || 'nothing'}: ${record.join(', ')}`;
          allowed.splice(at, 1);
          acts++;
        }
      }
      record.length = 0;
      return acts;
    },
    /** Another life: what the one before had stored orders nothing any more. */
    startAgain(): void {
      begun.length = 0;
      allowed.length = 0;
    },
  };
}

const isEffect = (line: string): boolean => line === 'raise' || line === 'patch' || line.startsWith('read ') || line.startsWith('look through ');

/** What an entry orders this machine to do with its ports; nothing, where it is about something else. */
function orderOf(log: SignedLog, index: number): string {
  const leaf = JSON.parse(log.leaves[index] ?? '{}') as Partial<Leaf>;
  if (leaf.agent !== AGENT || leaf.phase !== 'intent') return '';
  if (leaf.type === 'remote_support_activation') return 'raise';
  if (leaf.type !== 'remote_support_command') return '';
  const named = (arg: string): string => {
    const value = leaf.args_commit?.[arg];
    return typeof value === 'string' ? value : '';
  };
  switch (leaf.command) {
    case 'agent_info':
      return 'read config.yaml';
    case 'tail_log':
      return `read ${named('file')}`;
    case 'read_file':
      return `read ${named('path')}`;
    case 'view_camera':
      return `look through ${named('camera')} `;
    case 'apply_patch':
      return 'patch';
    default:
      return '';
  }
}
