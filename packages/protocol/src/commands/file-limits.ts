/** Of a file's content, in one result. */
export const FILE_BYTES_MAX = 1_048_576;
/**
 * Of that content as it stands in JSON. A line break or a quote takes two bytes there, a control character six: any
 * ordinary text of 1 MiB fits, and what does not is sent in base64, or is cut.
 */
export const FILE_JSON_MAX = 2 * FILE_BYTES_MAX;
export const TAIL_LINES_MAX = 5_000;
