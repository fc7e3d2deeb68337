import { Type } from './type.ts';
import { operation, operator, people } from './operation.ts';
import { count, exactly, name, sentence } from './shapes.ts';

export const deviceErase = operation('device.erase', {
	summary: 'Destroys the key of the readings of a device that is out of service, and checks that they are unreadable',
	callers: [operator, ...people('owner')],
	privileged: true,
	input: exactly({ application: name, device: name, reason: sentence }),
	output: exactly({
		/** Data keys destroyed; 0 where that was done before, or the device sent nothing. */
		keys: count,
		/** Readings that lie there and that nobody can read any more. */
		readings: count,
		/** What this does not reach, in words. */
		remains: Type.Array(Type.String()),
	}),
});
