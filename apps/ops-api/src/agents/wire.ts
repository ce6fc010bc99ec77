/** A socket as this app sees it: text in, text out, an end. The real one is in adapters/websocket. */
export interface Wire {
  readonly address: string;
  send(text: string): void;
  /** Resolves when what was sent has left this process. A wire that queues nothing has none. */
  drained?(): Promise<void>;
  close(code: number, reason: string): void;
}
/** What the socket tells us. */
export interface WireEvents {
  message(text: string): void;
  closed(): void;
}

/** WebSocket close codes we use. */
export const CLOSE = { going: 1001, policy: 1008, later: 1013 } as const;
