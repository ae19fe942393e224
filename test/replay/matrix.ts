import { valueAt } from './json.js';
import type { Setup } from './recordings.js';
import type { Session } from './session.js';

type Matrix = Readonly<Record<string, Readonly<Record<string, readonly [status: number, reason: string]>>>>;

/** Sends every route as every user, one user after the other, and says where status or reason are not as recorded. */
export async function replayMatrix(session: Session, setup: Setup, matrix: Matrix): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const [user, authorization] of Object.entries(setup.matrix?.authorization ?? {})) {
    for (const [route, cells] of Object.entries(matrix)) {
      const [method = '', path = ''] = route.split(' ');
      const { status, body } = await session.send(method, path, { authorization }, setup.matrix?.bodies[route]);
      const [wantedStatus, wantedReason] = cells[user] ?? [0, ''];
      const reason = status < 400 ? '' : String(valueAt(body, 'error.reason'));
      if (status !== wantedStatus || reason !== wantedReason)
        problems.push(`${route} as ${user}: recorded ${wantedStatus} ${wantedReason}, now ${status} ${reason}`);
    }
  }
  return problems;
}
