/** Cluster privileges by the action they grant, least first. Recorded from 7.9 users by privilege; `cancel_task` is in every later version. */
const grants: readonly (readonly [RegExp, string])[] = [
  [/^cluster:monitor\/xpack\/ml\//, 'monitor_ml'],
  [/^cluster:admin\/xpack\/ml\//, 'manage_ml'],
  [/^cluster:admin\/tasks\/cancel/, 'cancel_task'],
  [/^cluster:monitor\//, 'monitor'],
];

/**
 * The privilege a 403 is about. Elasticsearch names the action, and since 7.11 also privileges that grant it, the narrowest first:
 * one of them is enough, so one is named.
 */
export const missingPrivileges = (reason: string): readonly string[] => {
  const action = /action \[([^\]]+)\] is unauthorized/.exec(reason)?.[1];
  if (action === undefined) return [];
  const known = grants.find(([pattern]) => pattern.test(action))?.[1];
  const named = /granted by the (?:cluster|index) privileges \[([^\],]+)/.exec(reason)?.[1];
  return [known ?? named ?? action].filter((each) => /^[\w:/*.[\]-]{1,200}$/.test(each));
};

/** A licence or a closed index also answers 403: only this is about privileges. */
export const isUnauthorized = (reason: string): boolean => /is unauthorized for|lacks permissions/.test(reason);
