/** Changing what is stored: the whole file is read, changed in memory, and put back in one step. */
import type { Context, LocalProblem } from './command.ts';
import { NO_PROFILES, profilesPath, profilesText, readProfiles, type Profile, type Profiles } from './stored.ts';

type Disk = Pick<Context, 'env' | 'readFile' | 'outFile'>;
type Changed = { readonly profiles: Profiles; readonly path: string };

const notKept = (says: string): LocalProblem => ({ kind: 'local', code: 'not_written', says, hint: 'Nothing was changed. Set HOME or XDG_CONFIG_HOME to a folder of yours.' });

export async function changeProfiles({ env, readFile, outFile }: Disk, change: (before: Profiles) => Profiles | LocalProblem): Promise<Changed | LocalProblem> {
  const path = profilesPath(env);
  if (path === null) return notKept('There is no home to keep it in');
  const stored = await readProfiles(env, readFile);
  if (!stored.ok) return stored.error;
  const profiles = change(stored.value);
  if ('kind' in profiles) return profiles;
  const why = await outFile.savePrivate(path, new TextEncoder().encode(profilesText(profiles)));
  return why === null ? { profiles, path } : notKept(`The login could not be kept: ${why}`);
}

export const withProfile = ({ profiles }: Profiles, name: string, profile: Profile): Profiles => ({ current: name, profiles: { ...profiles, [name]: profile } });

export function withoutProfile({ current, profiles }: Profiles, name: string): Profiles {
  const rest = Object.fromEntries(Object.entries(profiles).filter(([other]) => other !== name));
  return Object.keys(rest).length === 0 ? NO_PROFILES : { current: current === name ? null : current, profiles: rest };
}
