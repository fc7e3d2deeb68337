// `npm run bench`: everything, half an hour on two cores. Leave the machine alone meanwhile.
for (const bench of [
	'ingest',
	'latency',
	'handshake',
	'idle',
	'storm',
	'revocation',
	'grants',
	'enrolment',
	'flood',
	'batch-gcd',
	'reach',
	'contain',
	'at-rest',
	'sealed',
])
	await import(`./${bench}.ts`);
