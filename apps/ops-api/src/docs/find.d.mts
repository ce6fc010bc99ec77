/** A part of a page under one heading. */
export type SearchSection = { readonly address: string; readonly page: string; readonly heading: string; readonly text: string };
export type SearchHit = { readonly address: string; readonly page: string; readonly heading: string; readonly excerpt: string };
export function wordsOf(query: string): readonly string[];
export function find(sections: readonly SearchSection[], query: string, most?: number): readonly SearchHit[];
