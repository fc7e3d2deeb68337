import { Problem } from '@keyward/core';
import { mayUseCertificate } from '@keyward/core/device';
import { parsePolicy } from '@keyward/core/policy';
import { ask, type SiteOptions } from './site.ts';

/** Essential streams (IEC 62443-4-2 CCSC 1) that no device in service sends once this one is contained. What cannot be told holds up nothing. */
export const silentWith = async (options: SiteOptions, application: string, device: string): Promise<string[]> => {
	try {
		const text = (await ask(options, 'policy.list', {})).find((one) => one.application === application)?.text;
		if (text === undefined) return [];
		const policy = parsePolicy(text, 'taken');
		const essential = [...policy.streams.values()].filter((stream) => stream.essential).map(({ name }) => name);
		if (essential.length === 0) return [];
		const serving = (await ask(options, 'device.list', { application })).filter(({ state }) =>
			mayUseCertificate(state),
		);
		const sentBy = (className: string | null): readonly string[] => policy.devices.get(className ?? '')?.streams ?? [];
		const own = sentBy(serving.find(({ id }) => id === device)?.class ?? null);
		const others = new Set(serving.filter(({ id }) => id !== device).map((one) => one.class));
		const kept = new Set([...others].flatMap(sentBy));
		return essential.filter((stream) => own.includes(stream) && !kept.has(stream));
	} catch (error) {
		if (error instanceof Problem) return [];
		throw error;
	}
};
