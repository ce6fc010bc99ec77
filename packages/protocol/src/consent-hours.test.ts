import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConsentHours, endOfHours, isInHours, nextOfHours, WEEKDAYS, wallTimeAt, type Weekday } from './consent-hours.ts';

const MINUTE = 60_000;
const at = (text: string) => Date.parse(text);
const hoursOf = (time_zone: string, ...windows: readonly (readonly [readonly Weekday[], string, string])[]): ConsentHours =>
  ConsentHours.parse({ time_zone, windows: windows.map(([days, from, to]) => ({ days, from, to })) });
const everyDay = [...WEEKDAYS];

test('a window counts by the clock on the wall of its zone, its first minute in and its last out', () => {
  const office = hoursOf('Europe/Berlin', [['mon', 'tue'], '08:00', '18:00']);
  const seen = ['06:59:59.999', '07:00:00.000', '16:59:59.999', '17:00:00.000'].map((time) => isInHours(office, at(`2026-11-23T${time}Z`))); // a Monday, UTC+1
  expect(seen).toEqual([false, true, true, false]);
  expect(isInHours(office, at('2026-11-25T12:00:00Z'))).toBe(false); // a Wednesday
});

test('the day is the one of the zone, not ours', () => {
  const sunday = hoursOf('Pacific/Auckland', [['sun'], '00:00', '24:00']);
  expect(isInHours(sunday, at('2026-11-21T12:00:00Z'))).toBe(true); // still Saturday in Greenwich
  expect(isInHours(sunday, at('2026-11-22T12:00:00Z'))).toBe(false);
});

test('a night is two windows, and there is no gap between them', () => {
  const night = hoursOf('Europe/Berlin', [['fri'], '22:00', '24:00'], [['sat'], '00:00', '06:00']);
  const from = at('2026-11-20T22:30:00Z'); // Friday, 23:30
  expect(endOfHours(night, { from, until: from + 120 * MINUTE })).toBe(from + 120 * MINUTE);
  expect(endOfHours(night, { from: at('2026-11-21T04:00:00Z'), until: at('2026-11-21T06:00:00Z') })).toBe(at('2026-11-21T05:00:00Z'));
});

const window = (over: object) => ({ time_zone: 'Europe/Berlin', windows: [{ days: ['mon'], from: '08:00', to: '18:00', ...over }] });
test.each<[string, unknown]>([
  ['over midnight', window({ from: '22:00', to: '06:00' })],
  ['of no length', window({ from: '08:00', to: '08:00' })],
  ['that begins at 24:00', window({ from: '24:00', to: '24:00' })],
  ['that ends at 24:01', window({ to: '24:01' })],
  ['in another spelling', window({ from: '8:00' })],
  ['with seconds', window({ from: '08:00:00' })],
  ['of no day', window({ days: [] })],
  ['of an unknown day', window({ days: ['monday'] })],
  ['of one day twice', window({ days: ['mon', 'mon'] })],
  ['with something more in it', window({ except: 'holidays' })],
  ['none', { time_zone: 'Europe/Berlin', windows: [] }],
  ['too many', { time_zone: 'Europe/Berlin', windows: Array.from({ length: 33 }, () => window({}).windows[0]) }],
  ['a zone nobody knows', { ...window({}), time_zone: 'Europe/Atlantis' }],
  ['an offset for a zone', { ...window({}), time_zone: '+01:00' }],
  ['an empty zone', { ...window({}), time_zone: '' }],
  ['a zone that is a path', { ...window({}), time_zone: '../../etc/localtime' }],
  ['a zone with a control in it', { ...window({}), time_zone: 'Europe/Berlin\n' }],
])('hours with a window %s are refused', (_what, hours) => expect(ConsentHours.safeParse(hours).success).toBe(false));

/** What the clocks do, by hand: Berlin goes from 02:00 to 03:00 in March and from 03:00 to 02:00 in October, at 01:00 UTC. */
test('an hour that is skipped is in no window', () => {
  const skipped = hoursOf('Europe/Berlin', [['sun'], '02:00', '03:00']);
  for (let t = at('2026-03-29T00:00:00Z'); t < at('2026-03-29T04:00:00Z'); t += MINUTE) expect(isInHours(skipped, t), new Date(t).toISOString()).toBe(false);
});

test('an hour that comes twice is in its window twice, and the session goes on through both', () => {
  const twice = hoursOf('Europe/Berlin', [['sun'], '02:00', '03:00']);
  const [from, to] = [at('2026-10-25T00:00:00Z'), at('2026-10-25T02:00:00Z')];
  expect([isInHours(twice, from - 1), isInHours(twice, from), isInHours(twice, to - 1), isInHours(twice, to)]).toEqual([false, true, true, false]);
  expect(endOfHours(twice, { from, until: from + 240 * MINUTE })).toBe(to);
});

test('a window across the change is as long as the wall says: an hour less in March, an hour more in October', () => {
  const morning = hoursOf('Europe/Berlin', [['sun'], '01:00', '04:00']);
  const lasts = (from: string) => (endOfHours(morning, { from: at(from), until: at(from) + 600 * MINUTE }) - at(from)) / MINUTE;
  expect([lasts('2026-03-29T00:00:00Z'), lasts('2026-10-24T23:00:00Z'), lasts('2026-11-22T00:00:00Z')]).toEqual([120, 240, 180]);
});

test('a zone that changes by half an hour, and one that is off by a quarter, count as their walls do', () => {
  const howe = hoursOf('Australia/Lord_Howe', [['sun'], '01:30', '02:00']); // 02:00 becomes 01:30 on 2026-04-05, at 15:00 UTC the day before
  expect([at('2026-04-04T14:30:00Z'), at('2026-04-04T15:00:00Z'), at('2026-04-04T15:29:59Z'), at('2026-04-04T15:30:00Z')].map((t) => isInHours(howe, t))).toEqual([true, true, true, false]);
  const nepal = hoursOf('Asia/Kathmandu', [everyDay, '12:00', '13:00']);
  expect([at('2026-11-22T06:14:59Z'), at('2026-11-22T06:15:00Z')].map((t) => isInHours(nepal, t))).toEqual([false, true]);
});

// ---- whatever is signed, wherever, whenever

const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Pacific/Apia', 'America/St_Johns', 'Africa/Casablanca', 'Pacific/Chatham'];
const clockText = (minute: number) => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
const windows = fc.array(
  fc
    .tuple(fc.subarray(everyDay, { minLength: 1 }), fc.nat(1_439), fc.integer({ min: 1, max: 1_440 }))
    .filter(([, from, to]) => from < to)
    .map(([days, from, to]) => ({ days, from: clockText(from), to: clockText(to) })),
  { minLength: 1, maxLength: 4 },
);
/** Half of them within a day of a change of the clocks somewhere. */
const CHANGES = ['2026-03-08T07:00:00Z', '2026-03-29T01:00:00Z', '2026-04-04T15:00:00Z', '2026-10-03T15:30:00Z', '2026-10-25T01:00:00Z', '2026-11-01T06:00:00Z'].map(at);
const moments = fc.oneof(
  fc.integer({ min: at('2026-01-01T00:00:00Z'), max: at('2030-01-01T00:00:00Z') }),
  fc.tuple(fc.constantFrom(...CHANGES), fc.integer({ min: -1_440 * MINUTE, max: 1_440 * MINUTE })).map(([change, off]) => change + off),
);
const cases = fc.record({ time_zone: fc.constantFrom(...ZONES), windows, from: moments, minutes: fc.integer({ min: 1, max: 120 }) });

/** Reads the wall in another way: as a date in the zone, and the weekday of that date. */
function inWindowByDate({ time_zone, windows: some }: ConsentHours, when: number): boolean {
  const text = new Intl.DateTimeFormat('sv-SE', { timeZone: time_zone, dateStyle: 'short', timeStyle: 'medium' }).format(when); // 2026-11-22 13:05:00
  const day = everyDay[(new Date(`${text.slice(0, 10)}T12:00:00Z`).getUTCDay() + 6) % 7];
  const [hour = 0, minute = 0] = text.slice(11).split(':').map(Number);
  const minuteOf = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
  return some.some(({ days, from, to }) => days.some((d) => d === day) && minuteOf(from) <= hour * 60 + minute && hour * 60 + minute < minuteOf(to));
}

/** Guarantee: what is signed is parsed, and means the same however one reads the clock on the wall. */
test('a moment is in the hours exactly when the wall says so', () => {
  fc.assert(fc.property(cases, ({ time_zone, windows: some, from }) => {
    const hours = ConsentHours.parse({ time_zone, windows: some });
    expect(isInHours(hours, from)).toBe(inWindowByDate(hours, from));
  }), { numRuns: 2_000 });
});

/** Guarantee: a session is never outside the hours, and never ended before they are. */
test('until its end every moment is in the hours, and the end is the first that is not, or the end of the box', () => {
  fc.assert(fc.property(cases, fc.double({ min: 0, max: 1, noNaN: true }), ({ time_zone, windows: some, from, minutes }, part) => {
    const hours = ConsentHours.parse({ time_zone, windows: some });
    const until = from + minutes * MINUTE;
    const end = endOfHours(hours, { from, until });
    expect(end).toBeGreaterThanOrEqual(from);
    expect(end).toBeLessThanOrEqual(until);
    if (end > from) expect(isInHours(hours, Math.min(end - 1, from + Math.floor(part * (end - from))))).toBe(true);
    if (end < until) expect(isInHours(hours, end)).toBe(false);
    if (end < until && end > from) expect(isInHours(hours, end - 1)).toBe(true);
  }), { numRuns: 1_000 });
});

/** Guarantee: what somebody is told of the next opening is true to the minute, also where the clocks change. */
test('the next opening is the first minute from then on that is in the hours', () => {
  fc.assert(fc.property(cases, ({ time_zone, windows: some, from }) => {
    const hours = ConsentHours.parse({ time_zone, windows: some });
    const next = nextOfHours(hours, from);
    if (next === null) return; // a window the clocks skip this week
    expect(next).toBeGreaterThanOrEqual(from);
    expect(isInHours(hours, next)).toBe(true);
    const minutes = Math.min(Math.ceil((next - from) / MINUTE) - 1, 300); // the last of them: reading a whole week takes too long
    for (let back = 1; back <= minutes; back++) expect(isInHours(hours, next - back * MINUTE)).toBe(false);
  }), { numRuns: 150 });
});
test.each([
  ['within them it is now', '2026-11-23T10:00:30Z', '2026-11-23T10:00:30.000Z'],
  ['before them', '2026-11-23T06:12:34Z', '2026-11-23T07:00:00.000Z'],
  ['after them', '2026-11-23T17:00:00Z', '2026-11-24T07:00:00.000Z'],
  ['over a weekend on which the clocks change', '2026-03-24T20:00:00Z', '2026-03-30T06:00:00.000Z'],
])('the next opening, %s', (_how, from, next) => expect(new Date(nextOfHours(hoursOf('Europe/Berlin', [['mon', 'tue'], '08:00', '18:00']), at(from)) ?? 0).toISOString()).toBe(next));
test('hours that the clocks skip this week have no next opening we would name', () =>
  expect(nextOfHours(hoursOf('Europe/Berlin', [['sun'], '02:10', '02:50']), at('2026-03-22T12:00:00Z'))).toBeNull());

test('the wall is read as day and time, also at midnight', () =>
  expect([wallTimeAt('UTC', at('2026-11-22T00:00:00Z')), wallTimeAt('UTC', at('2026-11-22T23:59:59Z'))]).toEqual([{ day: 'sun', time: '00:00' }, { day: 'sun', time: '23:59' }]));
