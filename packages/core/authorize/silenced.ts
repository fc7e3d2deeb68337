import { mayUseCertificate } from '../device/lifecycle.ts';
import type { Policy } from '../policy/policy.ts';
import type { Principal } from '../port/principal.ts';

/** Essential streams (IEC 62443-4-2 CCSC 1) that this device sends and no other device in service does: silent once it is contained. */
export const silencedWith = (policy: Policy, device: string, principals: readonly Principal[]): string[] => {
	const sentBy = (className: string | null): readonly string[] => policy.devices.get(className ?? '')?.streams ?? [];
	const serving = principals.filter(({ kind, state }) => kind === 'device' && mayUseCertificate(state));
	const own = sentBy(serving.find(({ id }) => id === device)?.class ?? null);
	const kept = new Set(serving.flatMap((one) => (one.id === device ? [] : sentBy(one.class))));
	return own.filter((stream) => policy.streams.get(stream)?.essential === true && !kept.has(stream));
};
