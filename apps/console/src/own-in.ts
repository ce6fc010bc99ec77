/** What a table itself has under a name that somebody else chose: never what every object has, like `constructor`. */
export const ownIn = <T>(table: Readonly<Record<string, T>>, name: string): T | undefined => (Object.hasOwn(table, name) ? table[name] : undefined);
