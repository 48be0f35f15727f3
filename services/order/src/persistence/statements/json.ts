/** For a column of JSON in which most rows have nothing; NULL where there is no entry. */
export function jsonOrNull(entries: object | undefined): string | null {
  return entries === undefined || Object.keys(entries).length === 0 ? null : JSON.stringify(entries);
}
