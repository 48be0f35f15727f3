/**
 * Payments in doubt are found by their running command, which each of them has. An index of them made every update of a
 * payment write all of its indexes: the index had the time of the last change.
 * The version before this one reads by it, so it is dropped in the contract phase.
 */
export const indexOfDoubts = 'DROP INDEX payment_in_doubt;';

/**
 * Room on each page for a second version of its rows. A payment is changed when it is authorised, which the index of references has to
 * note, and in its place when it is captured; a command once, when it is answered, which takes it out of the indexes of what runs.
 */
export const roomForUpdates = 'ALTER TABLE payment SET (fillfactor = 70);';
