/** Resolves when everything that was waiting for this process has had its turn: sockets, timers, what came from the disk. */
export const breathe = (): Promise<void> => new Promise((goOn) => setImmediate(goOn));
