/** Several names in one line, as they are typed. */
export const namesIn = (typed: string): readonly string[] => [...new Set(typed.split(/[\s,]+/).filter(Boolean))];
/** In or out, whichever it is not. */
export const toggled = (typed: string, name: string): string => {
  const names = namesIn(typed);
  return (names.includes(name) ? names.filter((one) => one !== name) : [...names, name]).join(' ');
};

const OFFERED_MAX = 24;
/** Of many, those that are chosen and those the last word is part of. */
export function offered(known: readonly string[], typed: string): readonly string[] {
  if (known.length <= OFFERED_MAX) return known;
  const names = namesIn(typed);
  const last = names.at(-1) ?? '';
  const sought = known.includes(last) ? '' : last.toLowerCase();
  const chosen = known.filter((one) => names.includes(one));
  const others = known.filter((one) => !names.includes(one) && one.toLowerCase().includes(sought));
  return [...chosen, ...others.slice(0, Math.max(0, OFFERED_MAX - chosen.length))];
}
