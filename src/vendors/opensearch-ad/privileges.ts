/** What a plugin said with a 403 beside its reason. */
export interface Denial {
  readonly reason: string;
  /** Search Guard with `debug: true` in sg_authz.yml; its form is not documented. */
  readonly missing?: unknown;
}

/** More than any one request needs. */
const mostNamed = 20;

const listOf = (text: string): readonly string[] =>
  text
    .split(/[,\s]+/)
    .map((each) => each.trim())
    .filter((each) => each !== '');

/** Names of actions in whatever form they came: a text, a list of texts, a text for each action. */
const namesIn = (value: unknown): readonly string[] => {
  if (typeof value === 'string') return listOf(value);
  if (Array.isArray(value)) return value.flatMap(namesIn);
  return typeof value === 'object' && value !== null ? Object.keys(value) : [];
};

/** The actions a 403 is about: OpenSearch names them in its text ("no permissions for [x] and User […]"), Search Guard apart or not at all. */
export const missingPrivileges = ({ reason, missing }: Denial): readonly string[] => {
  const named = /no permissions for \[([^\]]*)\]/i.exec(reason)?.[1];
  const found = named === undefined ? namesIn(missing) : listOf(named);
  return [...new Set(found.filter((each) => /^[\w:/*.[\]-]{1,200}$/.test(each)))].slice(0, mostNamed);
};

/** Whether a 403 is about privileges: also said by anomaly detection itself, of a detector of other backend roles ("…to access config: x"). */
export const isDenied = (type: string | null, reason: string): boolean =>
  type === 'security_exception' || /^no permissions for|^Insufficient permissions|does not have permissions? to/i.test(reason);
