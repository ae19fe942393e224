import type { JsonObject } from '../json.js';
import { encrypt } from './cipher.js';
import type { Project } from './projects.js';
import { keyBytes } from './secret-key.js';
import type { World } from './world.js';

/** Cells of a fusion project, which only their owner can read; keys that are no AES keys read nothing. */
function fusionCells(world: World, project: Project): string | undefined {
  const key = world.customers.get(project.owner)?.secretKey;
  if (project.type !== 'fusion' || key === undefined || keyBytes(key).length !== 16) return undefined;
  const cells = [{ host: 'http://cell1:8080', cid: project.owner, pid: `${project.id}_cell1` }];
  return encrypt(key, JSON.stringify({ values: cells }));
}

/** ProjectInfo, complete (Appendix A, 6.3); `isDirty` and `attributeStates` are in samples only. */
export const projectInfo = (world: World, project: Project): JsonObject => ({
  pid: project.id,
  encoderName: project.encoderName,
  isDirty: project.changedAt > project.createdAt,
  modelsList: project.models.map(({ id }) => id),
  modelTypeList: project.models.map(({ algorithm }) => algorithm),
  dsList: project.dataSources,
  attributeNames: project.attributes.map(({ name }) => name),
  attributeIndexes: project.attributes.map((_attribute, index) => index),
  attributeTypes: project.attributes.map(({ type }) => type),
  attributeStates: project.attributes.map(() => 'u'),
  modelAssessments: {},
  modelPredictions: {},
  partitionColumn: project.partitionColumn,
  params: { sml_project_atomic_learn: 'false' },
  hash: -1,
  categorySeparator: '$',
  type: project.type,
  creationDate: project.createdAt,
  lastModificationDate: project.changedAt,
  loaded: true,
  persisted: true,
  histogramEnabled: true,
  ...(world.dialect.fullProjectInfo && { autoSave: true, fusionCellInfo: fusionCells(world, project) }),
});

/** Whether an exploration tells the state of its project too: always before 6.3, where it can be asked not to. */
export const tellsProject = (world: World, query: Readonly<Record<string, string>>): boolean =>
  !(world.dialect.fullProjectInfo && query.returnProjectInfo === 'false');
