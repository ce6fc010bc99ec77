/** Kept results, opened with the owner's own keys and written down as the machine answered them: the text whose digest it signed. */
import type { OpenKept } from '@argus/evidence/rules/kept.ts';
import { openResult, openResultsKey, type ResultsKey } from '@argus/keys/kept-result.ts';
import { makeFolder, readSecret, writeNew } from './adapters/files.ts';
import { flag, type Given, type World } from './command.ts';
import { cannotBeRead, usage } from './stop.ts';

export type Opening = OpenKept & { readonly folder: string; readonly written: () => number };

/** Null: nobody asked for it. */
export async function openingOf(given: Given, { stdin }: Pick<World, 'stdin'>): Promise<Opening | null> {
  const files = [given.flags['open'] ?? []].flat();
  const [passphraseFile, folder] = [flag(given, 'passphrase-file'), flag(given, 'out')];
  if (files.length === 0) return passphraseFile === undefined && folder === undefined ? null : usage('--passphrase-file and --out go with --open KEY.');
  if (folder === undefined) return usage('Name the folder that opened results go into, with --out DIR. There must be none of that name yet.');
  if (passphraseFile === undefined) return usage('Name the file with the passphrase of the key, with --passphrase-file FILE (- is standard input).');
  const said = passphraseFile === '-' ? await stdin() : readSecret(passphraseFile, 'passphrase');
  const passphrase = said.split(/\r?\n/)[0] ?? '';
  const keys = files.map((file): ResultsKey => openResultsKey(readSecret(file, 'results key'), passphrase) ?? cannotBeRead(`The passphrase does not open ${file}, or it is no results key. That is the file that argus-agent results keygen made, not the one that ends with .pub.`));
  makeFolder(folder); // nothing is written over
  let written = 0;
  return {
    folder,
    written: () => written,
    open(kept) {
      const key = keys.find(({ publicKeyText }) => publicKeyText === kept.key);
      if (!key) return 'another_key';
      const text = openResult(key, kept.sealed, kept.of);
      return text === null ? 'does_not_open' : { text };
    },
    opened({ index, command }, text) {
      const name = /^[a-z][a-z0-9_]{0,63}$/.test(command) ? command : 'result';
      writeNew(folder, `${index}-${name}.json`, text);
      written++;
    },
  };
}
