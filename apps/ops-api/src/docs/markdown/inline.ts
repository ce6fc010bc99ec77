/** What stands within a line. Nothing here is HTML: a tag in a page is text, but for an empty anchor, `<a id="name"></a>`. */
export type Inline =
  | { readonly kind: 'text' | 'code'; readonly text: string }
  | { readonly kind: 'strong' | 'em'; readonly inside: readonly Inline[] }
  | { readonly kind: 'link'; readonly to: string; readonly inside: readonly Inline[] }
  | { readonly kind: 'picture'; readonly from: string; readonly says: string }
  | { readonly kind: 'anchor'; readonly id: string };

type Found = { readonly inline: Inline; readonly length: number };
const DEEPEST = 6; // spans within spans; nobody writes more, and a hostile page must not dig

export function readInline(text: string, depth = 0): readonly Inline[] {
  const found: Inline[] = [];
  let plain = '';
  const flush = () => {
    if (plain !== '') found.push({ kind: 'text', text: plain });
    plain = '';
  };
  for (let at = 0; at < text.length; ) {
    const rest = text.slice(at);
    const escaped = /^\\([!-/:-@[-`{-~])/.exec(rest)?.[1];
    if (escaped !== undefined) {
      plain += escaped;
      at += 2;
      continue;
    }
    const span = depth < DEEPEST && /^[`<![*_]/.test(rest) ? spanAt(rest, text.charAt(at - 1), depth) : null;
    if (span) {
      flush();
      found.push(span.inline);
      at += span.length;
      continue;
    }
    // A run of ticks that closes nowhere is text as a whole, so that its tail opens nothing.
    const run = /^`+/.exec(rest)?.[0] ?? rest.charAt(0);
    plain += run;
    at += run.length;
  }
  flush();
  return found;
}

const spanAt = (rest: string, before: string, depth: number): Found | null => codeAt(rest) ?? anchorAt(rest) ?? addressAt(rest) ?? pictureAt(rest) ?? linkAt(rest, depth) ?? stressAt(rest, before, depth);

function codeAt(rest: string): Found | null {
  const [, ticks = ''] = /^(`+)/.exec(rest) ?? [];
  if (ticks === '') return null;
  const end = endOfCode(rest, ticks.length, ticks.length);
  if (end < 0) return null;
  const inside = rest.slice(ticks.length, end - ticks.length).replaceAll('\n', ' ');
  return { inline: { kind: 'code', text: /^ .*[^ ].* $|^ [^ ] $/.test(inside) ? inside.slice(1, -1) : inside }, length: end };
}
/** Behind the run of exactly so many ticks that closes, or -1. */
function endOfCode(text: string, from: number, ticks: number): number {
  for (const { 0: run, index } of text.slice(from).matchAll(/`+/g)) if (run.length === ticks) return from + index + ticks;
  return -1;
}

function anchorAt(rest: string): Found | null {
  const [whole, id] = /^<a id="([A-Za-z][\w-]*)"><\/a>/.exec(rest) ?? [];
  return whole === undefined || id === undefined ? null : { inline: { kind: 'anchor', id }, length: whole.length };
}

function addressAt(rest: string): Found | null {
  const [whole, to] = /^<(https?:\/\/[^\s<>]+)>/.exec(rest) ?? [];
  return whole === undefined || to === undefined ? null : { inline: { kind: 'link', to, inside: [{ kind: 'text', text: to }] }, length: whole.length };
}

function pictureAt(rest: string): Found | null {
  const [whole, says = '', from = ''] = /^!\[([^\]]*)\]\(([^()\s]+)\)/.exec(rest) ?? [];
  return whole === undefined ? null : { inline: { kind: 'picture', from, says }, length: whole.length };
}

function linkAt(rest: string, depth: number): Found | null {
  if (!rest.startsWith('[')) return null;
  const end = closing(rest);
  const [target, to = ''] = /^\(([^()\s]+)\)/.exec(rest.slice(end)) ?? [];
  if (end < 0 || target === undefined) return null;
  return { inline: { kind: 'link', to, inside: readInline(rest.slice(1, end - 1), depth + 1) }, length: end + target.length };
}
/** Behind the bracket that closes the one at the beginning; brackets in code do not count. */
function closing(rest: string): number {
  let open = 0;
  for (let at = 0; at < rest.length; at++) {
    const letter = rest.charAt(at);
    if (letter === '\\') at++;
    else if (letter === '`') at = Math.max(at, (codeAt(rest.slice(at))?.length ?? 1) + at - 1);
    else if (letter === '[') open++;
    else if (letter === ']' && --open === 0) return at + 1;
  }
  return -1;
}

function stressAt(rest: string, before: string, depth: number): Found | null {
  const [mark = ''] = /^(\*\*|\*|_)(?=\S)/.exec(rest) ?? [];
  if (mark === '' || (mark === '_' && /\w/.test(before))) return null;
  for (let at = mark.length; at < rest.length; at++) {
    if (rest.charAt(at) === '\\') at++;
    else if (rest.charAt(at) === '`') at = Math.max(at, (codeAt(rest.slice(at))?.length ?? 1) + at - 1);
    else if (rest.startsWith(mark, at) && closes(rest, at, mark)) {
      const inside = readInline(rest.slice(mark.length, at), depth + 1);
      return { inline: { kind: mark === '**' ? 'strong' : 'em', inside }, length: at + mark.length };
    } else if (rest.startsWith('**', at)) at++;
  }
  return null;
}
const closes = (rest: string, at: number, mark: string): boolean =>
  /\S/.test(rest.charAt(at - 1)) && (mark === '**' || !rest.startsWith('**', at)) && (mark !== '_' || !/\w/.test(rest.charAt(at + 1)));

/** The words without their dress: for search, for titles and for anchors. */
export const wordsOf = (inlines: readonly Inline[]): string =>
  inlines
    .map((one) => {
      switch (one.kind) {
        case 'text':
        case 'code':
          return one.text;
        case 'strong':
        case 'em':
        case 'link':
          return wordsOf(one.inside);
        case 'picture':
          return one.says;
        case 'anchor':
          return '';
        default:
          return one satisfies never;
      }
    })
    .join('');
