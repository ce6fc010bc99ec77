/** Who runs, as anybody on the machine can see it. Linux only, as are the limits these tests are about. */
import { readdirSync, readFileSync } from 'node:fs';

export type Seen = { readonly pid: number; readonly parent: number; readonly cmdline: string };

export const running = (): readonly Seen[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return state === 'Z' ? [] : [{ pid: Number(name), parent: Number(parent), cmdline: readFileSync(`/proc/${name}/cmdline`, 'utf8') }];
      } catch {
        return []; // gone meanwhile
      }
    });

/** Those below a process whose command line has this in it. */
export function below(root: number, text: string): readonly Seen[] {
  const all = running();
  const isBelow = (one: Seen): boolean => one.parent === root || all.some((other) => other.pid === one.parent && isBelow(other));
  return all.filter((one) => one.cmdline.includes(text) && isBelow(one));
}
export const isAlive = (pid: number): boolean => running().some((one) => one.pid === pid);
