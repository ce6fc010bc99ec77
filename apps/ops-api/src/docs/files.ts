/** What the site is made of, as it lies in the checkout: read once, by an adapter. No request ever names a file. */
export type DocFile = { readonly path: string; readonly text: string };
export type DocFiles = {
  /** Below docs/, with `.md`. */
  readonly pages: readonly DocFile[];
  /** Below docs/, with `.svg`. */
  readonly pictures: readonly DocFile[];
  /** Style and scripts of the site itself, by bare name. */
  readonly assets: readonly DocFile[];
};
export type ReadDocFiles = () => DocFiles;
