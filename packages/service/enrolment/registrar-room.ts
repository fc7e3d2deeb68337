import { type Limits, withRoom } from '../ingest/limits.ts';
import type { Registrar } from './registrar.ts';

/** The same registrar, which lets nobody in while the disk is short. */
export const withRoomToEnrol = (registrar: Registrar, limits: Readonly<Limits>): Registrar => ({
	...registrar,
	enrol: withRoom(limits, registrar.enrol),
	adopt: withRoom(limits, registrar.adopt),
	expectDevice: withRoom(limits, registrar.expectDevice),
	prepareDevice: withRoom(limits, registrar.prepareDevice),
	expectReader: withRoom(limits, registrar.expectReader),
});
