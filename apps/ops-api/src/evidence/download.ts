import type { Slot } from './streams.ts';

/** An answer that is longer than memory. Whoever takes it over sends it or lets go of it. */
export class Download {
  readonly type: string;
  readonly name: string;
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly slot: Slot;
  /** Announced where it is known: what comes to less is then not whole, and everybody on the way can tell. */
  readonly bytes: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  constructor({ type, name, chunks, slot, bytes, headers = {} }: { type: string; name: string; chunks: AsyncIterable<Uint8Array>; slot: Slot; bytes?: number; headers?: Readonly<Record<string, string>> }) {
    this.type = type;
    this.name = name;
    this.chunks = chunks;
    this.slot = slot;
    this.bytes = bytes;
    this.headers = headers;
  }
}
