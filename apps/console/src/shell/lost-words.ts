/** Of an address this console has no page for. What stands in it is shown, but of a link to join: whoever has its code becomes somebody. */
export type LostWords = { readonly title: string; readonly says: string };

export const lostWords = (path: string, email: string): LostWords =>
  path.toLowerCase().includes('/join') || path.includes('inv_')
    ? { title: 'A link to join', says: `You are signed in as ${email}, and such a link works once: if it was yours, it is used, and there is nothing left to do. If it is another person’s, they open it in their own browser; on this one, sign out first and then follow it again.` }
    : { title: 'Nothing here', says: `There is no page ${path}. The menu has all there are, and the search finds them.` };
