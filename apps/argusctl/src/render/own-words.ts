/** A command of ours in a sentence, in the spelling that works here. */
export const asTyped = (text: string, retype: string): string => text.replaceAll(/(?<![\w/.-])argusctl (?=[a-z])/g, `${retype} `);
