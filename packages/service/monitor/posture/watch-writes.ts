import type { Store } from '@keyward/core/port';
import { createStale, type Stale, type Touched } from './changed-evidence.ts';

/** Whose evidence a write changes; it is asked after the write. */
type Rule<Method> = Method extends (...input: infer Input) => unknown
	? (...input: Input) => readonly Touched[] | Promise<readonly Touched[]>
	: never;

/** Reads, and writes of what no posture looks at. */
const nothing = null;

const everything: readonly Touched[] = [{ application: null }];
const readers: readonly Touched[] = [{ application: null, kind: 'reader' }];

const device = ({ application, device: id }: { readonly application: string; readonly device: string }): Touched => ({
	...{ application, kind: 'device', id },
});

/** One of the service itself is looked at for every answer. */
const ofIncident = (incident: { readonly application: string; readonly device: string }): readonly Touched[] =>
	incident.device === '' ? [] : [device(incident)];

/** Every method of the store, so that a new one cannot be forgotten here: the compiler asks for it. */
type Rules = { readonly [Name in keyof Store]-?: Rule<Store[Name]> | typeof nothing };

const rulesFor = (store: Pick<Store, 'certificate'>): Rules => ({
	putFacts: (facts) => facts.map(({ subject }) => subject),
	putSoftware: (said) => said.map(device),
	putDeviceReports: (said) => said.map(device),
	forgetDeviceReport: (application, name) => [device({ application, device: name })],
	putUpdateReports: (said) => said.map(device),
	putRollout: ({ application }, devices) => devices.map((one) => device({ application, device: one.device })),
	putDocument: () => everything,
	putBill: ({ application }) => [{ application }],
	putCountedFloor: (floor) => [device(floor)],
	putBootReference: ({ application }) => [{ application }],
	importParts: () => everything,

	expect: (principal) => [principal],
	setState: (name) => [name],
	retire: (name) => [name],
	transfer: (name, { principal }) => [name, principal],
	supersede: (name) => [name],
	intend: ({ principal }) => [principal],
	issue: ({ principal }) => [principal],
	adopt: ({ principal }) => [principal],
	revoke: async (fingerprint) => {
		const certificate = await store.certificate(fingerprint);
		return certificate === null ? [] : [certificate.principal];
	},
	putGrant: ({ application, reader }) => [{ application, kind: 'reader', id: reader }],
	endGrant: () => readers,
	beginAuthorities: () => everything,
	putGenerations: () => everything,
	addIncident: (incident) => ofIncident(incident),
	putIncident: (_, text) => ofIncident(JSON.parse(text) as { application: string; device: string }),

	// The service and the update path are looked at for every answer, and a policy is another appraisal.
	...{ putPolicy: nothing, policies: nothing, putInvitation: nothing, enrolPerson: nothing, setRole: nothing },
	...{ removePerson: nothing, usePasskey: nothing, invitation: nothing, invitations: nothing, people: nothing },
	...{ person: nothing, passkeys: nothing, passkey: nothing, registerKey: nothing, registeredKeys: nothing },
	...{ personSessions: nothing, putPersonSession: nothing, seePersonSession: nothing, dropPersonSessions: nothing },
	...{ approvalRequests: nothing, putApprovalRequest: nothing, dropApprovalRequests: nothing },
	...{ addPostureChanges: nothing, postureChanges: nothing, lastPostureChanges: nothing },
	...{ overrides: nothing, putOverride: nothing, linkIdentity: nothing, identities: nothing, useIdentity: nothing },
	// What a device shows by its readings and receipts comes as facts.
	...{ openStream: nothing, streams: nothing, find: nothing, append: nothing, read: nothing, before: nothing },
	...{ journal: nothing, forget: nothing, forgotten: nothing, leaves: nothing, edge: nothing, putCommand: nothing },
	...{ commands: nothing, deliverCommand: nothing, receiptCommand: nothing, forgetCommands: nothing },
	...{ dataKeys: nothing, addDataKey: nothing, endDataKeys: nothing, destroyDataKeys: nothing, allEncrypted: nothing },
	...{ putSession: nothing, session: nothing, sessions: nothing, endSession: nothing, lease: nothing },
	...{ leasesOf: nothing, leasesAfter: nothing, takeLeases: nothing, renewLease: nothing, endLease: nothing },
	...{ takeNumber: nothing, beginAction: nothing, endAction: nothing, actions: nothing, forgetActions: nothing },
	...{ putKeyAsked: nothing, dropKeyAsked: nothing, keysAsked: nothing },
	...{ putHandshakes: nothing, handshakes: nothing, keepNetworks: nothing, networks: nothing },
	...{ keyedCalls: nothing, putKeyedCall: nothing, dropKeyedCalls: nothing },
	...{ generation: nothing, beginGeneration: nothing, close: nothing },
	// An intent that is given up leaves its key to nobody; who shared it is looked at again in turn.
	...{ abandon: nothing, token: nothing, tokensAreHashes: nothing, voidTokens: nothing, openIntents: nothing },
	...{ principal: nothing, principals: nothing, hasOtherKeys: nothing, certificate: nothing, certificates: nothing },
	...{ holders: nothing, certificateBySerial: nothing, revoked: nothing, grants: nothing, authorities: nothing },
	...{ knownKey: nothing, manufacturerOf: nothing, statementOf: nothing, manifests: nothing, facts: nothing },
	...{ factsOf: nothing, documents: nothing, bills: nothing, bootReferences: nothing, software: nothing },
	// A device that is commissioned again is looked at for that.
	...{ countedFloor: nothing, countedFloors: nothing, forgetCountedFloor: nothing },
	...{ rollouts: nothing, rolloutDevices: nothing, updateReports: nothing, deviceReports: nothing, incidents: nothing },
});

/** The same store: what it wrote is told, once it is durable. */
export const watchWrites = <Watched extends Store>(
	store: Watched,
): { readonly store: Watched; readonly stale: Stale } => {
	const stale = createStale();
	// What is not watched is the store's, with nothing in between; a closed store says so itself.
	const watched = Object.create(store) as Watched;
	for (const [name, rule] of Object.entries(rulesFor(store))) {
		if (rule === nothing) continue;
		const touched = rule as (...input: readonly unknown[]) => readonly Touched[] | Promise<readonly Touched[]>;
		Reflect.set(watched, name, async (...input: readonly unknown[]): Promise<unknown> => {
			const answer: unknown = await Reflect.apply(Reflect.get(store, name) as () => unknown, store, input);
			stale.touch(...(await touched(...input)));
			return answer;
		});
	}
	return { store: watched, stale };
};
