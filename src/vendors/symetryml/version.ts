/** Major and minor of `6.3`, `6.2.0` or `5.2`; undefined when it is no version. */
const parseVersion = (text: string | null): readonly [number, number] | undefined => {
  const match = /^(\d{1,4})\.(\d{1,4})(?:$|[.-])/.exec(text ?? '');
  return match ? [Number(match[1]), Number(match[2])] : undefined;
};

/** Whether the version is known and older. No endpoint tells it (5.x to 6.3): it is known where it is configured. */
export const isOlderThan = (version: string | null, major: number, minor: number): boolean => {
  const known = parseVersion(version);
  return known !== undefined && (known[0] < major || (known[0] === major && known[1] < minor));
};

/** What the vendor's newest client says (Rust, 91365a3). Whether servers look at it is documented nowhere. */
export const defaultSymVersion = '6.3';
