import { describe } from 'vitest';
import { deleteCases, resetCases, revertCases } from './contract/background-cases.js';
import { closeCases, plainCloseCases } from './contract/close-cases.js';
import { datafeedCases } from './contract/datafeed-cases.js';
import { detectorCases } from './contract/detector-cases.js';
import { lackingVerbCases } from './contract/lacking-verb-cases.js';
import { expressionCases, logCases, plainNameCases } from './contract/naming-cases.js';
import { openCloseCases } from './contract/open-close-cases.js';
import { findingCases, findinglessCases, nodeCases, nodelessCases, readingCases } from './contract/reading-cases.js';
import { killCases, startCases } from './contract/run-cases.js';
import { useSetting } from './contract/setting.js';
import type { ContractTarget } from './contract/target.js';
import { troubleCases } from './contract/trouble-cases.js';
import { underWayCases, watchingCases } from './contract/watching-cases.js';

/** What every adapter keeps. Which cases there are follows from the capability table and the traits; none asks which product it is about. */
export const describeContract = (target: ContractTarget): void => {
  const { title, traits } = target;
  describe(title, { timeout: traits.patienceMs * 2 }, () => {
    const setting = useSetting(target);
    readingCases(setting);
    (traits.hasNodes ? nodeCases : nodelessCases)(setting);
    (traits.hasFindings ? findingCases : findinglessCases)(setting);
    lackingVerbCases(setting);
    troubleCases(setting);
    watchingCases(setting);
    // A delete alone may be over before anybody looks.
    if (setting.can('RESET_JOB') || setting.can('START_JOB') || setting.can('START_DETECTOR')) underWayCases(setting);
    if (setting.can('OPEN_JOB') && setting.can('CLOSE_JOB')) openCloseCases(setting);
    if (setting.can('CLOSE_JOB')) (traits.hasForce ? closeCases : plainCloseCases)(setting);
    (traits.hasExpressions ? expressionCases : plainNameCases)(setting);
    if (traits.hasLog) logCases(setting);
    if (setting.can('START_DATAFEED')) datafeedCases(setting);
    if (setting.can('RESET_JOB')) resetCases(setting);
    if (setting.can('DELETE_JOB')) deleteCases(setting);
    if (setting.can('REVERT_JOB')) revertCases(setting);
    if (setting.can('KILL_JOB')) killCases(setting);
    if (setting.can('START_JOB') && traits.started) startCases(setting, traits.started);
    if (setting.can('START_DETECTOR') && traits.analysed) detectorCases(setting, traits.analysed);
  });
};
