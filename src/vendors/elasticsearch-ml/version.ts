/** Major and minor of `8.17.0` or `9.2.0-SNAPSHOT`; undefined when it is no version (`N/A` without native code). */
const parseVersion = (text: string | null): readonly [number, number] | undefined => {
  const match = /^(\d+)\.(\d+)\.\d+/.exec(text ?? '') ?? /^(\d+)\.(\d+)$/.exec(text ?? '');
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
