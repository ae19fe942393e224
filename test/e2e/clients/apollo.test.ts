import { createApolloDashboard } from './support/apollo-dashboard.js';
import { describeClient } from './support/scenario.js';

describeClient('Apollo Client', createApolloDashboard);
