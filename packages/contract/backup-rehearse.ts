import { Type } from './type.ts';
import { operation, operator } from './operation.ts';
import { count, exactly, instant } from './shapes.ts';

export const backupRehearse = operation('backup.rehearse', {
	summary: 'Restores a backup into a folder that is removed again, and records that it could be restored',
	callers: [operator],
	input: exactly({ from: Type.String({ minLength: 1, description: "the backup's folder, on the service's machine" }) }),
	output: exactly({ backup: instant, at: instant, readings: count }),
});
