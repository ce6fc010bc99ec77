import { defineCommand, usage } from '../command.ts';
import { changeProfiles } from '../profiles.ts';
import { aside, fields, idsOf } from '../render/view.ts';
import { profileNamed, type Profiles } from '../stored.ts';

export const logout = defineCommand({
  name: 'logout',
  summary: 'Forget the stored token; the address stays',
  positionals: {},
  flags: {},
  secrets: [],
  writes: false,
  isLocal: true,
  example: 'argusctl logout --profile prod',
  async run(ctx) {
    const named = ctx.typed('profile');
    let name = '';
    const changed = await changeProfiles(ctx, (before): Profiles | ReturnType<typeof usage> => {
      name = named ?? before.current ?? '';
      const profile = profileNamed(before, name);
      if (!profile) return usage(named === undefined ? 'Nobody is signed in here.' : `There is no profile ${named}.`, 'argusctl profile ls lists what is kept.');
      return { ...before, profiles: { ...before.profiles, [name]: { url: profile.url } } };
    });
    if ('kind' in changed) return ctx.refuse(changed);
    return ctx.show({ profile: name, signed_out: true }, [
      idsOf(name),
      fields({ profile: name, token: 'forgotten here' }),
      aside(''),
      aside('The token itself goes on working until it expires or is revoked: argusctl pat revoke.'),
    ]);
  },
});
