/**
 * `npm run new:command <name>`: the contract, the handler and both rows of a new command, which compile and answer as they
 * are. What it takes, what it answers and what it does is then yours to write; the tests say what is missing.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ROOT } from './stages.ts';

/** Adds to the checkout in `root`; answers with the files it wrote, or with a sentence why it wrote none. */
export function newCommand(root: string, name: string): readonly string[] | string {
  if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name) || name.length > 32) return `A command is called like view_camera: words of small letters with _ between them, 32 letters at most. ${JSON.stringify(name)} is not.`;
  const dashed = name.replaceAll('_', '-');
  const constant = name.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  const [contracts, handlers] = ['packages/protocol/src/commands', 'apps/agent/src/commands'];
  const files = [`${contracts}/${dashed}.ts`, `${handlers}/${dashed}.ts`];
  const taken = files.find((file) => existsSync(join(root, file)));
  if (taken !== undefined || ['index', 'define'].includes(dashed)) return `There is ${taken ?? dashed} already. Choose another name.`;
  const edits = [
    withRow(root, `${contracts}/index.ts`, { constant, dashed, row: /^(export const COMMANDS = \[[^\]]*?),?(\s*\] as const;)$/m, entry: constant }),
    withRow(root, `${handlers}/index.ts`, { constant, dashed, row: /^(export const HANDLERS: Handlers = \{[^}]*?),?(\s*\};)$/m, entry: constant === name ? name : `${name}: ${constant}` }),
  ];
  for (const edit of edits) if (typeof edit === 'string') return edit;
  writeFileSync(join(root, files[0] ?? ''), contractText(name, constant));
  writeFileSync(join(root, files[1] ?? ''), handlerText(name, constant, dashed));
  for (const edit of edits) if (typeof edit !== 'string') writeFileSync(join(root, edit.file), edit.text);
  return [...files, ...edits.flatMap((edit) => (typeof edit === 'string' ? [] : [edit.file]))];
}

type Row = { readonly constant: string; readonly dashed: string; readonly row: RegExp; readonly entry: string };
function withRow(root: string, file: string, { constant, dashed, row, entry }: Row): { readonly file: string; readonly text: string } | string {
  const text = readFileSync(join(root, file), 'utf8');
  const imports = [...text.matchAll(/^import \{ \w+ \} from '\.\/[\w-]+\.ts';\n/gm)];
  const last = imports.at(-1);
  if (!last || !row.test(text)) return `The table in ${file} does not look as expected, so nothing was written. Add the command by hand: see "a command" in AGENTS.md.`;
  const at = last.index + last[0].length;
  const added = `${text.slice(0, at)}import { ${constant} } from './${dashed}.ts';\n${text.slice(at)}`;
  return { file, text: added.replace(row, (_, before: string, after: string) => `${before}, ${entry}${after}`) };
}

const contractText = (name: string, constant: string): string => `import { z } from 'zod';
import { agentText } from '../text.ts';
import { defineCommand } from './define.ts';

export const ${constant} = defineCommand({
  name: '${name}',
  summary: 'One sentence for the help, the console and the docs',
  risk: 'read',
  args: z.strictObject({}), // classify every field: .register(classes, { class: 'public' })
  result: z.object({ platform: agentText(128) }), // cap every text
  timeoutMs: 5_000,
  resultBytesMax: 4_096,
  example: {},
});
`;

const handlerText = (name: string, constant: string, dashed: string): string => `import { ok } from '@argus/kit/result.ts';
import type { Handlers } from './index.ts';

/** The contract is packages/protocol/src/commands/${dashed}.ts. What it may touch is \`Reach\`. */
export const ${constant}: Handlers['${name}'] = async (_args, { machine }) => ok({ platform: machine.platform });
`;

if (process.argv[1] !== undefined && resolve(process.argv[1]) === import.meta.filename) {
  const written = newCommand(ROOT, process.argv[2] ?? '');
  if (typeof written === 'string') {
    process.stderr.write(`${written}\n`);
    process.exitCode = 1;
  } else process.stdout.write(`${written.join('\n')}\n\nWrite what it does, then: npm run print && npm run ok\n`);
  process.disconnect?.();
}
