import { Problem } from '@keyward/core';
import { decodePem } from '@keyward/core/format';
import type { Answer, ApiDependencies } from './answer.ts';

export const deviceAdopt =
	({ registrar }: ApiDependencies): Answer<'device.adopt'> =>
	async ({ application, device, class: className, certificate, authority }) => {
		const [leaf, ...more] = decodePem('CERTIFICATE', certificate, 'certificate-malformed');
		if (leaf === undefined || more.length > 0)
			throw new Problem('certificate-malformed', 'Give the certificate of one device, and its CA apart.');
		const chain = decodePem('CERTIFICATE', authority, 'certificate-malformed');
		return { isNew: await registrar.adopt(application, device, className, leaf, chain) };
	};
