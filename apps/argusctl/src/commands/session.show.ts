import { defineCommand } from '../command.ts';
import { sessionFields } from '../render/session.ts';
import { aside, timeOf } from '../render/view.ts';

export const sessionShow = defineCommand({
  name: 'session show',
  summary: 'One session: who, why, how long, and how it ended',
  positionals: { session: { value: 'session', show: 'RSS', about: 'the session (rss_…)' } },
  flags: {},
  secrets: [],
  writes: false,
  example: 'argusctl session show rss_ghdaqs8n3yx7seezy8gz',
  run: ({ api, answer, argusctl }, { session }) =>
    answer(api.showSession(session), (shown) => [
      sessionFields(shown),
      aside(''),
      ...(shown.last_word === null ? [] : [aside(`The machine's own last word: ${shown.last_word.state}${shown.last_word.due_at === null ? '' : `, due ${timeOf(shown.last_word.due_at) ?? ''}`}.`)]),
      aside(`What was done in it: ${argusctl} session replay ${shown.session_id}`),
    ]),
});
