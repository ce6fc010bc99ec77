/** Letters that do something to a terminal, or hide in it. A line break is ours: JSON has none inside a text. */
const HARMFUL = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu;

/** The exact value, and harmless to print: what does not print is spelled \uXXXX, which JSON reads as the same text. */
export const printJson = (value: unknown): string =>
  `${JSON.stringify(value, null, 2).replaceAll(HARMFUL, (letter) => (letter === '\n' ? letter : escaped(letter)))}\n`;

export function escaped(letter: string): string {
  let out = '';
  for (let i = 0; i < letter.length; i++) out += `\\u${letter.charCodeAt(i).toString(16).padStart(4, '0')}`;
  return out;
}

/** The same on one line, for a stream of them. */
export const printJsonLine = (value: unknown): string => `${JSON.stringify(value).replaceAll(HARMFUL, escaped)}\n`;

/** One line of JSON that somebody else wrote. */
export const harmless = (line: string): string => line.replaceAll(HARMFUL, escaped);
