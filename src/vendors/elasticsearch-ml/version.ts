import { numbersOf, versionsBy } from '../../domain/index.js';

/** A serverless project has no version that means anything: its API is the newest, less what it leaves out. */
const newest = [Number.POSITIVE_INFINITY, 0] as const;

/** `8.11.0-serverless`, or `serverless` where the credentials may not read more. */
export const isServerless = (text: string | null): boolean =>
  text === 'serverless' || (numbersOf(text) !== undefined && /-serverless$/.test(text ?? ''));

/** What a serverless project is called in place of its version. */
export const serverlessVersion = (number: string | undefined): string => (number === undefined ? 'serverless' : `${number}-serverless`);

/** Without native code Elasticsearch says `N/A`, which is no version. */
export const { isVersion, isAtLeast, isOlderThan } = versionsBy((text) => (isServerless(text) ? newest : numbersOf(text)));
