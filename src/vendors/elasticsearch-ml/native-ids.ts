import { isNodeId } from '../../http/index.js';

/*
 * Ids as the vendor makes them. Nothing else gets into the path of a request, nor, from an answer, into a global id: a tilde, a blank or a slash there would
 * make it that of something else.
 */

/** Jobs and groups, and datafeeds alike: `[a-z0-9_-]`, and dots, which the server's own check lets pass. */
const idPattern = /^[a-z0-9](?:[a-z0-9_.-]*[a-z0-9])?$/;

/** Whether the vendor could have an object of this id; also keeps wildcards, lists and `_all` out of calls that mean one object. */
// A job id has at most 64 characters (7.9 refuses 65); datafeed ids are not checked for length, hence the wider bound.
export const isPossibleId = (id: string): boolean => id.length <= 255 && idPattern.test(id);

/** `node:number`; others (`foo`, `a:b:c`) are refused with 400 `malformed task id`. */
export const isPossibleTaskId = (id: string): boolean => {
  const [, node = '', number = ''] = /^([^:]{1,64}):(\d{1,18})$/.exec(id) ?? [];
  return number !== '' && isNodeId(node);
};

/** Snapshot ids are made by the analysis, digits as a rule; `empty` is the model that has learnt nothing. */
export const isPossibleSnapshot = (id: string): boolean => /^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$/.test(id);
