/** Reads HTML of our own making strictly: every tag is closed in order, every attribute is quoted, no `<` is left over. */
export type Tag = { readonly name: string; readonly attributes: readonly (readonly [name: string, value: string])[]; readonly text: string };

const VOID = ['meta', 'link', 'hr', 'input', 'br'];
const TAG = /<(\/?)([a-z][a-zA-Z0-9]*)((?:\s+[a-zA-Z:-]+(?:="[^"<>]*")?)*)\s*(\/?)>/y;

/** All tags in order with the text up to the next one; throws at the first thing that is not well-formed. */
export function tagsOf(html: string): readonly Tag[] {
  const open: string[] = [];
  const tags: Tag[] = [];
  let at = html.startsWith('<!doctype html>\n') ? 16 : 0;
  for (;;) {
    const next = html.indexOf('<', at);
    const text = html.slice(at, next < 0 ? undefined : next);
    if (/>|&(?!(?:amp|lt|gt|quot|#39);)/.test(text)) throw new Error(`a letter that is not written as text: ${text.slice(0, 200)}`);
    const last = tags.at(-1);
    if (last) tags[tags.length - 1] = { ...last, text };
    if (next < 0) break;
    TAG.lastIndex = next;
    const found = TAG.exec(html);
    if (!found) throw new Error(`no tag: ${html.slice(next, next + 200)}`);
    const [whole, slash, name = '', inside = '', closed] = found;
    at = next + whole.length;
    if (slash === '/') {
      const opened = open.pop();
      if (opened !== name) throw new Error(`</${name}> closes <${opened ?? 'nothing'}>: ${html.slice(Math.max(0, next - 200), at)}`);
    } else {
      const attributes = [...inside.matchAll(/([a-zA-Z:-]+)(?:="([^"]*)")?/g)].map(([, attribute = '', value = '']) => [attribute, value] as const);
      const names = attributes.map(([attribute]) => attribute);
      if (new Set(names).size < names.length) throw new Error(`an attribute twice: ${whole}`);
      tags.push({ name, attributes, text: '' });
      if (!VOID.includes(name) && closed !== '/') open.push(name);
    }
  }
  if (open.length > 0) throw new Error(`not closed: ${open.join(', ')}`);
  return tags;
}
