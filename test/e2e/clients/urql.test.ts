import { describeClient } from './support/scenario.js';
import { createUrqlDashboard } from './support/urql-dashboard.js';

describeClient('urql with graphcache', createUrqlDashboard);
