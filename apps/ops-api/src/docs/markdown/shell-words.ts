/** A shell script in two shades: what runs, and what is said about it. Quotes are followed, so that a # in one is no comment. */
import { text } from './escape.ts';

export function shellWords(script: string): string {
  let html = '';
  let quote = '';
  for (const line of script.split('\n')) {
    let cut = line.length;
    for (let at = 0; at < line.length; at++) {
      const letter = line.charAt(at);
      if (letter === '\\' && quote !== "'") at++;
      else if (quote !== '') quote = letter === quote ? '' : quote;
      else if (letter === '"' || letter === "'") quote = letter;
      else if (letter === '#' && (at === 0 || /\s/.test(line.charAt(at - 1)))) {
        cut = at;
        break;
      }
    }
    html += `${html === '' ? '' : '\n'}${text(line.slice(0, cut))}${cut < line.length ? `<span class="aside">${text(line.slice(cut))}</span>` : ''}`;
  }
  return html;
}
