import type { DataFrameColumn, KeptBody } from '../../../domain/index.js';
import type { BodyIndex, EntityIndex } from './body-index.js';
import { decrypt } from './decrypt.js';
import type { EntityBase, ResultEntity } from './entities.js';
import { frameKeys } from './frame-index.js';
import { finiteNumber, type JsonTree, parseTree, plainJson, type ValueBudget } from './json-tree.js';
import { mapAwsInfo } from './map-aws-info.js';
import { mapKeyValues } from './map-key-values.js';
import { mapProjectInfos } from './map-project-info.js';
import { entityAt, readBytes } from './read-bytes.js';
import { withoutSecrets } from './secret-names.js';

export interface ReadEntitiesOptions {
  /** The customer's secret key as bytes; null when encrypted entities shall stay as they are. */
  readonly key: Uint8Array | null;
  /** Whether `raw` is wanted; without it a data frame costs no reading at all. */
  readonly withRaw: boolean;
}

/** An entity larger than this is not parsed: it becomes an UnknownResult without `raw`. Data frames are never parsed whole, only paged. */
const maxEntityBytes = 4 * 1024 * 1024;
/** What is parsed of one result altogether; an entity that would go beyond it is treated as too large. */
const maxParsedBytes = 8 * 1024 * 1024;
/** `raw` of a larger entity is left out. */
const maxRawBytes = 1024 * 1024;
/** Values in what is parsed of one result altogether. Far above the metrics of a thousand attributes; the bounds in bytes alone would allow millions. */
const maxValues = 250_000;
const tooMany = `With what comes before it, it has more than ${maxValues} values.`;

/** What may echo a request or hold an account's key (SymetryML 6.3, Security, SSO): told of, never shown. */
const withheld: ReadonlySet<string> = new Set(['stringToSign', 'smlCredentials']);

type Typed = { readonly [Entity in ResultEntity as Entity['typename']]: Omit<Entity, keyof EntityBase> }[ResultEntity['typename']];
type Mapper = (
  tree: JsonTree,
  key: Uint8Array | null,
  budget: ValueBudget,
) => { readonly typed: Typed; readonly raw?: JsonTree } | undefined;

const keyValueMap: Mapper = (tree) => {
  const found = mapKeyValues(tree);
  return found && { typed: { typename: 'KeyValueMap', ...found } };
};

const projectInfo: Mapper = (tree) => {
  const projects = mapProjectInfos(tree);
  return projects && { typed: { typename: 'ProjectInfoResult', projects } };
};

const number: Mapper = (tree) => {
  if (tree.kind !== 'number' && tree.kind !== 'unusual' && tree.kind !== 'string') return undefined;
  const value = finiteNumber(tree.text);
  if (value === null && tree.kind === 'string' && !/^(?:NaN|-?Infinity)$/.test(tree.text)) return undefined;
  return { typed: { typename: 'NumberResult', number: value } };
};

const awsInfo: Mapper = (tree, key, budget) => {
  if (tree.kind !== 'string') return undefined;
  const clear = key === null ? undefined : decrypt(tree.text, key);
  const inside: ValueBudget = { ...budget };
  const raw = clear === undefined ? undefined : parseTree(clear, inside);
  if (raw !== undefined) budget.left = inside.left;
  const info = raw === undefined ? undefined : mapAwsInfo(raw);
  return raw === undefined || info === undefined
    ? { typed: { typename: 'AwsInfoResult', decrypted: false, topics: [], queues: [] } }
    : { typed: { typename: 'AwsInfoResult', decrypted: true, ...info }, raw };
};

/** By the vendor's key (SymetryML 6.3, Appendix A); `KSKVMap` is how its schema spells `KSVSMap`. Data frames are known from the index. */
const mappers: Readonly<Record<string, Mapper>> = {
  KSVDMap: keyValueMap,
  KSVSMap: keyValueMap,
  KSKVMap: keyValueMap,
  smlInfo: projectInfo,
  smlInfoList: projectInfo,
  pcaSumValues: number,
  awsInfoEncrypted: awsInfo,
};

const columnsOf = ({ names, types, width }: NonNullable<EntityIndex['frame']>): readonly DataFrameColumn[] =>
  Array.from({ length: Math.max(names.length, width) }, (_column, index) => ({
    index,
    name: names[index] ?? '',
    type: types[index] ?? null,
  }));

const rawOf = (entity: EntityIndex, tree: JsonTree, typed: Typed): unknown => {
  const plain = plainJson(tree);
  // A map's keys and a table's cells are names of columns: `token` is no secret there.
  return typed.typename === 'KeyValueMap' || frameKeys.has(entity.name) ? plain : withoutSecrets(plain);
};

const sizeOf = ({ from, to }: EntityIndex): number => to - from;
const mebibytes = (bytes: number): string => `${bytes / 1024 / 1024} MiB`;

/** Whether an entity is parsed although all readable ones before it are. */
const isWithinBudget = (index: BodyIndex, position: number): boolean => {
  let left = maxParsedBytes;
  let fits = true;
  for (const entity of index.entities.slice(0, position + 1)) {
    const size = entity.frame === null && sizeOf(entity) <= maxEntityBytes ? sizeOf(entity) : 0;
    fits = size <= left;
    if (fits) left -= size;
  }
  return fits;
};

/** Why an entity's bytes are not looked at, if they are not. */
const notReadable = (index: BodyIndex, entity: EntityIndex, position: number): string | null => {
  if (!entity.complete) return 'The stored body is damaged within this entity.';
  if (withheld.has(entity.name)) return 'This entity may hold secrets and is not shown.';
  if (entity.frame !== null) return null;
  if (sizeOf(entity) > maxEntityBytes) return `It is larger than ${mebibytes(maxEntityBytes)}.`;
  return isWithinBudget(index, position) ? null : `With what comes before it, it is larger than ${mebibytes(maxParsedBytes)}.`;
};

const unread = (base: Pick<EntityBase, 'name' | 'position'>, rawOmitted: string, reason: string = rawOmitted): ResultEntity => ({
  ...base,
  raw: null,
  rawOmitted,
  typename: 'UnknownResult',
  reason,
});

const shapeReason = (entity: EntityIndex): string | null => {
  if (frameKeys.has(entity.name)) return entity.notAFrame ?? 'It is no table.';
  return Object.hasOwn(mappers, entity.name) ? 'Its shape is not the documented one.' : null;
};

/** One entity with its type, at the cost of reading its bytes; a data frame's only for `raw`. Never throws for what the vendor sent. */
export const readEntity = async (
  body: KeptBody,
  index: BodyIndex,
  position: number,
  { key, withRaw }: ReadEntitiesOptions,
  budget: ValueBudget = { left: maxValues },
): Promise<ResultEntity> => {
  const entity = entityAt(body, index, position);
  const base = { name: entity.name, position };
  const obstacle = notReadable(index, entity, position);
  if (obstacle !== null) return unread(base, obstacle, entity.notAFrame ?? obstacle);
  const rawOmitted = withRaw && sizeOf(entity) > maxRawBytes ? `It is larger than ${mebibytes(maxRawBytes)}.` : null;
  const wantsRaw = withRaw && rawOmitted === null;
  const frame: Typed | null =
    entity.frame === null ? null : { typename: 'DataFrame', columns: columnsOf(entity.frame), rowCount: entity.frame.rowCount };
  if (frame !== null && !wantsRaw) return { ...base, ...frame, raw: null, rawOmitted };
  const { left } = budget;
  const tree = parseTree(await readBytes(body, entity.from, entity.to), budget);
  if (budget.left < 0) {
    // Nothing of it is kept: what follows may take its place.
    budget.left = left;
    return frame === null ? unread(base, tooMany) : { ...base, ...frame, raw: null, rawOmitted: tooMany };
  }
  if (tree === undefined) return unread(base, 'The stored body and its index do not agree.');
  const mapper = Object.hasOwn(mappers, entity.name) ? mappers[entity.name] : undefined;
  const mapped = frame === null ? mapper?.(tree, key, budget) : { typed: frame };
  const typed: Typed = mapped?.typed ?? { typename: 'UnknownResult', reason: shapeReason(entity) };
  return { ...base, ...typed, raw: wantsRaw ? rawOf(entity, mapped?.raw ?? tree, typed) : null, rawOmitted };
};

/** All entities of a result, in the order of the body. */
export const readEntities = async (body: KeptBody, index: BodyIndex, options: ReadEntitiesOptions): Promise<readonly ResultEntity[]> => {
  const entities: ResultEntity[] = [];
  const budget: ValueBudget = { left: maxValues };
  for (const position of index.entities.keys()) entities.push(await readEntity(body, index, position, options, budget));
  return entities;
};
