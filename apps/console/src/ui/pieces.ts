/**
 * A line of somebody else's text, cut into what it is: found words, marks of what was blanked, and what shows nothing or turns the text
 * around it, which is named instead of being obeyed. Pure; whoever draws it draws text.
 */
export type Piece = { readonly is: 'plain' | 'found' | 'blanked' | 'unseen'; readonly text: string };
export type Sought = { readonly find?: string; readonly hasMarks?: boolean };

// A tab is drawn as one. Half a character, an escape, a turn of direction, a space of no width: none of them is.
const UNSEEN = String.raw`[^\P{C}\t]|[\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]`;
/** As the agent writes it into a configuration in place of a secret. */
const BLANKED = String.raw`\[redacted(?:: [^\]\n]*)?\]`;
const literal = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);

export function piecesOf(text: string, { find = '', hasMarks = false }: Sought = {}): readonly Piece[] {
  const pattern = new RegExp(`(?<unseen>${UNSEEN})${hasMarks ? `|(?<blanked>${BLANKED})` : ''}${find === '' ? '' : `|(?<found>${literal(find)})`}`, 'giu');
  const pieces: Piece[] = [];
  let at = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > at) pieces.push({ is: 'plain', text: text.slice(at, match.index) });
    const { unseen, blanked } = match.groups ?? {};
    pieces.push(unseen === undefined ? { is: blanked === undefined ? 'found' : 'blanked', text: match[0] } : { is: 'unseen', text: nameOf(unseen) });
    at = match.index + match[0].length;
  }
  if (at < text.length) pieces.push({ is: 'plain', text: text.slice(at) });
  return pieces;
}
const nameOf = (character: string): string => `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
