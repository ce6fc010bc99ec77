/**
 * A drawing stands in the page itself, so that it takes the colours of the page. It may hold shapes, words and classes: anything
 * that acts or loads is not shown at all.
 */
import { posix } from 'node:path';

const TAGS = ['svg', 'g', 'path', 'rect', 'circle', 'line', 'polyline', 'polygon', 'text', 'tspan', 'title', 'desc', 'defs', 'marker'];
const ATTRIBUTES = /^(?:xmlns|viewBox|role|class|id|d|x|y|x1|y1|x2|y2|cx|cy|r|rx|ry|width|height|points|transform|fill|stroke|stroke-width|stroke-dasharray|stroke-linecap|stroke-linejoin|text-anchor|font-size|font-weight|font-family|marker-end|refX|refY|markerWidth|markerHeight|orient|aria-labelledby)$/;
const LOCAL = /^url\(#[\w-]+\)$/;

export function pictureHtml(pictures: ReadonlyMap<string, string>, page: string, from: string): string | null {
  const svg = pictures.get(posix.join(posix.dirname(page), from));
  return svg !== undefined && isHarmless(svg) ? svg.trim() : null;
}

export function isHarmless(svg: string): boolean {
  const rest = svg.replaceAll(/<\/?([A-Za-z]+)((?:\s+[\w:-]+="[^"<>]*")*)\s*\/?>/g, (whole, tag: string, attributes: string) =>
    TAGS.includes(tag) && [...attributes.matchAll(/([\w:-]+)="([^"]*)"/g)].every(([, name = '', value = '']) => ATTRIBUTES.test(name) && (!/url|script|[&:]/i.test(value) || LOCAL.test(value) || name === 'xmlns')) ? '' : whole,
  );
  return svg.trimStart().startsWith('<svg') && !rest.includes('<') && !rest.includes('&#');
}
