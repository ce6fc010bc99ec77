/** First words of our commands: what follows `argusctl` in a command, and not in a sentence. A test holds it to the table. */
export const FIRST_WORDS = ['login', 'logout', 'whoami', 'status', 'doctor', 'profile', 'tenant', 'agent', 'support', 'session', 'audit', 'logs', 'log', 'pat', 'operator-key', 'completion', 'help', 'mcp'] as const;
const TYPED = new RegExp(String.raw`(?<![\w/.-])argusctl (?=(${FIRST_WORDS.join('|')})\b)`, 'g');

/** A command of ours in a sentence, in the spelling that works here. */
export const asTyped = (text: string, retype: string): string => text.replaceAll(TYPED, `${retype} `);
