/*
 * Ids as the vendor makes them: 20 or 22 characters of base64 for URLs. Nothing else gets into the path of a request, nor, from an answer, into a global id:
 * a tilde, a blank or a slash there would make it that of something else.
 */

const idPattern = /^[A-Za-z0-9_-]{1,512}$/;
/** Names of routes beside an id. */
const routeNames: ReadonlySet<string> = new Set(['_search', '_validate', '_preview', '_suggest', 'count', 'match', 'results', 'tasks']);

/** Whether it could be the id of a detector or a task. */
export const isPossibleId = (id: string): boolean => idPattern.test(id) && !routeNames.has(id);

/** Whether it is the name of one index of results: a pattern, a list or an index of the cluster's own would have others read. */
export const isResultIndex = (name: string): boolean => /^[a-z0-9][a-z0-9._-]{0,254}$/.test(name);
