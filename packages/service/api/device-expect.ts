import type { Answer, ApiDependencies } from './answer.ts';

export const deviceExpect =
	({ registrar }: ApiDependencies): Answer<'device.expect'> =>
	({ application, device, class: className, part }) =>
		registrar.expectDevice(application, device, className, part);
