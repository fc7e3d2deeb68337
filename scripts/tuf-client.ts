#!/usr/bin/env node
import { runTufClient } from '@keyward/owner/conformance';

// The entry point of TUF's conformance suite: pytest tuf_conformance --entrypoint scripts/tuf-client.ts (docs/releases.md).
try {
	await runTufClient(process.argv.slice(2));
} catch (error) {
	process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
	process.exitCode = 1;
}
