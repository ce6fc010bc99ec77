import { z } from 'zod';
import { classes } from '../classify.ts';
import { deny } from '../errors.ts';
import { readableFile } from '../readable-files.ts';
import { sha256Hex } from '../text.ts';
import { defineCommand } from './define.ts';
import { FILE_BYTES_MAX, FILE_JSON_MAX } from './file-limits.ts';

export const readFile = defineCommand({
  name: 'read_file',
  summary: 'One of the files the agent may show, with the secrets in config.yaml blanked',
  risk: 'read',
  args: z.strictObject({ path: z.string().register(classes, { class: 'public' }) }),
  guard: ({ path }) => (readableFile(path) ? null : deny('path_not_allowlisted')),
  result: z
    .object({
      path: z.string().refine((path) => readableFile(path) !== null, { error: 'not a file an agent may show' }),
      text: z.string().max(FILE_BYTES_MAX).exactOptional(), // exactly what was read
      base64: z.string().max(FILE_BYTES_MAX * 2).regex(/^[A-Za-z0-9+/]*={0,2}$/, { error: 'not base64' }).exactOptional(), // what is not UTF-8; exactly one of the two
      size: z.int().min(0).max(FILE_BYTES_MAX), // in bytes, of what is sent
      sha256: sha256Hex(), //                      of the same bytes
      truncated: z.boolean(), //                   the file goes on
    })
    .refine(({ text, base64 }) => (text === undefined) !== (base64 === undefined), { error: 'has neither or both of text and base64' }),
  timeoutMs: 10_000,
  resultBytesMax: FILE_JSON_MAX + 4_096,
  example: { path: 'version.txt' },
});
