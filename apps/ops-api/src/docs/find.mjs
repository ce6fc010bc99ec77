// The search of the pages, for the server's form and for the browser alike: one file, run by both.

const WORDS_MAX = 8;
const LETTERS_MAX = 100;
const AROUND = 70;

/** The words somebody looks for. */
export const wordsOf = (query) => query.slice(0, LETTERS_MAX).toLowerCase().split(/[^\p{L}\p{N}_]+/u).filter((word) => word !== '').slice(0, WORDS_MAX);

/** Sections that have all the words, the best first. */
export function find(sections, query, most = 20) {
  const words = wordsOf(query);
  if (words.length === 0) return [];
  return sections
    .map((section) => ({ section, score: scoreOf(section, words) }))
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score || (a.section.address < b.section.address ? -1 : 1))
    .slice(0, most)
    .map(({ section }) => ({ address: section.address, page: section.page, heading: section.heading, excerpt: excerptOf(section.text, words) }));
}

function scoreOf(section, words) {
  const [inPage, inHeading, inText] = lowered(section);
  let score = 0;
  for (const word of words) {
    const found = 12 * hits(inHeading, word) + 6 * hits(inPage, word) + Math.min(4, hits(inText, word));
    if (found === 0) return 0;
    score += found;
  }
  // A whole page before a part of another.
  if (!section.address.includes('#')) score *= 1.3;
  // Who looks for something wants to know what to do. Why it is so comes later.
  if (section.address.startsWith('/docs/adr/')) score /= 3;
  // A page that is called what somebody typed comes first.
  return inHeading === words.join(' ') || inPage === words.join(' ') ? score + 50 : score;
}

/** Made once for each section, since every search asks for it. */
const known = new WeakMap();
function lowered(section) {
  const made = known.get(section) ?? [section.page, section.heading, section.text].map((part) => part.toLowerCase());
  known.set(section, made);
  return made;
}

/** How often it begins a word, which counts full, or stands within one. */
function hits(text, word) {
  let count = 0;
  for (let at = text.indexOf(word); at >= 0 && count < 8; at = text.indexOf(word, at + word.length)) count += at === 0 || !/[\p{L}\p{N}_]/u.test(text[at - 1]) ? 1 : 0.25;
  return count;
}

/** What stands around the first of them. */
function excerptOf(text, words) {
  const lower = text.toLowerCase();
  const places = words.map((word) => lower.indexOf(word)).filter((at) => at >= 0);
  const at = places.length === 0 ? 0 : Math.min(...places);
  const from = at <= AROUND ? 0 : text.indexOf(' ', at - AROUND) + 1;
  const to = text.length <= at + 2 * AROUND ? text.length : Math.max(text.lastIndexOf(' ', at + 2 * AROUND), at + AROUND);
  return `${from > 0 ? '… ' : ''}${text.slice(from, to)}${to < text.length ? ' …' : ''}`;
}
