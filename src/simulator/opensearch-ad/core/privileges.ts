/** What the built-in roles grant, without what every action of the product begins with (config/roles.yml of the security plugin). */
const readActions: readonly string[] = [
  'detector/info',
  'detector/search',
  'detector/validate',
  'detectors/get',
  'result/search',
  'result/topAnomalies',
  'tasks/search',
];

const monitoring: readonly string[] = ['cluster:monitor/*'];

/** Groups of actions and roles by name; neither role for reading can see statistics or try a detector out. */
const groups: ReadonlyMap<string, (actions: string) => readonly string[]> = new Map<string, (actions: string) => readonly string[]>([
  ['anomaly_read_access', (actions) => readActions.map((action) => `${actions}/${action}`)],
  [
    'anomaly_full_access',
    (actions) => [`${actions}/*`, ...monitoring, 'indices:admin/aliases/get', 'indices:admin/mappings/get', 'indices:monitor/*'],
  ],
  ['cluster_monitor', () => monitoring],
  ['cluster_all', () => ['cluster:*']],
  ['all_access', () => ['*']],
]);

function covers(pattern: string, action: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(action);
}

/** Whether privileges, as actions with wildcards or as names of roles, cover an action. `actions` is where the product's own begin. */
export const mayDo = (actions: string, privileges: readonly string[], action: string): boolean =>
  privileges.flatMap((privilege) => groups.get(privilege)?.(actions) ?? [privilege]).some((pattern) => covers(pattern, action));
