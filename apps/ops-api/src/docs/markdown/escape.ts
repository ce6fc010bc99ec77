/** Every text of a page and every value of an attribute goes through here, and nothing else writes either. */
export const text = (raw: string): string => raw.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
export const attribute = (raw: string): string => text(raw).replaceAll('"', '&quot;').replaceAll("'", '&#39;');
