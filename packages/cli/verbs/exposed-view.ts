import type { Operations } from '@keyward/contract';
import { printMoment } from './moment.ts';

type Vulnerability = Operations['advisory.list']['output']['vulnerabilities'][number];

const MOST = 3;

const some = (all: readonly string[]): string =>
	all.length > MOST ? `${all.slice(0, MOST).join(', ')} and ${all.length - MOST} more` : all.join(', ');

export const exposedHeadings = ['vulnerability', 'status', 'component', 'devices', 'mended by', 'until'];

/** One row for each vulnerability of a component; `everyDevice` names them all. */
export const exposedRow = (
	{ application, vulnerability, status, component, class: className, devices, mending, fixed, deadline }: Vulnerability,
	everyDevice: boolean,
): string[] => {
	const names = devices.map(({ device, version }) => `${device} (${version})`);
	const [newest] = mending;
	return [
		...[vulnerability, status, component],
		`${application}/${className}: ${everyDevice ? names.join(', ') : some(names)}`,
		newest === undefined ? (fixed === null ? 'nothing yet' : `component ${fixed}`) : `version ${newest}`,
		deadline === null ? '–' : `${printMoment(deadline)}${deadline < Date.now() ? ' (over)' : ''}`,
	];
};

/** Whether a device that runs it is exposed, as far as anybody can tell. */
export const isOpen = ({ status }: Pick<Vulnerability, 'status'>): boolean =>
	status !== 'fixed' && status !== 'not-affected';
