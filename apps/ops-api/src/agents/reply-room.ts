/**
 * What unfinished results may take up in memory, for all agents together: a few that send much at once must not bring
 * down the server for everybody. 64 Mi characters, of which JavaScript keeps at most two bytes each.
 */
export const REPLY_ROOM_CHARACTERS = 64 * 1_048_576;

export type ReplyRoom = {
  /** False: it does not fit, and nothing was taken. */
  take(characters: number): boolean;
  giveBack(characters: number): void;
  taken(): number;
};

export function createReplyRoom(max: number = REPLY_ROOM_CHARACTERS): ReplyRoom {
  let taken = 0;
  return {
    take(characters) {
      if (taken + characters > max) return false;
      taken += characters;
      return true;
    },
    giveBack: (characters) => void (taken -= characters),
    taken: () => taken,
  };
}
