/** For certain, and kept after the device is given back; or only while it is powered and in hand, or while an access lasts. */
export const grades = ['none', 'in-hand', 'certain'] as const;

export type Grade = (typeof grades)[number];

/** What it means that who holds one node gets the next, and how surely. */
interface EdgeMeaning {
	readonly grade: Exclude<Grade, 'none'>;
	/** Completes "FROM … TO". */
	readonly says: string;
}

export const edgeKinds = {
	contains: { grade: 'certain', says: 'keeps its keys in' },
	keeps: { grade: 'in-hand', says: 'has in its memory' },
	yields: { grade: 'certain', says: 'is a file or a memory that can be copied, and gives away' },
	uses: { grade: 'in-hand', says: 'keeps, and uses for anybody who has the device in hand,' },
	proves: { grade: 'certain', says: 'authenticates as' },
	writes: { grade: 'certain', says: 'sends the readings of' },
	reads: { grade: 'certain', says: 'may read' },
	decrypts: { grade: 'certain', says: 'opens what was recorded of' },
	receives: { grade: 'certain', says: 'receives' },
	gives: { grade: 'certain', says: 'gives' },
	signs: { grade: 'certain', says: 'signs as' },
	appoints: { grade: 'certain', says: 'names the signers of' },
	admits: { grade: 'certain', says: 'names another reader, who is given' },
	issues: { grade: 'certain', says: 'issues certificates for' },
	operates: { grade: 'in-hand', says: 'operates, while the access lasts,' },
	enrols: { grade: 'in-hand', says: 'has certificates issued by' },
	passes: { grade: 'certain', says: 'passes on in plain text' },
	installs: { grade: 'certain', says: 'installs firmware on' },
	holds: { grade: 'certain', says: 'holds' },
	opens: { grade: 'certain', says: 'opens' },
	follows: { grade: 'certain', says: 'leads to' },
} as const satisfies Readonly<Record<string, EdgeMeaning>>;

export type EdgeKind = keyof typeof edgeKinds;

/** In the order of their numbers in the graph. */
export const edgeKindNames = Object.keys(edgeKinds) as readonly EdgeKind[];
