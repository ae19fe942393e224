import type { Outlet } from './fan-out/outlet.js';
import { writeShared } from './fan-out/shared-message.js';
import type { SlowSockets } from './slow-sockets.js';
import type { Operation } from './websocket-connection.js';
import { hasRoom, isOpen, whenRoom } from './websocket-connection.js';

/** The way out to subscriptions on sockets. Those that take nothing more are watched, and closed when they never do again. */
export const createSocketOutlet = (slow: SlowSockets, completed: (operation: Operation) => void): Outlet<Operation> => ({
  hasRoom: ({ connection }) => hasRoom(connection),
  whenRoom: ({ connection }, callback) => {
    slow.add(connection);
    whenRoom(connection, callback);
  },
  send: (operation, message) => {
    const { connection, id } = operation;
    if (message.failed) operation.failed = true;
    if (operation.isWanted && isOpen(connection)) writeShared(connection.stream, id, message);
  },
  completed,
  drop: ({ connection }) => slow.close(connection),
});
