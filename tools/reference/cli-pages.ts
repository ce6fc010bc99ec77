/** The pages of argusctl's three groups that operators use all day, each printed from the table of commands. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { COMMANDS } from '@argus/argusctl/commands/index.ts';
import type { Command } from '@argus/argusctl/command.ts';
import { ROOT } from '../stages.ts';
import type { Page } from './table.ts';

/** What stands before the commands of a group; another group is another row. */
const GROUPS = {
  tenant: {
    description: 'See tenants and their consent, arm and disarm them, from the command line.',
    opening: 'A tenant owns machines. These commands show who consented to what, and open or close a tenant for sessions. Arming takes the scope `remote_support:arm` and a reason, and neither the ops token nor an operator network: see [arm and disarm a tenant](../remote-support/arm-disarm.md).',
  },
  agent: {
    description: 'See machines, open and end sessions on them, and look through their cameras, from the command line.',
    opening: 'An agent is a machine of a tenant. Opening a session takes all three factors and a reason, and shows the session token once: see [activate a session and run commands](../remote-support/remote-in.md).',
  },
  support: {
    description: 'Open sessions by tenant, and run the commands of an open session, from the command line.',
    opening: 'What is done in a session. The session token comes from `ARGUS_SESSION`, from the file that `ARGUS_SESSION_FILE` names, or from `--session`. Where a command is also there under `argusctl agent`, both send the same request.',
  },
} as const;

/** What `--help` of it says, as the golden files of argusctl have it, without what is the same for all. */
function helpText({ name }: Command): string {
  const help = readFileSync(join(ROOT, 'apps/argusctl/golden/help', `${name.replaceAll(' ', '.')}.txt`), 'utf8');
  return help.slice(help.indexOf('Usage:'), help.indexOf('\nFlags of every command:')).trimEnd();
}

const commandText = (command: Command): string =>
  `## argusctl ${command.name}\n\n${command.summary}.\n\n\`\`\`text help\n${helpText(command)}\n\`\`\`\n\nFor example:\n\n\`\`\`sh not-run=printed\n${command.example}\n\`\`\``;

export const CLI_PAGES: readonly Page[] = Object.entries(GROUPS).map(([group, { description, opening }]) => ({
  file: `${group}.md`,
  title: `argusctl ${group}`,
  description,
  text: `${opening}\n\nEvery command also takes \`--json\`, \`--url\` and \`--help\`; exit codes stand beside the [errors](../reference/errors.md).\n\n${COMMANDS.filter(({ name }) => name.startsWith(`${group} `))
    .map(commandText)
    .join('\n\n')}`,
}));
