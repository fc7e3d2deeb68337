import { randomBytes } from 'node:crypto';
import { createChecks, publishedKeys, scan } from 'keyward/keycheck';

// node fleet.mjs FOLDER…: keys in files together with keys of a database, one line of JSON for each finding, for a ticket system say.

// A closed pipe, as of `| head`: nobody reads on.
process.stdout.on('error', () => process.exit());

const checks = createChecks({
	// Names PSKs in the findings. Random, so that no reader of them can confirm a guess.
	runKey: randomBytes(32),
	published: publishedKeys(),
	now: Date.now(),
});

// What a folder holds.
await scan(process.argv.slice(2), {
	onMaterial: checks.add,
	onProblem: ({ file, reason }) => console.error(`${file} was not read: ${reason}`),
});

/** Rows as a database has them. @type {readonly { device: string, psk: string }[]} */
const rows = [
	{ device: 'pump-1', psk: randomBytes(16).toString('hex') },
	{ device: 'pump-2', psk: randomBytes(16).toString('hex') },
];
for (const { device, psk } of rows)
	checks.add({
		kind: 'psk',
		at: { file: 'database', label: `psk of ${device}` },
		secret: Buffer.from(psk, 'hex'),
		device,
		role: 'psk',
	});

for (const { check, severity, detail, mend, members } of checks.findings())
	console.log(
		JSON.stringify({ check, severity, detail, mend, places: members.map(({ file, label }) => `${file}: ${label}`) }),
	);
