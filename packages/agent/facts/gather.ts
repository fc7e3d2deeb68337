import type { DeviceReport } from '@keyward/core/device';
import { openPorts } from './open-ports.ts';
import { runningServices } from './running-services.ts';

/** What this machine is at this moment, as far as its agent can tell. */
export const gatherReport = async (scope: DeviceReport['scope']): Promise<Omit<DeviceReport, 'tamper'>> => {
	const [ports, services] = await Promise.all([openPorts(scope), scope === 'machine' ? runningServices() : []]);
	return { ...{ scope, ports, services }, debug: [] };
};
