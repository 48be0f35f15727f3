/**
 * A position names what it stands on, because its number alone says nothing of which log it was counted in: a topic that
 * was deleted and created again has the same name and the same numbers. Positions from before have no names yet; they
 * get one at the next assignment.
 */
export const inboxStanding = String.raw`
ALTER TABLE inbox_offset
  ADD COLUMN last_offset bigint, ADD COLUMN last_mark text,      -- the last message before next_offset; the mark: its time and a hash
  ADD COLUMN known_offset bigint, ADD COLUMN known_mark text;    -- a message found in the log when it was last compared: all since then was read from that same log
`;
