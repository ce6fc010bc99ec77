/** Where something stands in the guides and the reference, for a search that is not theirs. */
import { z } from 'zod';

export const DocsPlace = z.object({ address: z.string().startsWith('/docs'), page: z.string(), heading: z.string() });
export const DocsPlaces = z.array(DocsPlace);
export type DocsPlace = z.infer<typeof DocsPlace>;
