import { defineCommand, usage } from '../command.ts';
import { changeProfiles } from '../profiles.ts';
import { fields } from '../render/view.ts';
import { profileNamed } from '../stored.ts';

export const profileUse = defineCommand({
  name: 'profile use',
  summary: 'Choose the stored login that commands go by',
  positionals: { name: { value: 'profileName', show: 'NAME', about: 'one of argusctl profile ls' } },
  flags: {},
  secrets: [],
  writes: false,
  isLocal: true,
  example: 'argusctl profile use prod',
  async run(ctx, { name }) {
    const changed = await changeProfiles(ctx, (before) => (profileNamed(before, name) ? { ...before, current: name } : usage(`There is no profile ${name}.`, 'argusctl profile ls lists them; argusctl profile add makes one.')));
    if ('kind' in changed) return ctx.refuse(changed);
    return ctx.show({ profile: name, in_use: true }, [fields({ profile: name, server: profileNamed(changed.profiles, name)?.url ?? null, 'in use': true })]);
  },
});
