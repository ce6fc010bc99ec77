/** The machines of the soak, in a process of their own: real agents that are enrolled, come, go and come back. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { witnessJournal } from '@argus/agent/adapters/state/witness-journal.ts';
import type { Witness } from '@argus/agent/ports.ts';
import type { TrustFile } from '@argus/protocol/trust.ts';
import { answerMeasurements } from '../measured-process.ts';
import { connectOne, enrollOne, inMemory, type Connected, type OneAgent } from '../one-agent.ts';

export type MachinesOrder = { readonly url: string; readonly pat: string; readonly tenants: readonly string[]; readonly perTenant: number };
export type MachinesAsk =
  | { readonly enroll: { readonly tenant: string; readonly id: string } }
  | { readonly reconnect: string }
  | { readonly trust: string }; // of a tenant
export type MachinesReady = { readonly agents: readonly { readonly id: string; readonly tenant: string }[] };

const order = JSON.parse(process.argv[2] ?? '{}') as MachinesOrder;
const scratch = mkdtempSync(join(tmpdir(), 'argus-soak-'));
type Machine = OneAgent & { readonly tenant: string; readonly witness: Witness; line: Connected };
const machines = new Map<string, Machine>();
/** Enrolled while it runs; the oldest of them leaves when there are too many, so that their number is no leak of ours. */
const guests: string[] = [];
const GUESTS_MAX = 8;

const onLine = (one: OneAgent, witness: Witness): Promise<Connected> =>
  new Promise((resolve) => {
    const line: Connected = connectOne(one, { serverUrl: order.url, witness, note: (what) => what === 'connected' && resolve(line) });
  });

async function add(tenant: string, id: string, journal: string | null): Promise<void> {
  const one = await enrollOne({ ...order, scratch }, { tenant, id });
  const witness = journal === null ? inMemory(one.enrolled.followed) : witnessJournal(join(scratch, journal), one.enrolled.followed);
  machines.set(id, { ...one, tenant, witness, line: await onLine(one, witness) });
}

for (const tenant of order.tenants)
  for (let n = 0; n < order.perTenant; n++) await add(tenant, `agent_${tenant.toLowerCase()}_${n}`, n === 0 ? `${tenant}.journal` : null);

async function carryOut(ask: MachinesAsk): Promise<unknown> {
  if ('enroll' in ask) {
    await add(ask.enroll.tenant, ask.enroll.id, null);
    guests.push(ask.enroll.id);
    const leaving = guests.length > GUESTS_MAX ? guests.shift() : undefined;
    if (leaving !== undefined) {
      machines.get(leaving)?.line.stop();
      machines.delete(leaving);
    }
    return true;
  }
  if ('reconnect' in ask) {
    const machine = machines.get(ask.reconnect);
    if (!machine) throw new Error(`there is no machine ${ask.reconnect}`);
    machine.line.stop();
    machine.line = await onLine(machine, machine.witness);
    return true;
  }
  const [machine] = [...machines.values()].filter((one) => one.tenant === ask.trust);
  if (!machine) throw new Error(`there is no machine of ${ask.trust}`);
  const { checkpoint, highestActed } = machine.witness.followed();
  return { ...machine.enrolled.trust, last_checkpoint: checkpoint, ...(highestActed >= 0 && { highest_acted_leaf: highestActed }) } satisfies TrustFile;
}

process.on('message', (message) => {
  if (typeof message !== 'object' || message === null) return;
  carryOut(message as MachinesAsk).then(
    (answer) => process.send?.({ answer }),
    (problem: unknown) => process.send?.({ answer: { problem: String(problem) } }),
  );
});
answerMeasurements({}, async () => rmSync(scratch, { recursive: true, force: true }));
setInterval(() => undefined, 60_000); // agents never hold their process
process.send?.({ ready: { agents: [...machines].map(([id, { tenant }]) => ({ id, tenant })) } satisfies MachinesReady });
