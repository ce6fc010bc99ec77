/** docs/FLOW.md, from the golden transcript of the flow tests. */
const WIDTH = 160;

export const flowPage = (transcript: string): string => `---
title: One command's way
description: Every hop of one session and one command, as the flow test recorded it.
---

# One command's way

This page is printed from \`flow/command.flow.golden.txt\`: the whole system in one process, real code everywhere,
memory at the edges. An operator opens a session on one machine, pings it, and ends the session. Read it for the order
of things: what is in the log before anything moves, what the machine checks, what comes back. Lines are cut at ${WIDTH}
characters.

\`\`\`text
${transcript
  .trimEnd()
  .split('\n')
  .map((line) => (line.length > WIDTH ? `${line.slice(0, WIDTH - 1)}…` : line))
  .join('\n')}
\`\`\`

What is not there matters as much: no session token, no passkey, no result body in the log.
`;
