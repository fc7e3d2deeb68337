import type { Answer, ApiDependencies } from './answer.ts';
import { splitAuthorityName } from '../authority/inventory.ts';

export const authorityList =
	({ authority, rollover }: ApiDependencies): Answer<'authority.list'> =>
	async () => {
		const list = await authority.list();
		const uninformed = authority.held('service-ca').length > 1 ? await rollover.uninformed() : [];
		return {
			authorities: list.map(({ name, number, state, since, certificate, key }) => ({
				...splitAuthorityName(name),
				generation: number,
				state,
				since,
				notAfter: certificate?.notAfter ?? null,
				subject: certificate?.subject.map(([type, value]) => `${type}=${value}`).join(', ') ?? null,
				key,
			})),
			uninformed,
		};
	};
