import {
  type Backends,
  type Detector,
  type DetectorFilter,
  detectorFilterFields,
  filterTouches,
  matchesDetector,
  wantsAny,
} from '../../domain/index.js';
import type { WatchOptions } from '../hub.js';
import type { WatchSources } from './known-tasks.js';
import type { ListWatch } from './list-watch.js';
import { type WatchLists, withFields } from './watch-lists.js';

/** What a watch of detectors needs. */
export interface DetectorWatchOptions extends Pick<WatchSources, 'view'> {
  readonly backends: Backends;
  readonly lists: WatchLists;
}

export const createDetectorWatches =
  ({ backends, lists, view }: DetectorWatchOptions) =>
  (filter: DetectorFilter, watching: WatchOptions): ListWatch<Detector, null> => {
    const wantsTasks = wantsAny(watching.fields, 'Detector.tasks', 'Detector.currentTask');
    return lists.watch<Detector, null>({
      kind: 'detector',
      name: JSON.stringify(['detectors', filter]),
      touched: backends.all.filter((backend) => backend.adapter.detectors !== undefined && filterTouches(filter, backend)),
      interest: {
        fields: withFields(watching.fields, detectorFilterFields(filter)),
        lists: wantsTasks ? ['detectors', 'tasks'] : ['detectors'],
      },
      matches: (detector) => matchesDetector(filter, backends.get(detector.backendKey).vendor, detector),
      stateOf: () => null,
      current: ({ key }) => view.detectorsOf(key),
      feed: (watch, change) => {
        if (change.kind === 'detector') watch.touch(change.value);
        if (change.kind === 'detector-gone') watch.forget(change.id);
        if (change.kind === 'task' && wantsTasks && change.value.detectorNativeId != null) {
          const detector = view.detectorByNativeId(change.value.backendKey, change.value.detectorNativeId);
          if (detector) watch.touch(detector);
        }
      },
      options: watching,
    });
  };
