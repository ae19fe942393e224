/** Major and minor of `2.19.4`, `1.0.0-tp1` or `3.4`; undefined when it is no version. */
const parseVersion = (text: string | null): readonly [number, number] | undefined => {
  const match = /^(\d{1,4})\.(\d{1,4})(?:$|[.-])/.exec(text ?? '');
  return match ? [Number(match[1]), Number(match[2])] : undefined;
};

export const isVersion = (text: string | undefined): text is string => parseVersion(text ?? null) !== undefined;

/** Whether the version is known and not older. An unknown version is not. */
export const isAtLeast = (version: string | null, major: number, minor: number): boolean => {
  const known = parseVersion(version);
  return known !== undefined && (known[0] > major || (known[0] === major && known[1] >= minor));
};

/** Whether the version is known and older. */
export const isOlderThan = (version: string | null, major: number, minor: number): boolean =>
  parseVersion(version) !== undefined && !isAtLeast(version, major, minor);
