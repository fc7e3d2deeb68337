import type { DeviceReport } from './device-report.ts';

/** What a class of devices is there to do: all else that is open or runs is too much. */
export interface DeclaredFunctions {
	readonly ports: readonly string[];
	readonly services: readonly string[];
}

const MOST_NAMED = 3;

const listed = (names: readonly string[]): string => {
	const more = names.length - MOST_NAMED;
	return `${names.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
};

/**
 * catalogue: least-function (CR 7.7, EN 303 645 5.6-1). True, or what is open or runs though nobody declared it: a way in that the
 * device's work does not need.
 */
export const judgeFunctions = (
	{ ports, services }: Pick<DeviceReport, 'ports' | 'services'>,
	declared: DeclaredFunctions,
): true | string => {
	if (ports === null) return 'it cannot tell which ports are open';
	const open = ports.filter((port) => !declared.ports.includes(port));
	if (open.length > 0) return `open and not declared: ${listed(open)}`;
	if (services === null) return 'it cannot tell which services run';
	const running = services.filter((service) => !declared.services.includes(service));
	return running.length === 0 || `running and not declared: ${listed(running)}`;
};
