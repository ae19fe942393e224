import type { VendorModule } from '../domain/index.js';
import { elasticsearchMl } from './elasticsearch-ml/index.js';
import { opensearchAd, searchGuardAd } from './opensearch-ad/index.js';
import { symetryml } from './symetryml/index.js';

/** Every product the gateway speaks to; one line each. */
export const vendorModules: readonly VendorModule[] = [elasticsearchMl, opensearchAd, searchGuardAd, symetryml];
