export const ledgerTexts = {
	ledger: {
		title: 'Ledger',
		lead: 'Whatever this site records is a leaf of a signed Merkle tree. This browser checks the proofs by itself, and remembers what it saw: a site that writes another history is found out here.',
		limits:
			'The page comes from the site. To believe neither, check on your own machine by a key that you kept: keyward ledger prove --log.',
		registry: 'Devices, grants, people and actions',
		application: (name: string) => `Readings of ${name}`,
		entry: (kind: 'action' | 'incident', number: number) =>
			kind === 'action' ? `Entry ${number} of the audit log` : `Incident ${number}`,
		check: 'Check again',
		checking: 'Checking the proof …',
		holds: 'holds',
		fails: 'does not hold',
		other: 'another key',
		leaf: 'Leaf',
		leafOf: (leaf: number, size: number) => `${leaf} of ${size}`,
		leaves: 'Leaves',
		key: 'Key',
		grew: 'Grew from',
		first: 'seen here for the first time: from now on it is compared',
		same: 'nothing was added since',
		from: (size: number, at: string) => `${size} leaves, seen here ${at}`,
		content: 'What the ledger has',
		why: (reason: string) => `The proof does not hold: ${reason}.`,
		whatNow:
			'Show this to somebody who does not run the site. Run keyward ledger verify there, and keep the data folder as it is.',
		fork: 'The key of the ledger signed two histories. Save both checkpoints: together they are the evidence.',
		save: 'Save both checkpoints',
		otherKey:
			'The site names another key than this browser saw. That is so after a restore, and for somebody who took the place of the site. Compare with keyward ledger key.',
		believe: 'Believe this key from now on',
		none: 'Nothing is recorded yet',
		toLedger: 'Proof in the ledger',
	},
} as const;
