import type { DeviceReport } from '@keyward/core/device';
import { debugInterfaces, type DebugLock } from './debug-interfaces.ts';
import { openPorts } from './open-ports.ts';
import { runningServices } from './running-services.ts';

/** What this machine is at this moment, as far as its agent can tell. */
export const gatherReport = async (
	scope: DeviceReport['scope'],
	locks: readonly DebugLock[],
): Promise<Omit<DeviceReport, 'tamper'>> => {
	const isMachine = scope === 'machine';
	const [ports, services, debug] = await Promise.all([
		openPorts(scope),
		isMachine ? runningServices() : [],
		isMachine ? debugInterfaces(locks) : [],
	]);
	return { scope, ports, services, debug };
};
