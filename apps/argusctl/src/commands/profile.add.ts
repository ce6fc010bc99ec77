import { defineCommand, usage } from '../command.ts';
import { changeProfiles, withProfile } from '../profiles.ts';
import { aside, fields } from '../render/view.ts';
import { profileNamed } from '../stored.ts';

export const profileAdd = defineCommand({
  name: 'profile add',
  summary: 'Keep the address of a server under a name, and use it',
  positionals: {
    name: { value: 'profileName', show: 'NAME', about: 'what you will call it' },
    server: { value: 'url', show: 'ADDRESS', about: 'where it is: https://ops.example.com' },
  },
  flags: {},
  secrets: [],
  writes: false,
  isLocal: true,
  example: 'argusctl profile add prod https://ops.example.com',
  async run(ctx, { name, server }) {
    const { checkUrl } = await import('../settings.ts');
    const url = checkUrl(server, ctx.env);
    if (!url.ok) return ctx.refuse(url.error);
    const changed = await changeProfiles(ctx, (before) => (profileNamed(before, name) ? usage(`There is a profile ${name} already.`, `argusctl profile rm ${name} removes it.`) : withProfile(before, name, { url: url.value })));
    if ('kind' in changed) return ctx.refuse(changed);
    return ctx.show({ profile: name, url: url.value, in_use: true }, [fields({ profile: name, server: url.value, 'in use': true }), aside(''), aside(`Sign in there: ${ctx.argusctl} login`)]);
  },
});
