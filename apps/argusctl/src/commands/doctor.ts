import { defineCommand } from '../command.ts';
import { asTyped } from '../render/own-words.ts';
import { fields, line, table, type View } from '../render/view.ts';

export const doctor = defineCommand({
  name: 'doctor',
  summary: 'What stands between you and a session, and what to do about each',
  positionals: {},
  flags: {},
  secrets: ['ops-token'],
  writes: false,
  example: 'argusctl doctor',
  details: async () => ['It tries no activation. It ends with 0, with 124 if something wants looking at, or with the code of what is in the way.'],
  async run(ctx) {
    const { examine, worstOf } = await import('../doctor.ts');
    const found = await examine(ctx);
    const todo: View = found.flatMap(({ check, next }) => (next === null ? [] : [line(`${check}: ${asTyped(next, ctx.argusctl)}`)]));
    ctx.show({ url: ctx.url, found }, [
      fields({ server: ctx.url, ...(ctx.profile !== undefined && { profile: ctx.profile }) }),
      line(''),
      table(['CHECK', 'STATE', 'SAYS'], found.map(({ check, state, says }) => [check, state, says]), ''),
      ...(todo.length === 0 ? [] : [line(''), ...todo]),
    ]);
    return worstOf(found);
  },
});
