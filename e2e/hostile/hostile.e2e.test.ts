/**
 * A control plane that has gone over, against the daemon as it is installed: a real process without rights, whose every
 * call to the kernel is recorded. The fights are fought at the same time, once; the tests read what came of them.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { enrollOne } from './machine.ts';
import { fought, type Attack } from './attack.ts';
import { COMMAND_ATTACKS } from './attacks/commands.ts';
import { FRAME_ATTACKS } from './attacks/frames.ts';
import { HANDSHAKE_TRIALS } from './attacks/handshake.ts';
import { LIFE_TRIALS } from './attacks/life.ts';
import { LOG_ATTACKS } from './attacks/log.ts';
import { mutate, MUTATIONS, type Mutated } from './attacks/mutations.ts';
import { WIRE_ATTACKS } from './attacks/wire.ts';
import { startFight, type Fight } from './fight.ts';
import { journalProblemsOf, problemsOf } from './health.ts';
import { tried } from './trial.ts';

const ACTS: readonly Attack[] = [...LOG_ATTACKS, ...COMMAND_ATTACKS, ...FRAME_ATTACKS];
/** Each of these waits for the agent to dial again, so they are fought on several machines. */
const WIRE_LANES = 6;
const TRIALS = [...LIFE_TRIALS, ...HANDSHAKE_TRIALS];
const TRIAL_LANES = 14;

/** Printed when something is found; any other seed has to do as well. */
const SEED = 20_261_121;
const MUTATE_MS = Number(process.env['MUTATE_MS'] ?? 20_000); // MUTATE_MS=100000 for a hundred thousand and more
/** On a machine that is busy there is time for fewer of them, and mutated-frames.test.ts has all of them; with less than this nothing is proven. */
const MUTATIONS_MIN = 5_000;

const verdicts = new Map<string, readonly string[]>();
const fights: Fight[] = [];
let mutations: Mutated;

const sentenceOf = (problem: unknown): string => (problem instanceof Error ? problem.message : String(problem));

/** A machine whose lease ran out on a busy day was asleep before the attack came: then it was not fought, and is. */
const TRIES_MAX = 3;
async function foughtAwake(fight: Fight, attack: Attack): Promise<readonly string[]> {
  let problems: readonly string[] = [];
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    problems = await fought(fight, attack).catch((problem: unknown) => [sentenceOf(problem)]);
    const wasAsleep = attack.from === 'awake' && problems.length === 1 && problems[0] === 'it was answered with session_expired';
    if (!wasAsleep) break;
  }
  return problems;
}

async function fightAll(fight: Fight, attacks: readonly Attack[]): Promise<void> {
  fights.push(fight);
  await fight.startWith();
  for (const attack of attacks) {
    fight.mark(attack.name);
    const problems = await foughtAwake(fight, attack);
    verdicts.set(attack.name, problems);
    // What one attack broke is not to be blamed on the next.
    if (problems.length > 0) await fight.restart().catch(() => undefined);
  }
}

beforeAll(async () => {
  const enrolled = await enrollOne();
  const lanes = Array.from({ length: WIRE_LANES }, async (_, lane) => fightAll(await startFight(enrolled, `wire-${lane}`), WIRE_ATTACKS.filter((_, n) => n % WIRE_LANES === lane)));
  const waiting = [...TRIALS];
  const trials = Array.from({ length: TRIAL_LANES }, async () => {
    for (let trial = waiting.shift(); trial; trial = waiting.shift()) verdicts.set(trial.name, await tried(enrolled, trial).catch((problem: unknown) => [sentenceOf(problem)]));
  });
  const acts = fightAll(await startFight(enrolled, 'acts'), ACTS);
  const spoiled = await startFight(enrolled, 'mutations', 'all_but_looks');
  fights.push(spoiled);
  [mutations] = await Promise.all([mutate(spoiled, { seed: SEED, withinMs: MUTATE_MS }), acts, ...lanes, ...trials]);
});

describe.each([
  ['acts', ACTS.map(({ name }) => name)],
  ['the line', WIRE_ATTACKS.map(({ name }) => name)],
  ['a machine of its own', TRIALS.map(({ name }) => name)],
])('%s', (_what, names) => {
  test.each(names)('%s', (name) => {
    expect(verdicts.get(name)).toEqual([]);
  });
});

test(`of up to ${MUTATIONS} good frames, spoiled at random and sealed well, none costs the line or stops the agent`, () => {
  expect(mutations.problems).toEqual([]);
  const { sent, words } = mutations;
  process.stdout.write(`${sent} mutations ${[...mutations.words].join(' ')}\n`);
  // It was a fight: most of what could be read was looked for in the log, and some of it was still good.
  const tally = JSON.stringify([sent, ...words]);
  expect(sent, tally).toBeGreaterThan(MUTATIONS_MIN);
  expect([...words.keys()], tally).toEqual(expect.arrayContaining(['not_in_log', 'ok', 'command_not_allowlisted', 'session_active']));
});

describe('after all of it', () => {
  test('each daemon is alive, within its memory, and has complained of nothing', () => {
    expect(fights.flatMap((fight) => problemsOf(fight).map((problem) => `${fight.name}: ${problem}`))).toEqual([]);
  });

  test('an honest session still works', async () => {
    for (const fight of fights) expect([fight.name, ...(await fight.honestSession())]).toEqual([fight.name]);
  });

  test('the journal on disk is one of this log', () => {
    expect(fights.flatMap((fight) => journalProblemsOf(fight))).toEqual([]);
  });

  test('each daemon ends when it is told to', async () => {
    for (const fight of fights) await fight.stop();
  });

  test('no daemon has opened, started, dialed, listened to or changed anything that is not allowed', async () => {
    expect((await Promise.all(fights.map((fight) => fight.findings()))).flat()).toEqual([]);
  });
});
