/** What recording or withdrawing a consent answers. */
import { z } from 'zod';
import { id } from '../ids.ts';

export const ConsentChanged = z.object({ tenant_id: id('tenant'), consent: z.enum(['signed', 'missing']), leaf_index: z.int() });
