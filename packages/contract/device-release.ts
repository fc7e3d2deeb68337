import { operation, operator, people, program } from './operation.ts';
import { exactly, lifeState, name } from './shapes.ts';

export const deviceRelease = operation('device.release', {
	summary: 'Lets a quarantined device in again',
	callers: [operator, ...people('owner', 'operator'), program],
	input: exactly({ application: name, device: name }),
	output: exactly({ state: lifeState }),
});
