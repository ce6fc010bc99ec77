/** Good frames, spoiled at random from a seed and sealed well, so that nothing but the agent's own reading stands in the way. */
import { diceOf, makesFork, spoiled } from '../../../apps/agent/testing/mutate.ts';
import { AGENT, TENANT } from '../../../apps/agent/testing/signed-log.ts';
import { newSession, type Fight } from '../fight.ts';

export const MUTATIONS = 100_000;
/** Base frames are made anew after so many: what was acted on is refused from then on, and dull. */
const SALVO = 800;

/** Frames that would all be good now: acts that were logged, and nobody has asked for yet. */
async function armory(fight: Fight): Promise<readonly string[]> {
  await fight.stand('awake');
  const session = fight.session();
  const first = fight.command('ping');
  const made = [
    fight.command('agent_info'), fight.command('ping'), fight.command('get_capabilities'), fight.command('agent_info'),
    fight.command('read_file', { path: '/etc/passwd' }), fight.command('tail_log', { file: '../state/passkey', lines: 5 }), fight.command('view_camera', { camera: 'cam_3' }), fight.command('shell', { cmd: 'id' }),
    fight.activation(), fight.activation({ session }),
  ];
  // An honest one logged before them makes the agent follow the log to its end: their proofs are then from there to there.
  await fight.follow(first);
  const size = fight.log.size();
  const acts = made.map((frame) => JSON.stringify({ ...frame, ...fight.place(frame.index, { from: size, size }) }));
  return [...acts, JSON.stringify({ type: 'tick', session, epoch: 1, challenge: 'AAAA' }), JSON.stringify({ type: 'deactivate', session: newSession(), why: 'deactivate' }), JSON.stringify({ type: 'consistency', from: size, to: size, proof: [], checkpoint: fight.log.checkpoint() }), JSON.stringify({ type: 'error', code: 'internal', tenant: TENANT, agent: AGENT })];
}

export type Mutated = { readonly sent: number; readonly words: ReadonlyMap<string, number>; readonly problems: readonly string[] };

/** As many as there is time for, and no more than `MUTATIONS`. */
export async function mutate(fight: Fight, { seed, withinMs }: { readonly seed: number; readonly withinMs: number }): Promise<Mutated> {
  const dice = diceOf(seed);
  const words = new Map<string, number>();
  const end = performance.now() + withinMs;
  let sent = 0;
  await fight.startWith();
  const lines = fight.plane.lines.length;
  while (sent < MUTATIONS && performance.now() < end) {
    const base = await armory(fight);
    const line = fight.line();
    const since = line.heard.length;
    for (let n = 0; n < SALVO; n++) {
      const text = spoiled(dice.pick(base), base, dice);
      if (makesFork(text)) continue;
      line.tell(text);
      sent++;
    }
    fight.mark(`mutations up to ${sent}, seed ${seed}`);
    const alive = await fight.comeToRest(since);
    for (const word of fight.words(line, since)) words.set(word, (words.get(word) ?? 0) + 1);
    if (!alive || fight.plane.lines.length > lines) return { sent, words, problems: [`after ${sent} mutations of seed ${seed} the line was gone, or nothing was answered any more`] };
  }
  return { sent, words, problems: [] };
}
