/**
 * How long something may take is promised for a machine that does nothing else. A test that runs wherever somebody builds us
 * allows four times as much, and still tells at once from never; PATIENCE=1 holds us to the promise itself.
 */
const PATIENCE = Number(process.env['PATIENCE'] ?? 4);

export const patiently = (promisedMs: number): number => promisedMs * PATIENCE;
