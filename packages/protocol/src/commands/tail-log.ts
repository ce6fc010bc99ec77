import { z } from 'zod';
import { classes } from '../classify.ts';
import { deny } from '../errors.ts';
import { LOG, readableLog } from '../readable-files.ts';
import { defineCommand } from './define.ts';
import { FILE_BYTES_MAX, FILE_JSON_MAX, TAIL_LINES_MAX } from './file-limits.ts';

export const tailLog = defineCommand({
  name: 'tail_log',
  summary: 'The last lines of the log of the machine, or of a rotated copy of it',
  risk: 'read',
  args: z.strictObject({
    lines: z.int().min(1).max(TAIL_LINES_MAX).default(200).register(classes, { class: 'public' }),
    file: z.string().default(LOG).register(classes, { class: 'public' }),
  }),
  guard: ({ file }) => (readableLog(file) ? null : deny('path_not_allowlisted')),
  result: z.object({
    file: z.string().refine((file) => readableLog(file) !== null, { error: 'not a log an agent may show' }),
    text: z.string().max(FILE_BYTES_MAX), // as it stands in the file, oldest line first; what is no UTF-8 is replaced
    lines: z.int().min(0).max(TAIL_LINES_MAX), // in `text`
    truncated: z.boolean(), // lines that were asked for are missing, or the first is cut: they would not fit
  }),
  timeoutMs: 15_000,
  resultBytesMax: FILE_JSON_MAX + 4_096,
  example: { lines: 50 },
});
