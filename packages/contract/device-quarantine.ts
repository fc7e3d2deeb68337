import { operation, operator, people, program } from './operation.ts';
import { count, exactly, name } from './shapes.ts';

export const deviceQuarantine = operation('device.quarantine', {
	summary: 'Keeps a device out until it is released, and cuts its live session',
	callers: [operator, ...people('owner', 'operator'), program],
	input: exactly({ application: name, device: name }),
	output: exactly({ cut: count }),
});
