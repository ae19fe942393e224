import { describe, expect, it } from 'vitest';
import { createCursors } from '../../../src/progress/journal/cursors.js';

const epoch = 'AAAAAAAA';
const query = '*';
const cursors = createCursors(() => epoch);

describe('a cursor', () => {
  it('has the same bytes for equal watches at one place, and others elsewhere', () => {
    expect(cursors.encode(7, 'jobs')).toBe(cursors.encode(7, 'jobs'));
    const others = [
      cursors.encode(8, 'jobs'),
      cursors.encode(7, 'tasks'),
      cursors.encode(7, query),
      createCursors(() => 'BBBBBBBB').encode(7, 'jobs'),
    ];
    expect(new Set([cursors.encode(7, 'jobs'), ...others]).size).toBe(5);
  });

  it.each([0, 1, 1_800_000_000_000_123])('leads back to %d in its own watch', (sequence) => {
    expect(cursors.decode(cursors.encode(sequence, 'jobs'), 'jobs', query)).toEqual({ epoch, sequence, own: true });
  });

  it('of a query joins any watch', () => {
    expect(cursors.decode(cursors.encode(7, query), 'jobs', query)).toEqual({ epoch, sequence: 7, own: false });
  });

  it('of another journal is one all the same: whether it leads anywhere, that journal knows', () => {
    const other = createCursors(() => 'BBBBBBBB').encode(7, 'jobs');
    expect(cursors.decode(other, 'jobs', query)).toEqual({ epoch: 'BBBBBBBB', sequence: 7, own: true });
  });

  it.each([
    ['of another watch', cursors.encode(7, 'tasks')],
    ['of a query over other backends', cursors.encode(7, '* and more')],
    ['of a part', cursors.unfinished()],
    ['that is empty', ''],
    ['that is no base64', '%%%\u0000☂'],
    ['of words', Buffer.from('AAAAAAAA.7.jobs').toString('base64url')],
    ['with more behind it', `${cursors.encode(7, 'jobs')}AAAA`],
    ['with too large a number', Buffer.from(`AAAAAAAA.${'z'.repeat(12)}.AAAAAAAAAA`).toString('base64url')],
  ])('%s means nothing', (_, cursor) => {
    expect(cursors.decode(cursor, 'jobs', query)).toBeUndefined();
  });
});
