/**
 * What `config.yaml` in the install root may say: tuning, and nothing else. A signed patch may replace this file, so
 * no key here can widen what the agent does, where it dials, whom it believes or what the owner sees.
 */
type Whole = { readonly kind: 'whole'; readonly fallback: number; readonly least: number; readonly most: number; readonly unit: string };
type Word = { readonly kind: 'word'; readonly fallback: string; readonly words: readonly string[] };
export type TuningKey = (Whole | Word) & { readonly says: string };

export const TUNING = {
  log_level: {
    kind: 'word',
    fallback: 'info',
    words: ['info', 'warn'],
    says: 'What argus.log gets. `warn` leaves out the comings and goings of the line; what concerns a session is never left out',
  },
  log_max_bytes: { kind: 'whole', fallback: 5_242_880, least: 65_536, most: 67_108_864, unit: 'bytes', says: 'How large argus.log may grow before it is set aside' },
  log_keep: { kind: 'whole', fallback: 5, least: 1, most: 20, unit: 'files', says: 'How many set aside logs are kept; the oldest goes first' },
  crash_reports_keep: { kind: 'whole', fallback: 10, least: 1, most: 50, unit: 'files', says: 'How many reports stay in crashes/' },
  reconnect_most_s: { kind: 'whole', fallback: 60, least: 10, most: 900, unit: 'seconds', says: 'The longest wait before the agent dials again, as long as the server asks for no more' },
} as const satisfies Readonly<Record<string, TuningKey>>;

export type TuningName = keyof typeof TUNING;
export type Tuning = { readonly [N in TuningName]: (typeof TUNING)[N] extends { readonly kind: 'whole' } ? number : string };

export const TUNING_NAMES = Object.keys(TUNING) as TuningName[]; // its own keys
export const DEFAULT_TUNING = Object.fromEntries(TUNING_NAMES.map((name) => [name, TUNING[name].fallback])) as Tuning;

export const isTuningName = (name: string): name is TuningName => Object.hasOwn(TUNING, name);

/** The value of a key, or a sentence that says what it has to be. What stood there is not repeated: it may be a secret in the wrong line. */
export function valueOf(name: TuningName, text: string): { readonly value: number | string } | { readonly problem: string } {
  const key: TuningKey = TUNING[name];
  if (key.kind === 'word') return key.words.includes(text) ? { value: text } : { problem: `${name} has to be ${key.words.join(' or ')}` };
  const value = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
  return value >= key.least && value <= key.most ? { value } : { problem: `${name} has to be a whole number of ${key.unit} from ${key.least} to ${key.most}` };
}
