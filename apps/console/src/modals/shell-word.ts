/** One word for a shell, whatever stands in it: in single quotes nothing means anything. */
export const shellWord = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
