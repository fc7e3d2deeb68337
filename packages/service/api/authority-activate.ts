import type { Answer, ApiDependencies } from './answer.ts';

export const authorityActivate =
	({ authority, rollover }: ApiDependencies): Answer<'authority.activate'> =>
	async ({ force }) => {
		await rollover.activate(force ?? false);
		const active = authority.held('service-ca').find(({ generation }) => generation.state === 'active');
		return { generation: active?.generation.number ?? 0 };
	};
