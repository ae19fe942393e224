/** A serverless project has no version that means anything: its API is the newest, less what it leaves out. */
const newest = [Number.POSITIVE_INFINITY, 0] as const;

/** `8.11.0-serverless`, or `serverless` where the credentials may not read more. */
export const isServerless = (text: string | null): boolean => text !== null && /(?:^|-)serverless$/.test(text);

/** What a serverless project is called in place of its version. */
export const serverlessVersion = (number: string | undefined): string => (number === undefined ? 'serverless' : `${number}-serverless`);

/** Major and minor of `8.17.0` or `9.2.0-SNAPSHOT`; undefined when it is no version (`N/A` without native code). */
const parseVersion = (text: string | null): readonly [number, number] | undefined => {
  if (isServerless(text)) return newest;
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
