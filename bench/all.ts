// `npm run bench`: everything, a quarter of an hour on two cores. Leave the machine alone meanwhile.
for (const bench of ['ingest', 'handshake', 'idle', 'batch-gcd']) await import(`./${bench}.ts`);
