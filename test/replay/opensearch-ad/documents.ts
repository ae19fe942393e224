import type { Session } from './session.js';

/** Measured values in an index, as the recorder wrote them: one per host and minute, with a peak now and then. */
export interface Documents {
  readonly index: string;
  /** As recorded, epoch milliseconds. */
  readonly from: number;
  readonly minutes: number;
  readonly hosts: number;
  /** How many documents to leave out at the start. */
  readonly skip?: number;
  /** How many to write at most. */
  readonly take?: number;
}

const minuteMs = 60_000;

/** Daily wave, a peak at a few minutes, and something per host: models have something to learn, and something to find. */
const valueAt = (minute: number, host: number) =>
  50 + 8 * Math.sin((minute / 1440) * 2 * Math.PI) + host * 5 + (minute % 977 === 0 ? 40 : 0) + ((minute * 31 + host * 7) % 11) / 10;

/** The body of the `_bulk` request that writes them. */
export function bulkOf({ from, minutes, hosts, skip = 0, take = Number.POSITIVE_INFINITY }: Documents, shiftMs: number): string {
  const count = Math.min(minutes * hosts - skip, take);
  const lines = Array.from({ length: count }, (_, index) => {
    const [minute, host] = [Math.floor((index + skip) / hosts), (index + skip) % hosts];
    const document = {
      timestamp: from + shiftMs + minute * minuteMs,
      value: valueAt(from / minuteMs + minute, host),
      host: `host-${host}`,
    };
    return `{"index":{}}\n${JSON.stringify(document)}\n`;
  });
  return lines.join('');
}

const most = 5000;

/** Writes documents, so many at a time. */
export async function writeDocuments(session: Session, documents: Documents): Promise<void> {
  const { index, minutes, hosts, skip = 0, take = Number.POSITIVE_INFINITY } = documents;
  const end = skip + Math.min(minutes * hosts - skip, take);
  for (let done = skip; done < end; done += most) {
    const body = bulkOf({ ...documents, skip: done, take: Math.min(most, end - done) }, session.shiftMs);
    const answer = await session.send('POST', `/${index}/_bulk`, body);
    if (answer.status >= 400) throw new Error(`cannot write documents: ${JSON.stringify(answer.body).slice(0, 300)}`);
  }
  await session.send('POST', `/${index}/_refresh`);
}
