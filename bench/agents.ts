/** Agents for the bench, many in one process: the real agent over real WebSockets; the first one with its real journal on disk. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { witnessJournal } from '@argus/agent/adapters/state/witness-journal.ts';
import { answerMeasurements } from './measured-process.ts';
import { connectOne, enrollOne, inMemory, type OneAgent } from './one-agent.ts';

const { url = '', pat = '', tenant = '', count = '0' } = JSON.parse(process.argv[2] ?? '{}') as Record<string, string>;
const scratch = mkdtempSync(join(tmpdir(), 'argus-bench-'));

const everyone: OneAgent[] = [];
const ENROLL_AT_ONCE = 16;
/** Below what one address may have waiting at the door. */
const DIAL_AT_ONCE = 100;
let serverUrl = url; // the server under measurement is a fresh process, at another port
const nameOf = (n: number) => ({ tenant, id: `agent_bench_${String(n).padStart(5, '0')}` });
for (let n = 0; n < Number(count); n += ENROLL_AT_ONCE)
  everyone.push(
    ...(await Promise.all(Array.from({ length: Math.min(ENROLL_AT_ONCE, Number(count) - n) }, (_, i) => enrollOne({ url, pat, scratch }, nameOf(n + i))))),
  );

/** Dials a slice of them, so many at a time. Answers, when all are on, how long it took. */
function dial(from: number, to: number): Promise<number> {
  const started = performance.now();
  let next = from;
  let connected = from;
  return new Promise((resolve) => {
    const dialNext = () => {
      const n = next++;
      const one = everyone[n];
      if (n >= to || !one) return;
      const { followed } = one.enrolled;
      const witness = n === 0 ? witnessJournal(join(scratch, 'witness.journal'), followed) : inMemory(followed);
      const note = (what: string) => {
        if (what !== 'connected') return;
        if (++connected === to) resolve(performance.now() - started);
        else dialNext();
      };
      connectOne(one, { serverUrl, witness, note });
    };
    for (let i = 0; i < DIAL_AT_ONCE; i++) dialNext();
  });
}

process.on('message', (message) => {
  if (typeof message !== 'object' || message === null || !('dial' in message)) return;
  const { from, to, at } = message.dial as { from: number; to: number; at: string };
  serverUrl = at;
  void dial(from, to).then((ms) => process.send?.({ answer: ms }));
});
answerMeasurements({}, async () => rmSync(scratch, { recursive: true, force: true }));
setInterval(() => undefined, 60_000); // agents never hold their process
process.send?.({ ready: { first: everyone[0]?.enrolled.trust.agent } });
