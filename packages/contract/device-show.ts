import { operation, operator, people, program } from './operation.ts';
import { exactly, name, principalDetail } from './shapes.ts';

export const deviceShow = operation('device.show', {
	summary: 'One device with its certificates and streams',
	callers: [operator, ...people('owner', 'operator', 'commissioner', 'auditor'), program],
	safe: true,
	input: exactly({ application: name, device: name }),
	output: principalDetail,
});
