/** Major and minor. */
export type Version = readonly [major: number, minor: number];

/** Of `8.17.0`, `9.2.0-SNAPSHOT`, `1.0.0-tp1` or `3.4`; undefined when it is no version, or more than one: it stands in messages. */
export const numbersOf = (text: string | null): Version | undefined => {
  const match = /^(\d{1,4})\.(\d{1,4})(?:[.-][\w.+-]{0,39})?$/.exec(text ?? '');
  return match ? [Number(match[1]), Number(match[2])] : undefined;
};

/** What adapters ask of a version, whose text is read in the vendor's way. Of an unknown version nothing is true. */
export interface VersionOrder {
  isVersion(text: string | undefined): text is string;
  isAtLeast(version: string | null, major: number, minor: number): boolean;
  isOlderThan(version: string | null, major: number, minor: number): boolean;
}

export const versionsBy = (read: (text: string | null) => Version | undefined): VersionOrder => {
  const isVersion = (text: string | undefined): text is string => read(text ?? null) !== undefined;
  const isAtLeast = (version: string | null, major: number, minor: number): boolean => {
    const known = read(version);
    return known !== undefined && (known[0] > major || (known[0] === major && known[1] >= minor));
  };
  const isOlderThan = (version: string | null, major: number, minor: number): boolean =>
    read(version) !== undefined && !isAtLeast(version, major, minor);
  return { isVersion, isAtLeast, isOlderThan };
};
