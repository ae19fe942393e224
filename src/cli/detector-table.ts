import type { DetectorRowFragment } from '../client/index.js';
import type { Column } from './paged-list.js';
import { percentText } from './task-text.js';

type Run = DetectorRowFragment['realtimeTask'];

/** `RUNNING`, `INITIALIZING 40 %`, `-` for a run that was never started. */
const runText = (task: Run): string => (task ? [task.state, percentText(task)].filter(Boolean).join(' ') : '-');

const allowedOf = ({ realtimeActions, historicalActions }: DetectorRowFragment): string =>
  [...realtimeActions.map((action) => `${action}(REALTIME)`), ...historicalActions.map((action) => `${action}(HISTORICAL)`)].join(' ') ||
  '-';

export const detectorColumns: readonly Column<DetectorRowFragment>[] = [
  { heading: 'BACKEND', cell: (detector) => detector.backend.key },
  { heading: 'DETECTOR', cell: (detector) => detector.nativeId },
  { heading: 'NAME', cell: (detector) => detector.name },
  { heading: 'REALTIME', cell: (detector) => runText(detector.realtimeTask) },
  { heading: 'HISTORICAL', cell: (detector) => runText(detector.historicalTask) },
  { heading: 'ALLOWED', cell: allowedOf },
];
