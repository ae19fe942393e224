import { isInstant } from '../../../domain/index.js';
import type { ProjectInfo } from './entities.js';
import { finiteNumber, type JsonTree, memberOf } from './json-tree.js';
import { mapEntries } from './map-key-values.js';
import { isSecretName } from './secret-names.js';

const scalarText = (tree: JsonTree | undefined): string | null =>
  tree === undefined || tree.kind === 'object' || tree.kind === 'array' || tree.kind === 'null' ? null : tree.text;

/** The texts of a list, with null in the place of what is none; empty when there is no list. */
const textsOf = (tree: JsonTree | undefined): readonly (string | null)[] => (tree?.kind === 'array' ? tree.items.map(scalarText) : []);

const booleanOf = (tree: JsonTree | undefined): boolean | null => (tree?.kind === 'boolean' ? tree.text === 'true' : null);

/** Dates are milliseconds since 1970 in every sample; 0 and less is "never". */
const instantOf = (tree: JsonTree | undefined): number | null => {
  const instant = finiteNumber(scalarText(tree) ?? '');
  return instant !== null && instant > 0 && isInstant(instant) ? Math.trunc(instant) : null;
};

/** Of GraphQL's Int. */
const largestInt = 2_147_483_647;

const isText = (text: string | null): text is string => text !== null;

/** A ProjectInfo (SymetryML 6.3, Appendix A), whose fields are often absent; undefined when it does not even have its `pid`. */
const mapProjectInfo = (tree: JsonTree): ProjectInfo | undefined => {
  const pid = scalarText(memberOf(tree, 'pid'));
  if (pid === null) return undefined;
  const modelTypes = textsOf(memberOf(tree, 'modelTypeList'));
  const attributeTypes = textsOf(memberOf(tree, 'attributeTypes'));
  const attributeIndexes = textsOf(memberOf(tree, 'attributeIndexes'));
  const params = memberOf(tree, 'params');
  const indexOf = (at: number): number => {
    const index = finiteNumber(attributeIndexes[at] ?? '');
    return index !== null && Number.isInteger(index) && Math.abs(index) <= largestInt ? index : at;
  };
  return {
    pid,
    type: scalarText(memberOf(tree, 'type')),
    encoderName: scalarText(memberOf(tree, 'encoderName')),
    models: textsOf(memberOf(tree, 'modelsList')).flatMap((name, at) => (name === null ? [] : [{ name, type: modelTypes[at] ?? null }])),
    dataSources: textsOf(memberOf(tree, 'dsList')).filter(isText),
    attributes: textsOf(memberOf(tree, 'attributeNames')).flatMap((name, at) =>
      name === null ? [] : [{ index: indexOf(at), name, type: attributeTypes[at] ?? null }],
    ),
    createdAt: instantOf(memberOf(tree, 'creationDate')),
    modifiedAt: instantOf(memberOf(tree, 'lastModificationDate')),
    loaded: booleanOf(memberOf(tree, 'loaded')),
    persisted: booleanOf(memberOf(tree, 'persisted')),
    params: (params === undefined ? [] : (mapEntries(params) ?? [])).filter(({ key }) => !isSecretName(key)),
  };
};

/** One project, `{"values": [project, …]}`, or a bare list of them; undefined for any other shape. */
export const mapProjectInfos = (tree: JsonTree): readonly ProjectInfo[] | undefined => {
  const list = memberOf(tree, 'values') ?? tree;
  const projects = (list.kind === 'array' ? list.items : [tree]).map(mapProjectInfo);
  return projects.every((project) => project !== undefined) ? projects : undefined;
};
