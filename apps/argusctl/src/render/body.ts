import { redactSecrets } from '@argus/protocol/ids.ts';
import { escaped } from './json.ts';

/** What does something to a terminal, or hides in it. Line breaks and tabs are what a text is made of. */
const HARMFUL = /[^\P{C}\n\t]|[\p{Zl}\p{Zp}]/gu;

/**
 * A log or a file as it is, line by line. A sequence that would move the cursor, set a title or turn letters round is spelled
 * out, \u001b[2J: it is seen, and does nothing.
 */
export function bodyText(text: string): string {
  const lines = redactSecrets(text.replaceAll('\r\n', '\n')).replaceAll(HARMFUL, escaped);
  return lines === '' || lines.endsWith('\n') ? lines : `${lines}\n`;
}
