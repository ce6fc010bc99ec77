import { DocsPlaces, type DocsPlace } from '@argus/protocol/http/docs.ts';
import { fits } from './read.ts';
import { get, type Request } from './requests.ts';

/** Every heading of the pages beside the API. */
export const docsPlaces = (): Request<readonly DocsPlace[]> => get('/docs/places.json', fits(DocsPlaces));
