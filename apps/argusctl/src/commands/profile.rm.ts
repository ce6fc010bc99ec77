import { defineCommand, usage } from '../command.ts';
import { changeProfiles, withoutProfile } from '../profiles.ts';
import { fields } from '../render/view.ts';
import { profileNamed } from '../stored.ts';

export const profileRm = defineCommand({
  name: 'profile rm',
  summary: 'Forget a stored login: its address and its token',
  positionals: { name: { value: 'profileName', show: 'NAME', about: 'one of argusctl profile ls' } },
  flags: {},
  secrets: [],
  writes: false,
  isLocal: true,
  example: 'argusctl profile rm staging',
  async run(ctx, { name }) {
    const changed = await changeProfiles(ctx, (before) => (profileNamed(before, name) ? withoutProfile(before, name) : usage(`There is no profile ${name}.`, 'argusctl profile ls lists them.')));
    if ('kind' in changed) return ctx.refuse(changed);
    return ctx.show({ profile: name, removed: true }, [fields({ profile: name, removed: true, 'in use now': changed.profiles.current })]);
  },
});
