/** A page of the reference: front matter, a sentence, a table. */
export type Page = {
  readonly file: string; // under docs/reference
  readonly title: string;
  readonly description: string;
  readonly text: string;
};

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');

export const render = ({ title, description, text }: Page): string =>
  `---\ntitle: ${title}\ndescription: ${description}\n---\n\n<!-- Printed from the code by \`npm run print\`; edits here are lost. -->\n\n# ${title}\n\n${text}\n`;
