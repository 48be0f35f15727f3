/**
 * Marks of the log that a position was counted in. The number alone does not say which log that was: a topic that was
 * deleted and created again has the same name and the same numbers. Positions stored before have no marks yet; they get
 * one at the next assignment.
 */
export const inboxPositionMarks = String.raw`
ALTER TABLE inbox_offset
  ADD COLUMN last_offset bigint, ADD COLUMN last_mark text,      -- the last message before next_offset; the mark: its time and a hash
  ADD COLUMN known_offset bigint, ADD COLUMN known_mark text;    -- a message found in the log when it was last compared: all since then was read from that same log
`;
