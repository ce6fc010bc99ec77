/**
 * `npm run bench -- sign-in`: can it be told by the clock whether an account is there? Medians of 500 tries each for an
 * unknown account, a wrong password, an account that rests, and a wrong password with a second factor, in turns; beside
 * them the same try twice, which says what noise is. SIGN_IN_TRIES=100 for a short one.
 */
import { systemClock, type ManualClock } from '@argus/kit/clock.ts';
import { createTestApi } from '../apps/ops-api/test/api.ts';
import { browser, PASSWORD, withApp, withPassword } from '../apps/ops-api/test/people.ts';
import { medianOf } from './median.ts';
import { ACCOUNT_TURNS } from '../apps/ops-api/src/people/sign-in-limits.ts';

const TRIES = Number(process.env['SIGN_IN_TRIES'] ?? 500);
/** Of the kind that is kept, at a cost that lets thousands of tries end today. */
const COST = { n: 4_096, r: 8, p: 1 };

export async function benchSignIn(): Promise<void> {
  const api = createTestApi({ clock: systemClock as ManualClock, people: { passwordCost: COST } }); // nobody moves this one
  let addresses = 0;
  const page = () => browser(api, { from: `10.${(addresses >> 16) & 255}.${(addresses >> 8) & 255}.${addresses++ & 255}` });
  const accounts = Math.ceil(TRIES / (ACCOUNT_TURNS.max - 2)) + 1;
  for (let i = 0; i < accounts; i++) {
    await withPassword(api, { email: `plain${i}@argus.example`, role: 'viewer' }, PASSWORD, COST);
    const guarded = page();
    await withPassword(api, { email: `guarded${i}@argus.example`, role: 'viewer' }, PASSWORD, COST);
    await guarded.signIn(`guarded${i}@argus.example`);
    await withApp(api, guarded);
  }
  await withPassword(api, { email: 'resting@argus.example', role: 'viewer' }, PASSWORD, COST);
  for (let i = 0; i < ACCOUNT_TURNS.max; i++) await page().signIn('resting@argus.example', { password: 'wrong' });

  const account = (kind: string, i: number) => `${kind}${i % accounts}@argus.example`;
  const kinds: Readonly<Record<string, (i: number) => Promise<{ readonly code: string }>>> = {
    unknown: (i) => page().signIn(`nobody${i}@argus.example`, { password: 'wrong' }),
    'unknown, again': (i) => page().signIn(`noone${i}@argus.example`, { password: 'wrong' }),
    'wrong password': (i) => page().signIn(account('plain', i), { password: 'wrong' }),
    'wrong, with a second factor': (i) => page().signIn(account('guarded', i), { password: 'wrong' }),
    'resting, right password': () => page().signIn('resting@argus.example', { password: PASSWORD }),
  };
  const took: Record<string, number[]> = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, []]));
  for (let i = -20; i < TRIES; i++)
    for (const [kind, ask] of Object.entries(kinds).toSorted(() => (i % 2 === 0 ? 1 : -1))) {
      const began = performance.now();
      const { code } = await ask(i + 20);
      const ms = performance.now() - began;
      if (code !== 'sign_in_refused') throw new Error(`${kind} was answered ${code}`);
      if (i >= 0) took[kind]?.push(ms);
    }
  const base = medianOf(took['unknown'] ?? []);
  for (const [kind, times] of Object.entries(took)) {
    const median = medianOf(times);
    const spread = medianOf(times.map((ms) => Math.abs(ms - median)));
    process.stdout.write(`${kind.padEnd(28)} median ${median.toFixed(3)} ms  half within ±${spread.toFixed(3)} ms  ${median >= base ? '+' : ''}${(((median - base) / base) * 100).toFixed(2)} % of unknown\n`);
  }
  await api.api.close();
}
