/** The words of a search for machines. One that stands in another is found with it: it is not looked for again in every machine. Pure. */
export function wordsAsked(q: string): readonly string[] {
  const words = [...new Set(q.toLowerCase().split(/\s+/).filter(Boolean))];
  return words.filter((word) => !words.some((other) => other !== word && other.includes(word)));
}
