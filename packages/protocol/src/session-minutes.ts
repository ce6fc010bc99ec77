/** Of the time box. In code on purpose: no setting raises the most. Apart from the HTTP shapes, which an agent has no room for. */
export const SESSION_MINUTES_DEFAULT = 30;
export const SESSION_MINUTES_MAX = 120;
