/**
 * Which methods an address takes: asked when one came with another method, so that the router holds what is answered and
 * nothing else. A row for every method Node.js knows under every address took more of a start than all the rest.
 */
export type KnownPath = { readonly path: string; readonly methods: readonly string[] };

/** `:name` stands for one part of an address, a last `*` for all the parts that follow. */
const patternOf = (path: string): RegExp =>
  new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/:[a-z_]+/g, '[^/]+').replace(/\*$/, '.*')}$`, 's');

const hasName = ({ path }: KnownPath): boolean => /[:*]/.test(path);

export function createMethodsAt(known: readonly KnownPath[]) {
  const patterns = [...known.filter((one) => !hasName(one)), ...known.filter(hasName)].map((one) => ({ one, pattern: patternOf(one.path) }));
  return {
    at(url: string): KnownPath | null {
      const [path = ''] = url.split('?', 1);
      return patterns.find(({ pattern }) => pattern.test(path))?.one ?? null;
    },
    /** A path that reads like the name in another one (/agents/enroll, /agents/:agent) would be answered as that, with the methods it does not take. */
    mistaken: (): readonly KnownPath[] =>
      known
        .filter((one) => !hasName(one))
        .map(({ path, methods }) => ({ path, methods: patterns.filter(({ one, pattern }) => one.path !== path && pattern.test(path)).flatMap(({ one }) => one.methods).filter((method) => !methods.includes(method)) }))
        .filter(({ methods }) => methods.length > 0),
  };
}
