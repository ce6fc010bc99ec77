/** Good frames, spoiled at random from a seed and sealed well, so that nothing but the agent's own reading stands in the way. */
import { diceOf, mutated, type Dice } from '../../../apps/agent/testing/mutate.ts';
import { AGENT, TENANT } from '../../../apps/agent/testing/signed-log.ts';
import { newSession, type Fight } from '../fight.ts';

export const MUTATIONS = 100_000;
/** Base frames are made anew after so many: what was acted on is refused from then on, and dull. */
const SALVO = 800;

const NUMBERS = ['0', '-0', '-1', '0.5', '1e400', '-1e400', '9007199254740993', '1e-320', '18446744073709551616', '2147483648', '00', '0x10', '1e', 'NaN', 'Infinity'];

/** One spoiled text. Besides what `mutated` does: a bit, a number at the edge, a key twice. */
function spoiled(text: string, others: readonly string[], dice: Dice): string {
  const at = dice.below(text.length);
  switch (dice.below(6)) {
    case 0:
      return text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << dice.below(7))) + text.slice(at + 1);
    case 1: {
      const numbers = [...text.matchAll(/(?<=[:[,])-?\d+(?=[,}\]])/g)];
      const one = numbers[dice.below(numbers.length)];
      return one ? text.slice(0, one.index) + dice.pick(NUMBERS) + text.slice(one.index + one[0].length) : text;
    }
    case 2: {
      const keys = [...text.matchAll(/"(\w+)":("[^"\\]{0,80}"|\d+)/g)];
      const [one, other] = [keys[dice.below(keys.length)], dice.pick(others).match(/"\w+":("[^"\\]{0,80}"|\d+)/g) ?? []];
      return one ? `{"${one[1]}":${(dice.pick(other) ?? '"":0').replace(/^"\w*":/, '')},${text.slice(1)}` : text;
    }
    default:
      return mutated(text, others, dice);
  }
}

/** A proof that leads from one root to another root is a fork, and sleep for good: that is an attack of its own. */
function makesFork(text: string): boolean {
  try {
    const proof = (JSON.parse(text) as { consistency?: { proof?: unknown } } | null)?.consistency?.proof;
    return Array.isArray(proof) && proof.length > 0;
  } catch {
    return false;
  }
}

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
