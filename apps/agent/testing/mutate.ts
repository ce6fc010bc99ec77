/** Seeded ways of spoiling a JSON text: the same seed, the same spoiled texts. */
export type Dice = { readonly next: () => number; readonly below: (n: number) => number; readonly pick: <T>(of: readonly T[]) => T };

/** mulberry32 */
export function diceOf(seed: number): Dice {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n: number) => Math.floor(next() * n);
  return { next, below, pick: (of) => of[below(of.length)] as (typeof of)[number] };
}

const ODD: readonly unknown[] = [
  null, true, 0, -1, 1.5, 121, 2 ** 53, 1e308, '', '0', ' ', 'activate', 'command', '\ud800', '\u0000', '../../etc/passwd', 'x'.repeat(5_000),
  [], {}, [[]], { a: { b: {} } }, { toString: 'x' }, JSON.parse('{"__proto__":{"session":"x"}}'), ['AAAA'], 'AAAA', `${'A'.repeat(43)}=`,
];

type Bag = Record<string, unknown>;
const isBag = (value: unknown): value is Bag => typeof value === 'object' && value !== null;

/** Every object and array inside, the outermost first. */
function bagsIn(value: unknown, found: Bag[] = []): Bag[] {
  if (!isBag(value)) return found;
  found.push(value);
  for (const child of Object.values(value)) bagsIn(child, found);
  return found;
}

/** `others` are texts of the same kind, to swap parts with. */
export function mutated(text: string, others: readonly string[], dice: Dice): string {
  if (dice.below(4) === 0) return spelledOtherwise(text, dice);
  const value: unknown = JSON.parse(text);
  for (let n = 1 + dice.below(2); n > 0; n--) {
    const bag = dice.pick(bagsIn(value));
    const key = dice.pick([...Object.keys(bag), 'extra']);
    const donor = dice.pick(bagsIn(JSON.parse(dice.pick(others))));
    switch (dice.below(5)) {
      case 0:
        delete bag[key];
        break;
      case 1:
        bag[key] = structuredClone(dice.pick(ODD));
        break;
      case 2: // what stands there in another frame
        bag[key] = donor[key] ?? dice.pick(Object.values(donor));
        break;
      case 3: // a letter of a string, a little more or less of a number
        bag[key] = nudged(bag[key], dice);
        break;
      default:
        bag[dice.pick(Object.keys(donor))] = structuredClone(bag[key]);
    }
  }
  return JSON.stringify(value);
}

function nudged(value: unknown, dice: Dice): unknown {
  if (typeof value === 'number') return value + dice.pick([-1, 1, 0.5]);
  if (typeof value !== 'string' || value === '') return structuredClone(dice.pick(ODD));
  const at = dice.below(value.length);
  return value.slice(0, at) + String.fromCharCode(0x20 + dice.below(0x5f)) + value.slice(at + dice.below(2));
}

function spelledOtherwise(text: string, dice: Dice): string {
  const at = dice.below(text.length);
  const letter = String.fromCharCode(dice.below(0x80));
  return dice.pick([text.slice(0, at), text.slice(at), text.slice(0, at) + text.slice(at + 1), text.slice(0, at) + letter + text.slice(at), text + text, `[${text}]`, text.toUpperCase()]);
}

// ---- and with a bit, a number at the edge, a key twice

const NUMBERS = ['0', '-0', '-1', '0.5', '1e400', '-1e400', '9007199254740993', '1e-320', '18446744073709551616', '2147483648', '00', '0x10', '1e', 'NaN', 'Infinity'];

/** One spoiled text. Besides what `mutated` does: a bit, a number at the edge, a key twice. */
export function spoiled(text: string, others: readonly string[], dice: Dice): string {
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
export function makesFork(text: string): boolean {
  if (!/proof"\s*:\s*\[[^\]]/.test(text)) return false; // what may spell it otherwise was never good
  try {
    const proof = (JSON.parse(text) as { consistency?: { proof?: unknown } } | null)?.consistency?.proof;
    return Array.isArray(proof) && proof.length > 0;
  } catch {
    return false;
  }
}
