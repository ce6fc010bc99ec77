import { defineCommand } from '../command.ts';

export const completion = defineCommand({
  name: 'completion',
  summary: 'A script that lets your shell complete commands, flags and ids',
  positionals: { shell: { value: 'shell', show: 'SHELL', about: 'bash, zsh or fish' } },
  flags: {},
  secrets: [],
  writes: false,
  isLocal: true,
  example: 'argusctl completion bash',
  details: async () => [
    'bash   argusctl completion bash > ~/.local/share/bash-completion/completions/argusctl',
    'zsh    argusctl completion zsh > "${fpath[1]}/_argusctl"',
    'fish   argusctl completion fish > ~/.config/fish/completions/argusctl.fish',
    '',
    'Ids come from the server of the stored login, if it answers within a second.',
  ],
  async run({ write }, { shell }) {
    const { SCRIPTS } = await import('../render/completion.ts');
    write(SCRIPTS[shell]);
    return 0;
  },
});
