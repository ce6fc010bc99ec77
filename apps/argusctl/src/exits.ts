/** Done, and what was found wants somebody to look. */
export const EXITS_ATTENTION = 124;
/** What was handed out is not what it claims to be. */
export const EXITS_DOES_NOT_HOLD = 125;
