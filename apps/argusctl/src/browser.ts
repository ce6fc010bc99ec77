import type { HandoffCode } from '@argus/protocol/ids.ts';

/** Somebody knocked at our port: what they asked for, as it came. */
export type Visit = { readonly method: string; readonly target: string; readonly host: string | undefined };
export type Listening = {
  readonly port: number;
  /** The first visit that brought what we wait for. All others were turned away. */
  readonly came: Promise<HandoffCode>;
  close(): void;
};

/** The browser of whoever sits here, and the port of this very machine by which it comes back. */
export type Browser = {
  /** What this machine calls itself. */
  readonly machine: string;
  /** Tries. Whether one opened nobody can tell; the address is printed as well. */
  open(address: string): void;
  /** On 127.0.0.1, a free port. `read` says what a visit brought, or the status to turn it away with. A text: why it cannot. */
  listen(read: (visit: Visit, port: number) => HandoffCode | number): Promise<Listening | string>;
};
