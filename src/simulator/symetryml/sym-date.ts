/** Milliseconds of `yyyy-MM-dd HH:mm:ss;nanoseconds` in UTC; undefined where it is none. Clients do not pad the nanoseconds, so that they only have to be digits. */
export function parseSymDate(text: string, nanos: 'required' | 'optional'): number | undefined {
  const found = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})(;\d+)?$/.exec(text);
  if (found === null || (nanos === 'required' && found[3] === undefined)) return undefined;
  const date = new Date(`${found[1]}T${found[2]}Z`);
  if (Number.isNaN(date.getTime())) return undefined;
  // The platform takes 31 February for 3 March.
  return date.toISOString().startsWith(`${found[1]}T${found[2]}`) ? date.getTime() : undefined;
}
