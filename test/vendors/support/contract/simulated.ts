import type { Auth } from '../../../../src/domain/index.js';
import { simulators } from '../../../../src/simulator/index.js';
import { vendorModules } from '../../../../src/vendors/registry.js';
import type { ContractTarget, ContractTraits } from './target.js';

/** How the simulator of a vendor is met, unless it takes anybody and tells its version. */
interface Met {
  readonly auth?: Auth;
  readonly tellsVersion?: boolean;
}

/** The simulator of a vendor, in one of its versions. */
export const simulatedTarget = (
  id: string,
  version: string,
  traits: ContractTraits,
  { auth, tellsVersion = true }: Met = {},
): ContractTarget => {
  const module = vendorModules.find((each) => each.id === id);
  const simulator = simulators.find((each) => each.id === id);
  if (!module || !simulator) throw new Error(`there is no vendor ${id}, or nothing simulates it`);
  return {
    title: `${module.title} ${version}`,
    module,
    version: tellsVersion ? version : null,
    traits,
    ...(auth ? { auth } : {}),
    start: async () => {
      const running = await simulator.start({ version, speed: 10 });
      return { url: new URL(running.url), dispose: () => running.dispose() };
    },
  };
};

/** Every version the simulator of a vendor speaks. */
export const versionsOf = (id: string): readonly string[] => simulators.find((each) => each.id === id)?.versions ?? [];
