import { formatId, type KeptResults, type ResultEntity, type ResultMembers } from '../../domain/index.js';
import { isVigilError, VigilError } from '../../errors.js';
import type { Bodies, OpenBody } from './bodies.js';
import type { JobRecord } from './record.js';
import type { Render } from './render.js';
import type { ShelfOfRecords } from './shelf.js';

/** What results are read from. */
export interface KeptResultOptions {
  readonly backendKey: string;
  readonly vendor: string;
  readonly shelf: ShelfOfRecords;
  readonly bodies: Bodies;
  readonly results: ResultMembers;
  readonly render: Render;
  readonly fault: (message: string, cause: unknown) => void;
}

export const createKeptResults = ({ backendKey, vendor, shelf, bodies, results, render, fault }: KeptResultOptions): KeptResults => {
  const none = (name: string): VigilError =>
    new VigilError('NOT_FOUND', `No result of job ${name} is kept; its resultState says why.`, { backend: backendKey, vendor });

  const recordOf = async (name: string): Promise<JobRecord | undefined> => {
    await shelf.sync();
    const record = (await shelf.find(name))?.record;
    return record?.result.state === 'AVAILABLE' ? record : undefined;
  };

  const open = async (name: string): Promise<(OpenBody & { readonly record: JobRecord }) | undefined> => {
    const record = await recordOf(name);
    const opened = record && (await bodies.open(record));
    if (!record) return undefined;
    if (opened) return { ...opened, record };
    // Let go by another instance a moment ago.
    if ((await recordOf(name)) === undefined) return undefined;
    fault(`the result of job ${name} is not in the store`, none(name));
    throw new VigilError('INTERNAL', `The result of job ${name} cannot be read from the gateway's store now.`, {
      backend: backendKey,
      vendor,
      retryable: true,
    });
  };

  return {
    read: async (name) => {
      const record = await recordOf(name);
      return record ? render.result(record) : null;
    },
    entities: async (name, options) => {
      const found = await open(name);
      if (!found) return [];
      const { body, index, record } = found;
      try {
        const parts = await results.readEntities(body, index, options);
        return parts.map(
          ({ position, ...part }): ResultEntity => ({
            ...part,
            id: formatId('result', backendKey, `${record.number}/${position}`, record.incarnation),
          }),
        );
      } catch (error) {
        // Let go while it was being read.
        if (isVigilError(error) && error.code === 'NOT_FOUND') return [];
        throw error;
      }
    },
    rows: async (name, position, range) => {
      const found = await open(name);
      if (!found) throw none(name);
      return results.readRows(found.body, found.index, position, range);
    },
  };
};
