import { createRelayDashboard } from './support/relay-dashboard.js';
import { describeClient } from './support/scenario.js';

describeClient('Relay', createRelayDashboard);
