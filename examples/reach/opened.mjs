import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// node examples/reach/opened.mjs: one sensor of 1,000 is opened. What falls when all share one secret, when each has a key in a file,
// and when each has a key in a TPM? More words go to `keyward reach`: --json, --opengraph.

const SENSORS = 1000;

const folder = mkdtempSync(join(tmpdir(), 'keyward-opened-'));
try {
	const inventory = join(folder, 'fleet.csv');
	const rows = Array.from({ length: SENSORS }, (_, index) => `sensor-${index + 1},key-${index + 1},software,level`);
	writeFileSync(inventory, `device,key,custody,streams\n${rows.join('\n')}\n`);
	const reach = ['keyward', 'reach', 'sensor-1', '--inventory', inventory];
	const scenarios = ['--if', 'psk=shared', '--if', 'key=own', '--if', 'key=own,custody=tpm2'];
	const { status, error } = spawnSync('npx', ['--no-install', ...reach, ...scenarios, ...process.argv.slice(2)], {
		stdio: 'inherit',
	});
	if (error !== undefined) throw error;
	process.exitCode = status ?? 2;
} finally {
	rmSync(folder, { recursive: true });
}
