/** Who may import whom, and what stays at the edge, as data with the reason beside each rule. */

export type Room = {
  /** Our other packages, by folder name. */
  readonly ours: readonly string[];
  /** npm packages; `*` in the name of a Node.js builtin stands for the rest of it. */
  readonly others: readonly string[];
  readonly why: string;
};

export const ANYTHING = '*';

export const ROOMS: Readonly<Record<string, Room>> = {
  'packages/kit': { ours: [], others: [], why: 'words without an Argus noun; browser, agent and server all load it' },
  'packages/protocol': {
    ours: ['kit'],
    others: ['zod'],
    why: 'what crosses a wire; the browser loads it, so nothing of Node.js',
  },
  'packages/keys': {
    ours: ['kit', 'protocol'],
    others: ['node:crypto'],
    why: 'secrets pass through here: the fewer things it can do with them, the better (no files, no network)',
  },
  'packages/ledger': {
    ours: ['kit'],
    others: [],
    why: 'pure: server, agent, browser and verifier must agree on every byte',
  },
  'packages/evidence': {
    ours: ['kit', 'ledger', 'protocol'],
    others: ['zod'],
    why: 'the owner checks with it, at the command line and in a browser: hashing and signatures are handed in, nothing of Node.js, nothing of the server',
  },
  'packages/client': {
    ours: ['kit', 'protocol'],
    others: [],
    why: 'argusctl and the console share it; the browser loads it',
  },
  'packages/mcp': {
    ours: ['client', 'kit', 'protocol'],
    others: ['zod'],
    why: 'tools for programs: each is one request of the typed client, so what it can do is what the client can be asked for here',
  },
  'packages/testkit': { ours: [ANYTHING], others: [ANYTHING], why: 'only tests import it' },
  'apps/ops-api': {
    ours: ['kit', 'protocol', 'keys', 'ledger', 'client', 'mcp'],
    others: ['fastify', '@fastify/*', 'nodemailer', 'ws', 'pg', 'zod', 'node:*'],
    why: 'the control plane',
  },
  'apps/agent': {
    ours: ['kit', 'protocol', 'keys', 'ledger'],
    others: ['ws', 'zod', 'node:*'],
    why: "it runs on somebody else's machine: everything it loads is something they have to trust",
  },
  'apps/argusctl': {
    ours: ['client', 'mcp', 'protocol', 'kit', 'keys', 'ledger', 'evidence'],
    others: ['node:*'],
    why: "it speaks to the API as anybody could, checks what it is told with the owner's own checker, and opens the operator's key",
  },
  'apps/console': {
    ours: ['client', 'protocol', 'kit', 'ledger', 'evidence'],
    others: ['react', 'react-dom', 'esbuild', 'node:*'],
    why: "it shows what the server says, checks the proofs of it with the owner's own code, and asks it to act, as anybody could; Node.js builds it and never runs it",
  },
  'apps/argus-sign': {
    ours: ['kit', 'protocol', 'keys'],
    others: ['node:fs', 'node:tty', 'node:util', 'zod'],
    why: 'it opens the keys that machines trust: nothing in it can talk to anybody',
  },
  'apps/argus-verify': {
    ours: ['kit', 'protocol', 'evidence', 'keys'],
    others: ['node:fs', 'node:util', 'node:crypto', 'zod'],
    why: "the owner's own checker: no code of the server it checks, and as little as can be of anything else",
  },
};

export type Forbidden = {
  /** Paths from the root that the rule is about. */
  readonly in: RegExp;
  /** Not those among them. */
  readonly except?: RegExp;
  /** Specifiers as written, or for our own files the path from the root. */
  readonly import: RegExp;
  readonly why: string;
};

export const FORBIDDEN: readonly Forbidden[] = [
  {
    in: /^apps\/agent\//,
    import: /^(node:)?(vm|worker_threads|cluster|repl|inspector)(\/|$)/,
    why: 'the agent runs no programs: there is no remote command line to break out of',
  },
  {
    in: /^apps\/agent\//,
    except: /^apps\/agent\/src\/adapters\/cameras\/ffmpeg\.ts$/,
    import: /^(node:)?child_process(\/|$)/,
    why: 'the agent runs no programs; one file starts ffmpeg, with arguments of its own and pipes, for a camera of the trust file',
  },
  {
    in: /^apps\/agent\/src\//,
    except: /^apps\/agent\/src\/adapters\/cameras\/(ffmpeg|rtsp|burn-in|cameras)\.ts$/,
    import: /^apps\/agent\/src\/adapters\/cameras\/(ffmpeg|rtsp|burn-in)\.ts$/,
    why: 'who may name arguments for ffmpeg stands beside it; everybody else asks for a frame',
  },
  {
    in: /^apps\/argusctl\//,
    except: /^apps\/argusctl\/src\/adapters\/browser\.ts$/,
    import: /^(node:)?child_process(\/|$)/,
    why: 'argusctl runs no programs; one file hands an address to the browser, and nothing else to anything',
  },
  { in: /^apps\/agent\//, import: /^(node:)?(http|https|http2)$/, why: 'the agent dials out and listens to nobody' },
  {
    in: /^apps\/agent\//,
    except: /^apps\/agent\/src\/adapters\/(local|dbus)\//,
    import: /^(node:)?(net|dgram|tls)$/,
    why: 'sockets of this very machine only: what people at it reach the daemon by, and their own session bus',
  },
  {
    in: /^apps\/ops-api\/src\//,
    except: /^apps\/ops-api\/src\/(adapters\/|db\/|(main|boot)\.ts$)/,
    import: /^apps\/ops-api\/src\/adapters\//,
    why: 'use cases see ports (ports.ts), never the adapter behind one; main.ts and boot.ts join them',
  },
  {
    in: /^apps\/ops-api\/src\//,
    except: /^apps\/ops-api\/src\/(adapters\/|db\/|(main|boot)\.ts$)/,
    import: /^(pg|ws)$/,
    why: 'PostgreSQL and WebSocket stand behind ports, so that the whole system also runs in one process in memory',
  },
  {
    in: /^apps\/ops-api\/src\//,
    except: /^apps\/ops-api\/src\/adapters\/smtp\//,
    import: /^nodemailer(\/|$)/,
    why: 'mail stands behind a port; the one file that sends decides how, and never in plain text over a network',
  },
  {
    in: /^apps\/ops-api\/src\//,
    except: /^apps\/ops-api\/src\/(http\/|app\.ts$)/,
    import: /^@?fastify(\/|$)/,
    why: 'a use case that knows HTTP cannot be called from anywhere else',
  },
  {
    in: /^apps\/ops-api\/src\//,
    except: /^apps\/ops-api\/src\/mcp\//,
    import: /^packages\/client\//,
    why: 'the server talks to its own doors only where a program asks through MCP: as anybody, with the credential of whoever asked',
  },
  {
    in: /./,
    except: /^(tools|e2e|bench)\/|^apps\/[^/]+\/src\/(main|db\/prepare)\.ts$|^packages\/testkit\//,
    import: /^(node:)?process$/,
    why: 'settings arrive as a parameter; this import is the same environment by another name',
  },
  {
    in: /./,
    except: /^(tools|e2e|bench)\/|^apps\/[^/]+\/src\/adapters\/|^packages\/testkit\//,
    import: /^(node:)?(timers|perf_hooks)(\/|$)/,
    why: 'time is a port: @argus/kit/clock.ts',
  },
  {
    in: /./,
    except: /^(tools|e2e|bench)\/|^apps\/ops-api\/src\/adapters\/(embedded-postgres\/binaries|process\/compiled-code)\.ts$/,
    import: /^(node:)?module$/,
    why: 'createRequire loads code no rule here can see; one file needs it to find a platform package by name, one keeps what was compiled',
  },
];

export type Ambient = { readonly name: string; readonly uses: RegExp; readonly onlyIn: RegExp; readonly why: string };

/** Files that start a process: they alone see its surroundings. */
const ENTRIES = /^(tools|e2e|bench)\/|^apps\/[^/]+\/src\/(main|db\/prepare)\.ts$/;
const NOWHERE = /^$/;

export const AMBIENT: readonly Ambient[] = [
  {
    name: 'process.env',
    uses: /\bprocess\s*(\??\.\s*env\b|\[)|\}\s*=\s*process\b(?!\s*\.)/,
    onlyIn: ENTRIES,
    why: 'settings arrive as a parameter, parsed once',
  },
  {
    name: 'the wall clock',
    uses: /\bDate\s*\??\.\s*now\b|\bnew\s+Date\b(?!\s*\()|\bnew\s+Date\s*\(\s*\)|(?<!\bnew\s+|[.\w])Date\s*\(/,
    onlyIn: /^packages\/kit\/src\/clock\.ts$|^apps\/[^/]+\/src\/adapters\/|^(tools|e2e|bench)\//,
    why: 'time is a port: @argus/kit/clock.ts',
  },
  {
    name: 'the running clock',
    uses: /\bperformance\s*\??\.\s*(now|timeOrigin)\b/,
    onlyIn: /^packages\/kit\/src\/clock\.ts$|^apps\/[^/]+\/src\/adapters\/|^(tools|e2e|bench)\//,
    why: 'time is a port: @argus/kit/clock.ts',
  },
  {
    name: 'timers',
    uses: /(?<![.\w])(globalThis\s*\.\s*)?(setTimeout|setInterval)\b/,
    // The entry of a process may hold it open, and may stop waiting for its end.
    onlyIn: /^packages\/kit\/src\/clock\.ts$|^apps\/[^/]+\/src\/(adapters\/|main\.ts$)|^(tools|e2e|bench)\//,
    why: 'time is a port: a test moves the clock, it does not wait',
  },
  {
    name: 'Math.random',
    uses: /\bMath\s*(\??\.\s*random\b|\[)/,
    onlyIn: NOWHERE,
    why: 'ids and tokens come from node:crypto, through a port',
  },
  {
    name: 'console',
    uses: /(?<![.\w])console\s*(\??\.|\[)/,
    onlyIn: ENTRIES,
    why: 'what is logged goes through the port; it redacts',
  },
  {
    name: 'the network that needs no import',
    uses: /(?<![.\w])(fetch|WebSocket|EventSource)\b/,
    onlyIn: /^(?!apps\/argus-sign\/)/,
    why: 'keys for patches are used offline',
  },
  {
    name: 'eval',
    uses: /(?<![.\w])(eval\s*\(|new\s+Function\b)|\bgetBuiltinModule\b/,
    onlyIn: NOWHERE,
    why: 'code comes from files, and imports from import',
  },
];

/** Tests, and what only tests use: they may import anything, and nothing imports them. */
export const isTest = (file: string): boolean =>
  /^(tools|flow|e2e|bench|verify|packages\/testkit)\//.test(file) ||
  /\.(test|contract)\.tsx?$/.test(file) ||
  // What stands beside src (vectors, fixtures) is material for tests; package.json says which version this is.
  /^(packages|apps)\/[^/]+\/(?!src\/|package\.json$)/.test(file);
