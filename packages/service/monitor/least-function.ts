import { type Fact, serviceComponent } from '@keyward/core/policy';
import type { Clock } from '@keyward/core/port';
import { openPorts } from './open-ports.ts';

/**
 * catalogue: least-function (CR 7.7, EN 303 645 5.6-1). The service opens what its settings say and nothing else: the kernel's tables say
 * what is really open. None before it listens; no more than claimed where the kernel shows nothing.
 */
export const serviceFunctions = (declaredNow: () => readonly number[], clock: Clock) => async (): Promise<Fact[]> => {
	const declared = declaredNow();
	if (declared.length === 0) return [];
	const open = await openPorts();
	const of = { subject: serviceComponent, claim: 'least-function', at: clock.now() } as const;
	if (open === null) return [{ ...of, value: true, strength: 'claimed', source: 'settings' }];
	const more = [...new Set(open.own.map(({ port }) => port))].filter((port) => !declared.includes(port));
	const value = more.length === 0 || `open and not declared: ${more.map((port) => `tcp/${port}`).join(', ')}`;
	return [{ ...of, value, strength: 'observed', source: 'kernel' }];
};
