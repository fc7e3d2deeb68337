import type { Answer, ApiDependencies } from './answer.ts';

export const deviceExpect =
	({ life }: ApiDependencies): Answer<'device.expect'> =>
	({ application, device, class: className, part }) =>
		life.expectDevice(application, device, className, part);
