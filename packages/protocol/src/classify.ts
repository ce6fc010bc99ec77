import { z } from 'zod';

/** public: may stand in audit in clear. sensitive: only its digest. secret: not at all. */
export type DataClass = 'public' | 'sensitive' | 'secret';
export const classes = z.registry<{ class: DataClass }>();

/** A field nobody classified is a secret. */
export const classOf = (field: z.ZodType | undefined): DataClass => (field && classes.get(field)?.class) ?? 'secret';
