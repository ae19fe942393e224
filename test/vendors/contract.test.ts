import { vendorModules } from '../../src/vendors/registry.js';
import { describeContract } from './support/contract.js';

for (const module of vendorModules) describeContract(module);
