/**
 * Stands in front of the server's own output for refusals that anybody can cause as often as they like: the first of an
 * address is a line at once, the others are one line a minute with how many there were. Nobody fills a disk with our words.
 */
import { isoTime, type Clock } from '@argus/kit/clock.ts';
import { addressBlock } from '../http/address-block.ts';
import type { Log } from '../ports.ts';
import { createFlood, type Flood, type Held } from './flood.ts';

/** `code` is one of a few words of ours; `facts` are told for the first one only. */
export type Line = { readonly what: string; readonly code: string; readonly address: string; readonly facts?: Readonly<Record<string, string | null>> };

export function createFloodLines({ clock, log }: { readonly clock: Clock; readonly log: Log }): (line: Line) => void {
  /** By word and code: one kind of refusal does not crowd out another. */
  const floods = new Map<string, Flood<Line>>();
  let isPlanned = false;

  function floodOf({ what, code }: Line): Flood<Line> {
    const key = `${what} ${code}`;
    let flood = floods.get(key);
    if (!flood) floods.set(key, (flood = createFlood()));
    return flood;
  }

  function plan(): void {
    const next = Math.min(...[...floods.values()].map((flood) => flood.nextAt() ?? Number.POSITIVE_INFINITY));
    if (isPlanned || !Number.isFinite(next)) return;
    isPlanned = true;
    clock.after(Math.max(1, Math.ceil(next - clock.elapsed())), () => {
      isPlanned = false;
      for (const flood of floods.values()) for (const held of flood.ripe(clock.elapsed())) sum(held);
      plan();
    });
  }

  const sum = ({ sample: { what, code, address }, isMany, count, first, last }: Held<Line>): void =>
    log('warn', what, { code, address: isMany ? 'many' : addressBlock(address), count, first: isoTime(first), last: isoTime(last) });

  return (line) => {
    const { what, code, address, facts } = line;
    if (floodOf(line).isTold({ source: addressBlock(address), kind: code, sample: line, at: clock.now() }, clock.elapsed())) log('warn', what, { code, address, ...facts });
    plan();
  };
}
