import { numbersOf, versionsBy } from '../../domain/index.js';

/** OpenSearch's and Open Distro's own, and `1.0.0-tp1` of Search Guard's anomaly detection. */
export const { isVersion, isAtLeast, isOlderThan } = versionsBy(numbersOf);
