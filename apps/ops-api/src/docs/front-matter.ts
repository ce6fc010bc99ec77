/** What a page says of itself: `title` and `description`, one line each, between two lines of dashes. */
export type FrontMatter = { readonly title: string | null; readonly description: string | null };

export function readFrontMatter(text: string): { readonly front: FrontMatter; readonly body: string } {
  const [whole, inside = ''] = /^---\n([\s\S]*?)\n---\n/.exec(text) ?? [];
  const lines = new Map(inside.split('\n').map((line) => [line.slice(0, Math.max(0, line.indexOf(':'))).trim(), line.slice(line.indexOf(':') + 1).trim()]));
  return { front: { title: lines.get('title') ?? null, description: lines.get('description') ?? null }, body: text.slice(whole?.length ?? 0) };
}
