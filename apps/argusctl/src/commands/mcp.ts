import type { ToolProblem } from '@argus/mcp/server.ts';
import { defineCommand } from '../command.ts';

export const mcp = defineCommand({
  name: 'mcp',
  summary: 'Tools for an assistant on this machine, over standard input and output',
  positionals: {},
  flags: {},
  secrets: ['ops-token'],
  writes: false,
  example: 'ARGUS_PAT_FILE=assistant.pat argusctl mcp',
  async details() {
    const { TOOLS } = await import('@argus/mcp/tools.ts');
    const width = Math.max(...TOOLS.map(({ name }) => name.length));
    return [
      'Speaks the Model Context Protocol: one JSON-RPC message per line. For a program to start, not for a person to type into.',
      'Give it a token made for it (preset assistant). The ops token is for the tool explain alone, and better left away.',
      '',
      'Tools:',
      ...TOOLS.map(({ name, title }) => `  ${name.padEnd(width)}  ${title}`),
      '',
      'None of them opens a session or runs a command. docs/guides/mcp.md says how to set it up.',
    ];
  },
  async run({ clock, random, ask, inJson, lines, write }) {
    const [{ createMcpServer }, { serveLines }, { VERSION }] = await Promise.all([import('@argus/mcp/server.ts'), import('@argus/mcp/lines.ts'), import('../version.ts')]);
    const server = createMcpServer({ version: VERSION, now: () => clock.now(), random });
    await serveLines(server, {
      lines,
      say: (line) => write(`${line}\n`),
      ask: async (request) => {
        const answer = await ask(request);
        return answer.ok ? answer : { ok: false, error: inJson(answer.error) as ToolProblem }; // code and title are always in it
      },
    });
    return 0;
  },
});
